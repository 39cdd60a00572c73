"""The short way of a write: one value for a plain column that nothing but computed fields hang on.

Most of what is assigned in a loop over ten thousand records is of this kind: no relation, no compute method, no constraint
method, no record rule and no owner of the line has to do with the column. What `writing` finds out for each record holds for the whole field
then, so it is found out once, as long as the same env goes on writing. A value costs a look at the old one and its entries
in the store.

Of more records than are usually loaded together only the column's old values are fetched, as arrays: to know where a value differs,
and for the audit. Where no audit is kept and all get one value, the database compares. Everything else about the records
is loaded when somebody asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.orm import access, audit, cache, compute, flush, wire
from app.orm.errors import MissingError, ValidationError
from app.orm.kept import Compiled, cached
from app.orm.statement import Builder
from app.orm.store import MISSING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.orm.env import Env
    from app.orm.fields.base import Field
    from app.orm.recordset import Recordset
    from app.orm.store import Store

WINDOW = 10_000
"""Of how many records the old values are loaded together."""


def take_over(env: Env) -> None:
    """Pending values carry their author: somebody else's are sent first."""
    store = env.unit.store
    context = env.context
    manner = (str(context.get("source", "code")), context.get("sudo_reason"), context.get("tracking") is not False)
    if (store.author != env.uid or store.manner != manner) and (store.dirty or store.links):
        flush.flush(env)
    store.author, store.manner = env.uid, manner
    if store.taker is not env:
        store.taker, store.quick = env, {}


def written(records: Recordset, store: Store, values: Mapping[str, Any]) -> bool:
    """Whether these values could go the short way; then they are pending. Raises `MissingError` before anything is."""
    ids = records._ids
    if len(values) != 1 or not ids or type(ids[0]) is not int:
        return False
    [(name, value)] = values.items()
    field, env = records._fields.get(name), records.env
    if field is None or not _may_be_quick(records, store, field):
        return False
    try:
        raw = field.normalise(value, env)
    except ValidationError:
        return False  # the long way tells more about it
    if (field.required and field.is_empty(raw)) or (len(ids) > 1 and set(map(type, ids)) != {int}):
        return False
    (_keep_one if len(ids) == 1 else _keep)(records, store, field, raw)
    return True


def _may_be_quick(records: Recordset, store: Store, field: Field[Any]) -> bool:
    if store.taker is not records.env:
        if not _is_quick(records.env, type(records), field):
            return False
        take_over(records.env)
    known = store.quick.get(field)
    if known is None:
        known = store.quick[field] = _is_quick(records.env, type(records), field)
    return known


def _is_quick(env: Env, model: type[Recordset], field: Field[Any]) -> bool:
    if not cache.is_plain(field) or field.name in audit.UNTRACKED or field.name == "id" or not _stands_alone(env, model, field):
        return False
    if env.su:
        return True
    return (
        access.letter("write") in access.letters(env, model._name)
        and access.field_allowed(env, field, "write")
        and access.rule(env, model._name, "u").shape == ("T",)
        and field not in env.registry.graph.rule_fields
    )


def _stands_alone(env: Env, model: type[Recordset], field: Field[Any]) -> bool:
    """Whether the value is all that has to be looked at."""
    graph = env.registry.graph
    special = field.computed or field.relational or field.translate or hasattr(field, "finish")
    return not (special or graph.watched.get(field) or graph.owners.get(model._name))


def _keep(records: Recordset, store: Store, field: Field[Any], raw: Any) -> None:
    """One value for several records: it waits for those where it differs."""
    ids, values, equal = records._ids, store.values[field], field.equal
    missing = [own for own in ids if own not in values]
    alike = _alike(records, field, raw) if len(missing) == len(ids) > cache.PREFETCH_MAX else None
    if alike is not None:
        values.update(dict.fromkeys(ids, raw))
        differing = [own for own in ids if own not in alike]
        store.mark(field.model, differing, field.name)
        compute.modified(records.env, field, differing)
        return
    _load(records, field, missing)
    changed = {own: former for own in ids if not equal(former := _present(records, values, own), raw)}
    known = store.old.setdefault(field, {})
    known.update({own: former for own, former in changed.items() if own not in known} if known else changed)
    values.update(dict.fromkeys(changed, raw))
    store.mark(field.model, changed, field.name)
    compute.modified(records.env, field, changed)


