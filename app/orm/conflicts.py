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
            conflicts[name] = {"yours": _shown(record, field, mine), "theirs": _shown(record, field, theirs)}
    if conflicts:
        raise ConflictError(model=record._name, fields=tuple(conflicts), conflicts=conflicts)


def _shown(record: Recordset, field: Any, raw: Any) -> Any:
    """A value as this user may see it: a link to a hidden record is empty."""
    if field.type in ("many2one", "reference") and raw is not None and cache.link_hidden(record, field, raw):
        return None
    return field.to_json(field.to_read(raw, record.env))
