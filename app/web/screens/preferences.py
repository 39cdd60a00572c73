"""What a user chose for his screens (columns, rows per page): kept in `user.setting`, held in the session meanwhile.

The session copy spares every list a statement; another browser of the same user sees a change at its next sign-in.
"""

from __future__ import annotations

from typing import Any

from flask import session

from app.orm.env import Env

SESSION_KEY = "settings"


def all_of(env: Env) -> dict[str, Any]:
    """The user's settings by key."""
    kept = session.get(SESSION_KEY)
    if isinstance(kept, dict) and kept.get("uid") == env.uid:
        found: dict[str, Any] = kept["values"]
        return found
    rows = env["user.setting"].search_read([("user_id", "=", env.uid)], ["key", "value"])
    values = {row["key"]: row["value"] for row in rows}
    session[SESSION_KEY] = {"uid": env.uid, "values": values}
    return values


def get(env: Env, key: str) -> dict[str, Any]:
    """One setting; empty where nothing was chosen."""
    value = all_of(env).get(key)
    return value if isinstance(value, dict) else {}


def put(env: Env, key: str, value: dict[str, Any] | None) -> None:
    """Keep a choice, or forget it with None."""
    settings = env["user.setting"]
    found = settings.search([("user_id", "=", env.uid), ("key", "=", key)], limit=1)
    if value is None:
        found.unlink()
    elif found:
        found.write({"value": value})
    else:
        settings.create({"user_id": env.uid, "key": key, "value": value})
    values = {**all_of(env), key: value}
    session[SESSION_KEY] = {"uid": env.uid, "values": {name: kept for name, kept in values.items() if kept is not None}}
