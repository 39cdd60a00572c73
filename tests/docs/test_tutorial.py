"""`docs/tutorial.md`, done as it is written: two files, a start, and everything is there."""

from __future__ import annotations

import html
import json
import re
import shlex

import pytest
from babel.messages.pofile import read_po, write_po

from tests.docs import pages
from tests.docs.checkout import Checkout, sign_in, token

PAGE = "tutorial.md"
# Starts whole portals, which takes a while on a busy machine.
pytestmark = [pytest.mark.xdist_group("tutorial"), pytest.mark.slow, pytest.mark.timeout(300)]
OWN = ("models/library.py", "views/library.py")
WAR = "Война и мир"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory, new_database, redis_url):
    """A copy with the two files, and the texts of step 7 in its catalogue; its database is that of the portal as it is."""
    made = Checkout(tmp_path_factory.mktemp("checkout"), new_database("tutorial"), redis_url)
    files = pages.files(PAGE)
    pages.write(made.folder, {name: files[name] for name in OWN})
    commands = [line for block in pages.blocks(PAGE, "sh") for line in block.splitlines() if "pybabel" in line]
    assert len(commands) == 2
    for line in commands:
        _program, *arguments = shlex.split(line)
        done = made.run("babel.messages.frontend", *arguments)
        assert done.returncode == 0, done.stderr
    _fill_in(made)
    return made


def _fill_in(checkout):
    path = checkout.folder / "app" / "translations" / "ru" / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as stream:
        catalogue = read_po(stream, locale="ru")
    texts = pages.translations(PAGE)
    assert set(texts) == {
        message.id for message in catalogue if not message.string and any(place in OWN for place, _line in message.locations)
    }
    for text, translated in texts.items():
        catalogue[text].string = translated
    with path.open("wb") as stream:
        write_po(stream, catalogue)


@pytest.fixture(scope="module")
def portal(checkout):
    """The portal started from the copy: the tables came by additive changes."""
    with checkout.started() as visitor:
        yield visitor


@pytest.fixture(scope="module")
def book(portal):
    """An author and a book, made as step 5 says."""
    key = token(portal, "clerk")
    bodies = [json.loads(body) for body in re.findall(r"-d '(\{.*?\})'", "\n".join(pages.blocks(PAGE, "sh")))]
    author = portal.rest("/api/v1/library_author/", key, **bodies[0])["id"]
    return portal.rest("/api/v1/library_book/", key, **{**bodies[1], "author_id": author})["id"]


def test_the_library_costs_exactly_two_files(checkout):
    """Shows 0.1."""
    named = [name for name in pages.files(PAGE) if not name.startswith("library_addon/")]

    assert sorted(named) == sorted(OWN)


def test_the_checks_find_nothing_wrong_with_it(checkout):
    done = checkout.run("flask", "--app", "run", "check")

    assert "models are declared and fit together" in done.stdout, done.stderr
    assert not {line.strip() for line in done.stdout.splitlines()} & set(pages.translations(PAGE))


def test_a_clerk_has_it_in_menu_list_and_forms(portal, book):
    """Shows 0.1."""
    clerk = sign_in(portal, "clerk")

    listing = clerk.must("/library.book/list")
    assert WAR in listing
    assert "Библиотека" in listing
    assert "Название книги" in listing
    assert 'name="name"' in clerk.must("/library.book/new")
    assert WAR in html.unescape(clerk.must(f"/library.book/{book}"))
    assert WAR in clerk.must("/library.book/list?q=%D0%B2%D0%BE%D0%B9%D0%BD")


def test_a_clerk_creates_by_the_form_and_sees_the_history(portal, book):
    """Shows 0.1, 0.11."""
    clerk = sign_in(portal, "clerk")
    author = re.search(r"/library.author/(\d+)", clerk.must("/library.author/list")).group(1)

    status, page, url = clerk.submit("/library.book/new", "record-form", name="Воскресение", author_id=author)
    assert status == 200, page
    assert re.search(r"/library.book/\d+", url), page
    path = re.search(r"/library.book/\d+", url).group()
    status, _page, _url = clerk.submit(path, "record-form", name="Детство")

    assert status == 200
    history = clerk.must(path).split('id="history-title"')[1]
    assert "Воскресение" in history
    assert "Детство" in history
    assert "Ольга Крылова" in history


def test_it_is_found_in_the_box_at_the_top(portal, book):
    assert WAR in sign_in(portal, "clerk").must("/search?q=%D0%B2%D0%BE%D0%B9%D0%BD%D0%B0")


def test_rest_creates_finds_and_refuses(portal, book):
    """Shows 0.1."""
    key = token(portal, "clerk")

    query = re.search(r"\?q=([^\"]+)", "\n".join(pages.blocks(PAGE, "sh"))).group(1).replace("мир", "%D0%BC%D0%B8%D1%80")
    assert [row["name"] for row in portal.rest(f"/api/v1/library_book/?q={query}", key)["result"]] == [WAR]
    author = portal.rest("/api/v1/library_author/", key)["result"][0]
    assert author["book_count"] >= 1
    status, text, _url = portal.ask(
        "/api/v1/library_book/",
        json.dumps({"name": "Alien", "author_id": author["id"], "state": "lent"}).encode(),
        Content_Type="application/json", Authorization=f"Bearer {key}",
    )  # fmt: skip
    assert status == 422
    assert json.loads(text)["errors"][0]["field"] == "reader_id"
    assert "Укажите, кто взял книгу." in text
    assert "/api/v1/library_book/" in portal.must("/api/v1/_openapi", Authorization=f"Bearer {key}")


def test_a_role_without_the_right_sees_nothing(portal, book):
    """Shows 0.1."""
    reception = sign_in(portal, "reception")

    assert "/library.book/list" not in reception.must("/party/list?menu=organisations")
    assert reception.ask("/library.book/list")[0] == 403
    status, _text, _url = portal.ask("/api/v1/library_book/", Authorization=f"Bearer {token(portal, 'reception')}")
    assert status == 403


def test_the_matrix_of_rights_has_its_rows(portal, book):
    """Shows 0.1, 1.1."""
    admin = sign_in(portal, "admin")
    clerk = next(
        key for key, name in re.findall(r'href="/settings/rights\?role=(\d+)"[^>]*>(\w+)<', admin.must("/settings/rights"))
        if name == "clerk"
    )  # fmt: skip

    matrix = admin.must(f"/settings/rights?role={clerk}")

    for letter in "crudx":
        assert re.search(rf'value="library.book:{letter}"[^>]* checked', matrix)
    assert re.search(r'value="library.author:i"', matrix)
    assert not re.search(r'value="library.book:i"[^>]* checked', matrix)


def test_the_message_about_a_misspelt_name_is_the_one_on_the_page(checkout, portal):
    path = checkout.folder / OWN[0]
    right = path.read_text(encoding="utf-8")
    wrong = right.replace('Many2one("library.author"', 'Many2one("library.autor"')
    line = next(number for number, text in enumerate(wrong.splitlines(), 1) if "library.autor" in text)
    path.write_text(wrong, encoding="utf-8")

    done = checkout.run("flask", "--app", "run", "check")
    path.write_text(right, encoding="utf-8")

    message = pages.blocks(PAGE, "text")[0].strip()
    assert done.returncode == 1
    assert done.stderr.strip() == re.sub(r":\d+\)", f":{line})", message)
