"""One unit of work per request: opened for the signed-in user, committed with the answer, undone with an error.

Every endpoint needs a signed-in user unless it is marked `@public`. The whole handler runs inside `env.run`, so that a
serialisation failure repeats it from the start; a handler therefore has no effects outside the database before
`env.after_commit`. An answer of 400 and above undoes the unit even when nothing was raised (a form shown again).

The unit's first statement brings the user with his roles, his language and the mark of his password: that he still is who
his cookie or token says costs no statement of its own.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.wrappers import Response

from app.orm.env import Database, Env
from app.orm.i18n import _, set_lang
from app.web import language, tokens
from app.web.errors import NotSignedIn
from app.web.marks import public, writing

__all__ = [
    "Kartoteka",
    "Portal",
    "check_principal",
    "current_env",
    "database",
    "is_api",
    "is_signed_in",
    "kartoteka",
    "public",
    "writing",
]

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass
class Kartoteka:
    """What the factory wired together; one per application, at `app.extensions["kartoteka"]`."""

    database: Database
    packages: Mapping[str, tuple[str, ...]]


class _Undone(Exception):
    """Carries an answer out of the unit that it rolls back."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def kartoteka() -> Kartoteka:
    """The wired parts of this application."""
    found: Kartoteka = current_app.extensions["kartoteka"]
    return found


def database() -> Database:
    """The process's database, set by the factory."""
    return kartoteka().database


def current_env() -> Env:
    """The env of the signed-in user within the unit of this request."""
    env: Env | None = g.get("env")
    if env is None:
        raise NotSignedIn
    return env


def is_api() -> bool:
    """Whether this request is one of a program, which wants JSON, and not one of a person."""
    return request.path.startswith("/api/")


def is_signed_in() -> bool:
    """Whether the browser's session names a user; that he still may is checked by the unit."""
    return bool(current_user.is_authenticated)


def check_principal(principal: tokens.Principal) -> None:
    """Raise `NotSignedIn` unless this user is active and his password the same; for endpoints without a unit."""
    with database().env(uid=principal.id).unit_of_work(readonly=True) as env:
        _check(env, principal)


def _check(env: Env, principal: tokens.Principal) -> None:
    info = env.info
    if (
        not info.active
        or not info.session_open
        or not hmac.compare_digest(principal.stamp, tokens.stamp(principal.id, info.password_mark))
    ):
        raise NotSignedIn(_("This session has ended. Please sign in again."), reason="session-ended")


def _answer(env: Env, principal: tokens.Principal, dispatch: Callable[[], ResponseReturnValue]) -> Response:
    """Run the handler in an open unit; any answer that is not a success leaves by `_Undone`."""
    _check(env, principal)
    chosen = language.speak(env.info.lang)
    g.env = env if env.lang == chosen else env.with_context(lang=chosen)
    try:
        response = current_app.make_response(dispatch())
    finally:
        g.env = None
    if response.status_code >= 400:
        raise _Undone(response)
    return response


def _context(principal: tokens.Principal) -> Mapping[str, Any]:
    context = {"source": "rest" if is_api() else "screen"}
    return context if principal.session is None else {**context, "session": principal.session}


class Portal(Flask):
    """Flask with the unit of work around each handler."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """No handler here is a coroutine; Flask asks a dozen times a request."""
        return func

    def dispatch_request(self) -> ResponseReturnValue:
        """Call the endpoint: a public one as Flask does, any other within the user's unit."""
        if request.routing_exception is not None:
            self.raise_routing_exception(request)
        view = self.view_functions[request.endpoint or ""]
        if getattr(view, "public", False):
            return super().dispatch_request()
        principal = tokens.principal()
        if principal is None:
            raise NotSignedIn
        env = database().env(uid=principal.id, context=_context(principal))
        readonly = request.method in _READING and not getattr(view, "writing", False)
        dispatch = super().dispatch_request
        try:
            return env.run(lambda inner: _answer(inner, principal, dispatch), readonly=readonly)
        except _Undone as undone:
            return undone.response
        finally:
            set_lang(g.language)  # an error page is written after the unit, in the language of its user
