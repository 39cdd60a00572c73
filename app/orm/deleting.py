"""Unlink: the closure of cascades is walked here, so that checks, rules, files, audit and recomputation see every record.

The foreign keys of the database are only the net below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.orm import access, audit, compute, flush, owners, quick, writing
from app.orm.errors import MissingError, UserError
from app.orm.fields.custom import place
from app.orm.i18n import _

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.fields.base import Field
    from app.orm.recordset import Recordset

EXAMPLES = 3


def unlink(records: Recordset) -> bool:
    """Delete; True also for records that are gone already."""
    env = records.env
    access.check(env, type(records), "unlink")
    present = records.exists()
    present = present._with_ids(present.ids)
    if not present:
        return True
    if not env.su and access.rule(env, records._name, "d").shape != ("T",):
        access.check_access(present, "unlink")
    quick.take_over(env)
    flush.guarded(env, lambda: _delete(present))
    return True


def _delete(records: Recordset) -> None:
    env = records.env
    env.flush()
    doomed = _closure(records)
    for name, ids in doomed.items():
        model = env.registry[name]
        for method in model._collected["_ondelete"]:
            getattr(model(env if name == records._name else env.neutral(), tuple(ids)), method)()
    _refuse(env, doomed)
    _detach(env, doomed)
    for name, ids in doomed.items():
        _notify(env, env.registry[name], list(ids))
    audit.deleted(env, doomed)
    for name, ids in reversed(doomed.items()):
        _drop(env, env.registry[name], list(ids))
    env.flush()


def _closure(records: Recordset) -> dict[str, dict[int, None]]:
    """All records that go: the given ones and what hangs on them by cascade."""
    env = records.env
    doomed: dict[str, dict[int, None]] = {records._name: dict.fromkeys(records._ids)}
    todo: list[tuple[str, list[int]]] = [(records._name, list(records._ids))]
    while todo:
        name, ids = todo.pop()
        for field in env.registry.references(name):
            if field.type != "many2one" or field.ondelete != "cascade":  # type: ignore[attr-defined]
                continue
            known = doomed.setdefault(field.model, {})
            found = [each for each in owners.stored(env, field, ids) if each not in known]
            if found:
                known.update(dict.fromkeys(found))
                todo.append((field.model, found))
    return {name: ids for name, ids in doomed.items() if ids}


def _pointing(env: Env, field: Any, doomed: dict[str, dict[int, None]]) -> list[int]:
    """Records outside the closure that point into it by this field."""
    if field.type == "reference":
        return _referring(env, field, doomed)
    targets = list(doomed.get(field.comodel, ()))
    gone = doomed.get(field.model, {})
    return [each for each in owners.stored(env, field, targets) if each not in gone] if targets else []


def _referring(env: Env, field: Any, doomed: dict[str, dict[int, None]]) -> list[int]:
    texts = [f"{name},{each}" for name, ids in doomed.items() for each in ids]
    table = env.registry[field.model]._table.name
    rows = env.unit.rows(f'SELECT id FROM "{table}" WHERE {place(field)} = ANY(%(texts)s::text[])', {"texts": texts})  # noqa: S608
    gone = doomed.get(field.model, {})
    return [row[0] for row in rows if row[0] not in gone]


def _all_references(env: Env, doomed: dict[str, dict[int, None]]) -> list[Field[Any]]:
    return list(dict.fromkeys(field for name in doomed for field in env.registry.references(name)))


def _refuse(env: Env, doomed: dict[str, dict[int, None]]) -> None:
    """A restricting reference stops everything; names who refers, how many, and examples that the user may see."""
    for field in _all_references(env, doomed):
        if field.type != "many2one" or field.ondelete != "restrict":  # type: ignore[attr-defined]
            continue
        found = _pointing(env, field, doomed)
        if found:
            raise _refused(env, field, found)


def _refused(env: Env, field: Field[Any], found: list[int]) -> UserError:
    model = env.registry[field.model]
    examples = ""
    if env.su or "r" in access.letters(env, field.model):
        visible = model(env, tuple(found[:50])).exists()[:EXAMPLES]
        examples = ", ".join(str(each.display_name) for each in visible)
    return UserError(
        _("This can't be deleted: %(count)s × %(title)s (%(name)s) refer to it. %(examples)s"),
        model=field.model,
        reason="referenced",
        count=len(found),
        title=model._description,
        name=field.model,
        examples=examples,
    )


def _detach(env: Env, doomed: dict[str, dict[int, None]]) -> None:
    """References that become empty: written like any other change, so that computes and the audit see it."""
    free = env.neutral()
    for field in _all_references(env, doomed):
        empties = field.type == "reference" or (field.type == "many2one" and field.ondelete == "set null")  # type: ignore[attr-defined]
        if not empties:
            continue
        found = _pointing(env, field, doomed)
        if found:
            author = env.unit.store.author
            free.registry[field.model](free, tuple(found), tuple(found)).write({field.name: None})
            env.unit.store.author = author
    flush.send(env)


def _notify(env: Env, model: type[Recordset], ids: list[int]) -> None:
    """What is computed from the records that go becomes stale, while the links to them can still be walked."""
    for field in model._fields.values():
        if field.store and field.name != "id":
            if field.relational or field in env.registry.graph.triggers:
                compute.modified(env, field, ids)
            if field.type in ("many2one", "reference"):
                writing.refresh_lines(env, field, ids)
    for field in env.registry.references(model._name):
        if field.type == "many2many":
            holders = owners.of(env, field, ids)
            compute.modified(env, field, holders)
            gone = set(ids)
            known = env.unit.store.values.get(field)
            if known:
                for owner in holders:
                    if owner in known:
                        known[owner] = tuple(each for each in known[owner] if each not in gone)


def _drop(env: Env, model: type[Recordset], ids: list[int]) -> None:
    store = env.unit.store
    for name in model._fields:
        field = model._fields[name]
        if field.type == "many2many" and field.store:
            store.links.pop(field, None)
    sent = env.unit.run(f'DELETE FROM "{model._table.name}" WHERE id = ANY(%(ids)s::int8[])', {"ids": ids}).rowcount  # noqa: S608
    store.forget_record(model._fields.values(), model._name, ids)
    for key, proven in store.proven.items():
        if key[1] == model._name:
            proven.difference_update(ids)
    for each in env.unit.envs.values():
        for field in model._fields.values():
            known = each.computed.get(field)
            if known:
                for own in ids:
                    known.pop(own, None)
    if sent < len(ids):
        raise MissingError(model=model._name, id=ids[0])
