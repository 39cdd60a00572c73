"""Numbers for documents: `env.sequence("quote").next()`.

A counter's row is locked until its unit ends, so at REPEATABLE READ only a unit whose snapshot is younger than the lock can
draw without losing to another. It therefore needs the lock `sequence.<code>` before its unit begins: declared
(`env.run(function, lock="sequence.quote")`), or else `env.run` begins the unit again with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.orm.errors import UserError
from app.orm.failures import LockFirst
from app.orm.i18n import _

if TYPE_CHECKING:
    from app.orm.env import Env


class Sequence:
    """A named counter with prefix, padding, step and per-year restart; kept in the base model `sequence`."""

    def __init__(self, env: Env, code: str, options: dict[str, Any]) -> None:
        self.env, self.code = env, code
        model = env.derive(su=True)["sequence"]
        self.record: Any = model.search([("code", "=", code)], limit=1)
        if not self.record:
            self.record = model.create({"code": code, **options})
        elif options:
            self.record.write(options)

    def next(self) -> str:
        """The next number as text."""
        record = self.record
        year = self.env.now.astimezone(self.env.zone).year
        value = self._draw(year if record.per_year else 0)
        number = str(value).zfill(record.padding)
        return self._filled(record.prefix, year) + number + self._filled(record.suffix, year)

    def _filled(self, pattern: str | None, year: int) -> str:
        try:
            return (pattern or "") % {"year": year, "y": f"{year % 100:02d}", "month": f"{self.env.now.month:02d}"}
        except (KeyError, ValueError) as error:
            raise UserError(_("The prefix %(prefix)s of %(code)s is not understood.", prefix=pattern, code=self.code)) from error

    def _draw(self, year: int) -> int:
        """Raise the counter of this year in one statement; a rolled back unit gives a gapless number back."""
        self._lock_first()
        self.env.flush()
        rows = self.env.unit.rows(
            "INSERT INTO sequence_counter (sequence_id, year, value) VALUES (%(id)s, %(year)s, %(start)s) "
            "ON CONFLICT (sequence_id, year) DO UPDATE SET value = sequence_counter.value + %(step)s RETURNING value",
            {"id": self.record.id, "year": year, "start": self.record.start, "step": self.record.step},
        )
        return int(rows[0][0])

    def _lock_first(self) -> None:
        unit, lock = self.env.unit, f"sequence.{self.code}"
        if unit.repeatable and lock not in unit.locks:
            unit.lost = LockFirst(lock)
            raise unit.lost
