"""Columns of values as PostgreSQL's array literals, for `unnest`.

The driver looks at each value of a list anew: its type, whether it needs quotes, then NULL by NULL. A column of a batch is of
one type, so one pass over it is enough; with ten thousand rows that is most of what a batch costs outside the database. What
is not of one plain type is left to the driver.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

_NONE = type(None)


def _quoted(text: str) -> str:
    """A text between quotes, with what would end it or escape it made harmless."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_RENDERED: dict[type, Callable[[Any], str]] = {
    str: _quoted,
    int: int.__repr__,
    float: float.__repr__,
    bool: lambda value: "t" if value else "f",
    Decimal: str,
    date: date.isoformat,
    datetime: lambda moment: f'"{moment.isoformat()}"',
}

_AS_IN_PYTHON = {int, float}
"""Types of which a whole list is written as PostgreSQL reads it."""


def array(values: list[Any]) -> Any:
    """The literal of an array (of a type that the statement casts to), or the list itself where the driver knows better."""
    kinds = set(map(type, values))
    holes = _NONE in kinds
    kinds.discard(_NONE)
    if not kinds:
        return "{" + ",".join(["NULL"] * len(values)) + "}"
    if kinds <= _AS_IN_PYTHON and len(kinds) == 1 and not holes:
        return "{" + str(values)[1:-1] + "}"
    if len(kinds) > 1 or (rendered := _RENDERED.get(kinds.pop())) is None:
        return values
    if holes:
        return "{" + ",".join(["NULL" if value is None else rendered(value) for value in values]) + "}"
    return "{" + ",".join(map(rendered, values)) + "}"
