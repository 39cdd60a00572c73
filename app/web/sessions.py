"""Sessions as rows: the cookie names one, and a row that was ended makes its cookie worthless at once.

The cookie holds a random name, the row its digest, so that nobody who reads the table can sign in. The row is looked at by
the unit's first statement (`UserInfo.session_open`), which costs no statement of its own.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from flask import Flask, Request, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_login import login_user, logout_user

from app.orm.env import Env
from app.web.context import database
from app.web.tokens import SESSION, Principal

_AGENT = 200


class PortalSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, marked as secure wherever the request came by TLS; a bearer token has no session."""

    def open_session(self, app: Flask, request: Request) -> Any:
        if "Authorization" in request.headers:
            return self.session_class()
        return super().open_session(app, request)

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure or super().get_cookie_secure(app)


def begin(user: Principal) -> None:
    """Sign the browser in under a new name: nothing that was there before the password remains."""
    session.clear()
    name = secrets.token_urlsafe(24)
    row = {"user_id": user.id, "key": digest(name), "address": request.remote_addr, "agent": request.user_agent.string[:_AGENT]}
    database().superuser(source="screen").run(lambda env: _create(env, row))
    session["stamp"], session[SESSION] = user.stamp, name
    login_user(user)


def end() -> None:
    """Sign the browser out; the row is ended too, should the cookie have been copied."""
    name = session.get(SESSION)
    logout_user()
    session.clear()
    if isinstance(name, str):
        database().superuser(source="screen").run(lambda env: _end(env, digest(name)))


def digest(name: str) -> str:
    """What the row holds of a session's name."""
    return hashlib.sha256(name.encode()).hexdigest()


def _create(env: Env, row: dict[str, object]) -> None:
    env["user.session"].create(row)


def _end(env: Env, key: str) -> None:
    env["user.session"].search([("key", "=", key), ("ended", "=", None)]).write({"ended": env.now})
