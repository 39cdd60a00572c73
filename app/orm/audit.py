"""The audit: what every unit changed, collected in the flush and written in one statement before the commit.

One row per record and unit: old and new values by field (0 → 10 → 25 is 0 → 25, a change and back is nothing), creations
without values, deletions with the last ones. The table is append-only: the web's database role may only insert and read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from app.orm import wire
from app.orm.fields.custom import COLUMN, spread
from app.orm.store import MISSING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.orm.env import Env
    from app.orm.fields.base import Field
    from app.orm.recordset import Recordset

UNTRACKED = frozenset({"write_date", "write_uid", "create_date", "create_uid", "revision", "custom"})
AUDIT = "audit"


class Entry:
    """What happened to one record in this unit."""

    __slots__ = ("changes", "operation", "reason", "silent", "source", "uid")

    def __init__(self, operation: str, uid: int | None, source: str, reason: str | None) -> None:
        self.operation, self.uid, self.source, self.reason = operation, uid, source, reason
        self.silent = False
        self.changes: dict[str, tuple[Any, Any]] = {}


class AuditTrail:
    """The entries of one unit, by model and id."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, int], Entry] = {}

    def snapshot(self) -> dict[tuple[str, int], tuple[str, dict[str, tuple[Any, Any]]]]:
        """For a savepoint."""
        return {key: (entry.operation, dict(entry.changes)) for key, entry in self.entries.items()}

    def restore(self, former: Any) -> None:
        """Back to a snapshot (`None`: to nothing)."""
        kept = former or {}
        for key in list(self.entries):
            if key not in kept:
                del self.entries[key]
            else:
                self.entries[key].operation, self.entries[key].changes = kept[key]


def trail(env: Env) -> AuditTrail:
    """The unit's trail."""
    unit = env.unit
    if unit.trail is None:
        unit.trail = AuditTrail()
    return unit.trail


def watched(env: Env, model: type[Recordset]) -> bool:
    """Whether there is an audit of this model's records."""
    return model._audit and not model._transient and AUDIT in env.registry


def _entry(env: Env, model: str, own: int, operation: str) -> Entry:
    entries = trail(env).entries
    known = entries.get((model, own))
    if known is None:
        store = env.unit.store
        source, reason, _tracked = store.manner
        known = Entry(operation, store.author, source, reason)
        entries[model, own] = known
    return known


def created(env: Env, model: type[Recordset], ids: list[int]) -> None:
    """Creations, without values."""
    if watched(env, model):
        for own in ids:
            _entry(env, model._name, own, "create")


def changed(
    env: Env, model: type[Recordset], rows: Mapping[int, tuple[str, ...]], old: Mapping[Field[Any], Mapping[int, Any]]
) -> None:
    """Old and new values of the rows that are about to be sent."""
    if not watched(env, model):
        return
    silent, values = _silent(env), env.unit.store.values
    columns: dict[str, tuple[Field[Any], Mapping[int, Any], Mapping[int, Any]]] = {}
    for name in {name for names in set(rows.values()) for name in names}:
        field = model._fields[name]
        columns[name] = field, old.get(field, {}), values[field]
    for own, names in rows.items():
        entry = _entry(env, model._name, own, "write")
        entry.silent |= silent
        if entry.operation == "create" or silent:
            continue
        for name in names:
            field, before, after = columns[name]
            former = before.get(own, MISSING)
            _change(entry, field, None if former is MISSING else former, after.get(own))


def links_changed(env: Env, field: Field[Any], former: Mapping[int, Any], values: Mapping[int, Any]) -> None:
    """Members of a many2many, as lists of ids."""
    model = env.registry[field.model]
    if not watched(env, model) or _silent(env):
        return
    for own, before in former.items():
        entry = _entry(env, model._name, own, "write")
        if entry.operation != "create":
            _change(entry, field, tuple(before), tuple(values.get(own, before)))


def _change(entry: Entry, field: Field[Any], before: Any, after: Any) -> None:
    pair = entry.changes.get(field.name)
    first = before if pair is None else pair[0]
    if not field.equal(first, after):
        entry.changes[field.name] = (first, after)
    elif pair is not None:
        del entry.changes[field.name]


