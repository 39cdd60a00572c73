"""Row locks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.orm import access

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.recordset import Recordset


def in_turn(env: Env, name: str) -> None:
    """Wait until every other unit that does the same has ended, and make the next one wait for this one."""
    env.unit.run("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' ' || %(name)s, 0))", {"name": name})


def lock(records: Recordset, wait: bool, limit: int | None = None) -> Any:
    """Lock rows until the unit ends: all of them, or without waiting those that nobody else has locked.

    What the user does not see is neither locked nor in the answer.
    """
    env = records.env
    env.flush()
    if not env.su:
        access.check(env, type(records), "read")
    ids = records.ids if env.su else sorted(env.prove(records, "r").intersection(records.ids))
    if not ids:
        return records.browse()
    tail = "" if wait else " SKIP LOCKED"
    cap = "" if limit is None else f" LIMIT {int(limit)}"
    rows = env.unit.rows(
        f'SELECT id FROM "{records._table.name}" WHERE id = ANY(%(ids)s::int8[]) ORDER BY id{cap} FOR UPDATE{tail}',  # noqa: S608
        {"ids": ids},
    )
    locked = {row[0] for row in rows}
    return records._with_ids(each for each in records._ids if each in locked)
