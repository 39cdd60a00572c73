"""Errors to HTTP, in one place: JSON with stable codes for programs, a page in the portal's look for people.

JSON is `{"message", "errors": [{"field", "code", "message"}], "code", "request_id"}`. What was not expected is a 500
without details: the log has them under the request's id.
"""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Flask, Response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from jinja2 import TemplateError
from markupsafe import Markup
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from app.orm.errors import AppError, ConflictError, MissingError
from app.orm.failures import Unavailable
from app.orm.i18n import _
from app.web.headers import request_id

log = logging.getLogger(__name__)


class NotSignedIn(AppError):
    """Nobody is signed in, or the token is not (or no longer) valid."""

    code, status = "not-signed-in", 401
    default_message = _("Please sign in.")


class BadRequest(AppError):
    """The request cannot be understood: its syntax, a filter, an order, a page."""

    code, status = "bad-request", 400
    default_message = _("The request cannot be understood.")


class UnsupportedMediaType(AppError):
    """The body is not JSON."""

    code, status = "not-json", 415
    default_message = _("Send the body as application/json.")


class PreconditionFailed(AppError):
    """The record is not the one that `If-Match` named."""

    code, status = "changed-meanwhile", 412
    default_message = _("Somebody else changed this record meanwhile. Read it again.")


class InvalidInput(AppError):
    """Several fields of a body are wrong; every one is named."""

    code, status = "invalid", 422
    default_message = _("Some values are not valid.")

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__()
        self._errors = errors

    @property
    def errors(self) -> list[dict[str, Any]]:
        """One entry per wrong field."""
        return self._errors


_HTTP_TEXTS = {
    400: _("The request cannot be understood."),
    401: _("Please sign in."),
    403: _("You may not do this."),
    404: _("There is no such page, or you may not see it."),
    405: _("This address does not take this kind of request."),
    413: _("This is too large."),
    415: _("Send the body as application/json."),
    429: _("Too many attempts. Wait a minute and try again."),
    500: _("Something went wrong on our side. Nothing was changed."),
}


def wants_json() -> bool:
    """Whether the caller wants the error as JSON."""
    if request.path.startswith("/api/"):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json" and request.accept_mimetypes[best] > request.accept_mimetypes["text/html"]


def describe(error: AppError) -> dict[str, Any]:
    """The JSON body of an expected error."""
    body: dict[str, Any] = {"message": error.message, "errors": error.errors, "code": error.code, "request_id": request_id()}
    if isinstance(error, ConflictError):
        body["conflicts"] = error.conflicts
    return body


def json_response(body: Any, status: int = 200) -> Response:
    """Any value as JSON; decimals as text, as in every answer of the REST interface."""
    return Response(orjson.dumps(body, default=str), status=status, mimetype="application/json")


def _page(status: int, message: str, code: str, errors: list[dict[str, Any]]) -> Response:
    """The error as a page in the portal's look; a bare one when even that fails."""
    facts = {"status": status, "message": message, "code": code, "errors": errors, "request_id": request_id()}
    try:
        html = render_template("error.html", **facts)
    except TemplateError:
        html = Markup("<!doctype html><meta charset=utf-8><title>{status}</title><h1>{message}</h1><p>{request_id}</p>").format(
            **facts
        )
    return Response(html, status=status, mimetype="text/html")


def answer(status: int, message: str, code: str, errors: list[dict[str, Any]], body: dict[str, Any] | None = None) -> Response:
    """One error for either kind of caller."""
    if wants_json():
        return json_response(body or {"message": message, "errors": errors, "code": code, "request_id": request_id()}, status)
    return _page(status, message, code, errors)


def on_app_error(error: AppError) -> BaseResponse:
    """An error that the application raised on purpose."""
    if isinstance(error, NotSignedIn) and not wants_json():
        return _to_sign_in()
    if error.status >= 500:
        log.error("request failed", exc_info=error)
    response = answer(error.status, error.message, error.code, error.errors, describe(error))
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _to_sign_in() -> BaseResponse:
    """Send a person to the sign-in page and back to where he wanted to go; a part of a page reloads whole."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else "/"
    target = url_for("AuthView.login") + ("" if wanted == "/" else "?" + urlencode({"next": wanted}))
    if request.headers.get("HX-Request"):
        return Response("", status=401, headers={"HX-Redirect": target})
    return redirect(target)


def on_http_error(error: HTTPException) -> BaseResponse:
    """An error of Flask or werkzeug: no route, wrong verb, too large, too many."""
    status = error.code or 500
    if status < 400 or error.response is not None:  # a redirect of the router, or an answer made by hand
        return error.get_response(request.environ)
    message = str(_HTTP_TEXTS.get(status, error.name))
    code = {404: MissingError.code, 429: "too-many"}.get(status, f"http-{status}")
    if isinstance(error, CSRFError):
        message, code = str(_("The page has expired. Load it again.")), "csrf"
    response = answer(status, message, code, [{"field": None, "code": code, "message": message}])
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def on_database_away(error: OperationalError) -> BaseResponse:
    """No connection to the database: the same answer as when it breaks within a unit."""
    log.error("no database: %s", error)
    return on_app_error(Unavailable())


def on_unexpected(error: Exception) -> BaseResponse:
    """Anything else is our fault: logged in full, told without details."""
    log.error("unexpected error", exc_info=error)
    message = str(_HTTP_TEXTS[500])
    return answer(500, message, "internal", [{"field": None, "code": "internal", "message": message}])


def init_app(app: Flask) -> None:
    """Register the mappings."""
    app.register_error_handler(AppError, on_app_error)
    app.register_error_handler(OperationalError, on_database_away)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(Exception, on_unexpected)
