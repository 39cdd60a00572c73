"""FAB's security manager on our terms: users, roles and permissions stay in FAB's tables, the rights come from the registry.

FAB asks the database for every permission of every request; here the answer is the same as the ORM's, from the letters that
the unit's first statement already brought. FAB's own user, role and permission screens are not registered: the portal
generates them from the models `user` and `role`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask, g, request, session
from flask_appbuilder.api.manager import OpenApi
from flask_appbuilder.base import AppBuilder
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_jwt_extended import JWTManager
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager

from app.web.auth import AuthApi, AuthView
from app.web.letters import OPERATIONS
from app.web.sessions import PortalSessions, digest
from app.web.tokens import SESSION, Principal, key_for

# Where attempts are counted.
LIMITED = frozenset({"AuthView.login", "AuthApi.login", "AuthApi.refresh"})

# Views of FAB that show a user nothing but what he may see anyway.
_FOR_EVERYBODY = frozenset({"OpenApi", "MenuApi", "AuthApi"})


class SignInLimiter(Limiter):
    """Flask-Limiter that looks at signing in only: its look costs a sixth of a small request."""

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:  # noqa: FBT001, FBT002  # Flask-Limiter's signature
        if request.endpoint in LIMITED:
            super()._check_request_limit(callable_name, in_middleware)


class PortalSecurity(SecurityManager):
    """Sign-in by FAB's back ends; rights by the registry's letters."""

    security_api = AuthApi
    authdbview = AuthView
    userstatschartview = None

    def create_db(self) -> None:
        """Nothing: tables come by migration, rows by `flask seed`."""

    def create_login_manager(self, app: Flask) -> LoginManager:
        """Flask-Login with a user that costs no statement, and our cookie."""
        app.session_interface = PortalSessions()
        manager = LoginManager(app)
        manager.login_view = "AuthView.login"
        manager.user_loader(self.load_user)
        return manager

    def create_jwt_manager(self, app: Flask) -> JWTManager:
        """Tokens signed with a key of their own."""
        app.config["JWT_SECRET_KEY"] = key_for("jwt")
        manager: JWTManager = super().create_jwt_manager(app)
        return manager

    def create_limiter(self, app: Flask) -> Limiter:
        """Counts in Redis, shared by all processes; in memory while Redis is away."""
        limiter = SignInLimiter(key_func=get_remote_address)
        limiter.init_app(app)
        return limiter

    def load_user(self, pk: str) -> Principal | None:
        """The session's user, unchecked: the unit of work checks him with its first statement."""
        mark = session.get("stamp")
        name = session.get(SESSION)
        if not isinstance(mark, str) or not isinstance(name, str) or not str(pk).isdecimal():
            return None
        return Principal(int(pk), mark, session=digest(name))

    def load_user_jwt(self, _jwt_header: dict[str, Any], jwt_data: dict[str, Any]) -> Principal:
        """The token's user, unchecked."""
        return Principal(int(jwt_data["sub"]), str(jwt_data.get("stamp", "")), by_token=True)

    def register_views(self) -> None:
        """Only what is ours: the sign-in page and the API's sign-in."""
        self.appbuilder.add_api(self.security_api)
        self.auth_view = self.authdbview()
        self.appbuilder.add_view_no_menu(self.auth_view)

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        """Nothing is public by permission; `@public` marks the few endpoints that are."""
        return False

    def has_access(self, permission_name: str, view_name: str) -> bool:
        """May the user of this request do it? No statement: the letters are loaded with the unit."""
        env = g.get("env")
        if env is None:
            return False
        if view_name in env.registry.models:
            operation = OPERATIONS.get(permission_name)
            return operation is not None and bool(env[view_name].has_access(operation))
        return view_name in _FOR_EVERYBODY or "admin" in env.roles

    def get_user_menu_access(self, menu_names: Iterable[str] | None = None) -> set[str]:
        """All of them for a signed-in user: every entry has a condition of its own, see the factory."""
        return set(menu_names or ()) if g.get("env") is not None else set()


class Builder(AppBuilder):
    """FAB's AppBuilder without its pages and static files, which are Bootstrap 3 with jQuery."""

    def _add_global_static(self) -> None:
        """No static files or templates of FAB's."""

    def _add_admin_views(self) -> None:
        """Sign-in, OpenAPI and menu; no index, no Swagger page (it loads from elsewhere), no locale switch."""
        self._indexview = None
        self.sm.register_views()
        self.add_api(OpenApi)
        self.menuapi_manager.register_views()
