"""Request ids and the headers that every answer carries: a strict Content-Security-Policy, no sniffing, no framing.

The policy has no `unsafe-*`: scripts and styles come from our own files; a script in a page carries the nonce of its request.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from logging import Filter, LogRecord
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, g, has_request_context, request
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_THIS_MACHINE = frozenset({"127.0.0.1", "::1", ""})  # a Unix socket has no address
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")

_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "form-action": "'self'",
    "frame-src": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
}

_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), payment=(), usb=()",
}


def csp_nonce() -> str:
    """The nonce of this request, for the few scripts that a page needs inline (data islands)."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def policy(nonce: str | None) -> str:
    """The Content-Security-Policy of one answer."""
    parts = dict(_POLICY)
    if nonce:
        parts["script-src"] += f" 'nonce-{nonce}'"
    return "; ".join(f"{name} {value}" for name, value in parts.items())


def request_id() -> str:
    """The id under which this request appears in logs and error pages."""
    if not has_request_context():
        return "-"
    if "request_id" not in g:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if _REQUEST_ID.match(given) else secrets.token_hex(8)
    found: str = g.request_id
    return found


class RequestIdFilter(Filter):
    """Gives every log record the id of the request that wrote it, and keeps line breaks out of the log."""

    def filter(self, record: LogRecord) -> bool:
        record.request_id = request_id()
        if isinstance(record.msg, str) and not record.exc_info:
            record.msg = record.msg.replace("\r", "\\r").replace("\n", "\\n")
        return True


def _add_headers(response: Response) -> Response:
    headers = response.headers
    headers["X-Request-ID"] = request_id()
    if "csp_nonce" in g:
        headers.setdefault("Content-Security-Policy", policy(g.csp_nonce))
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = "private, no-cache" if "ETag" in headers else "no-store"
    return response


class FixedHeaders:
    """Adds what is the same in every answer at the very end: through Flask it would cost a tenth of a small request."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application
        self.fixed = [*_FIXED.items(), ("Content-Security-Policy", policy(None))]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the application does, with the headers that it did not set itself."""

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            names = {name for name, _value in headers}
            return start_response(status, headers + [pair for pair in self.fixed if pair[0] not in names], exc_info)

        return self.application(environ, start)


class LocalProxy:
    """Believes `X-Forwarded-For`, `-Proto` and `-Host` of a proxy on this machine, and of nobody else.

    Without it all who sign in through nginx would be one address to the limits, and no cookie would be marked as secure.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self.direct = application
        self.behind = ProxyFix(application, x_for=1, x_proto=1, x_host=1)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the request on, with the client's address in place of the proxy's."""
        local = environ.get("REMOTE_ADDR", "") in _THIS_MACHINE
        return (self.behind if local else self.direct)(environ, start_response)


def init_app(app: Flask) -> None:
    """Add the headers to every answer and `csp_nonce()` to the templates."""
    app.after_request(_add_headers)
    app.wsgi_app = LocalProxy(FixedHeaders(app.wsgi_app))  # type: ignore[method-assign]  # Flask's documented way to wrap it
    app.jinja_env.globals.update(csp_nonce=csp_nonce, request_id=request_id)
