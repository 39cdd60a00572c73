"""What no person types but programs send: ids of any length, bytes that no text can hold."""

import re

import pytest

from tests.support.databases import PASSWORD

HUGE = "9" * 23


@pytest.fixture(scope="module")
def client(app):
    client = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login/").text)[1]
    client.post("/login/", data={"username": "clerk", "password": PASSWORD, "csrf_token": token})
    return client


@pytest.mark.parametrize("path", [f"/party/{HUGE}", f"/user/{HUGE}/password", f"/party/{2**63}", "/party/0", "/party/-1"])
def test_an_impossible_id_is_a_missing_record(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/party/list?q=a%00b", "/party/list?cf=name&co=ilike&cv=%00a", "/search?q=a%00b", "/party/options/parent_id?q=a%00b"],
)
def test_a_null_byte_in_what_is_looked_for_is_left_out(client, path):
    assert client.get(path).status_code == 200


def test_a_null_byte_in_a_form_is_left_out(client):
    page = client.get("/party/new?menu=organisations").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    values = {"_fields": "name,kind", "kind": "organisation", "name": "Ромаш\0ка", "csrf_token": token}
    answer = client.post("/party/new?menu=organisations", data=values)
    assert answer.status_code == 303, answer.text
    assert "Ромашка" in client.get(answer.location).text


def test_a_search_that_finds_nothing_says_so(client):
    """Shows 0.4."""
    answer = client.get("/search?q=нетнигденикого")
    assert answer.status_code == 200
    assert "нетнигденикого" in answer.text
