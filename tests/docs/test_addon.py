"""Step 8 of `docs/tutorial.md`: the library as an installed package outside of the checkout, which also extends contacts."""

from __future__ import annotations

import html
import re

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from tests.docs import pages
from tests.docs.checkout import Checkout, sign_in, token

PAGE = "tutorial.md"
# Starts whole portals, which takes a while on a busy machine.
pytestmark = [pytest.mark.xdist_group("addon"), pytest.mark.slow, pytest.mark.timeout(300)]
ADDON = "library_addon"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory, new_database, redis_url):
    """A checkout without a change, on the database of the portal as it is; beside it the add-on."""
    outside = tmp_path_factory.mktemp("packages")
    sources = {(name if name.startswith(ADDON) else f"{ADDON}/{name}"): code for name, code in pages.files(PAGE).items()}
    sources |= dict.fromkeys([f"{ADDON}/__init__.py", f"{ADDON}/models/__init__.py", f"{ADDON}/views/__init__.py"], "")
    pages.write(outside, sources)
    texts = Catalog(locale="ru")
    for text, translated in {**pages.translations(PAGE), "Reader's card": "Читательский билет"}.items():
        texts.add(text, translated)
    folder = outside / ADDON / "translations" / "ru" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as stream:
        write_mo(stream, texts)
    made = Checkout(tmp_path_factory.mktemp("addon"), new_database("addon"), redis_url)
    made.install(ADDON, outside)
    return made


@pytest.fixture(scope="module")
def portal(checkout):
    with checkout.started() as visitor:
        yield visitor


@pytest.fixture(scope="module")
def reader(portal):
    """A contact with a card, who has borrowed a book: made by REST."""
    key = token(portal, "clerk")
    person = portal.rest("/api/v1/party/", key, kind="person", family_name="Ростова", given_name="Наталья", reader_card="R-17")[
        "id"
    ]
    author = portal.rest("/api/v1/library_author/", key, name="Толстой Лев Николаевич")["id"]
    portal.rest("/api/v1/library_book/", key, name="Анна Каренина", author_id=author, state="lent", reader_id=person)
    return person


def test_its_models_and_views_are_there_in_its_own_language(portal, reader):
    """Shows 0.1."""
    clerk = sign_in(portal, "clerk")

    listing = clerk.must("/library.book/list")
    assert "Анна Каренина" in listing
    assert "Библиотека" in listing


def test_what_it_added_to_contacts_is_on_their_form(portal, reader):
    """Shows 0.1."""
    page = html.unescape(sign_in(portal, "clerk").must(f"/party/{reader}"))

    assert "R-17" in page
    assert "Читательский билет" in page
    assert "Анна Каренина" in page
    assert re.search(r'name="inn"', page), "the form has lost what it had"


def test_a_clerk_changes_the_added_field_by_the_form(portal, reader):
    clerk = sign_in(portal, "clerk")

    status, page, _url = clerk.submit(f"/party/{reader}", "record-form", reader_card="R-18")

    assert status == 200, page
    key = token(portal, "clerk")
    assert portal.rest(f"/api/v1/party/{reader}", key)["result"]["reader_card"] == "R-18"


def test_the_database_keeps_its_constraint_and_the_message_names_the_field(portal, reader):
    key = token(portal, "clerk")
    portal.rest("/api/v1/party/", key, kind="person", family_name="Курагин", reader_card="R-99")

    status, text, _url = portal.ask(
        "/api/v1/party/", b'{"kind": "person", "family_name": "Twin", "reader_card": "R-99"}',
        Content_Type="application/json", Authorization=f"Bearer {key}",
    )  # fmt: skip

    assert status == 422
    assert '"field":"reader_card"' in text.replace(" ", "")
    assert "not-unique" in text


def test_without_it_the_portal_starts_as_before(checkout, portal, reader):
    """An add-on that is taken away leaves its columns; nobody asks for them."""
    checkout.environ["KARTOTEKA_ADDONS"] = ""
    with checkout.started() as plain:
        clerk = sign_in(plain, "clerk")
        page = clerk.must(f"/party/{reader}")
        assert "Ростова" in page
        assert "R-18" not in page
        assert clerk.ask("/library.book/list")[0] == 404
