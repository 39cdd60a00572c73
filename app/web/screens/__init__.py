"""The generated screens: list, form, search, settings over recordsets, under `/<model>/…`.

Handlers read arguments, call one operation and show one page; they use only the env of the signed-in user.
"""

from __future__ import annotations

from flask import Flask

from app.ui import check_views, declared_views
from app.web.assets import Assets
from app.web.screens import pages, routes
from app.web.screens.site import EXTENSION, Site


def init_app(app: Flask) -> None:
    """Check the declared views, hash the static files, register the routes."""
    wired = app.extensions["kartoteka"]
    registry = wired.database.registry
    views = check_views(registry, declared_views(wired.packages["views"]))
    icons = {menu.icon: found.where for found in views.values() for menu in found.menus}
    icons |= {button.icon: found.where for found in views.values() for button in found.form.buttons if button.icon}
    assets = Assets(icons)
    app.extensions[EXTENSION] = Site(registry, views, assets)
    assets.init_app(app)
    pages.init_pages(app)
    app.register_blueprint(routes.screens)
