"""The text of a complaint about a declaration: model, field, file and line, what is wrong, and a name that may have been meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from app.orm.errors import DeclarationError

Position = tuple[str, int] | None


def place(position: Position) -> str:
    """`models/party.py:12`; relative where it lies below the working folder."""
    if position is None:
        return "?"
    path, line = Path(position[0]), position[1]
    folder = Path.cwd()
    return f"{path.relative_to(folder) if path.is_relative_to(folder) else path}:{line}"


def near(name: str, known: Iterable[str]) -> str:
    """`; did you mean "x"?`, or nothing."""
    by_key = {each.casefold(): each for each in known}
    found = get_close_matches(name.casefold(), list(by_key), 1, 0.5)
    return f'; did you mean "{by_key[found[0]]}"?' if found else ""


def wrong(model: str, text: str, position: Position, field: str | None = None) -> DeclarationError:
    """The error of a declaration."""
    subject = f"{model}.{field}" if field else model
    return DeclarationError(f"{subject} ({place(position)}): {text}", model=model, field=field)


def declared(part: Any) -> Position:
    """Where a class statement stands."""
    return getattr(part, "_declared_position", None)


def function_position(function: Any) -> Position:
    """Where a function stands."""
    code = getattr(function, "__code__", None)
    return (code.co_filename, code.co_firstlineno) if code is not None else None
