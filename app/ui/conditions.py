"""Conditions of a form ("visible", "required", "readonly") evaluated over the values of one record.

The same small language is evaluated in the browser by `static/js/conditions.js`; the server's answer is the one that
counts. It is a part of the domain language: leaves over plain fields with `=`, `!=`, `in`, `not in`, joined by `&`, `|`
and `!` in prefix notation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

OPERATORS = ("=", "!=", "in", "not in")
JOINTS = ("&", "|", "!")


def holds(condition: Sequence[Any], values: Mapping[str, Any]) -> bool:
    """Whether a condition is true of these values; an empty one always is."""
    rest = list(condition)
    result = True
    while rest:
        result = _next(rest, values) and result
    return result


def _next(rest: list[Any], values: Mapping[str, Any]) -> bool:
    head = rest.pop(0)
    if head == "!":
        return not _next(rest, values)
    if head in ("&", "|"):
        left, right = _next(rest, values), _next(rest, values)
        return (left and right) if head == "&" else (left or right)
    return _leaf(*head, values=values)


def _leaf(name: str, operator: str, wanted: Any, *, values: Mapping[str, Any]) -> bool:
    found = _plain(values.get(name))
    if operator == "=":
        return bool(found == wanted)
    if operator == "!=":
        return bool(found != wanted)
    return (found in wanted) == (operator == "in")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return value.get("id")
    return None if value == "" else value


def fields_of(condition: Sequence[Any]) -> list[str]:
    """The fields that a condition looks at."""
    return [leaf[0] for leaf in condition if not isinstance(leaf, str)]
