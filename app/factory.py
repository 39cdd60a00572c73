"""`create_app`: the only place that wires all layers together.

    settings ─▶ Flask ─▶ discovery ─▶ Registry (tables) ─▶ Database ─▶ Flask-AppBuilder ─▶ REST, screens, commands

Everything that the process knows hangs on `app.extensions["kartoteka"]`. Nothing here is sent to the database: a start
costs no statement, and a wrong declaration stops it with file and line.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, request
from flask_appbuilder import Model as FabModel
from flask_babel import get_babel
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import MetaData, make_url

from app import cli, discovery
from app.jobs import Broker, NoBroker, RedisBroker
from app.orm.env import Database
from app.orm.errors import DeclarationError
from app.orm.i18n import LazyText, _, add_catalogues
from app.orm.model import declarations
from app.orm.registry import Registry
from app.services import GazetteerGeocoder, Services
from app.web import errors, headers, health, language, screens, tokens
from app.web.api import openapi
from app.web.api import views as api
from app.web.context import Kartoteka, Portal, current_env, is_signed_in
from app.web.permissions import load_rights
from app.web.screens.site import EXTENSION as SITE
from app.web.security import Builder, PortalSecurity
from config import SHORTEST_SECRET, WELL_KNOWN_SECRETS, Settings

DEFAULTS: dict[str, Any] = {
    "APP_NAME": "Kartoteka",
    "FAB_UPDATE_PERMS": False,
    "FAB_CREATE_DB": False,
    "FAB_SECURITY_SIGNALS_ENABLED": False,
    "FAB_API_MAX_PAGE_SIZE": 1000,
    "FAB_OPENAPI_SERVERS": [{"url": "/"}],
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
    "JWT_ALGORITHM": tokens.ALGORITHM,
    "RATELIMIT_ENABLED": True,
    "RATELIMIT_HEADERS_ENABLED": False,
    "RATELIMIT_STRATEGY": "fixed-window",
    "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
    "LIST_COUNT_BOUND": 2_000,
    "LOGIN_LIMIT": "10 per minute",
    "LOGIN_LIMIT_NAME": "60 per 10 minutes",
    "LOGIN_LIMIT_ADDRESS": "200 per 10 minutes",
    "SQLALCHEMY_TRACK_MODIFICATIONS": False,
}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


@dataclass(frozen=True, slots=True)
class Wired(Services):
    """The services of this process, and the messenger to the workers."""

    broker: Broker = field(default_factory=NoBroker)


def create_app(settings: Settings | None = None, **overrides: Any) -> Portal:
    """The wired application, by the settings of the environment when none are given; `overrides` are Flask's keys.

    Raises `DeclarationError` for a wrong declaration, or for a secret that must not go into production.
    """
    settings = settings or Settings.from_environment()
    app = Portal("app", static_folder=None)
    app.config.from_mapping(DEFAULTS)
    app.config.from_mapping(settings.for_flask())
    app.config.from_mapping(overrides)
    _check_secret(app)
    packages = discovery.packages(settings.addons)
    for texts in discovery.catalogues(settings.addons):
        add_catalogues(texts)
    folders = {folder: discovery.modules(names) for folder, names in packages.items()}
    metadata = _tables_of_fab()
    registry = Registry.build(declarations(folders["models"]), metadata)
    db = SQLAlchemy(app, metadata=metadata)
    with app.app_context():
        services = Wired(GazetteerGeocoder(db.engine), RedisBroker(settings.redis_url))
        database = Database(db.engine, registry, services, owner=_other_owner(settings))
        registry.reloaders.append(lambda env: load_rights(env.database.engine, env.registry))
        app.extensions["kartoteka"] = Kartoteka(database, packages=packages)
        _wire(app, db)
    return app


def _other_owner(settings: Settings) -> str | None:
    """The URL of the tables' owner, where that is not the role that serves."""
    owner = settings.database_owner_url
    return owner if make_url(owner).username != make_url(settings.database_url).username else None


def _tables_of_fab() -> MetaData:
    """FAB's tables in metadata of this application's own: the registry adopts its users and roles, and adds ours."""
    metadata = MetaData()
    for table in FabModel.metadata.sorted_tables:
        table.to_metadata(metadata)
    return metadata


def _check_secret(app: Flask) -> None:
    """Refuse to start with a secret that everybody knows, whoever set it."""
    secret = str(app.config.get("SECRET_KEY") or "")
    if len(secret) < SHORTEST_SECRET or secret.lower().startswith(WELL_KNOWN_SECRETS):
        raise DeclarationError(_("SECRET_KEY must be a secret of 16 characters or more: set it in the environment."))


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
    _fill_menu(app, builder)
    cli.init_app(app)


def _fill_menu(app: Portal, builder: Builder) -> None:
    """FAB's menu, which its clients ask for at `/api/v1/menu/`: the entries of the declared views."""
    site = app.extensions[SITE]
    for entry in site.entries:
        group = entry.menu.group
        builder.add_link(
            entry.key,
            href=entry.url,
            icon=entry.icon,
            label=entry.menu.title,
            category=group.text if isinstance(group, LazyText) else str(group),
            category_label=group,
            cond=lambda entry=entry: site.may_open(current_env(), entry),
        )


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
        if is_signed_in() or request.endpoint in _FORMS:
            csrf.protect()


# Sign-in of programs: JSON in, tokens out, no cookie is read or set.
_WITHOUT_COOKIE = frozenset({"AuthApi.login", "AuthApi.refresh"})
# Forms for people who are not signed in yet: somebody else's name must not be entered for them.
_FORMS = frozenset({"AuthView.login"})
