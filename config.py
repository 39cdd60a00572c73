"""The settings: each is one environment variable, and every one has a default that works.

| variable | default | meaning |
|---|---|---|
| `PORT` | `8080` | where the portal listens |
| `HOST` | `127.0.0.1` | the address it listens on; `0.0.0.0` lets other machines in |
| `KARTOTEKA_HOME` | `var` | everything that is written: data of the private services, secrets, files, logs |
| `DATABASE_URL` | the private cluster | PostgreSQL >= 15 with PostGIS, pg_trgm, unaccent; the role that serves |
| `DATABASE_OWNER_URL` | as `DATABASE_URL` | the role that owns the tables and migrates |
| `REDIS_URL` | the private Redis | jobs, limits, wake-up calls |
| `SECRET_KEY` | random, kept in `KARTOTEKA_HOME` | signs sessions and tokens; the same on all machines of one portal |
| `DEMO` | `1` | demo users and demo data |
| `DEMO_PASSWORD` | random, kept in `KARTOTEKA_HOME` | password of the demo users |
| `MAIL_URL` | a folder in `KARTOTEKA_HOME` | where mail goes: `file:///folder` or `smtp://user:password@host:port` |
| `KARTOTEKA_ADDONS` | none | installed packages with models, views and reports, separated by commas |
"""

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.local import ensure
from app.local.places import home_folder

SHORTEST_SECRET = 16
WELL_KNOWN_SECRETS = ("changeme", "secret", "thisismysecret", "password", "development", "default", "insecure", "example")


class SettingError(Exception):
    """An environment variable holds what it must not; the text says what it should hold."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one process."""

    port: int
    host: str
    home: Path
    database_url: str
    database_owner_url: str
    redis_url: str
    secret_key: str
    demo: bool
    demo_password: str
    mail_url: str
    addons: tuple[str, ...]

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read the environment; the private services are started where none are named."""
        home = home_folder(environ)
        home.mkdir(parents=True, exist_ok=True)
        services = ensure(environ)
        return cls(
            port=_port(environ.get("PORT", "8080")),
            host=environ.get("HOST", "127.0.0.1"),
            home=home,
            database_url=with_driver(services.dsn_web),
            database_owner_url=with_driver(services.dsn_owner),
            redis_url=services.redis_url,
            secret_key=_secret_key(environ, home),
            demo=_switch("DEMO", environ.get("DEMO", "1")),
            demo_password=environ.get("DEMO_PASSWORD") or kept_secret(home / "demo_password", 9),
            mail_url=environ.get("MAIL_URL") or f"file://{home / 'mail'}",
            addons=tuple(name.strip() for name in environ.get("KARTOTEKA_ADDONS", "").split(",") if name.strip()),
        )

    def for_flask(self) -> dict[str, Any]:
        """Give these settings under the names that the factory and Flask's extensions look for."""
        return {
            "SETTINGS": self,
            "SECRET_KEY": self.secret_key,
            "SQLALCHEMY_DATABASE_URI": self.database_url,
            "DATABASE_OWNER_URL": self.database_owner_url,
            "REDIS_URL": self.redis_url,
            # The limiter's own spelling of a socket.
            "RATELIMIT_STORAGE_URI": self.redis_url.replace("unix://", "redis+unix://", 1),
            "MAIL_URL": self.mail_url,
            "KARTOTEKA_HOME": str(self.home),
        }


def with_driver(url: str) -> str:
    """Name the driver in a database URL as people write it: `postgres://`, `postgresql://`."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.partition("+")[0] not in ("postgres", "postgresql"):
        raise SettingError("DATABASE_URL must start with postgresql://, as in postgresql://user:password@host/kartoteka.")
    return f"postgresql+psycopg://{rest}"


def kept_secret(path: Path, size: int) -> str:
    """Return the secret kept at `path`, made of `size` random bytes at the first time, readable by nobody else."""
    if not path.exists():
        # Written under another name and linked, so that of two processes both read what one of them wrote.
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            new.write(secrets.token_urlsafe(size))
        with suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text().strip()


def _secret_key(environ: Mapping[str, str], home: Path) -> str:
    given = environ.get("SECRET_KEY")
    if not given:
        return kept_secret(home / "secret_key", 32)
    plain = given.lower()
    if len(given) < SHORTEST_SECRET or any(plain.startswith(known) for known in WELL_KNOWN_SECRETS):
        raise SettingError(
            f"SECRET_KEY is well known or shorter than {SHORTEST_SECRET} characters. Leave it out (a random one is kept), "
            'or set one made by: python3 -c "import secrets; print(secrets.token_urlsafe(32))"',
        )
    return given


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise SettingError(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def _switch(name: str, text: str) -> bool:
    if text not in ("0", "1"):
        raise SettingError(f"{name} must be 0 or 1, not {text!r}.")
    return text == "1"
