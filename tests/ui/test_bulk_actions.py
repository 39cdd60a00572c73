"""What is done with a selection is done whole or not at all, and the list says which."""

import itertools
import re

import pytest

from tests.support.databases import PASSWORD

NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def app(new_app):
    return new_app("bulk")


@pytest.fixture
def kinds(app):
    """Two kinds of codes; the second is in use."""
    number = next(NUMBERS)

    def fill(env):
        made = env["code.kind"].create(
            [{"name": f"Лишний{number}", "key": f"spare{number}"}, {"name": f"Нужный{number}", "key": f"needed{number}"}]
        )
        env["code"].create({"name": "Код", "kind_id": made[1].id})
        return made.ids

    return number, app.extensions["kartoteka"].database.superuser(source="command").run(fill)


@pytest.fixture
def client(app):
    client = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login/").text)[1]
    client.post("/login/", data={"username": "admin", "password": PASSWORD, "csrf_token": token})
    return client


def chosen(client, action, keys):
    page = client.get("/code.kind/list").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    return client.post(
        "/code.kind/selection", data={"csrf_token": token, "action": action, "id": keys}, follow_redirects=True
    ).text


def test_a_record_in_use_keeps_the_whole_selection_and_the_list_tells_why(client, kinds):
    """Shows 0.2."""
    number, keys = kinds
    page = chosen(client, "delete", keys)

    told = re.search(r'data-toast="([^"]+)"', page)[1]
    assert "Ничего не изменено" in told
    assert "Код" in told
    assert f"Лишний{number}<" in page
    assert f"Нужный{number}<" in page


def test_what_nobody_uses_is_deleted(client, kinds):
    """Shows 0.2."""
    number, keys = kinds
    page = chosen(client, "delete", keys[:1])

    assert f"Лишний{number}<" not in page
    assert f"Нужный{number}<" in page
