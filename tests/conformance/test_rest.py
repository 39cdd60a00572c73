"""Every model by REST, as every role: what the matrix gives and nothing else, in a fixed number of statements."""

from __future__ import annotations

from typing import Any

import pytest

from app.web.api.resources import LISTS, resource_of, served

ROLES = ("admin", "clerk", "sales", "reception", "manager", "auditor")


def _models(app: Any) -> dict[str, Any]:
    registry = app.extensions["kartoteka"].database.registry
    return {name: model for name, model in registry.models.items() if served(model)}


def _letters(app: Any, model: str, role: str) -> set[str]:
    granted = app.extensions["kartoteka"].database.registry.access[model]
    return {*granted.get(role, ""), *granted.get("everyone", "")}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reads_what_its_letters_say(stocked, api, role):
    """Shows 1.1 by REST: list, single record and description."""
    user = api.as_(role)
    for name in _models(stocked):
        resource, letters = resource_of(name), _letters(stocked, name, role)
        listed = user.list(resource, "(page_size:5)")
        assert listed.status == (200 if "r" in letters else 403), (name, listed.text)
        assert user.get(resource, 10**9).status == (404 if "r" in letters else 403), name
        info = user.call("GET", f"/api/v1/{resource}/_info")
        assert "can_read" in info.body["permissions"] if "r" in letters else info.status == 403, name
        for row in listed.result[:2] if "r" in letters else ():
            assert user.get(resource, row["id"]).status == 200, name


@pytest.mark.parametrize("role", ROLES)
def test_a_role_writes_only_with_its_letters(stocked, api, role):
    user = api.as_(role)
    for name in _models(stocked):
        resource, letters = resource_of(name), _letters(stocked, name, role)
        made = user.call("POST", f"/api/v1/{resource}/", {"no_such_field": 1})
        assert made.status == (422 if "c" in letters else 403), (name, made.text)
        assert user.put(resource, 10**9, no_such_field=1).status in (403, 404), name
        assert user.delete(resource, 10**9).status in (403, 404), name


@pytest.mark.parametrize("role", ROLES)
def test_fields_of_other_roles_are_nowhere(stocked, api, role):
    """Shows 1.3 by REST."""
    user = api.as_(role)
    roles = {role, "everyone"}
    for name, model in _models(stocked).items():
        closed = [field.name for field in model._fields.values() if field.roles_read is not None and not field.roles_read & roles]
        if not closed or "r" not in _letters(stocked, name, role):
            continue
        resource = resource_of(name)
        seen = user.list(resource, "(page_size:3)").text + user.call("GET", f"/api/v1/{resource}/_info").text
        for field in closed:
            assert f'"{field}"' not in seen, (name, field)
            for q in (
                f"(columns:!({field}))",
                f"(order_column:{field})",
                f"(filters:!((col:{field},opr:eq,value:'1')))",
                f"(domain:!(!({field},'=','1')))",
            ):
                assert user.list(resource, q).status in (400, 403), (name, q)
            assert user.call("POST", f"/api/v1/{resource}/", {field: "1"}).status in (403, 422), (name, field)


def test_every_readable_column_can_be_listed_ordered_and_described(stocked, api):
    user = api.as_("admin")
    for name, model in _models(stocked).items():
        resource = resource_of(name)
        info = user.call("GET", f"/api/v1/{resource}/_info").body
        for column in info["filters"]:
            field = model._fields[column]
            answer = user.list(resource, f"(columns:!({column}),page_size:2)")
            assert answer.status == 200, (name, column, answer.text)
            if field.sortable:
                assert user.list(resource, f"(order_column:{column},page_size:2)").status == 200, (name, column)


def test_statements_do_not_grow_with_rows(stocked, api, statements):
    """Shows 0.2 for REST on every model: user and rights, rows, count, and names that a method makes."""
    user = api.as_("admin")
    for name in _models(stocked):
        resource = resource_of(name)
        user.list(resource, "(page_size:1)")
        with statements() as few:
            user.list(resource, "(page_size:2)")
        with statements() as many:
            user.list(resource, "(page_size:40)")
        assert len(many) <= len(few) + 1, (name, many)
        assert len(many) <= 3 + len(
            {field.comodel for field in _models(stocked)[name]._fields.values() if field.type == "many2one"}
        ), (name, many)


def test_openapi_names_every_resource(stocked, api):
    """Shows 0.1: one declaration gives a REST resource with OpenAPI."""
    paths = api.as_("admin").call("GET", "/api/v1/_openapi").body["paths"]
    for name, model in _models(stocked).items():
        assert f"/api/v1/{resource_of(name)}/" in paths
        lists = [field.name for field in model._fields.values() if field.type in LISTS]
        assert not lists or f"/api/v1/{resource_of(name)}/related/{{column}}" in paths
