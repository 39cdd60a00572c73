"""REST and sign-in against the whole application on a database of its own: users of every demo role, a client per user."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.cli.people import set_user as make_user
from app.orm.unit import Unit
from tests.support.databases import PASSWORD


@dataclass
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: Any
    text: str

    @property
    def errors(self) -> Any:
        return self.body["errors"]

    @property
    def result(self) -> Any:
        return self.body["result"]


@dataclass
class Api:
    """Calls the REST interface, as somebody."""

    app: Any
    tokens: dict[str, str] = field(default_factory=dict)
    login: str | None = None

    def as_(self, login: str | None) -> Api:
        return Api(self.app, self.tokens, login)

    def token(self, login: str, password: str = PASSWORD) -> str:
        if login not in self.tokens:
            answer = self.as_(None).call("POST", "/api/v1/security/login", {"username": login, "password": password})
            assert answer.status == 200, answer.text
            self.tokens[login] = answer.body["access_token"]
        return self.tokens[login]

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **more: Any) -> Answer:
        sent = dict(headers or {})
        if self.login is not None:
            sent.setdefault("Authorization", f"Bearer {self.token(self.login)}")
        if body is not None:
            more.setdefault("data", json.dumps(body))
            more.setdefault("content_type", "application/json")
        response = self.app.test_client().open(path, method=method, headers=sent, **more)
        parsed = response.get_json(silent=True) if response.mimetype == "application/json" else None
        return Answer(response.status_code, parsed, response.headers, response.get_data(as_text=True))

    def list(self, model: str, q: str = "", **headers: str) -> Answer:
        return self.call("GET", f"/api/v1/{model}/", query_string={"q": q} if q else None, headers=headers)

    def get(self, model: str, pk: int, q: str = "", **headers: str) -> Answer:
        return self.call("GET", f"/api/v1/{model}/{pk}", query_string={"q": q} if q else None, headers=_dashed(headers))

    def post(self, model: str, headers: dict[str, str] | None = None, **values: Any) -> Answer:
        return self.call("POST", f"/api/v1/{model}/", values, headers)

    def put(self, model: str, pk: int, headers: dict[str, str] | None = None, **values: Any) -> Answer:
        return self.call("PUT", f"/api/v1/{model}/{pk}", values, headers)

    def delete(self, model: str, pk: int, headers: dict[str, str] | None = None) -> Answer:
        return self.call("DELETE", f"/api/v1/{model}/{pk}", headers=headers)


def _dashed(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@pytest.fixture(scope="session")
def app(new_app: Callable[..., Any]) -> Any:
    """The portal with the shelf of books as its add-on."""
    return new_app("shelf", addons=["tests.web.shelf"])


@pytest.fixture
def api(app: Any) -> Api:
    return Api(app)


@pytest.fixture
def set_user(app: Any) -> Callable[..., None]:
    """`set_user("login", "password", ["role"])`: makes or changes a user."""

    def change(login: str, password: str, roles: list[str]) -> None:
        database = app.extensions["kartoteka"].database
        database.superuser().run(lambda env: make_user(env, login, password=password, roles=roles))

    return change


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """`with statements() as sent:` lists the statements that units of work send meanwhile."""

    @contextmanager
    def listening() -> Iterator[list[str]]:
        sent: list[str] = []
        original = Unit.run

        def run(self: Unit, statement: Any, params: Any = None) -> Any:
            sent.append(str(statement))
            return original(self, statement, params)

        with monkeypatch.context() as patch:
            patch.setattr(Unit, "run", run)
            yield sent

    return listening


def sign_in(client: Any, username: str, password: str, target: str = "", **more: Any) -> Any:
    """Fill in the form of the sign-in page."""
    page = client.get(f"/login/?next={target}", **more)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.get_data(as_text=True)).group(1)
    data = {"username": username, "password": password, "csrf_token": token}
    return client.post(f"/login/?next={target}", data=data, **more)


@pytest.fixture
def browser_as(app: Any) -> Callable[[str], Any]:
    """A test client that has signed in by the form."""

    def signed_in(login: str) -> Any:
        client = app.test_client()
        assert sign_in(client, login, PASSWORD).status_code == 302
        return client

    return signed_in
