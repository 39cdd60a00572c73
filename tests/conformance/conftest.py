"""The portal with demonstration data, a client per user by REST and by screens, and the registry that the tests loop over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.databases import PASSWORD
from tests.web.conftest import Api, sign_in, statements

__all__ = ["api", "letters", "models", "registry", "screens_of", "statements", "stocked"]

PARTIES = "60"
ROLES = ("admin", "clerk", "sales", "reception", "manager", "auditor")


@pytest.fixture(scope="session")
def stocked(new_app: Any) -> Any:
    """The portal with demonstration data."""
    app = new_app("stocked")
    app.test_cli_runner().invoke(args=["demo", "--parties", PARTIES], catch_exceptions=False)
    return app


@pytest.fixture
def api(stocked: Any) -> Api:
    return Api(stocked)


@pytest.fixture(scope="session")
def registry(stocked: Any) -> Any:
    return stocked.extensions["kartoteka"].database.registry


@pytest.fixture(scope="session")
def models(registry: Any) -> dict[str, Any]:
    """Every model with a table, by name."""
    return {model._name: model for model in registry.concrete()}


@pytest.fixture
def letters(registry: Any) -> Callable[[str, str], set[str]]:
    """`letters("party", "clerk")`: what the matrix grants."""
    return lambda model, role: {*registry.access[model].get(role, ""), *registry.access[model].get("everyone", "")}


def signed_in(app: Any) -> Callable[[str], Any]:
    """A function that gives the signed-in browser of a user, the same one each time."""
    clients: dict[str, Any] = {}

    def client(login: str) -> Any:
        if login not in clients:
            clients[login] = app.test_client()
            assert sign_in(clients[login], login, PASSWORD).status_code == 302
        return clients[login]

    return client


@pytest.fixture(scope="session")
def screens_of(stocked: Any) -> Callable[[str], Any]:
    """`screens_of("clerk").get("/party/list")`: the screens as somebody sees them."""
    return signed_in(stocked)
