"""marshmallow schemas generated from our fields: they check what comes in and describe it in OpenAPI.

What a value may be beyond its type (uniqueness, required values, ranges of the business) is the model's affair and is
checked by the ORM. A refusal is a `Problem`: a stable code and a sentence in the user's language.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import Any, NamedTuple

from marshmallow import RAISE, Schema, ValidationError, fields

from app.orm.i18n import LazyText, _
from app.web.api.resources import resource_of

_INTEGERS = (-(2**31), 2**31 - 1)
_BIG = 2**63 - 1


class Problem(NamedTuple):
    """What is wrong with one value."""

    code: str
    text: LazyText


def _messages(text: LazyText) -> dict[str, Any]:
    """Marshmallow's message keys, all saying the same sentence with the same code."""
    problem = [Problem("wrong-type", text)]
    keys = ("invalid", "too_large", "special", "format", "invalid_utf8", "type", "validator_failed", "null")
    return dict.fromkeys(keys, problem)


_NOT_TEXT = _messages(_("This must be text."))
_NOT_WHOLE = _messages(_("This must be a whole number."))
_NOT_NUMBER = _messages(_("This must be a number."))
_NOT_BOOLEAN = _messages(_("This must be true or false."))
_NOT_DATE = _messages(_("This must be a date such as 2026-05-31."))
_NOT_TIME = _messages(_("This must be a date and time such as 2026-05-31T09:30:00Z."))
_NOT_ID = _messages(_("This must be the id of a record."))
_NOT_LINES = _messages(_("This must be a list of ids or of commands."))
_NUL = Problem("invalid", _("This contains a character that cannot be stored."))
_TOO_LARGE = Problem("out-of-range", _("This number is too large."))
_OPERATIONS = {"create", "update", "delete", "link", "unlink", "clear", "set"}


def _storable(value: str) -> None:
    """NUL and lone surrogates cannot be stored."""
    if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValidationError([_NUL])


def _within(low: int, high: int, problem: Problem) -> Callable[[int], None]:
    """A check that refuses what lies outside."""

    def check(value: int) -> None:
        if not low <= value <= high:
            raise ValidationError([problem])

    return check


class Lines(fields.Field):
    """A list of linked records: ids (the list becomes exactly these) or commands.

    A command is `{"op": "create", "values": {…}}`, `{"op": "update", "id": 1, "values": {…}}`, `{"op": "delete" | "link" |
    "unlink", "id": 1}`, `{"op": "clear"}` or `{"op": "set", "ids": […]}`.
    """

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, list) or not (all(map(_is_id, value)) or all(map(_is_command, value))):
            raise ValidationError(_NOT_LINES["invalid"])
        return value


def _is_id(value: Any) -> bool:
    return type(value) is int and 0 < value <= _BIG


def _is_command(value: Any) -> bool:
    if not isinstance(value, dict) or value.get("op") not in _OPERATIONS or set(value) - {"op", "id", "ids", "values"}:
        return False
    operation = value["op"]
    needs_id = operation in {"update", "delete", "link", "unlink"}
    needs_values = operation in {"create", "update"}
    ids = value.get("ids")
    return (
        _is_id(value.get("id")) == needs_id
        and isinstance(value.get("values"), dict) == needs_values
        and (operation != "set" or (isinstance(ids, list) and all(map(_is_id, ids))))
    )


def schema_for(model: type[Any]) -> Schema:
    """The schema of everything that may be sent for a model; who may send which field is checked apart."""
    known: tuple[tuple[Any, ...], Schema] | None = model.__dict__.get("_rest_schema")
    declared = tuple(model._fields.values())
    if known is None or known[0] != declared:
        inner = {name: field_for(field) for name, field in model._fields.items() if name != "id"}
        inner = {name: field for name, field in inner.items() if field is not None}
        cls = Schema.from_dict(inner, name=resource_of(model._name))
        cls.Meta.unknown = RAISE
        made = cls()
        made.error_messages["unknown"] = Problem("unknown-field", _("There is no such field."))  # type: ignore[assignment]
        made.error_messages["type"] = Problem("wrong-type", _("This must be an object."))  # type: ignore[assignment]
        model._rest_schema = known = (declared, made)
    return known[1]


def field_for(field: Any) -> Any:
    """The marshmallow field for one of ours; None for what JSON does not carry (files)."""
    maker = _MAKERS.get(field.type)
    if maker is None:
        return None
    meta: dict[str, Any] = {
        "description": str(field.string.text if isinstance(field.string, LazyText) else field.string or field.name)
    }
    if getattr(field, "size", None):
        meta["maxLength"] = field.size
    if field.type == "selection" and not field.dynamic:
        return _selection(
            field, {"allow_none": True, "metadata": {**meta, "enum": [value for value, _label in field.fixed] + [None]}}
        )
    return maker({"allow_none": True, "metadata": meta})


def _text(options: dict[str, Any]) -> Any:
    return fields.String(validate=_storable, error_messages=_NOT_TEXT, **options)


def _selection(field: Any, options: dict[str, Any]) -> Any:
    """One of a fixed list; the list is part of the sentence."""

    def check(value: str) -> None:
        if value not in field.known:
            known = ", ".join(choice for choice, _label in field.fixed)
            raise ValidationError([Problem("not-a-choice", _("This must be one of: %(choices)s.", choices=known))])

    return fields.String(validate=check, error_messages=_NOT_TEXT, **options)


def _integer(options: dict[str, Any]) -> Any:
    low, high = _INTEGERS
    return fields.Integer(strict=True, validate=_within(low, high, _TOO_LARGE), error_messages=_NOT_WHOLE, **options)


def _float(options: dict[str, Any]) -> Any:
    return fields.Float(allow_nan=False, error_messages=_NOT_NUMBER, **options)


def _decimal(options: dict[str, Any]) -> Any:
    return fields.Decimal(allow_nan=False, as_string=True, error_messages=_NOT_NUMBER, **options)


def _boolean(options: dict[str, Any]) -> Any:
    return fields.Boolean(truthy={True}, falsy={False}, error_messages=_NOT_BOOLEAN, **options)


def _date(options: dict[str, Any]) -> Any:
    return fields.Date(format="iso", error_messages=_NOT_DATE, **options)


def _datetime(options: dict[str, Any]) -> Any:
    return fields.AwareDateTime(format="iso", default_timezone=UTC, error_messages=_NOT_TIME, **options)


def _link(options: dict[str, Any]) -> Any:
    return fields.Integer(strict=True, validate=_within(1, _BIG, _NOT_ID["invalid"][0]), error_messages=_NOT_ID, **options)


def _lines(options: dict[str, Any]) -> Any:
    return Lines(error_messages=_NOT_LINES, **options)


def _raw(options: dict[str, Any]) -> Any:
    return fields.Raw(**options)


_MAKERS = {
    "char": _text,
    "text": _text,
    "html": _text,
    "email": _text,
    "phone": _text,
    "url": _text,
    "reference": _text,
    "selection": _text,
    "integer": _integer,
    "float": _float,
    "decimal": _decimal,
    "monetary": _decimal,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "many2one": _link,
    "one2many": _lines,
    "many2many": _lines,
    "json": _raw,
    "geopoint": _raw,
    "geopolygon": _raw,
}
