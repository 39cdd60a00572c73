"""What mypy says about an add-on that lies outside of the checkout, by the one line that the tutorial gives its author."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from app.local.places import CHECKOUT
from tests.docs import pages

# Real mypy over the whole portal: half a minute when nothing of it is in the cache yet.
pytestmark = [pytest.mark.xdist_group("types"), pytest.mark.slow, pytest.mark.timeout(300)]
SOUND = '''
"""Books, and contacts who borrow them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.orm import AbstractModel, Model, api, fields
from app.orm.env import Env


class Sized(AbstractModel):
    """What has an area."""

    _name = "shop.sized"

    area = fields.Float(compute="_compute_area")

    @api.depends("height", "width")
    def _compute_area(self) -> None:
        for record in self:
            record.area = record.height * record.width

    def enlarge(self) -> None:
        """Heirs are twice as high afterwards."""
        for record in self:
            record.height = record.height * 2


class Reader(Model):
    """Contacts have a card."""

    _inherit = "party"

    card = fields.Char(size=20)
    book_ids = fields.One2many("shop.book", "reader_id")
    status = fields.Field(help="Readers are customers, too.")

    def write(self, values: Mapping[str, Any], expected: int | None = None) -> bool:
        """Cards are kept in capitals."""
        self._check_parent()
        return super().write(values, expected)

    @api.depends("card")
    def _compute_name(self) -> None:
        super()._compute_name()
        for party in self:
            party.name = party.name or party.card
            party.note = party.phone_e164
            for book in party.book_ids:
                book.name = book.name.upper()


class Book(Model):
    """A book."""

    _name = "shop.book"
    _inherit = ["shop.sized"]

    name = fields.Char(required=True)
    height = fields.Float()
    width = fields.Float()
    parent_id = fields.Many2one("shop.book")
    reader_id = fields.Many2one("party")


class Copy(Model):
    """A copy of a book, seen through which is the book."""

    _name = "shop.copy"
    _inherits = {"shop.book": "book_id"}

    book_id = fields.Many2one("shop.book", required=True)
    shelf = fields.Char()

    @api.action
    def sound(self) -> None:
        """Nothing here is wrong."""
        self.name = "x"
        self.book_id.enlarge()
        for book in self.book_id.sudo("x").filtered(lambda each: each.parent_id.name == "x").sorted("name")[:3]:
            book.parent_id.parent_id.name = book.display_name
            book.reader_id.book_ids.mapped("reader_id.phone_e164")
            book.reader_id.child_ids.mapped("book_ids.area")
            book.reader_id.grouped("card")
            book["name"] = book["parent_id"].name
            book.write({"name": f"{book.id} {book.create_date} {book.revision} {book.create_uid.login}"})
        readers = self.env["party"].search([("card", "!=", None)]) | self.book_id.reader_id
        readers.card = readers[:1].card
        readers[0].child_ids.book_ids.area = 2
        print(readers.x_colour, self.env.user.login, readers.with_context(lang="en").name_search("x"))


def helper(env: Env) -> str | None:
    """Outside of a model."""
    return env["shop.book"].parent_id.reader_id.card
'''
MISTAKES = {
    "a field that is read": ("self.naem", "naem", "name"),
    "a field that is assigned": ("self.nmae = 'x'", "nmae", None),
    "a field that is assigned to each": ("for book in self: book.naem = 'x'", "naem", None),
    "a field of a linked record": ("self.parent_id.naem", "naem", "name"),
    "a field of a linked record that is assigned": ("self.parent_id.naem = 'x'", "naem", None),
    "a field of a linked contact": ("self.reader_id.carrd", "carrd", "card"),
    "a field of lines": ("self.reader_id.book_ids.widht", "widht", "width"),
    "a field of what was found": ("self.env['party'].search([])[0].emial", "emial", "email"),
    "a field in a function": ("self.filtered(lambda each: each.naem)", "naem", "name"),
    "a field of the user": ("self.env.user.lgoin", "lgoin", "login"),
    "a field of every model": ("self.create_dat", "create_dat", "create_date"),
    "a method": ("self.enlrage()", "enlrage", "enlarge"),
    "a method of the platform": ("self.serach([])", "serach", "search"),
    "a method of the former declaration": ("self.reader_id._compute_nmae()", "_compute_nmae", "_compute_name"),
    "a model": ("self.env['shop.bok']", "shop.bok", "shop.book"),
    "a path": ("self.mapped('parent_id.naem')", "naem", "name"),
    "a field in brackets": ("self['naem']", "naem", "name"),
    "a field in brackets that is assigned": ("self['reader'] = None", "reader", "reader_id"),
    "the id": ("self.id = 5", "id", None),
}


def mypy(folder):
    """The complaints of mypy, started in the folder of an add-on as its author does."""
    config = CHECKOUT / "pyproject.toml"
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", config, "--cache-dir", CHECKOUT / "var" / "mypy-addons", "--no-error-summary", "."],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout.splitlines()


def test_the_tutorial_gives_the_line_by_which_mypy_is_started():
    assert re.search(r"/mypy --config-file \S+/pyproject\.toml \.$", "\n".join(pages.blocks("tutorial.md", "sh")), re.MULTILINE)


@pytest.fixture(scope="module")
def complaints(tmp_path_factory):
    """What mypy says about a package: `books.py` is right, `wrong.py` has a mistake in each method."""
    folder = tmp_path_factory.mktemp("outside")
    methods = "\n".join(
        f"    def wrong_{number}(self) -> None:\n        {code}\n" for number, (code, *_) in enumerate(MISTAKES.values())
    )
    wrong = f'from app.orm import Model\n\n\nclass Wrong(Model):\n    _inherit = "shop.book"\n\n{methods}'
    pages.write(folder, {
        "shop/__init__.py": "", "shop/models/__init__.py": "", "shop/models/books.py": SOUND, "shop/models/wrong.py": wrong,
        "shop/views/__init__.py": "",
    })  # fmt: skip
    return mypy(folder)


def test_sound_code_is_let_be(complaints):
    """Extensions, mixins, lines, links, `super()`, sets and what the platform adds: no false alarm."""
    assert [line for line in complaints if "wrong.py" not in line] == []


@pytest.mark.parametrize("kind", MISTAKES)
def test_a_misspelt_name_is_found(complaints, kind):
    _code, name, near = MISTAKES[kind]
    line = 8 + 3 * list(MISTAKES).index(kind)

    found = [text for text in complaints if f"wrong.py:{line}: error:" in text]

    assert len(found) == 1, complaints
    assert f'"{name}"' in found[0]
    assert near is None or f'did you mean "{near}"?' in found[0], found


def test_every_complaint_is_about_a_mistake(complaints):
    assert len(complaints) == len(MISTAKES)


def test_the_librarys_own_code_is_sound(tmp_path):
    """The add-on of the tutorial, as it stands there."""
    sources = {
        (name if "/" in name and "addon" in name else f"library_addon/{name}"): code
        for name, code in pages.files("tutorial.md").items()
    }
    packages = ("library_addon", "library_addon/models", "library_addon/views")
    pages.write(tmp_path, {**sources, **{f"{folder}/__init__.py": "" for folder in packages}})

    assert mypy(tmp_path) == []
