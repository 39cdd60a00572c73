"""The methods of a model: whether they can be called in the way in which the platform will call them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from app.orm.complaints import Position, function_position, wrong

if TYPE_CHECKING:
    from app.orm.fields.base import Field
    from app.orm.recordset import Recordset

ARGUMENTS = {
    **dict.fromkeys(("compute", "inverse", "default", "selection"), ()),
    "search": ("operator", "value"),
    "group_expand": ("stages", "domain"),
}
MARKED = ("_constrains", "_onchange", "_ondelete")
OVERRIDDEN = {
    "create": ("values",),
    "write": ("values",),
    "unlink": (),
    "_compute_display_name": (),
    "_search_display_name": ("operator", "value"),
}


def check(compiled: type[Recordset]) -> None:
    """Raise `DeclarationError` for the first method that could not be called."""
    for field in compiled._fields.values():
        for attribute, arguments in ARGUMENTS.items():
            _named(compiled, field, attribute, arguments)
    for mark in MARKED:
        for name in compiled._collected.get(mark, ()):
            function = getattr(compiled, name)
            _callable(compiled, function, (), f"@api.{mark[1:]} of {name}", function_position(function))
            if mark != "_ondelete" and not getattr(function, mark):
                text = f"@api.{mark[1:]} of {name} names no field, so it would never run"
                raise wrong(compiled._name, text, function_position(function))
    for name, function, arguments in _overrides(compiled):
        _callable(compiled, function, arguments, name, function_position(function))


def _overrides(compiled: type[Recordset]) -> Iterator[tuple[str, Any, tuple[str, ...]]]:
    for part in compiled._parts:
        for name, arguments in OVERRIDDEN.items():
            if name in vars(part):
                yield name, vars(part)[name], arguments


def _named(compiled: type[Recordset], field: Field[Any], attribute: str, arguments: tuple[str, ...]) -> None:
    """A method that an attribute of a field names, or a function that stands there itself."""
    value = getattr(field, attribute, None)
    if isinstance(value, str):
        value = inspect.getattr_static(compiled, value, None)
    elif attribute == "default" and (hasattr(value, "path") or isinstance(value, type)):
        return
    if callable(value) or isinstance(value, staticmethod | classmethod):
        _callable(compiled, value, arguments, attribute, field.position, field.name)


def _callable(
    compiled: type[Recordset], function: Any, arguments: tuple[str, ...], what: str, position: Position, field: str | None = None
) -> None:
    if isinstance(function, staticmethod | classmethod):
        kind = type(function).__name__
        raise wrong(compiled._name, f"{what}: {function.__name__} is a {kind}; it is called on records", position, field)
    if not _fits(function, 1 + len(arguments)):
        shown = ", ".join(("self", *arguments))
        name = getattr(function, "__name__", "it")
        text = f"{what}: {name} is called with ({shown}) and takes {_signature(function)}"
        raise wrong(compiled._name, text, function_position(function) or position, field)


def _fits(function: Callable[..., Any], count: int) -> bool:
    try:
        inspect.signature(function).bind(*[None] * count)
    except TypeError:
        return False
    except ValueError:
        return True  # something of C, which does not tell
    return True


def _signature(function: Callable[..., Any]) -> str:
    return str(inspect.signature(function))
