"""The database that is measured: a copy of a template with so many demonstration parties, dropped at the end.

The template is made once per number of parties and state of the declarations (a minute for 100,000) and is kept. The
portal's own data are in another database of the cluster and are never touched.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url

from app.local import ensure
from app.local.cluster import BLANK_DATABASE, OWNER, WEB
from app.local.places import CHECKOUT

TEMPLATE, COPY = "kt_bench_template_", "kt_bench_copy_"
PASSWORD = "measured, not guessed"
SOURCES = ("app/base", "app/migrations", "app/orm/fields", "models")


class Place:
    """One copy, as URLs for its owner and for the role that serves."""

    def __init__(self, name: str) -> None:
        services = ensure()
        url = make_url(services.dsn_test).set(database=name)
        self.name = name
        self.owner = url.render_as_string(hide_password=False)
        serving = url.set(username=WEB) if url.username == OWNER else url
        self.web = serving.render_as_string(hide_password=False)
        self.redis = services.redis_url

    @property
    def dsn(self) -> str:
        """The owner's address for psycopg."""
        return self.owner.replace("postgresql+psycopg://", "postgresql://", 1)

    def environ(self, home: Path) -> dict[str, str]:
        """The environment of a process that serves this database."""
        given = {"DATABASE_URL": self.web, "DATABASE_OWNER_URL": self.owner, "REDIS_URL": self.redis}
        return {**os.environ, **given, "KARTOTEKA_HOME": str(home), "DEMO_PASSWORD": PASSWORD, "SECRET_KEY": "f" * 40}


@contextmanager
def _server() -> Iterator[psycopg.Connection]:
    url = ensure().dsn_test.replace("postgresql+psycopg://", "postgresql://", 1)
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def _names(connection: psycopg.Connection, prefix: str) -> list[str]:
    found = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY oid", [prefix])
    return [str(name) for (name,) in found]


def _create(connection: psycopg.Connection, name: str, template: str) -> None:
    _drop(connection, name)
    connection.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template)))


def _drop(connection: psycopg.Connection, name: str) -> None:
    connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def _fingerprint() -> str:
    """What decides tables and demonstration data."""
    digest = hashlib.sha256()
    for file in sorted(file for source in SOURCES for file in (CHECKOUT / source).rglob("*.*")):
        if file.suffix in {".py", ".sql"}:
            digest.update(file.read_bytes())
    return digest.hexdigest()[:10]


def template(parties: int, home: Path) -> str:
    """The name of the database with so many parties; made when there is none yet, and older states of it are dropped."""
    prefix = f"{TEMPLATE}{parties}_"
    name = prefix + _fingerprint()
    with _server() as connection:
        present = _names(connection, prefix)
        if name in present:
            return name
        print(f"Loading {parties:,} parties once …", flush=True)
        draft = f"kt_bench_draft_{os.getpid()}"
        _create(connection, draft, BLANK_DATABASE)
        for command in (["db", "upgrade"], ["seed"], ["demo", "--parties", str(parties)]):
            _flask(Place(draft), home, command)
        with psycopg.connect(Place(draft).dsn, autocommit=True) as loaded:
            loaded.execute("VACUUM (ANALYZE)")
        connection.execute(SQL("ALTER DATABASE {} RENAME TO {}").format(Identifier(draft), Identifier(name)))
        for old in present:
            _drop(connection, old)
    return name


def _flask(place: Place, home: Path, command: Sequence[str]) -> None:
    full = [sys.executable, "-m", "flask", "--app", "run", *command]
    done = subprocess.run(full, cwd=CHECKOUT, env=place.environ(home), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"flask {' '.join(command)} failed:\n{done.stdout}{done.stderr}")


@contextmanager
def copied(parties: int, home: Path) -> Iterator[Place]:
    """A copy of the template for this run."""
    source, name = template(parties, home), f"{COPY}{os.getpid()}"
    with _server() as connection:
        for old in _names(connection, COPY):
            if not Path("/proc", old.removeprefix(COPY)).exists():
                _drop(connection, old)
        _create(connection, name, source)
    try:
        yield Place(name)
    finally:
        with _server() as connection:
            _drop(connection, name)
