"""Values of custom fields: keys of the column `custom`, each with the type of its field.

    raw (as in the store) ──encode──▶ what the key holds in JSON ──decode──▶ raw
                                               │
                                               └──sql──▶ the typed value in a statement or an index

An absent key is the type's empty value, in all three directions; a value that is empty is therefore never kept. JSON knows
neither days nor exact numbers: a day is ISO text, a moment the seconds since 1970, an exact number text. So each of them
comes out by functions that PostgreSQL calls immutable, and an index may be made over the same text that a statement holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as PyDecimal
from typing import TYPE_CHECKING, Any

import orjson

from app.orm.fields.base import Field
from app.orm.fields.money import Monetary
from app.orm.fields.relational import Many2one, Reference
from app.orm.fields.scalar import Boolean, Decimal, Float, Integer, Json, Selection
from app.orm.fields.temporal import Date, Datetime
from app.orm.fields.text import Char, Email, Html, Phone, Text, Url

if TYPE_CHECKING:
    from app.orm.recordset import Recordset
    from app.orm.store import Store

COLUMN = "custom"
PATCH = Text(string=COLUMN).bound("", COLUMN)
"""Stands among the columns of an UPDATE for all changed custom fields; its value is the JSON of `patches`."""
PATCH.cast = "jsonb"
_CLASSES: tuple[type[Field[Any]], ...] = (
    *(Char, Text, Html, Integer, Float, Decimal, Monetary, Boolean, Date, Datetime),
    *(Selection, Many2one, Reference, Email, Phone, Url, Json),
)
TYPES: Mapping[str, type[Field[Any]]] = {each.type: each for each in _CLASSES}
"""The classes of which custom fields may be, by type. Relations to many need a table, so they are not among them."""

_START = datetime(1970, 1, 1, tzinfo=UTC)
_ENCODE: dict[str, Callable[[Any], Any]] = {
    "date": date.isoformat,
    "datetime": lambda moment: (moment - _START).total_seconds(),
    "decimal": str,
    "monetary": str,
    "reference": lambda pair: f"{pair[0]},{pair[1]}",
}
_DECODE: dict[str, Callable[[Any], Any]] = {
    "date": date.fromisoformat,
    "datetime": lambda seconds: _START + timedelta(microseconds=round(seconds * 1_000_000)),
    "decimal": PyDecimal,
    "monetary": PyDecimal,
    "float": float,
}


def encode(field: Field[Any], raw: Any) -> Any:
    """What the key of this raw value holds; `None`: there is no key."""
    if raw is None or (raw == field.empty and field.type != "json"):
        return None
    convert = _ENCODE.get(field.type)
    return raw if convert is None else convert(raw)


def decode(field: Field[Any], value: Any) -> Any:
    """The raw value of what the key holds (`None` for an absent key)."""
    if value is None:
        return field.empty
    convert = _DECODE.get(field.type) or (field.from_row if field.type == "reference" else None)
    return value if convert is None else convert(value)


def document(fields: Sequence[Field[Any]], raws: Sequence[Any]) -> dict[str, Any]:
    """The keys of those of these values that are not empty."""
    pairs = ((field.name, encode(field, raw)) for field, raw in zip(fields, raws, strict=True))
    return {name: value for name, value in pairs if value is not None}


def put_documents(store: Store, model: type[Recordset], ids: Iterable[int]) -> None:
    """Gather the custom values of rows that are about to be inserted in their column `custom`."""
    fields = model._customs
    known = [store.values[field] for field in fields]
    target = store.values[model._fields[COLUMN]]
    for own in ids:
        target[own] = document(fields, [column.get(own) for column in known])


def patches(store: Store, column: Field[Any], fields: Sequence[Field[Any]], ids: Iterable[int]) -> list[str]:
    """For each row the keys of these changed fields that hold something now, as JSON text.

    What the store knows of the `column` of them all is patched likewise.
    """
    known, documents = [store.values[field] for field in fields], store.values[column]
    names, found = {field.name for field in fields}, []
    for own in ids:
        patch = document(fields, [values[own] for values in known])
        if own in documents:
            documents[own] = {name: value for name, value in (documents[own] or {}).items() if name not in names} | patch
        found.append(orjson.dumps(patch).decode())
    return found


def spread(store: Store, fields: Iterable[Field[Any]], documents: Mapping[Any, Any]) -> None:
    """Put values out of columns `custom` (by id) into the store; what is pending wins."""
    for field in fields:
        name, known = field.name, store.values[field]
        for own, found in documents.items():
            if own not in known:
                known[own] = decode(field, (found or {}).get(name))


def concerned(records: Recordset, field: Field[Any]) -> Recordset:
    """Those of these records that have the custom field at all."""
    return records if field.concerns is None else records.with_env(records.env.neutral()).filtered_domain(field.concerns)


def sql(field: Field[Any], table: str = "") -> str:
    """The typed value as an SQL expression, the same in a statement and in an index.

    The field's name stands in it as it is: the definition has seen to it that it holds nothing but letters, digits and _.
    """
    place = f'{table}."{COLUMN}"' if table else f'"{COLUMN}"'
    text = f"({place} ->> '{field.name}')"
    if field.type == "json":
        return f"({place} -> '{field.name}')"
    if field.type == "date":
        return f"make_date(left({text}, 4)::int4, substr({text}, 6, 2)::int4, substr({text}, 9, 2)::int4)"
    if field.type == "datetime":
        return f"to_timestamp({text}::float8)"
    kind = field.cast or field.wire
    typed = text if kind == "text" else f"{text}::{kind}"
    if field.empty is None:
        return typed
    empty = "false" if field.empty is False else "0"
    return f"coalesce({typed}, {empty})"


def place(field: Field[Any]) -> str:
    """Where the value of a stored field lies in its table, for a statement over that table alone."""
    return sql(field) if field.custom else f'"{field.column}"'
