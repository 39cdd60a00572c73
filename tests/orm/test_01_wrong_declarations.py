"""orm.md, section 1: wrong declarations stop the build and say where, what, and what was probably meant."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable

import pytest

from app.orm import (
    AbstractModel,
    Access,
    Constraint,
    DeclarationError,
    Index,
    Model,
    Rule,
    api,
    fields,
)
from app.orm.testing import scratch_env

WRONG: dict[str, tuple[Callable[[], tuple[type, ...]], tuple[str, ...]]] = {}


def refused(*words):
    """Register a builder of declarations whose refusal has to contain these words."""

    def register(build):
        WRONG[build.__name__] = (build, words)
        return build

    return register


def author():
    """A sound model with `name` and `born`."""

    class Author(Model):
        _name = "author"
        name = fields.Char()
        born = fields.Date()
        book_count = fields.Integer()

    return Author


@refused("book", "author_id", "autor", "author")
def many2one_to_an_unknown_model():
    class Book(Model):
        _name = "book"
        author_id = fields.Many2one("autor")

    return author(), Book


@refused("book", "author_ids", "autor", "author")
def many2many_to_an_unknown_model():
    class Book(Model):
        _name = "book"
        author_ids = fields.Many2many("autor")

    return author(), Book


@refused("book", "page_ids", "pages", "page")
def one2many_to_an_unknown_model():
    class Book(Model):
        _name = "book"
        page_ids = fields.One2many("pages", "book_id")

    class Page(Model):
        _name = "page"
        book_id = fields.Many2one("book")

    return Book, Page


@refused("book", "page_ids", "bok_id", "book_id")
def one2many_by_an_unknown_inverse():
    class Book(Model):
        _name = "book"
        page_ids = fields.One2many("page", "bok_id")

    class Page(Model):
        _name = "page"
        book_id = fields.Many2one("book")

    return Book, Page


@refused("book", "page_ids", "number")
def one2many_whose_inverse_is_no_many2one():
    class Book(Model):
        _name = "book"
        page_ids = fields.One2many("page", "number")

    class Page(Model):
        _name = "page"
        number = fields.Integer()

    return Book, Page


@refused("book", "page_ids", "author_id")
def one2many_whose_inverse_leads_elsewhere():
    class Book(Model):
        _name = "book"
        page_ids = fields.One2many("page", "author_id")

    class Page(Model):
        _name = "page"
        author_id = fields.Many2one("author")

    return author(), Book, Page


@refused("book", "total", "prize", "price")
def depends_on_an_unknown_field():
    class Book(Model):
        _name = "book"
        price = fields.Float()
        total = fields.Float(compute="_compute_total")

        @api.depends("prize")
        def _compute_total(self):
            self.total = 1

    return (Book,)


@refused("book", "label", "nme", "name")
def depends_on_an_unknown_field_of_another_model():
    class Book(Model):
        _name = "book"
        author_id = fields.Many2one("author")
        label = fields.Char(compute="_compute_label")

        @api.depends("author_id.nme")
        def _compute_label(self):
            self.label = "x"

    return author(), Book


@refused("book", "label", "title")
def depends_through_a_field_that_is_no_relation():
    class Book(Model):
        _name = "book"
        title = fields.Char()
        label = fields.Char(compute="_compute_label")

        @api.depends("title.name")
        def _compute_label(self):
            self.label = "x"

    return (Book,)


@refused("book", "author_id", "bron", "born")
def a_fields_domain_with_an_unknown_field():
    class Book(Model):
        _name = "book"
        author_id = fields.Many2one("author", domain=[("bron", "!=", None)])

    return author(), Book


@refused("book", "titel", "title")
def an_order_by_an_unknown_field():
    class Book(Model):
        _name = "book"
        _order = "titel desc, id"
        title = fields.Char()

    return (Book,)


@refused("book", "titel", "title")
def a_rec_name_that_is_no_field():
    class Book(Model):
        _name = "book"
        _rec_name = "titel"
        title = fields.Char()

    return (Book,)


@refused("book", "cod", "code")
def a_unique_constraint_on_an_unknown_column():
    class Book(Model):
        _name = "book"
        code = fields.Char()
        _once = Constraint("UNIQUE (cod)", "once")

    return (Book,)


@refused("book", "pice", "price")
def a_check_constraint_on_an_unknown_column():
    class Book(Model):
        _name = "book"
        price = fields.Float()
        _positive = Constraint("CHECK (pice > 0)", "positive")

    return (Book,)


@refused("book", "titel", "title")
def an_index_on_an_unknown_column():
    class Book(Model):
        _name = "book"
        title = fields.Char()
        _by_title = Index("(lower(titel))")

    return (Book,)


@refused("book", "first", "second")
def a_compute_cycle():
    class Book(Model):
        _name = "book"
        first = fields.Integer(compute="_compute_first", store=True)
        second = fields.Integer(compute="_compute_second", store=True)

        @api.depends("second")
        def _compute_first(self):
            self.first = 1

        @api.depends("first")
        def _compute_second(self):
            self.second = 1

    return (Book,)


@refused("book", "depth", "recursive")
def a_compute_over_its_own_parent_without_recursive():
    class Book(Model):
        _name = "book"
        parent_id = fields.Many2one("book")
        depth = fields.Integer(compute="_compute_depth", store=True)

        @api.depends("parent_id.depth")
        def _compute_depth(self):
            for book in self:
                book.depth = book.parent_id.depth + 1

    return (Book,)


@refused("first.book", "second.book", "book_table")
def two_models_with_one_table():
    class First(Model):
        _name = "first.book"
        _table = "book_table"
        name = fields.Char()

    class Second(Model):
        _name = "second.book"
        _table = "book_table"
        name = fields.Char()

    return First, Second


@refused("book", "title", "requird", "required")
def an_unknown_attribute_of_a_field():
    class Book(Model):
        _name = "book"
        title = fields.Char(requird=True)

    return (Book,)


@refused("book", "page_ids", "ondelet", "ondelete")
def an_unknown_attribute_of_a_relation():
    class Book(Model):
        _name = "book"
        page_ids = fields.Many2one("author", ondelet="cascade")

    return author(), Book


@refused("autor", "author")
def an_extension_of_an_unknown_model():
    class Extension(Model):
        _inherit = "autor"
        more = fields.Char()

    return author(), Extension


@refused("book", "autor", "author")
def inherits_from_an_unknown_model():
    class Book(Model):
        _name = "book"
        _inherits = {"autor": "author_id"}
        author_id = fields.Many2one("author", required=True)

    return author(), Book


@refused("book", "autor_id", "author_id")
def inherits_by_an_unknown_field():
    class Book(Model):
        _name = "book"
        _inherits = {"author": "autor_id"}
        author_id = fields.Many2one("author", required=True)

    return author(), Book


@refused("book", "author_name", "nam", "name")
def a_related_path_to_an_unknown_field():
    class Book(Model):
        _name = "book"
        author_id = fields.Many2one("author")
        author_name = fields.Char(related="author_id.nam")

    return author(), Book


@refused("book", "total", "_compute_totl", "_compute_total")
def a_compute_method_that_is_not_there():
    class Book(Model):
        _name = "book"
        total = fields.Integer(compute="_compute_totl")

        def _compute_total(self):
            self.total = 1

    return (Book,)


@refused("book", "total", "_set_totl", "_set_total")
def an_inverse_method_that_is_not_there():
    class Book(Model):
        _name = "book"
        total = fields.Integer(compute="_compute_total", inverse="_set_totl")

        def _compute_total(self):
            self.total = 1

        def _set_total(self):
            pass

    return (Book,)


@refused("book", "prize", "price")
def a_python_constraint_on_an_unknown_field():
    class Book(Model):
        _name = "book"
        price = fields.Float()

        @api.constrains("prize")
        def _check_price(self):
            pass

    return (Book,)


@refused("book", "prize", "price")
def an_onchange_of_an_unknown_field():
    class Book(Model):
        _name = "book"
        price = fields.Float()

        @api.onchange("prize")
        def _onchange_price(self):
            pass

    return (Book,)


@refused("book", "prize", "price")
def a_rule_with_an_unknown_field():
    class Book(Model):
        _name = "book"
        price = fields.Float()
        access = Access(everyone="r")
        rules = [Rule(None, [("prize", ">", 3)])]

    return (Book,)


@refused("book", "author_id", "nam", "name")
def a_rule_with_an_unknown_field_at_the_end_of_a_path():
    class Book(Model):
        _name = "book"
        author_id = fields.Many2one("author")
        access = Access(everyone="r")
        rules = [Rule(None, [("author_id.nam", "=", "x")])]

    return author(), Book


@refused("book", "price", "curency", "currency")
def a_price_in_an_unknown_currency_field():
    class Book(Model):
        _name = "book"
        currency = fields.Char()
        price = fields.Monetary(currency_field="curency")

    return (Book,)


@refused("book", "ISBN", "isbn")
def an_order_with_a_name_in_the_wrong_case():
    class Book(Model):
        _name = "book"
        _order = "ISBN"
        isbn = fields.Char()

    return (Book,)


@refused("book", "z")
def an_unknown_letter_of_access():
    class Book(Model):
        _name = "book"
        name = fields.Char()
        access = Access(everyone="rz")

    return (Book,)


def refusal(build):
    """The text with which the declarations of `build` are refused."""
    with pytest.raises(DeclarationError) as caught:
        classes = build()
        with scratch_env(*classes):
            pass
    return str(caught.value)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_declaration_names_what_is_wrong_and_what_is_near(name):
    """The text names model, field … and a near name."""
    build, words = WRONG[name]

    text = refusal(build)

    for word in words:
        assert word in text, text


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_declaration_names_file_and_line(name):
    """The text names … file:line."""
    build, _words = WRONG[name]
    lines, first = inspect.getsourcelines(build)

    places = re.findall(r"test_01_wrong_declarations\.py:(\d+)", refusal(build))

    assert places
    assert any(first <= int(line) < first + len(lines) for line in places), places


def test_an_heir_that_does_not_bring_the_field_is_refused():
    """Of concrete models: the heir is one."""

    class Sized(AbstractModel):
        _name = "sized"
        area = fields.Float(compute="_compute_area")

        @api.depends("height")
        def _compute_area(self):
            self.area = 1

    class Box(Model):
        _name = "box"
        _inherit = "sized"
        heigth = fields.Float()

    def build():
        return Sized, Box

    text = refusal(build)
    assert "box" in text
    assert "height" in text
