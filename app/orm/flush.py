"""Sends what is pending: one UPDATE per model and set of changed fields, one statement per many2many, whatever the rows.

Assignments only change the store. They are sent at the end of the unit, before a search or a group, at the borders of a
savepoint, and before another author writes. So a thousand assignments in a loop become one statement.

          ┌────────────────────────── again while anything is pending, ROUNDS times at most ───────────────┐
          ▼                                                                                                │
    recompute what is stale ─▶ constraint methods of recomputed values ─▶ send ────────────────────────────┘
    (compute.py)               (they may read, write, refuse)               │
                                                                            ▼
         dirty[model]: {7: (a, b), 8: (a, b), 9: (c,)}     audit: old and new values of what is tracked
           └▶ group by fields ─▶ UPDATE … SET a, b FROM unnest(ids, as, bs) AS u WHERE id = u.id
                    one value for all rows ─▶ UPDATE … SET a, b WHERE id = ANY(ids)
         links[field]  ─▶ DELETE, then INSERT, of the pairs that differ
         bumped[model] ─▶ UPDATE of the revision of records whose owned lines changed
         a field that a rule looks at was sent ─▶ all proofs of visibility are dropped

Why in this order: computed values travel in the same UPDATE as those that made them stale, and a constraint method must see
both before anything is sent. Its own writes make new work, hence the rounds. Compute methods that change what they depend on
never come to rest; that is an error and no endless loop.

What always holds. What is sent leaves the store's lists before the first statement, so a failure half-way can't be sent twice;
`Unit.guard` then spoils the unit (or undoes a savepoint, in tests), so a unit that lost pending values can't be committed.
A row's revision rises once per unit, however often the row is sent: `raised` remembers, so a group is sent in two halves, one
that rises and one that does not. Fewer rows than ids means that a record was deleted meanwhile: `MissingError`. What was
stamped by the UPDATE (who, when, revision) is put right in the store where it was loaded, so nobody reads it again.

Rights are not looked at: `writing` and `quick` did so before a value became pending. Keys of custom fields are patched into
their one column (`custom.py`), so units that write different ones of a record both win. Texts of statements are kept in the
registry by model and fields; the values travel as arrays in the form of `field.wire`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from app.orm import audit, compute, wire
from app.orm.errors import MissingError
from app.orm.fields.custom import COLUMN, PATCH, patches

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.fields.base import Field
    from app.orm.recordset import Recordset

ROUNDS = 100


def flush(env: Env) -> None:
    """Compute what is stale, check constraints of what was recomputed, send all that is pending."""
    store = env.unit.store
    for _round in range(ROUNDS):
        if store.stale:
            compute.recompute_all(env)
        if store.unchecked:
            _check(env)
        if store.dirty or store.links or store.bumped:
            send(env)
        if not (store.stale or store.dirty or store.links or store.unchecked or store.bumped):
            return
    raise RuntimeError("the computed fields never come to rest: a compute method changes what it depends on")


def _check(env: Env) -> None:
    """Constraint methods that watch recomputed fields."""
    store = env.unit.store
    pending, store.unchecked = store.unchecked, {}
    free = env.neutral()
    for (model, method), ids in pending.items():
        getattr(free.registry[model](free, tuple(ids)), method)()


def send(env: Env) -> None:
    """Send pending values without computing anything."""
    with env.unit.guard():
        _send(env)


def guarded(env: Env, action: Callable[[], None]) -> None:
    """Carry out a step of which nothing may remain when it fails; what was pending before is sent before."""
    unit = env.unit
    if not unit.guarding and unit.safe:
        flush(env)
    with unit.guard():
        action()


def _send(env: Env) -> None:
    store = env.unit.store
    touched: set[Field[Any]] = set()
    dirty, store.dirty = store.dirty, {}
    links, store.links = store.links, {}
    old, store.old = store.old, {}
    author = store.author
    for name, rows in dirty.items():
        model = env.registry[name]
        audit.changed(env, model, rows, old)
        groups: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
        for each, names in rows.items():
            groups[names].append(each)
        for shape, ids in groups.items():
            touched.update(model._fields[each] for each in shape)
            _update(env, model, shape, ids, author)
    for field, former in links.items():
        touched.add(field)
        _send_links(env, field, former)
    _bump(env)
    if not env.registry.graph.rule_fields.isdisjoint(touched):
        store.drop_proofs()


# ---- rows -----------------------------------------------------------------------------------------------------------


def _update(env: Env, model: type[Recordset], names: tuple[str, ...], ids: list[int], author: int | None) -> None:
    store = env.unit.store
    raised = store.raised[model._name]
    risen = [each for each in ids if each in raised] if raised else []
    rising = [each for each in ids if each not in raised] if risen else ids
    for group, rise in ((rising, 1), (risen, 0)):
        if group:
            _update_group(env, model, names, group, author, rise)
    raised.update(rising)
    _stamp(env, model, ids, rising, author)


def _stamp(env: Env, model: type[Recordset], ids: list[int], rising: list[int], author: int | None) -> None:
    """Who and when, and the revision, as the database has them now."""
    store, fields = env.unit.store, model._fields
    for name, value in (("write_date", env.now), ("write_uid", author)):
        known = store.values[fields[name]]
        for each in ids if known else ():
            if each in known:
                known[each] = value
    known = store.values[fields["revision"]]
    for each in rising if known else ():
        if each in known:
            known[each] += 1


def _update_group(
    env: Env, model: type[Recordset], names: tuple[str, ...], ids: list[int], author: int | None, rise: int
) -> None:
    store = env.unit.store
    fields = [model._fields[name] for name in names if not model._fields[name].custom]
    customs = [model._fields[name] for name in names if model._fields[name].custom]
    columns = [list(map(store.values[field].__getitem__, ids)) for field in fields]
    if customs:
        fields.append(PATCH)
        columns.append(patches(store, model._fields[COLUMN], customs, ids))
    uniform = all(column.count(column[0]) == len(column) for column in columns)
    params: dict[str, Any] = {"ids": wire.array(ids), "author": author, "rise": rise, "gone": [field.name for field in customs]}
    for number, (field, column) in enumerate(zip(fields, columns, strict=True)):
        params[f"c{number}"] = field.to_wire(column[0]) if uniform else wire.array(field.to_wire_many(column))
    statement = _update_text(env, model, fields, uniform)
    sent = env.unit.run(statement, params).rowcount
    if sent < len(ids):
        raise MissingError(model=model._name, id=ids[0])


def _update_text(env: Env, model: type[Recordset], fields: list[Field[Any]], uniform: bool) -> str:
    key = ("update", model._name, tuple(field.name for field in fields), uniform)
    known: str | None = env.registry.statements.get(key)
    if known is not None:
        return known
    table = f'"{model._table.name}"'
    stamps = f"write_uid = %(author)s::int8, write_date = now(), revision = {table}.revision + %(rise)s"
    if uniform:
        sets = [_set(table, field, f"%(c{number})s::{field.wire}") for number, field in enumerate(fields)]
        text = f"UPDATE {table} SET {', '.join([*sets, stamps])} WHERE id = ANY(%(ids)s::int8[])"  # noqa: S608
    else:
        sets = [_set(table, field, f"u.c{number}") for number, field in enumerate(fields)]
        arrays = "".join(f", %(c{number})s::{field.wire}[]" for number, field in enumerate(fields))
        names = "".join(f", c{number}" for number in range(len(fields)))
        text = (
            f"UPDATE {table} SET {', '.join([*sets, stamps])} "  # noqa: S608
            f"FROM unnest(%(ids)s::int8[]{arrays}) AS u(id{names}) WHERE {table}.id = u.id"
        )
    env.registry.statements[key] = text
    return text


def _set(table: str, field: Field[Any], expression: str) -> str:
    """The assignment of a column; that of custom fields is patched: keys of changed fields go, those with a value come again."""
    value = typed(expression, field)
    return f'"{COLUMN}" = ({table}."{COLUMN}" - %(gone)s::text[]) || {value}' if field is PATCH else f'"{field.column}" = {value}'


def typed(expression: str, field: Field[Any]) -> str:
    """A value that travelled as `wire`, cast to the column's type."""
    return f"({expression})::{field.cast}" if field.cast else expression


