"""Decorators that mark the methods of a model for the platform. They only mark; the registry reads the marks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def _mark(name: str, value: Any) -> Callable[[F], F]:
    def decorate(method: F) -> F:
        setattr(method, name, value)
        return method

    return decorate


def depends(*paths: str) -> Callable[[F], F]:
    """The dotted paths whose change makes the computed field stale."""
    return _mark("_depends", paths)


def depends_context(*keys: str) -> Callable[[F], F]:
    """Keys of the context (or `uid`, `lang`, `tz`) on which a computed value depends."""
    return _mark("_depends_context", keys)


def constrains(*names: str) -> Callable[[F], F]:
    """Run the method after any write that touches one of the fields; it raises `ValidationError`."""
    return _mark("_constrains", names)


def onchange(*names: str) -> Callable[[F], F]:
    """Run the method on an unsaved record when one of the fields was edited."""
    return _mark("_onchange", names)


def ondelete(method: F) -> F:
    """Run the method before records are deleted; it raises `UserError` to refuse."""
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
