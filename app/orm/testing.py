"""A database of one's own for tests, in a moment: an empty schema with the tables of some declarations.

`scratch_env` is public, also for authors of add-ons. It starts the private cluster when that is down (or uses
`KARTOTEKA_TEST_DATABASE_URL`), builds a registry of the given declarations and the platform's own, yields an env of a
superuser in a unit that is never committed, and drops the schema.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from app.local import ensure
from app.orm import ddl
from app.orm.env import Database, Env
from app.orm.i18n import portal_lang, set_portal_lang
from app.orm.model import BaseModel, declarations
from app.orm.registry import Registry
from app.orm.unit import Unit

BASE = "app.base"
_prepared: set[str] = set()
_lock = threading.Lock()


@lru_cache(maxsize=1)
def base_declarations() -> tuple[type[BaseModel], ...]:
    """The platform's own models."""
    package = importlib.import_module(BASE)
    names = [info.name for info in pkgutil.iter_modules(package.__path__) if not info.ispkg]
    return tuple(declarations(importlib.import_module(f"{BASE}.{name}") for name in sorted(names)))


def test_url() -> str:
    """The database of the tests, as a URL of SQLAlchemy."""
    return os.environ.get("KARTOTEKA_TEST_DATABASE_URL") or ensure().dsn_test


@contextmanager
def scratch_env(*model_classes: type[Any], roles: Iterable[str] = (), services: Any = None) -> Iterator[Env]:
    """A superuser's env over these declarations and the platform's, in an empty schema; `roles` are made too.

    Texts are in English inside. Raises `DeclarationError` for wrong declarations.
    """
    registry = Registry.build([*base_declarations(), *model_classes])
    with scratch_database(registry, services) as database:
        _commit_roles(database, list(roles))
        unit = Unit(database, safe=True)
        env = Env(database, unit, None, True, {})
        unit.envs[None, True, ()] = env
        former = portal_lang()
        set_portal_lang("en")
        try:
            env.begin()
            yield env
        finally:
            set_portal_lang(former)
            if not unit.closed:
                unit.rollback()


def _commit_roles(database: Database, names: list[str]) -> None:
    """Make the roles in a unit before: another unit of a test that needs one would wait for the scratch unit for ever."""
    if names:
        database.env(su=True).run(lambda env: env["role"].create([{"name": name} for name in names]).ids)


@contextmanager
def scratch_database(registry: Registry, services: Any = None, url: str | None = None) -> Iterator[Database]:
    """An empty schema with the registry's tables, dropped at the end; `url` names another database than that of all tests."""
    url = url or test_url()
    schema = f"scratch_{uuid.uuid4().hex[:12]}"
    engine = sa.create_engine(url, pool_size=2, max_overflow=40)
    try:
        _prepare(engine, url)
        with engine.begin() as connection:
            ddl.run_script(connection, f'CREATE SCHEMA "{schema}"')
        database = Database(engine, registry, services, schema)
        engine.dispose()
        with engine.begin() as connection:
            ddl.create_all(connection, registry)
        yield database
    finally:
        engine.dispose()
        with engine.begin() as connection:
            ddl.run_script(connection, f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')
        engine.dispose()


def _prepare(engine: sa.Engine, url: str) -> None:
    """Extensions and functions lie outside the schemas; made once."""
    with _lock:
        if url in _prepared:
            return
        with engine.begin() as connection:
            ddl.run_script(connection, ddl.extension_ddl())
        _prepared.add(url)
