"""The models of the contact area in a registry of their own; every test starts from the same empty tables."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from app.orm.env import Env
from app.orm.model import declarations
from app.orm.testing import scratch_env

AREAS = ("party", "party_contact", "affiliation", "address", "code")
ROLES = ("admin", "clerk", "sales", "reception", "manager", "auditor")


class _TakeBack(Exception):
    """Undoes what a test did."""


@pytest.fixture(scope="session")
def contacts() -> Iterator[Env]:
    """A superuser's env over the declarations of `models/`."""
    classes = declarations([importlib.import_module(f"models.{name}") for name in AREAS])
    with scratch_env(*classes, roles=ROLES) as env:
        yield env


@pytest.fixture
def env(contacts: Env) -> Iterator[Env]:
    """The superuser's env; what the test does is taken back."""
    try:
        with contacts.savepoint():
            yield contacts
            raise _TakeBack  # noqa: TRY301 - a savepoint is undone by leaving it with an error
    except _TakeBack:
        return


@dataclass(slots=True)
class Make:
    """Short words for the records that tests need."""

    env: Env

    def organisation(self, **values: Any) -> Any:
        """An organisation."""
        return self.env["party"].create({"kind": "organisation", "name": "ООО «Точка опоры»", **values})

    def person(self, **values: Any) -> Any:
        """A person."""
        parts = {"family_name": "Иванов", "given_name": "Пётр", "patronymic": "Сергеевич"}
        return self.env["party"].create({"kind": "person", **parts, **values})

    def affiliation(self, person: Any, organisation: Any, **values: Any) -> Any:
        """A person's place in an organisation."""
        row = {"person_id": person.id, "organisation_id": organisation.id, "position": "Инженер"}
        return self.env["affiliation"].create({**row, **values})

    def address(self, **values: Any) -> Any:
        """An address."""
        row = {"city": "Санкт-Петербург", "street": "Невский проспект", "house": "10", "postal_code": "190000"}
        return self.env["address"].create({**row, **values})

    def code(self, name: str, kind: str = "Категория", **values: Any) -> Any:
        """A code; its kind is made when missing."""
        kinds = self.env["code.kind"]
        found = kinds.search([("name", "=", kind)]) or kinds.create({"name": kind})
        return self.env["code"].create({"name": name, "kind_id": found.id, **values})

    def user(self, role: str) -> Env:
        """The env of a new user with this role."""
        return self.env.with_user(self.env.new_user(f"test-{role}", roles=[role]))


@pytest.fixture
def make(env: Env) -> Make:
    """Makes records."""
    return Make(env)
