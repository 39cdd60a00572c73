"""Which language a request speaks: asked for in the address, set by the user, kept in the cookie, or named by the browser.

Sets both the ORM's language (`app.orm.i18n`) and Flask-Babel's locale, so that our texts and FAB's agree.
"""

from __future__ import annotations

from flask import Flask, Response, abort, g, redirect, request, session
from flask_babel import refresh

from app.orm.i18n import DEFAULT_LANGUAGE, LANGUAGES, current_lang, set_lang
from app.web.marks import public
from app.web.redirects import safe_target

COOKIE = "lang"
_YEAR = 365 * 24 * 3600


def asked_language() -> str | None:
    """The language that this very request asks for (`?_l_=en`, as FAB's clients do)."""
    asked = request.args.get("_l_", "")
    return asked if asked in LANGUAGES else None


def negotiated_language() -> str:
    """The language for somebody whose own setting is not known."""
    kept = request.cookies.get(COOKIE, "")
    if kept in LANGUAGES:
        return kept
    return request.accept_languages.best_match(LANGUAGES) or DEFAULT_LANGUAGE


def speak(user_language: str | None = None) -> str:
    """Settle the language of this request, once the user's own setting is known or known to be missing."""
    chosen = asked_language() or (user_language if user_language in LANGUAGES else None) or negotiated_language()
    if g.get("language") != chosen:
        g.language = chosen
        set_lang(chosen)
        refresh()
    return chosen


def current_locale() -> str:
    """Flask-Babel's question."""
    return current_lang()


def _begin() -> None:
    speak()


def _end(_error: BaseException | None) -> None:
    """The thread's next work must not speak this request's language by accident."""
    set_lang(None)


@public
def choose(locale: str) -> Response:
    """Keep the language in the cookie; a signed-in user's own setting is changed in his profile."""
    if locale not in LANGUAGES:
        abort(404)
    session.pop("locale", None)
    answer = redirect(safe_target(request.args.get("next") or request.referrer))
    answer.set_cookie(COOKIE, locale, max_age=_YEAR, httponly=True, samesite="Lax", secure=request.is_secure)
    return answer  # type: ignore[return-value]  # werkzeug's Response is Flask's here


def init_app(app: Flask) -> None:
    """Choose the language before each request; `/lang/<code>` keeps another one."""
    app.before_request(_begin)
    app.teardown_request(_end)
    app.add_url_rule("/lang/<string:locale>", "language", choose)
