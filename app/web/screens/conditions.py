"""Conditions typed into the filter builder: which operators a field offers, how a condition is written in the address.

A condition is `field:operator:value`; it becomes a leaf of a domain only after field, operator and value were checked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from app.orm.errors import UserError
from app.orm.i18n import LazyText, _
from app.web.screens.formats import day, read_day

EMPTY = ("empty", "filled")
WORDS: dict[str, LazyText] = {
    "ilike": _("contains"),
    "not ilike": _("does not contain"),
    "=": _("is"),
    "!=": _("is not"),
    ">": _("more than"),
    "<": _("less than"),
    ">=": _("from"),
    "<=": _("up to"),
    "empty": _("is empty"),
    "filled": _("is filled in"),
}
TEXT = ("ilike", "not ilike", "=", "!=", *EMPTY)
NUMBER = ("=", "!=", ">", "<", *EMPTY)
DATE = ("=", ">=", "<=", *EMPTY)
CHOICE = ("=", "!=", *EMPTY)
BY_TYPE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("char", "text", "email", "phone", "url"), TEXT),
    **dict.fromkeys(("integer", "float", "decimal", "monetary"), NUMBER),
    **dict.fromkeys(("date", "datetime"), DATE),
    **dict.fromkeys(("many2one", "many2many", "one2many"), ("ilike", "not ilike", *EMPTY)),
    "selection": CHOICE,
    "boolean": ("=",),
}
INPUTS = {"date": "date", "datetime": "date", "integer": "number", "float": "number", "decimal": "number", "monetary": "number"}


@dataclass(frozen=True, slots=True)
class Condition:
    """One checked condition: its text in the address, what a person reads, the leaf of the domain."""

    text: str
    label: str
    leaf: tuple[str, str, Any]


def operators(field: Any) -> list[tuple[str, str]]:
    """The operators that the builder offers for a field, with their words."""
    return [(name, str(WORDS[name])) for name in BY_TYPE.get(field.type, ())]


def choices(field: Any, env: Any) -> list[tuple[str, str]] | None:
    """The values to choose from, or None where a value is typed."""
    if field.type == "boolean":
        return [("1", str(_("yes"))), ("0", str(_("no")))]
    if field.type == "selection":
        return [(str(value), str(label)) for value, label in field.choices(env)]
    return None


def parse(text: str, fields: dict[str, Any], env: Any) -> Condition:
    """The condition behind its text; raises `UserError` where a part of it is not known."""
    name, operator, typed = text.split(":", 2)
    field = fields.get(name)
    if field is None or operator not in BY_TYPE.get(field.type, ()):
        raise UserError(_("The filter “%(text)s” is not known here. Remove it.", text=text))
    if operator in EMPTY:
        leaf: tuple[str, str, Any] = (name, "=" if operator == "empty" else "!=", None)
        return Condition(text, f"{field.string} {WORDS[operator]}", leaf)
    known = dict(choices(field, env) or ())
    value = _value(field, typed, known)
    shown = known.get(typed) or (day(value, env.lang) if INPUTS.get(field.type) == "date" else typed)
    joint = ":" if operator in ("=", "ilike") else f" {WORDS[operator]}"
    return Condition(text, f"{field.string}{joint} {shown}", (name, operator, value))


def _value(field: Any, typed: str, known: dict[str, str]) -> Any:
    readers: dict[str, Callable[[str], Any]] = {
        "integer": int,
        "float": float,
        "decimal": Decimal,
        "monetary": Decimal,
        "date": _iso_day,
        "datetime": _iso_day,
        "boolean": lambda text: text == "1",
    }
    if known and typed not in known:
        raise UserError(_("“%(value)s” is not a choice of “%(field)s”.", value=typed, field=field.string))
    try:
        return readers.get(field.type, str)(typed)
    except (ValueError, InvalidOperation) as error:
        raise UserError(_("“%(value)s” does not fit “%(field)s”.", value=typed, field=field.string)) from error


def _iso_day(text: str) -> str:
    found = read_day(text)
    if found is None:
        raise ValueError(text)
    return found.isoformat()
