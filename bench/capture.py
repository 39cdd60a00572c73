"""What a unit of work sends, so that the floor can send the very same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from app.orm.unit import Unit


@dataclass(slots=True)
class Sent:
    """One statement with its parameters."""

    sql: str
    params: dict[str, Any] | None

    def inserts_into(self, table: str) -> bool:
        """Whether it writes rows of that table."""
        return self.sql.startswith((f'INSERT INTO "{table}" ', f"INSERT INTO {table} "))


@contextmanager
def captured() -> Iterator[list[Sent]]:
    """The statements of all units while the block runs."""
    sent: list[Sent] = []
    run = Unit.run

    def recording(unit: Unit, statement: str, params: Mapping[str, Any] | None = None) -> psycopg.Cursor[Any]:
        sent.append(Sent(statement, None if params is None else dict(params)))
        return run(unit, statement, params)

    Unit.run = recording  # type: ignore[method-assign,assignment]
    try:
        yield sent
    finally:
        Unit.run = run  # type: ignore[method-assign]


def of_rows(sent: list[Sent]) -> list[Sent]:
    """Those that read records: without the unit's first, which asks for the user."""
    return [each for each in sent if each.sql.startswith("SELECT") and "registry_version" not in each.sql]
