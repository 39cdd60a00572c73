"""Two people edit one record: different fields merge, the same field is a conflict that shows both values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.orm import audit, cache
from app.orm.errors import ConflictError

if TYPE_CHECKING:
    from app.orm.recordset import Recordset


def check(records: Recordset, values: Mapping[str, Any], expected: int) -> None:
    """`ConflictError` when a field of `values` was changed since `expected` by the history, or when no history tells."""
    record = records.ensure_one()
    free = record.with_env(record.env.neutral())
    if not record.env.unit.store.dirty:
        cache.invalidate(free, ["revision"])
    current = int(free.revision)
    if current == expected:
        return
    changed = audit.changed_since(record.env, record._name, record.id, expected, current)
    conflicts: dict[str, Any] = {}
    for name, value in values.items():
        field = record._fields.get(name)
        if field is None or field.x2many or name in ("id", "revision"):
            continue
        if changed is not None and name not in changed:
            continue
        mine = field.normalise(value, record.env)
        theirs = cache.raw_value(free, field, record.id)
        if not field.equal(mine, theirs):
            conflicts[name] = {"yours": field.to_json(field.to_read(mine, record.env)), "theirs": _shown(record, name, theirs)}
    if conflicts:
        raise ConflictError(model=record._name, fields=tuple(conflicts), conflicts=conflicts)


def _shown(record: Recordset, name: str, raw: Any) -> Any:
    field = record._fields[name]
    return field.to_json(field.to_read(raw, record.env))