def _keep_one(records: Recordset, store: Store, field: Field[Any], raw: Any) -> None:
    """The same for one record, one of many perhaps."""
    own, values = records._ids[0], store.values[field]
    former = values.get(own, MISSING)
    if former is MISSING:
        _load(records, field, _window(records, own))
        former = _present(records, values, own)
    if not field.equal(former, raw):
        store.old.setdefault(field, {}).setdefault(own, former)
        values[own] = raw
        store.mark(field.model, (own,), field.name)
        if field in records.env.registry.graph.triggers:
            compute.modified(records.env, field, (own,), around=records._prefetch or records._ids)


def _present(records: Recordset, values: Mapping[Any, Any], own: Any) -> Any:
    former = values.get(own, MISSING)
    if former is MISSING:
        raise MissingError(model=records._name, id=own)
    return former


# ---- old values -----------------------------------------------------------------------------------------------------


def _window(records: Recordset, own: int) -> list[int]:
    """The records whose old values are wanted next, when those of a set are assigned one after the other."""
    ids = records._prefetch
    if not isinstance(ids, tuple) or len(ids) <= cache.PREFETCH_MAX or own not in ids:
        return cache.batch(records, own)
    start = ids.index(own)
    return [each for each in ids[start : start + WINDOW] if type(each) is int]


def _load(records: Recordset, field: Field[Any], ids: list[int]) -> None:
    env = records.env.neutral()
    if len(ids) <= cache.PREFETCH_MAX:
        cache.load(type(records)(env, tuple(ids), tuple(ids)), field, ids)
        return
    model = type(records)
    fields = [field, model._fields["revision"]] if model._audit and "revision" in model._fields else [field]
    key = ("columns", model._name, tuple(each.name for each in fields))
    statement = cached(env, key, lambda: _columns_statement(env, model, fields))
    row = env.unit.rows(statement.sql, statement.parameters(env, [wire.array(ids)]))[0]
    for each, column in zip(fields, row[1:] if row[0] else (), strict=False):
        known = env.unit.store.values[each]
        values = column if each.row_is_raw else map(each.from_row, column)
        known.update((own, value) for own, value in zip(row[0], values, strict=True) if own not in known)


def _alike(records: Recordset, field: Field[Any], raw: Any) -> set[int] | None:
    """Which records have the value already; where no audit wants the old ones, the database may compare them itself.

    `None` when it can't tell: the audit does want them, or not all of the records are there.
    """
    env, model = records.env, type(records)
    if audit.watched(env, model):
        return None
    value = flush.typed(f"%(raw)s::{field.wire}", field)
    rows = env.unit.rows(
        f'SELECT count(*), array_agg(id) FILTER (WHERE "{field.column}" IS NOT DISTINCT FROM {value}) '  # noqa: S608
        f'FROM "{model._table.name}" WHERE id = ANY(%(ids)s::int8[])',
        {"raw": field.to_wire(raw), "ids": wire.array(list(records._ids))},
    )
    count, alike = rows[0]
    return set(alike or ()) if count == len(records._ids) else None


def _columns_statement(env: Env, model: type[Recordset], fields: list[Field[Any]]) -> Compiled:
    builder = Builder(env, model)
    ids = builder.next()
    builder.where.insert(0, builder.root.c.id == sa.any_(builder._cast(ids, "int8[]")))
    columns = [builder.root.c.id, *(field.select(builder.root.c[field.column]) for field in fields)]
    return builder.compiled(builder.select(*(sa.func.array_agg(column) for column in columns)))
