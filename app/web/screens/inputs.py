"""Values on their way through a form: record → input, posted text → input (shown again after an error), input → value.

The middle form, the *input*, is what a control shows: text for most types, a pair for a link, a list of pairs for many
links, a bool for a box. Nothing typed is lost, because an error page is drawn from the inputs that were posted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from werkzeug.datastructures import MultiDict

from app.orm.env import Env
from app.orm.i18n import LazyText, _
from app.web.screens import formats
from app.web.screens.labels import label_field

NUMBERS = frozenset({"integer", "float", "decimal", "monetary"})
LONG = frozenset({"text", "html", "json"})
Form = MultiDict[str, str]


class Unreadable(Exception):
    """What was typed is not a value of the field; carries the sentence for the person."""

    def __init__(self, message: LazyText) -> None:
        super().__init__(message)
        self.message = message


def control(field: Any) -> str:
    """Which control a field gets."""
    if field.type in LONG:
        return "textarea"
    if field.type in NUMBERS:
        return "number"
    if field.type in ("boolean", "selection", "many2one", "many2many", "date", "datetime", "email", "url"):
        return str(field.type)
    return "tel" if field.type == "phone" else "text"


def from_value(field: Any, value: Any, env: Env) -> Any:
    """The input that shows a value as `read` gives it."""
    kind = field.type
    if kind == "boolean":
        return bool(value)
    if kind == "many2one":
        return (value["id"], value["display_name"]) if value else None
    if kind == "many2many":
        label = label_field(env, field.comodel)
        return [(item["id"], item[label] or "", item.get("colour") or "") for item in value or ()]
    return "" if value is None else _text(kind, value, env)


def _text(kind: str, value: Any, env: Env) -> str:
    if kind in NUMBERS:
        return _number_text(value, env.lang)
    if kind == "datetime":
        return formats.moment(value, env.lang, str(env.tz))
    if kind == "date":
        return formats.day(value, env.lang)
    if kind == "geopoint":
        return formats.point(value)
    if kind == "json":
        return orjson.dumps(value).decode()
    return str(value)


def _number_text(value: Any, lang: str) -> str:
    text = f"{Decimal(str(value)):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace(".", ",") if lang == "ru" else text


def from_post(field: Any, name: str, form: Form) -> Any:
    """The input that shows again what was posted under a name."""
    kind = field.type
    if kind == "boolean":
        return form.getlist(name)[-1:] == ["1"]
    if kind == "many2one":
        key, text = form.get(name, ""), _typed(form, f"{name}.text").strip()
        return (int(key) if key.isdecimal() else 0, text) if key or text else None
    if kind == "many2many":
        keys = [key for key in form.getlist(name) if key.isdecimal()]
        labels, colours = form.getlist(f"{name}.label"), form.getlist(f"{name}.colour")
        return [(int(key), _at(labels, place) or f"#{key}", _at(colours, place)) for place, key in enumerate(keys)]
    return _typed(form, name)


def _typed(form: Form, name: str) -> str:
    """A posted text with the line ends of the database, and without what no text of PostgreSQL can hold."""
    return form.get(name, "").replace("\r\n", "\n").replace("\0", "")


def _at(values: list[str], place: int) -> str:
    return values[place] if place < len(values) else ""


def to_value(field: Any, shown: Any, env: Env) -> Any:
    """The value to write; raises `Unreadable`."""
    kind = field.type
    if kind == "boolean":
        return bool(shown)
    if kind == "many2one":
        if shown and not shown[0]:
            raise Unreadable(_("“%(text)s” was not chosen from the list.", text=shown[1]))
        return shown[0] if shown else None
    if kind == "many2many":
        return [item[0] for item in shown]
    text = shown.strip() if isinstance(shown, str) else shown
    if not text:
        return None
    reader = READERS.get(kind)
    return reader(text, env) if reader else text


def _whole(text: str, _env: Env) -> int:
    if not re.fullmatch(r"[-+−]?\d{1,18}", compact := _compact(text)):
        raise Unreadable(_("“%(text)s” is not a whole number.", text=text))
    return int(compact)


def _decimal(text: str, _env: Env) -> Decimal:
    try:
        found = Decimal(_compact(text))
    except InvalidOperation:
        raise Unreadable(_("“%(text)s” is not a number.", text=text)) from None
    if not found.is_finite():
        raise Unreadable(_("“%(text)s” is not a number.", text=text))
    return found


def _compact(text: str) -> str:
    """A number without its blanks, with a point: `1 250,50` and `1,250.50` alike."""
    bare = re.sub(r"[\s\u00a0\u202f]", "", text).replace("−", "-")
    if "," in bare and "." in bare:
        return bare.replace(",", "") if bare.rfind(".") > bare.rfind(",") else bare.replace(".", "").replace(",", ".")
    return bare.replace(",", ".")


def _day(text: str, _env: Env) -> str:
    found = formats.read_day(text)
    if found is None:
        raise Unreadable(_("“%(text)s” is not a date.", text=text))
    return found.isoformat()


def _moment(text: str, env: Env) -> datetime:
    found = formats.read_moment(text)
    if found is None:
        raise Unreadable(_("“%(text)s” is not a date with a time.", text=text))
    return found.replace(tzinfo=ZoneInfo(str(env.tz) or "UTC")).astimezone(UTC) if found.tzinfo is None else found


def _json(text: str, _env: Env) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Unreadable(_("This is not valid JSON.")) from None


READERS: dict[str, Callable[[str, Env], Any]] = {
    "integer": _whole,
    "float": lambda text, env: float(_decimal(text, env)),
    "decimal": _decimal,
    "monetary": _decimal,
    "date": _day,
    "datetime": _moment,
    "json": _json,
}


def plain(shown: Any) -> Any:
    """An input as conditions see it: the id of a link, None for what is empty."""
    if isinstance(shown, tuple):
        return shown[0] or None
    return None if shown == "" else shown


def is_empty(field: Any, shown: Any) -> bool:
    """Whether a required field is missing."""
    return field.type != "boolean" and (shown is None or shown in ("", []))
