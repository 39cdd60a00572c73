"""A right that an administrator gives or takes holds in every process with its next request."""

import re

import pytest

from app import create_app
from tests.support.databases import PASSWORD


@pytest.fixture(scope="module")
def here(new_app):
    return new_app("elsewhere")


@pytest.fixture(scope="module")
def there(here):
    """Another process on the same database: a registry and a pool of its own."""
    app = create_app(here.config["SETTINGS"], TESTING=True)
    yield app
    app.extensions["kartoteka"].database.engine.dispose()


def token(app, login):
    sent = {"username": login, "password": PASSWORD, "provider": "db"}
    return {"Authorization": f"Bearer {app.test_client().post('/api/v1/security/login', json=sent).json['access_token']}"}


def save(app, role, change):
    """Save the matrix of a role as its administrator does, with one box changed."""
    client = app.test_client()
    mark = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login/").text)[1]
    client.post("/login/", data={"username": "admin", "password": PASSWORD, "csrf_token": mark})
    page = client.get("/settings/rights").text
    target = re.search(rf'href="(/settings/rights\?role=\d+)"[^>]*>{role}<', page)[1]
    page = client.get(target).text
    ticked = set(re.findall(r'name="right" value="([^"]+)"[^>]*checked', page))
    assert change in re.findall(r'name="right" value="([^"]+)"', page)
    mark = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    answer = client.post(target, data={"csrf_token": mark, "right": list(ticked ^ {change})})
    assert answer.status_code in (200, 303)


def test_a_right_taken_and_given_holds_at_once_in_another_process(here, there):
    """Shows 1.2."""
    clerk = there.test_client()
    header = token(there, "clerk")
    assert clerk.get("/api/v1/code/", headers=header).status_code == 200

    save(here, "clerk", "code:r")
    refused = clerk.get("/api/v1/code/", headers=header)
    assert refused.status_code in (403, 404)
    assert "rows" not in refused.json

    save(here, "clerk", "code:r")
    assert clerk.get("/api/v1/code/", headers=header).status_code == 200
