"""Signing in and out: the page for people, `/api/v1/security/login` and `/refresh` for programs.

The password is checked by FAB's back end, which takes as long for an unknown name as for a wrong password. Failures are
counted by name and by address; the answer never says which of name and password was wrong.
"""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Response, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_appbuilder.api import BaseApi
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.utils.limit import Limit
from flask_limiter.util import get_remote_address

from app.orm.i18n import _
from app.web import sessions
from app.web.body import json_object
from app.web.context import check_principal, is_signed_in, public
from app.web.errors import BadRequest, NotSignedIn, json_response
from app.web.redirects import safe_target
from app.web.tokens import Principal, access_token, bearer, password_mark, refresh_token, stamp

_LONGEST = 1024  # scrypt over megabytes of "password" would be a way to keep us busy
_WRONG = _("The name or the password is wrong.")


def _failed(response: Response) -> bool:
    return response.status_code == 401


def _typed_name() -> str:
    """The name that somebody tries, hashed: it becomes part of a key in Redis."""
    data: Any = request.get_json(silent=True) if request.is_json else request.form
    name = str(data.get("username", "")) if hasattr(data, "get") else ""
    return hashlib.sha256(name.strip().lower().encode("utf-8", "replace")).hexdigest()[:24]


def _name_and_address() -> str:
    return f"{_typed_name()}:{get_remote_address()}"


def _limits() -> list[Limit]:
    """Failures only: quickly for one name from one place, slower for one name from everywhere and for one place."""
    return [
        Limit(lambda: current_app.config["LOGIN_LIMIT"], key_func=_name_and_address, methods=["POST"], deduct_when=_failed),
        Limit(lambda: current_app.config["LOGIN_LIMIT_NAME"], key_func=_typed_name, methods=["POST"], deduct_when=_failed),
        Limit(
            lambda: current_app.config["LOGIN_LIMIT_ADDRESS"], key_func=get_remote_address, methods=["POST"], deduct_when=_failed
        ),
    ]


def authenticate(username: object, password: object) -> Principal:
    """The user behind a name (or e-mail) and a password, with the stamp for his session; raises `NotSignedIn`."""
    if not isinstance(username, str) or not isinstance(password, str):
        raise BadRequest(_("Send username and password as text."))
    if len(username) > _LONGEST or len(password) > _LONGEST or "\0" in username + password:
        raise NotSignedIn(_WRONG, reason="wrong-credentials")
    user = current_app.appbuilder.sm.auth_user_db(username.strip(), password)  # type: ignore[attr-defined]  # set by FAB
    if not user:
        raise NotSignedIn(_WRONG, reason="wrong-credentials")
    return Principal(user.id, stamp(user.id, password_mark(user.password)))


class AuthView(BaseView):
    """The sign-in page, and signing out."""

    route_base = ""
    default_view = "login"
    limits = _limits()

    @expose("/login/", methods=["GET", "POST"])
    @public
    def login(self) -> ResponseReturnValue:
        """Show the page; take name and password."""
        target = safe_target(request.args.get("next"))
        if request.method == "GET":
            return redirect(target) if is_signed_in() else self._page(target)
        try:
            user = authenticate(request.form.get("username"), request.form.get("password"))
        except NotSignedIn as error:
            return self._page(target, error.message, request.form.get("username", "")), 401
        sessions.begin(user)
        return redirect(target)

    @expose("/logout/", methods=["POST"])
    @public
    def logout(self) -> ResponseReturnValue:
        """End the session."""
        sessions.end()
        return redirect("/login/")

    @staticmethod
    def _page(target: str, message: str = "", username: str = "") -> str:
        return render_template("login.html", next=target, message=message, username=username)


class AuthApi(BaseApi):
    """Tokens for programs, at the addresses that FAB's clients know."""

    resource_name = "security"
    openapi_spec_tag = "Security"
    csrf_exempt = False
    limits = _limits()

    def add_apispec_components(self, api_spec: Any) -> None:
        """The two ways to sign in that the specification names."""
        super().add_apispec_components(api_spec)
        scheme = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        api_spec.components.security_scheme("jwt", scheme)
        api_spec.components.security_scheme("jwt_refresh", scheme)

    @expose("/login", methods=["POST"])
    @public
    def login(self) -> Response:
        """Sign in.

        ---
        post:
          summary: Name and password for tokens
          requestBody:
            required: true
            content:
              application/json:
                schema:
                  type: object
                  required: [username, password]
                  properties:
                    username: {type: string}
                    password: {type: string}
                    provider: {type: string, enum: [db]}
                    refresh: {type: boolean}
          responses:
            200:
              description: Signed in
              content:
                application/json:
                  schema:
                    type: object
                    properties:
                      access_token: {type: string}
                      refresh_token: {type: string}
            400: {$ref: '#/components/responses/400'}
            401: {$ref: '#/components/responses/401'}
            415: {$ref: '#/components/responses/415'}
            429: {$ref: '#/components/responses/429'}
        """
        body = json_object()
        user = authenticate(body.get("username"), body.get("password"))
        tokens = {"access_token": access_token(user.id, user.stamp, fresh=True)}
        if body.get("refresh") is True:
            tokens["refresh_token"] = refresh_token(user.id, user.stamp)
        return json_response(tokens)

    @expose("/refresh", methods=["POST"])
    @public
    def refresh(self) -> Response:
        """Refresh.

        ---
        post:
          summary: A new access token for a refresh token
          security:
            - jwt_refresh: []
          responses:
            200:
              description: A new access token
              content:
                application/json:
                  schema:
                    type: object
                    properties:
                      access_token: {type: string}
            401: {$ref: '#/components/responses/401'}
        """
        user = bearer("refresh")
        if user is None:
            raise NotSignedIn
        check_principal(user)
        return json_response({"access_token": access_token(user.id, user.stamp, fresh=False)})
