"""Lists in the documents are complete, links lead somewhere, examples can be declared, commands do what they say."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess

import psycopg
import pytest
from sqlalchemy import make_url

import config
from app.local.cluster import BLANK_DATABASE
from app.local.places import CHECKOUT
from app.orm import errors
from app.orm.env import Database
from tests import features
from tests.docs import pages
from tests.support.databases import Place

DOCUMENTS = [CHECKOUT / "README.md", *sorted(pages.DOCS.rglob("*.md"))]
_ROW = re.compile(r"^\| `([A-Z_]+)` \| .* \|$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#]+)\)")
_PLACE = re.compile(r"`((?:app|models|views|tests|docs|deploy)/[\w./*-]*\w)(?:: [\w, .]+)?`")


def rows(text):
    return {match.group(1): match.group() for match in _ROW.finditer(text)}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(CHECKOUT).as_posix())
def test_links_and_files_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")

    links = [link for link in _LINK.findall(text) if "://" not in link]
    assert [link for link in links if not (path.parent / link).exists()] == []
    if path.name not in ("tutorial.md", "README.md"):
        assert [place for place in _PLACE.findall(text) if not list(CHECKOUT.glob(place))] == []


def test_every_named_function_of_the_journeys_exists():
    text = pages.text("architecture.md")
    missing = []
    for name, listed in re.findall(r"`([\w/]+\.py): ([\w, .]+)`", text):
        source = (CHECKOUT / name).read_text(encoding="utf-8")
        missing += [
            f"{name}: {word}"
            for word in listed.split(", ")
            if not re.search(rf"\b(?:def|class) {re.escape(word.rsplit('.', 1)[-1])}\b", source)
        ]

    assert missing == []


def test_operations_names_every_setting_as_the_settings_do():
    in_code = rows(config.__doc__)
    read = set(re.findall(r'environ(?:\.get)?[\[(]"([A-Z_]+)"|_switch\("([A-Z_]+)"', (CHECKOUT / "config.py").read_text()))

    assert rows(pages.text("operations.md")) == in_code
    assert {first or second for first, second in read} - {"PORT"} <= set(in_code)


def test_operations_names_every_command(app):
    documented = set(re.findall(r"^\| `(\w+)(?: \w+)?` \|", pages.text("operations.md").split("## Commands")[1], re.MULTILINE))
    ours = {name for name, command in app.cli.commands.items() if (command.callback or command).__module__.startswith("app.cli")}
    ours |= {name for name in app.cli.commands if name in {"user", "geocode", "db"}}

    assert ours <= documented
    assert documented <= set(app.cli.commands)


def test_errors_names_every_kind_with_its_status():
    documented = set(re.findall(r"^\| (\d+) \| `([a-z-]+)`", pages.text("errors.md"), re.MULTILINE))
    kinds = set()
    waiting = [errors.AppError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.startswith("app.") and kind not in (errors.AppError, errors.DeclarationError):
            kinds.add((str(kind.status), kind.code))

    assert kinds - documented == set()


def test_the_list_of_what_works_is_that_of_the_tests():
    assert features.PAGE.read_text(encoding="utf-8") == features.page(), "run: make features"


def test_the_entity_of_the_front_page_can_be_declared(start):
    """Shows 0.1."""
    text = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    model, view = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)

    app = start(model, view)

    assert "note" in app.extensions["kartoteka"].database.registry
    assert len(model.splitlines()) + len(view.splitlines()) < 40


def test_the_picture_is_small():
    assert 10_000 < (pages.DOCS / "pictures" / "list-ru-light.png").stat().st_size < 200_000


def test_a_back_up_can_be_restored(new_app, new_database, databases, tmp_path):
    """Shows 19.3."""
    app = new_app("backup")
    database: Database = app.extensions["kartoteka"].database
    made = database.superuser().run(lambda env: env["party"].create({"kind": "organisation", "name": "ООО «Ёлка»"}).id)
    source = make_url(app.config["DATABASE_OWNER_URL"]).set(drivername="postgresql")
    with databases.connection() as connection:
        databases._create(connection, "kt_copy_restored", BLANK_DATABASE)
    target = source.set(database="kt_copy_restored")
    values = {
        "$OWNER_URL": source.render_as_string(hide_password=False), "$EMPTY_URL": target.render_as_string(hide_password=False),
    }  # fmt: skip
    try:
        for line in [line for block in pages.blocks("operations.md", "sh") for line in block.splitlines()]:
            words = [re.sub(r"\$[A-Z_]+", lambda match: values[match.group()], word) for word in shlex.split(line)]
            done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
        with psycopg.connect(values["$EMPTY_URL"]) as connection:
            found = connection.execute("SELECT name FROM party WHERE id = %s AND search_text LIKE %s", [made, "%lk%"]).fetchone()
        assert found == ("ООО «Ёлка»",)
    finally:
        databases.drop(Place(values["$EMPTY_URL"], values["$EMPTY_URL"]))


def test_every_python_block_can_be_parsed():
    texts = [path.read_text(encoding="utf-8") for path in DOCUMENTS]
    codes = [code for text in texts for code in re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]

    assert codes
    assert all(ast.parse(code).body for code in codes)