# ---- links ----------------------------------------------------------------------------------------------------------


def _send_links(env: Env, field: Any, former: dict[Any, tuple[Any, ...]]) -> None:
    """The pairs of a many2many that differ from what the database has."""
    values = env.unit.store.values[field]
    gone: list[tuple[int, int]] = []
    added: list[tuple[int, int]] = []
    for owner, before in former.items():
        now = values.get(owner, before)
        gone += [(owner, each) for each in before if each not in now]
        added += [(owner, each) for each in now if each not in before]
    delete_links(env, field, gone)
    insert_links(env, field, added)
    audit.links_changed(env, field, former, values)


def delete_links(env: Env, field: Any, pairs: list[tuple[int, int]]) -> None:
    """Remove these pairs."""
    if not pairs:
        return
    table, one, two = field.relation_table.name, field.column1, field.column2
    env.unit.run(
        f'DELETE FROM "{table}" AS l USING unnest(%(a)s::int8[], %(b)s::int8[]) AS u(a, b) '  # noqa: S608
        f'WHERE l."{one}" = u.a AND l."{two}" = u.b',
        {"a": [pair[0] for pair in pairs], "b": [pair[1] for pair in pairs]},
    )


def insert_links(env: Env, field: Any, pairs: list[tuple[int, int]]) -> None:
    """Add these pairs; those that are there stay."""
    if not pairs:
        return
    table, one, two = field.relation_table.name, field.column1, field.column2
    env.unit.run(
        f'INSERT INTO "{table}" ("{one}", "{two}") SELECT u.a, u.b FROM unnest(%(a)s::int8[], %(b)s::int8[]) AS u(a, b) '  # noqa: S608
        "ON CONFLICT DO NOTHING",
        {"a": [pair[0] for pair in pairs], "b": [pair[1] for pair in pairs]},
    )


# ---- revision of owners ---------------------------------------------------------------------------------------------


def _bump(env: Env) -> None:
    """Raise the revision of records whose owned lines changed, once per unit."""
    store = env.unit.store
    bumped, store.bumped = store.bumped, {}
    for name, ids in bumped.items():
        raised = store.raised[name]
        rising = [each for each in ids if each not in raised]
        if not rising:
            continue
        model = env.registry[name]
        env.unit.run(f'UPDATE "{model._table.name}" SET revision = revision + 1 WHERE id = ANY(%(ids)s::int8[])', {"ids": rising})  # noqa: S608
        raised.update(rising)
        known = store.values[model._fields["revision"]]
        for each in rising:
            if each in known:
                known[each] += 1
