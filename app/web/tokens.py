"""Who is asking: a signed-in browser session or a bearer token, as a light `Principal` that costs no statement.

Both carry a *stamp* of the user's password; the unit of work compares it with the stored one, so that a new password ends
every session and token at once, as does switching the user off.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jwt as pyjwt
from flask import current_app, request
from flask_jwt_extended import create_access_token, create_refresh_token
from flask_login import UserMixin, current_user

from app.orm.i18n import _
from app.web.errors import NotSignedIn

ALGORITHM = "HS256"
_CHECKED: Any = {"require": ["exp", "sub", "type"], "verify_exp": False}  # the time is looked at each time, see `_claims`
SESSION = "sid"
"""The key in the cookie under which the name of the session stands."""


@dataclass(frozen=True)
class Principal(UserMixin):
    """The user that a request claims to be; the unit of work checks that he still is."""

    id: int
    stamp: str
    by_token: bool = False
    session: str | None = None


def key_for(purpose: str) -> str:
    """A key of its own for each purpose, derived from the portal's secret."""
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(secret, purpose.encode(), hashlib.sha256).hexdigest()


def password_mark(password_hash: str | None) -> str:
    """What the unit's first statement gives for a stored password: its digest, not itself."""
    return hashlib.md5((password_hash or "").encode(), usedforsecurity=False).hexdigest()


def stamp(uid: int, mark: str) -> str:
    """What sessions and tokens carry: it changes with the password and says nothing about it."""
    text = f"{uid}:{mark}".encode()
    return hmac.new(key_for("stamp").encode(), text, hashlib.sha256).hexdigest()[:24]


def access_token(uid: int, mark: str, *, fresh: bool) -> str:
    """A bearer token for requests."""
    token: str = create_access_token(identity=str(uid), fresh=fresh, additional_claims={"stamp": mark})
    return token


def refresh_token(uid: int, mark: str) -> str:
    """A token that only buys new access tokens."""
    token: str = create_refresh_token(identity=str(uid), additional_claims={"stamp": mark})
    return token


def bearer(kind: str = "access") -> Principal | None:
    """The principal of the `Authorization` header; None without one.

    Raises `NotSignedIn` for a token that is forged, expired, malformed or of the other kind: a request that shows a bad
    token never falls back to the cookie.
    """
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _space, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotSignedIn(_("Send the token as: Authorization: Bearer …"), reason="token-malformed")
    return principal_of(_claims(token.strip()), kind)


def _claims(token: str) -> dict[str, Any]:
    """The claims of a token whose signature and time are right."""
    try:
        claims = _signed(token, current_app.config["JWT_SECRET_KEY"])
    except pyjwt.PyJWTError as error:
        raise NotSignedIn(_("The token is not valid."), reason="token-invalid") from error
    if claims["exp"] <= time.time():
        raise NotSignedIn(_("The token has expired."), reason="token-expired")
    return claims


@lru_cache(maxsize=4096)
def _signed(token: str, key: str) -> dict[str, Any]:
    """The claims of a token with a right signature; that is the same every time, so only the first time costs."""
    claims: dict[str, Any] = pyjwt.decode(token, key, algorithms=[ALGORITHM], options=_CHECKED)
    if not isinstance(claims["exp"], (int, float)):
        raise pyjwt.InvalidTokenError
    return claims


def principal_of(claims: dict[str, Any], kind: str) -> Principal:
    """The principal that checked claims name."""
    subject, mark = claims.get("sub"), claims.get("stamp")
    if claims.get("type") != kind or not isinstance(mark, str) or not str(subject).isdecimal():
        raise NotSignedIn(_("The token is not valid."), reason="token-invalid")
    return Principal(int(str(subject)), mark, by_token=True)


def principal() -> Principal | None:
    """Who is asking; None when nobody is signed in."""
    found = bearer()
    if found is not None:
        return found
    user = current_user._get_current_object()  # the documented way to the object behind the proxy
    return user if isinstance(user, Principal) else None
