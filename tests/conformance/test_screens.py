"""Every generated screen for every role: it opens for whoever may, refuses everybody else, and its cost is fixed."""

from __future__ import annotations

from typing import Any

import pytest

from app.orm.access import PUBLIC_NAMES
from app.web.api.resources import resource_of
from app.web.screens.site import EXTENSION
from tests.conformance.canary import made_or_none
from tests.conformance.conftest import PARTIES, ROLES, signed_in
from tests.web.conftest import Api

SPEAKING = (403, 404)


@pytest.fixture(scope="session")
def views(stocked: Any) -> dict[str, Any]:
    return stocked.extensions[EXTENSION].views


@pytest.fixture(scope="session")
def entries(stocked: Any) -> list[Any]:
    return stocked.extensions[EXTENSION].entries


@pytest.fixture(scope="session")
def ids_of(stocked: Any) -> Any:
    """The ids that a user sees, at most two of them: `ids_of("party", "clerk")`."""
    database = stocked.extensions["kartoteka"].database

    def ids(model: str, login: str) -> list[int]:
        def read(env: Any) -> list[int]:
            user = env["user"].search([("login", "=", login)])
            return env.with_user(user)[model].search([], limit=2).ids

        return database.superuser().run(read, readonly=True)

    return ids


def _addresses(model: str, entries: list[Any]) -> tuple[list[str], list[str]]:
    """The lists and the empty forms of a model: one each per menu entry."""
    own = [entry for entry in entries if entry.model == model]
    return [entry.url for entry in own] or [f"/{model}/list"], [entry.new_url for entry in own] or [f"/{model}/new"]


@pytest.mark.parametrize("role", ROLES)
def test_every_screen_opens_for_whoever_may_read(role, views, entries, screens_of, ids_of, letters):
    """Shows 0.1 and 1.1: list, form of a record, empty form."""
    client = screens_of(role)
    opened = 0
    for model in views:
        granted = letters(model, role)
        lists, forms = _addresses(model, entries)
        if "r" in granted:
            records = [f"/{model}/{key}" for key in ids_of(model, role)]
            for path in (*lists, *records):
                assert client.get(path).status_code == 200, path
                opened += 1
            assert client.get(f"/{model}/{10**9}").status_code == 404, model
        for path in forms:
            assert client.get(path).status_code == (200 if "c" in granted else 403), path
    assert opened >= len(entries) if role == "admin" else opened > 0


@pytest.mark.parametrize("role", ROLES)
def test_nothing_of_a_model_opens_without_the_letter(role, models, screens_of, ids_of, letters):
    """Shows 1.1."""
    client = screens_of(role)
    for model in models:
        if "r" in letters(model, role):
            continue
        record = next(iter(ids_of(model, "admin")), 1)
        paths = [f"/{model}/list", f"/{model}/{record}", f"/{model}/list?q=a", f"/{model}/{10**9}"]
        statuses = {path: client.get(path).status_code for path in paths}
        assert set(statuses.values()) <= set(SPEAKING), statuses


@pytest.mark.parametrize("role", ROLES)
def test_menus_and_descriptions_name_only_what_may_be_read(role, models, entries, screens_of, letters, api):
    """Shows 1.1: what a role has no right to is not even mentioned."""
    page = screens_of(role).get("/", follow_redirects=True).get_data(as_text=True)
    menu = api.as_(role).call("GET", "/api/v1/menu/").text
    paths = api.as_(role).call("GET", "/api/v1/_openapi").body["paths"]
    for model in models:
        readable = "r" in letters(model, role)
        assert (f"/api/v1/{model.replace('.', '_')}/" in paths) == readable, model
        if not readable:
            assert f'"/{model}/list' not in page, model
            assert f'"/{model}/list' not in menu, model
    for entry in entries:
        offered = "r" in letters(entry.model, role) and (entry.menu.roles is None or role in entry.menu.roles)
        assert (f'"{entry.url}"' in page) == offered, entry.url
        assert (f'"{entry.url}"' in menu) == offered, entry.url


def test_every_condition_builder_and_every_choice_opens(views, models, screens_of):
    """Shows 0.4: each field that is offered for a filter, each link that is offered for choosing."""
    client = screens_of("admin")
    for model in views:
        for field in models[model]._fields.values():
            status = client.get(f"/{model}/condition?cf={field.name}").status_code
            assert status in (200, 404), (model, field.name)
            if field.type in ("many2one", "many2many"):
                assert client.get(f"/{model}/options/{field.name}?q=а").status_code in (200, 404), (model, field.name)


FEW, MANY = 5, 80
ENOUGH = 6  # models that really had so many rows


@pytest.fixture(scope="module")
def filled(new_app: Any) -> Any:
    """The portal with at least eighty records of every model whose records can be made alone."""
    app = new_app("filled")
    app.test_cli_runner().invoke(args=["demo", "--parties", PARTIES], catch_exceptions=False)
    database = app.extensions["kartoteka"].database

    def fill(env: Any) -> None:
        for model in env.registry.concrete():
            present = env[model._name].search_count([])
            if not getattr(model, "_append_only", False) and model._name not in PUBLIC_NAMES:
                for _number in range(present, MANY):
                    if made_or_none(env, model) is None:
                        break

    database.superuser(tracking=False, active_test=False).run(fill)
    return app


def test_statements_do_not_grow_with_rows(filled, statements, monkeypatch):
    """Shows 0.2: five rows and eighty cost the same, on the list screen and by REST, for every model."""
    client, rest = signed_in(filled)("admin"), Api(filled).as_("admin")
    full = 0
    for model, views in filled.extensions[EXTENSION].views.items():
        sent: dict[int, list[int]] = {}
        for limit in (FEW, MANY):
            monkeypatch.setattr(views.list, "limit", limit)
            path, resource, q = f"/{model}/list?f=", resource_of(model), f"(page_size:{limit})"
            client.get(path)
            with statements() as by_screen:
                page = client.get(path)
            with statements() as by_rest:
                rows = rest.list(resource, q).result
            assert page.get_data(as_text=True).count("<tr") > len(rows), model
            # A page that is not full tells how many there are; a full one costs the count besides.
            counted = len(rows) == limit
            sent[limit] = [len(by_screen) - counted, len(by_rest) - counted]
        assert sent[MANY] == sent[FEW], (model, sent)
        full += len(rows) == MANY
    assert full >= ENOUGH