def deleted(env: Env, doomed: Mapping[str, Mapping[int, None]]) -> None:
    """Deletions, with the values that were loaded."""
    for name, ids in doomed.items():
        model = env.registry[name]
        if not watched(env, model):
            continue
        values = env.unit.store.values
        if model._customs:
            documents = values[model._fields[COLUMN]]
            spread(env.unit.store, model._customs, {own: documents[own] for own in ids if own in documents})
        for own in ids:
            known = trail(env).entries.pop((name, own), None)
            if known is not None and known.operation == "create":
                continue
            entry = _entry(env, name, own, "unlink")
            for field in model._fields.values():
                raw = values[field].get(own) if field.in_table and field in values else None
                if raw is not None and field.name not in UNTRACKED:
                    entry.changes[field.name] = (raw, None)


def write(env: Env) -> None:
    """Insert the collected entries; called before the commit and before somebody reads the audit."""
    unit = env.unit
    if unit.trail is None or not unit.trail.entries:
        return
    entries, unit.trail.entries = unit.trail.entries, {}
    rows = [(key, entry) for key, entry in entries.items() if entry.changes or entry.operation != "write" or entry.silent]
    if not rows:
        return
    revisions = env.unit.store.values
    params: dict[str, list[Any]] = {
        "model": [key[0] for key, _entry in rows],
        "res_id": [key[1] for key, _entry in rows],
        "uid": [entry.uid for _key, entry in rows],
        "operation": [entry.operation for _key, entry in rows],
        "source": [entry.source for _key, entry in rows],
        "reason": [entry.reason for _key, entry in rows],
        "changes": [_dumped(env, key[0], entry) for key, entry in rows],
        "revision": [revisions[env.registry[key[0]]._fields["revision"]].get(key[1]) for key, _entry in rows],
    }
    # Columns as literals: the driver would look at each value of each list anew.
    literals = {name: wire.array(column) for name, column in params.items()}
    unit.run(
        "INSERT INTO audit (model, res_id, uid, operation, source, reason, changes, revision_after, date) "
        "SELECT u.*, now() FROM (SELECT m, r, i, o, s, t, c::jsonb, v FROM unnest(%(model)s::text[], %(res_id)s::int8[], "
        "%(uid)s::int8[], %(operation)s::text[], %(source)s::text[], %(reason)s::text[], %(changes)s::text[], %(revision)s::int4[]) "
        "AS x(m, r, i, o, s, t, c, v)) AS u",
        literals,
    )


def _silent(env: Env) -> bool:
    """Whether the pending values' author asked to keep them out of the audit."""
    return not env.unit.store.manner[2]


def _dumped(env: Env, model: str, entry: Entry) -> str:
    fields = env.registry[model]._fields
    shown = {
        name: [None if _is_secret(fields[name]) else _json(fields[name], raw, env) for raw in pair]
        for name, pair in entry.changes.items()
    }
    return orjson.dumps(shown, default=str).decode()


def _is_secret(field: Field[Any]) -> bool:
    """Whether nobody may ever read the field (hashes of passwords): that it changed is all that is kept."""
    return field.roles_read is not None and "nobody" in field.roles_read


def _json(field: Field[Any], raw: Any, env: Env) -> Any:
    if raw is None or field.relational or field.translate:
        return list(raw) if isinstance(raw, tuple) else raw
    return field.to_json(field.to_read(raw, env))


def changed_since(env: Env, model: str, own: int, revision: int, current: int) -> set[str] | None:
    """Names of the fields that units after `revision` changed, or `None` when the history does not tell all of it."""
    write(env)
    rows = env.unit.rows(
        "SELECT revision_after, changes FROM audit WHERE model = %(model)s AND res_id = %(id)s AND operation = 'write' "
        "AND (revision_after > %(revision)s OR revision_after IS NULL)",
        {"model": model, "id": own, "revision": revision},
    )
    if {row[0] for row in rows if row[0] is not None} != set(range(revision + 1, current + 1)):
        return None
    return {name for row in rows for name in row[1]}
