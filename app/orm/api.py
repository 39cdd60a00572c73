"""Decorators that mark the methods of a model for the platform. They only mark; the registry reads the marks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from app.orm.complaints import function_position, place
from app.orm.errors import DeclarationError
from app.orm.fields.base import caller_position

F = TypeVar("F", bound=Callable[..., Any])


def _names(decorator: str, names: tuple[Any, ...]) -> tuple[str, ...]:
    """The names as they were given; a decorator without parentheses gets the method itself."""
    if not names and decorator != "depends":
        raise DeclarationError(
            f'{place(caller_position())}: @api.{decorator} lacks the names of fields: @api.{decorator}("name")'
        )
    for name in names:
        if not isinstance(name, str):
            lacks = "lacks the names of fields" if callable(name) else f"takes names of fields one by one, not {name!r}"
            where = place(function_position(name) or caller_position())
            subject = getattr(name, "__qualname__", "a method").replace("<locals>.", "")
            raise DeclarationError(f'{subject} ({where}): @api.{decorator} {lacks}: @api.{decorator}("name")')
    return names


def _mark(name: str, value: Any) -> Callable[[F], F]:
    def decorate(method: F) -> F:
        setattr(method, name, value)
        return method

    return decorate


def depends(*paths: str) -> Callable[[F], F]:
    """The dotted paths whose change makes the computed field stale."""
    return _mark("_depends", _names("depends", paths))


def depends_context(*keys: str) -> Callable[[F], F]:
    """Keys of the context (or `uid`, `lang`, `tz`) on which a computed value depends."""
    return _mark("_depends_context", keys)


def constrains(*names: str) -> Callable[[F], F]:
    """Run the method after any write that touches one of the fields; it raises `ValidationError`."""
    return _mark("_constrains", _names("constrains", names))


def onchange(*names: str) -> Callable[[F], F]:
    """Run the method on an unsaved record when one of the fields was edited."""
    return _mark("_onchange", _names("onchange", names))


def ondelete(*methods: F, **options: Any) -> F:
    """Run the method before records are deleted; it raises `UserError` to refuse."""
    if options or len(methods) != 1:
        raise DeclarationError(f"{place(caller_position())}: @api.ondelete is written without parentheses")
    method = methods[0]
    method._ondelete = True  # type: ignore[attr-defined]
    return method


def action(method: F) -> F:
    """Screens and REST may call the method; nothing else of a model can be called from outside."""
    method._action = True  # type: ignore[attr-defined]
    return method


def model(method: F) -> F:
    """The method does not look at the records it is called on."""
    method._model_method = True  # type: ignore[attr-defined]
    return method
