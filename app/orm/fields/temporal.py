"""Days and moments. Moments are aware and kept in UTC; a naive one means UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from app.orm.fields.base import Field

if TYPE_CHECKING:
    from app.orm.env import Env


def _is_iso(text: str) -> bool:
    """`2026-05-01…`: the other spellings of ISO 8601 (weeks, no dashes) are typing errors more often than dates."""
    return len(text) >= 10 and text[4] == "-" and text[7] == "-"


class Date(Field[date | None]):
    """A day."""

    type: ClassVar[str] = "date"
    wire = "date"

    def sa_type(self) -> TypeEngine[Any]:
        """`date`."""
        return sa.Date()

    def normalise(self, value: Any, env: Env) -> Any:
        """A day; a moment, also as text, is cut."""
        if type(value) is date:
            return value
        if value is None or value is False or value == "":
            return None
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, str) and _is_iso(text := value.strip()):
            return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text).date()
        raise ValueError(f"{self.model}.{self.name} takes a date like 2026-05-31, not {value!r}")

    def normalise_many(self, values: list[Any], env: Env) -> list[Any]:
        """One pass."""
        slow = self.normalise
        return [value if type(value) is date or value is None else slow(value, env) for value in values]

    def to_json(self, value: Any) -> Any:
        """ISO text."""
        return None if value is None else value.isoformat()


class Datetime(Field[datetime | None]):
    """A moment, aware, in UTC."""

    type: ClassVar[str] = "datetime"
    wire = "timestamptz"

    def sa_type(self) -> TypeEngine[Any]:
        """`timestamptz`."""
        return sa.DateTime(timezone=True)

    def normalise(self, value: Any, env: Env) -> Any:
        """An aware moment in UTC; text may carry an offset, a day means its midnight in UTC."""
        if isinstance(value, datetime):
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        if value is None or value is False or value == "":
            return None
        if isinstance(value, date):
            return datetime(value.year, value.month, value.day, tzinfo=UTC)
        if isinstance(value, str) and _is_iso(text := value.strip()):
            return self.normalise(datetime.fromisoformat(text), env)
        raise ValueError(f"{self.model}.{self.name} takes a moment like 2026-05-31 14:30, not {value!r}")

    def normalise_many(self, values: list[Any], env: Env) -> list[Any]:
        """One pass."""
        slow = self.normalise
        return [
            value if value is None or (type(value) is datetime and value.tzinfo is UTC) else slow(value, env) for value in values
        ]

    def to_json(self, value: Any) -> Any:
        """ISO text with its offset."""
        return None if value is None else value.isoformat()
