"""From a template to an answer: the frame's own content, whole pages for browsers and their middle for htmx."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask, Response, current_app, flash, get_flashed_messages, make_response, redirect, request, session

from app.orm.env import Env
from app.orm.i18n import LazyText, _, current_lang, ngettext
from app.web.context import current_env
from app.web.screens.site import Entry, site

THEME_COOKIE = "theme"
THEMES = ("auto", "light", "dark")
LANGUAGE_NAMES = (("ru", "Русский"), ("en", "English"))


def translate(text: str, /, **params: Any) -> str:
    """`_` of the templates: rendered at once."""
    return _(text, **params).translate(current_lang())


def translate_plural(singular: str, plural: str, number: int, /, **params: Any) -> str:
    """`ngettext` of the templates."""
    return ngettext(singular, plural, number, **params).translate(current_lang())


def theme() -> str:
    """The chosen theme; empty lets the system decide."""
    kept = request.cookies.get(THEME_COOKIE, "")
    return kept if kept in ("light", "dark") else ""


def keys() -> list[tuple[str, str]]:
    """The keys and what they do, for the help dialog."""
    texts = (
        ("/", _("Search everywhere")),
        ("N", _("New record")),
        ("↑ ↓", _("Move in a list")),
        ("Enter", _("Open")),
        ("Space", _("Select")),
        ("Ctrl S", _("Save")),
        ("Ctrl Enter", _("Save and go to the next")),
        ("Alt ←", _("Back")),
        ("?", _("Show these keys")),
    )
    return [(key, str(text)) for key, text in texts]


def who(env: Env) -> dict[str, str]:
    """Name, login and initials of the signed-in user, read once per session."""
    known = session.get("who")
    if not isinstance(known, dict) or known.get("uid") != env.uid:
        name = str(env.user.display_name or env.info.login)
        initials = "".join(word[0] for word in name.split()[:2]).upper()
        known = session["who"] = {"uid": env.uid, "name": name, "login": env.info.login, "initials": initials}
    return known


def fragment() -> bool:
    """Whether htmx asks for the middle of a page only."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-History-Restore-Request") != "true"


def show(template: str, status: int = 200, active: str = "", **values: Any) -> Response:
    """A page in the frame, or its middle alone for htmx."""
    env = current_env()
    part = fragment()
    context = {
        "layout": "fragment.html" if part else "frame.html",
        "user": who(env),
        "messages": get_flashed_messages(),
        **values,
    }
    if not part:
        context |= frame(env, active)
    html = current_app.jinja_env.get_template(template).render(context)
    answer = make_response(html, status)
    answer.headers["Vary"] = "HX-Request, Cookie"
    return answer


def frame(env: Env, active: str) -> dict[str, Any]:
    """Navigation, user menu, themes, keys."""
    navigation = site().navigation(env)
    entries = [entry for _group, group in navigation for entry in group if isinstance(entry, Entry)]
    creatable = [entry for entry in entries if site().may_create(env, entry.model)]
    themes = (("auto", _("As the system"), "sun-moon"), ("light", _("Light"), "sun"), ("dark", _("Dark"), "moon"))
    return {
        "navigation": navigation,
        "creatable": creatable[:8],
        "active": active,
        "themes": [(value, str(name), sign) for value, name, sign in themes],
        "keys": keys(),
    }


def go(url: str, message: LazyText | None = None) -> Response:
    """Send the browser to another page after something was done; the message is shown there."""
    if message is not None:
        flash(str(message))
    if fragment():
        where = {"path": url, "target": "#page", "swap": "innerHTML show:window:top"}
        return Response(headers={"HX-Location": json.dumps(where)})
    return make_response(redirect(url, 303))


def init_pages(app: Flask) -> None:
    """Give every template the words and facts that even the sign-in page needs."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        {"_": translate, "gettext": translate, "ngettext": translate_plural, "languages": LANGUAGE_NAMES}
    )
    app.jinja_env.globals["page_facts"] = page_facts


def page_facts() -> dict[str, str]:
    """Language, theme and address of this request."""
    return {"lang": current_lang(), "theme": theme(), "here": request.full_path.rstrip("?") if request.method == "GET" else "/"}
