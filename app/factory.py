"""`create_app`: the only place that wires all layers together.

    settings ─▶ Flask ─▶ discovery ─▶ Registry (tables) ─▶ Database ─▶ Flask-AppBuilder ─▶ REST, screens, commands

Everything that the process knows hangs on `app.extensions["kartoteka"]`. Nothing here is sent to the database: a start
costs no statement, and a wrong declaration stops it with file and line.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from flask import Flask, request
from flask_babel import get_babel
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import MetaData
from werkzeug.middleware.proxy_fix import ProxyFix

from app import cli, discovery
from app.orm.env import Database
from app.orm.errors import DeclarationError
from app.orm.i18n import _
from app.orm.model import declarations
from app.orm.registry import Registry
from app.services import build_services
from app.web import errors, headers, health, language, screens
from app.web.api import openapi
from app.web.api import views as api
from app.web.context import Kartoteka, Portal
from app.web.security import Builder, PortalSecurity

DEFAULTS: dict[str, Any] = {
    "APP_NAME": "Kartoteka",
    "FAB_UPDATE_PERMS": False,
    "FAB_CREATE_DB": False,
    "FAB_SECURITY_SIGNALS_ENABLED": False,
    "FAB_API_MAX_PAGE_SIZE": 1000,
    "FAB_ADD_OPENAPI_VIEWS": True,
    "LANGUAGES": {"ru": {"flag": "ru", "name": "Русский"}, "en": {"flag": "gb", "name": "English"}},
    "BABEL_DEFAULT_LOCALE": "ru",
    "SESSION_COOKIE_NAME": "kartoteka",
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "WTF_CSRF_CHECK_DEFAULT": False,
    "WTF_CSRF_TIME_LIMIT": None,
    "WTF_CSRF_SSL_STRICT": False,
    "MAX_CONTENT_LENGTH": 32 * 1024 * 1024,
    "JWT_ACCESS_TOKEN_EXPIRES": 3600,
    "JWT_REFRESH_TOKEN_EXPIRES": 30 * 24 * 3600,
    "JWT_ALGORITHM": "HS256",
    "RATELIMIT_ENABLED": True,
    "RATELIMIT_HEADERS_ENABLED": False,
    "RATELIMIT_STRATEGY": "fixed-window",
    "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
    "LOGIN_LIMIT": "10 per minute",
    "LOGIN_LIMIT_NAME": "60 per 10 minutes",
    "LOGIN_LIMIT_ADDRESS": "200 per 10 minutes",
    "SQLALCHEMY_TRACK_MODIFICATIONS": False,
}
WEAK_SECRETS = frozenset({"", "secret", "dev", "changeme", "change-me", "password", "kartoteka", "thisismyscretkey"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def create_app(settings: Mapping[str, Any] | None = None) -> Portal:
    """The wired application. `settings` go over those of `config.py`, which come from the environment.

    Raises `DeclarationError` for a wrong declaration or a setting that must not go into production.
    """
    app = Portal("app", static_folder=None)
    app.config.from_mapping(DEFAULTS)
    app.config.from_object("config")
    app.config.from_mapping(settings or {})
    _check_settings(app)
    packages = discovery.packages(discovery.addons(app.config.get("KARTOTEKA_ADDONS")))
    folders = {folder: discovery.modules(names) for folder, names in packages.items()}
    metadata = MetaData()
    registry = Registry.build(declarations(folders["models"]), metadata)
    db = SQLAlchemy(app, metadata=metadata)
    with app.app_context():
        database = Database(db.engine, registry, build_services(app.config))
        app.extensions["kartoteka"] = Kartoteka(database, packages=packages)
        _wire(app, db)
    return app


def _check_settings(app: Flask) -> None:
    """Refuse to run in production with a secret that everybody knows; derive what follows from other settings."""
    secret = str(app.config.get("SECRET_KEY") or "")
    if not app.config.get("DEBUG") and (len(secret) < 16 or secret.lower() in WEAK_SECRETS):
        raise DeclarationError(_("SECRET_KEY must be a secret of 16 characters or more: set it in the environment."))
    if not app.config.get("SQLALCHEMY_DATABASE_URI"):
        app.config["SQLALCHEMY_DATABASE_URI"] = psycopg_url(str(app.config["DATABASE_URL"]))
    app.config.setdefault("RATELIMIT_STORAGE_URI", limiter_url(str(app.config["REDIS_URL"])))
    proxies = int(app.config.get("TRUSTED_PROXIES", 0))
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]


def psycopg_url(url: str) -> str:
    """A database address with our driver named."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg{separator}{rest}" if scheme in {"postgres", "postgresql"} else url


def limiter_url(url: str) -> str:
    """A Redis address as Flask-Limiter writes it: a socket is `redis+unix://`."""
    return f"redis+{url}" if url.startswith("unix://") else url


def _wire(app: Portal, db: SQLAlchemy) -> None:
    """Everything that needs the application: order matters where one adds to what another made."""
    _log(app)
    headers.init_app(app)
    errors.init_app(app)
    _protect_forms(app)
    Migrate(app, db, directory=f"{app.root_path}/migrations", compare_type=True)
    api.init_app(app)
    api.RecordsApi.responses = openapi.responses()
    builder = Builder(security_manager_class=PortalSecurity, update_perms=False)
    builder.init_app(app, db.session)
    builder.add_api(api.RecordsApi)
    get_babel(app).locale_selector = language.current_locale
    language.init_app(app)
    health.init_app(app)
    screens.init_app(app)
    cli.init_app(app)


def _log(app: Flask) -> None:
    """Every line of the log names its request."""
    request_ids = headers.RequestIdFilter()
    for handler in (*logging.getLogger().handlers, *app.logger.handlers):
        handler.addFilter(request_ids)


def _protect_forms(app: Flask) -> None:
    """A token for everything that changes state and is recognised by its cookie; a bearer token needs none."""
    csrf = CSRFProtect(app)

    @app.before_request
    def check() -> None:
        if request.method in _SAFE or "Authorization" in request.headers or request.endpoint in _WITHOUT_COOKIE:
            return
        if request.routing_exception is None:
            csrf.protect()


# Sign-in of programs: JSON in, tokens out, no cookie is read or set.
_WITHOUT_COOKIE = frozenset({"AuthApi.login"})
