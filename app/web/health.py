"""`/healthz` says that the process answers; `/readyz` that all it needs is there.

Neither tells more than names of parts: who may not sign in may not learn about the machine either.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, Response, current_app
from redis import Redis, RedisError
from sqlalchemy.exc import SQLAlchemyError

from app.orm.errors import AppError
from app.web.context import database, public
from app.web.errors import json_response

log = logging.getLogger(__name__)

_FAILURES = (SQLAlchemyError, RedisError, OSError, AppError)
_OLDEST_JOB = 600  # seconds that a job may wait before somebody should look


@public
def healthz() -> Response:
    """The process answers; touches nothing."""
    return json_response({"status": "ok"})


@public
def readyz() -> Response:
    """Database, Redis, migrations and the oldest waiting job, each with its own verdict."""
    checks = {name: _verdict(name, check) for name, check in _CHECKS.items()}
    ready = all(row["ok"] for row in checks.values())
    return json_response({"status": "ready" if ready else "not ready", "checks": checks}, 200 if ready else 503)


def _verdict(name: str, check: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return {"ok": True, **check()}
    except _FAILURES as error:
        log.warning("not ready: %s: %s", name, error)
        return {"ok": False}


def _database() -> dict[str, Any]:
    env = database().env(su=True)
    with env.unit_of_work(readonly=True) as inside:
        inside["user"].search_count([], limit=1)
    return {}


def _redis() -> dict[str, Any]:
    with Redis.from_url(current_app.config["REDIS_URL"], socket_timeout=2) as client:
        client.ping()
    return {}


def _migrations() -> dict[str, Any]:
    """Whether every migration that this code brings is applied."""
    wanted = set(ScriptDirectory(current_app.extensions["migrate"].directory).get_heads())
    with database().engine.connect() as connection:
        applied = set(MigrationContext.configure(connection).get_current_heads())
    return {"ok": wanted <= applied}


def _jobs() -> dict[str, Any]:
    env = database().env(su=True)
    with env.unit_of_work(readonly=True) as inside:
        waiting = inside["job"].search(
            [("state", "=", "waiting"), ("run_after", "<=", inside.now)], order="run_after, id", limit=1
        )
        seconds = int((inside.now - waiting.run_after).total_seconds()) if waiting and waiting.run_after else 0
    return {"ok": seconds < _OLDEST_JOB, "oldest_waiting_seconds": seconds}


_CHECKS: dict[str, Callable[[], dict[str, Any]]] = {
    "database": _database,
    "redis": _redis,
    "migrations": _migrations,
    "jobs": _jobs,
}


def init_app(app: Flask) -> None:
    """The two addresses."""
    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/readyz", "readyz", readyz)
