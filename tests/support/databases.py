"""A database per test process in a tenth of a second: migrated once per state of the sources, copied as a template.

Templates are named after the sources they were made from, so a changed model makes a new one; copies carry the process
that uses them, so those of a killed run are found and dropped.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url

from app.local import Services
from app.local.cluster import BLANK_DATABASE, OWNER, WEB
from app.local.places import CHECKOUT

TEMPLATE, COPY = "kt_template_", "kt_copy_"
KEPT_TEMPLATES = 4
PASSWORD = "correct horse battery"
PREPARE = (("db", "upgrade"), ("seed",))


@dataclass(frozen=True, slots=True)
class Place:
    """One database, as its owner and as the role that serves."""

    owner: str
    web: str

    @classmethod
    def named(cls, services: Services, name: str) -> "Place":
        owner = make_url(services.dsn_test).set(database=name)
        web = owner.set(username=WEB) if owner.username == OWNER else owner
        return cls(owner.render_as_string(hide_password=False), web.render_as_string(hide_password=False))


def fingerprint(addons: Sequence[str]) -> str:
    """A name for everything that tables and rights are made from."""
    digest = hashlib.sha256(repr(sorted(addons)).encode())
    roots = [CHECKOUT / "app", CHECKOUT / "models", CHECKOUT / "views"]
    roots += [CHECKOUT.joinpath(*addon.split(".")) for addon in addons]
    for file in sorted(file for root in roots for file in root.rglob("*.py")):
        digest.update(os.fsencode(file))
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


class Databases:
    """Templates and copies on one server."""

    def __init__(self, services: Services) -> None:
        self.services = services

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection]:
        url = self.services.dsn_test.replace("postgresql+psycopg://", "postgresql://", 1)
        with psycopg.connect(url, autocommit=True) as connection:
            yield connection

    def names(self, connection: psycopg.Connection, prefix: str) -> list[str]:
        """The databases with this prefix, oldest first."""
        rows = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY oid", [prefix])
        return [str(name) for (name,) in rows]

    def template(self, addons: Sequence[str] = ()) -> str:
        """The name of a migrated database with roles and rights; made by the first process that asks."""
        name = TEMPLATE + fingerprint(addons)
        with self.connection() as connection:
            connection.execute("SELECT pg_advisory_lock(hashtext('tests: templates'))")
            present = self.names(connection, TEMPLATE)
            if name not in present:
                draft = f"kt_draft_{os.getpid()}"
                self._create(connection, draft, BLANK_DATABASE)
                try:
                    self._prepare(Place.named(self.services, draft), addons)
                    connection.execute(SQL("ALTER DATABASE {} RENAME TO {}").format(Identifier(draft), Identifier(name)))
                finally:
                    self._drop(connection, draft)
                for old in present[: 1 - KEPT_TEMPLATES]:
                    self._drop(connection, old)
        return name

    def copy(self, template: str, label: str) -> Place:
        """A database of one's own, with what the template has."""
        name = f"{COPY}{os.getpid()}_{label}"
        with self.connection() as connection:
            connection.execute("SELECT pg_advisory_lock(hashtext('tests: templates'))")
            self._create(connection, name, template)
        return Place.named(self.services, name)

    def drop(self, place: Place) -> None:
        with self.connection() as connection:
            self._drop(connection, str(make_url(place.owner).database))

    def drop_leftovers(self) -> None:
        """Drop what killed runs left behind."""
        with self.connection() as connection:
            for name in self.names(connection, COPY):
                process = name.removeprefix(COPY).split("_")[0]
                if not Path("/proc", process).exists():
                    self._drop(connection, name)

    @staticmethod
    def _create(connection: psycopg.Connection, name: str, template: str) -> None:
        Databases._drop(connection, name)
        connection.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template)))
        connection.execute(SQL("ALTER DATABASE {} SET synchronous_commit = off").format(Identifier(name)))

    @staticmethod
    def _drop(connection: psycopg.Connection, name: str) -> None:
        drop = SQL("DROP DATABASE IF EXISTS {}").format(Identifier(name))
        try:
            connection.execute(drop + SQL(" WITH (FORCE)"))
        except psycopg.errors.InsufficientPrivilege:
            # An autovacuum worker is in it: only superusers may end that, but a plain DROP makes it give way.
            connection.execute(drop)

    def _prepare(self, place: Place, addons: Sequence[str]) -> None:
        environ = {
            **os.environ,
            "DATABASE_URL": place.web,
            "DATABASE_OWNER_URL": place.owner,
            "REDIS_URL": self.services.redis_url,
            "KARTOTEKA_ADDONS": ",".join(addons),
        }
        for command in PREPARE:
            done = subprocess.run(
                [sys.executable, "-m", "flask", "--app", "run", *command],
                cwd=CHECKOUT,
                env=environ,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                pytest.fail(f"flask {' '.join(command)} failed:\n{done.stdout}{done.stderr}", pytrace=False)
