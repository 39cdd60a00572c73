"""Lazy translated strings and the current language.

Catalogues are ordinary gettext files in `app/translations/<lang>/LC_MESSAGES/messages.mo`; add-ons may register folders of
their own. Nothing here knows Flask: the web part sets the language per request, jobs set the recipient's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.support import NullTranslations, Translations

DEFAULT_LANGUAGE = "ru"
LANGUAGES = ("ru", "en")

_current: ContextVar[str | None] = ContextVar("kartoteka_lang", default=None)
_portal: list[str] = [DEFAULT_LANGUAGE]
_folders: list[Path] = [Path(__file__).resolve().parent.parent / "translations"]


def add_catalogues(folder: Path) -> None:
    """Let an add-on bring its own catalogues; its texts are looked up first."""
    if folder not in _folders:
        _folders.insert(0, folder)
        catalogue.cache_clear()


@lru_cache(maxsize=32)
def catalogue(lang: str) -> NullTranslations:
    """The merged catalogue of one language; an unknown language gives the texts as they stand in the code."""
    merged: NullTranslations = NullTranslations()
    for folder in reversed(_folders):
        found = Translations.load(str(folder), [lang])
        if isinstance(found, Translations):
            merged = merged.merge(found) if isinstance(merged, Translations) else found
    return merged


def portal_lang() -> str:
    """The portal's own language: for whoever has chosen none, and the first that a missing translation falls back to."""
    return _portal[0]


def set_portal_lang(lang: str) -> None:
    """Choose the portal's language for this process."""
    _portal[0] = lang


def current_lang() -> str:
    """The language in which lazy texts are rendered now."""
    return _current.get() or _portal[0]


def set_lang(lang: str | None) -> None:
    """Set the language for the rest of this context (a request or a job); `None` goes back to the portal's."""
    _current.set(lang)


@contextmanager
def use_lang(lang: str | None) -> Iterator[None]:
    """Render lazy texts in `lang` inside the block; `None` changes nothing."""
    token = _current.set(lang or _current.get())
    try:
        yield
    finally:
        _current.reset(token)


class LazyText:
    """A text that is translated when it is shown, and filled in after translating."""

    __slots__ = ("number", "params", "plural", "text")

    def __init__(self, text: str, params: dict[str, Any] | None = None, plural: str | None = None, number: int = 1) -> None:
        self.text, self.params, self.plural, self.number = text, params or {}, plural, number

    def translate(self, lang: str) -> str:
        """The text in one language, with its parameters filled in."""
        texts = catalogue(lang)
        if self.plural is not None:
            found = str(texts.ungettext(self.text, self.plural, self.number))
            return found % {"num": self.number, **self.params}
        found = str(texts.ugettext(self.text)) if self.text else ""
        return found % self.params if self.params else found

    def with_params(self, **params: Any) -> LazyText:
        """The same text with more parameters."""
        return LazyText(self.text, {**self.params, **params}, self.plural, self.number)

    def __str__(self) -> str:
        return self.translate(current_lang())

    def __html__(self) -> str:
        return str(self).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;")

    def __repr__(self) -> str:
        return f"_({self.text!r})"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, LazyText):
            return (self.text, self.plural, self.number, self.params) == (other.text, other.plural, other.number, other.params)
        return str(self) == other if isinstance(other, str) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.text)

    def __mod__(self, params: dict[str, Any]) -> LazyText:
        return self.with_params(**params)


def _(text: str, /, **params: Any) -> LazyText:
    """A translatable text; rendered by `str()` in the language of that moment."""
    return LazyText(text, params)


def ngettext(singular: str, plural: str, number: int, /, **params: Any) -> LazyText:
    """A translatable text with a plural form; `%(num)s` is the number."""
    return LazyText(singular, params, plural, number)
