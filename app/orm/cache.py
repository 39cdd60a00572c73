"""Reading a field of a record: what is in the store, what must be fetched, computed or proven visible first.

The store holds raw values of the whole transaction, whoever loaded them. A user gets a value only for an id that is proven
visible to him: by a statement with his rules that returned it, or by having created it. A value is fetched for all records
of the set that the record was taken from (its prefetch), and with it all plain columns of the model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.orm import access, compute, defaults, flush
from app.orm.errors import MissingError
from app.orm.fields.custom import COLUMN, spread
from app.orm.kept import Compiled, cached
from app.orm.newid import NewId
from app.orm.ordering import order_terms
from app.orm.statement import Builder
from app.orm.store import MISSING, Store

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.fields.base import Field
    from app.orm.recordset import Recordset

PREFETCH_MAX = 1000
_HEAVY = ("json", "geopolygon", "file", "image")


class LinkPrefetch:
    """The ids at the end of a many2one for all records of a prefetch; walked only when something is fetched."""

    __slots__ = ("field", "prefetch", "store")

    def __init__(self, store: Any, field: Field[Any], prefetch: Any) -> None:
        self.store, self.field, self.prefetch = store, field, prefetch

    def __iter__(self) -> Iterator[Any]:
        values = self.store.values.get(self.field, {})
        for each in self.prefetch:
            raw = values.get(each)
            if isinstance(raw, tuple):
                yield from raw
            elif raw is not None:
                yield raw


def batch(records: Recordset, own: Any) -> list[Any]:
    """The saved ids to load together with `own`."""
    found: dict[Any, None] = {own: None}
    if isinstance(own, NewId):
        return [own]
    ids = records._prefetch or records._ids
    if isinstance(ids, tuple) and len(ids) > PREFETCH_MAX and own in ids:
        ids = ids[ids.index(own) :]  # the window moves along: what stands before was loaded with its own window
    for each in ids:
        if type(each) is int:
            found[each] = None
            if len(found) >= PREFETCH_MAX:
                break
    return list(found)


# ---- one field of one record ----------------------------------------------------------------------------------------


def read_field(records: Recordset, field: Field[Any]) -> Any:
    """What `record.field` gives. Raises `MissingError`, `AccessError`, `ValueError` for several records."""
    ids, env = records._ids, records.env
    if len(ids) != 1:
        if not ids:
            return empty_value(records, field)
        if field.relational:
            return records.mapped(field.name)
        records.ensure_one()
    own, store = ids[0], env.unit.store  # refuses use outside of an open unit
    if field.simple and (env.su or _seen(env, store, field, own)) and own not in store.stale.get(field, ()):
        raw = store.values[field].get(own, MISSING)
        if raw is not MISSING:
            return field.to_record(raw, records)  # by far the most reads end here
    if not env.su and field not in env.readable:
        _check_readable(env, type(records), field)
    if field.related and not field.store:
        return read_related(records, field)
    if field.computed and not field.store:
        return _public(records, field, _computed(records, field, own))
    raw = raw_value(records, field, own)
    if not env.su and type(own) is int:
        _check_visible(records, own)
    return _public(records, field, raw)


def empty_value(records: Recordset, field: Field[Any]) -> Any:
    """What an empty recordset's field gives."""
    if field.relational:
        return records.env[field.comodel].browse(())  # type: ignore[attr-defined]
    return field.to_record(None if field.nullable else field.empty, records)


def _check_readable(env: Env, model: type[Recordset], field: Field[Any]) -> None:
    if not (model._name in access.PUBLIC_NAMES and field.name in ("id", "display_name")):
        access.check(env, model, "read")
    access.check_field(env, field, "read")
    env.readable[field] = access.rule(env, model._name, "r").shape == ("T",)


def _seen(env: Env, store: Store, field: Field[Any], own: Any) -> bool:
    """Whether this user was already found to be allowed the field, and the record."""
    everything = env.readable.get(field)
    return everything or (everything is not None and own in store.proven.get((env.uid, field.model, "r"), ()))


def _check_visible(records: Recordset, own: int) -> None:
    env = records.env
    if access.rule(env, records._name, "r").shape == ("T",):
        return
    if own in env.unit.store.proven.get((env.uid, records._name, "r"), ()):
        return  # asked of every record of a page: without this each of them would go through the whole page again
    if own not in prove(env, type(records), batch(records, own), "r"):
        raise MissingError(model=records._name, id=own)


def _public(records: Recordset, field: Field[Any], raw: Any) -> Any:
    """Raw value of one record as the user gets it: relations without what he may not see."""
    if not field.relational:
        hidden = field.type == "reference" and raw is not None and reference_hidden(records, field, raw)
        return field.to_record(None if hidden else raw, records)
    env = records.env
    link: Any = field
    comodel = env.registry[link.comodel]
    prefetch = LinkPrefetch(env.unit.store, field, records._prefetch or records._ids) if field.store else None
    if not field.x2many:
        ids = () if raw is None else (raw,)
        if ids and not env.su and _hidden(env, comodel, ids, prefetch):
            ids = ()
        return comodel(env, ids, prefetch)
    return comodel(env, visible_members(records, link, tuple(raw or ())), prefetch)


def _hidden(env: Env, comodel: type[Recordset], ids: tuple[Any, ...], prefetch: Any) -> bool:
    if access.rule(env, comodel._name, "l").shape == ("T",):
        return False
    if isinstance(ids[0], NewId):
        return False
    wanted = list(dict.fromkeys([*ids, *(each for each in prefetch or () if type(each) is int)]))[:PREFETCH_MAX]
    return ids[0] not in prove(env, comodel, wanted, "l")


def reference_hidden(records: Recordset, field: Field[Any], raw: tuple[str, int]) -> bool:
    """Whether a reference points to something that this user may not see; asked for all records of the prefetch."""
    env, (model, own) = records.env, raw
    if env.su:
        return False
    others = map(env.unit.store.values.get(field, {}).get, records._prefetch or records._ids)
    return _hidden(env, env.registry[model], (own,), [each[1] for each in others if each and each[0] == model])


def visible_members(records: Recordset, field: Any, raw: tuple[Any, ...], archived: bool | None = None) -> tuple[Any, ...]:
    """Members of an x2many that this user sees: without hidden and, unless asked for, archived ones."""
    env = records.env
    comodel = env.registry[field.comodel]
    if not raw:
        return raw
    saved = [each for each in raw if type(each) is int]
    if saved and not env.su and access.rule(env, comodel._name, "r").shape != ("T",):
        seen = prove(env, comodel, saved, "r")
        raw = tuple(each for each in raw if type(each) is not int or each in seen)
    if archived is None:
        archived = not {**env.context, **field.context}.get("active_test", True)
    active = comodel._fields.get("active")
    if active is not None and not archived and raw:
        members = comodel(env.neutral(), raw)
        load(members, active, [each for each in raw if type(each) is int])
        values = env.unit.store.values[active]
        raw = tuple(each for each in raw if values.get(each, True))
    return raw


def is_hidden(records: Recordset, name: str) -> bool:
    """Whether the many2one (or reference) of this one record points to something that this user may not see."""
    field: Any = records._fields[name]
    records.ensure_one()
    env = records.env
    getattr(records, name)
    if env.su or field.related:
        return False
    raw = raw_value(records, field, records._ids[0])
    return raw is not None and link_hidden(records, field, raw)


def link_hidden(records: Recordset, field: Any, raw: Any) -> bool:
    """Whether a value of this many2one or reference points to something that this user may not see."""
    if field.type == "reference":
        return reference_hidden(records, field, raw)
    return not records.env.su and _hidden(records.env, records.env.registry[field.comodel], (raw,), None)


# ---- raw values -----------------------------------------------------------------------------------------------------


def raw_value(records: Recordset, field: Field[Any], own: Any) -> Any:
    """The raw value of a stored field, fetched or computed when need be."""
    store = records.env.unit.store
    stale = store.stale.get(field)
    if stale is not None and own in stale:
        recursive = field in records.env.registry.graph.closure(field)
        compute.recompute(records.env, field, [own] if recursive else batch(records, own))
    raw = store.values[field].get(own, MISSING)
    if raw is not MISSING:
        return raw
    if isinstance(own, NewId):
        return _draft_value(records, field, own)
    if own in store.unsent.get(records._name, ()):
        return None if field.nullable else field.empty  # a compute reads its own field of a row that is being made
    load(records, field, batch(records, own))
    raw = store.values[field].get(own, MISSING)
    if raw is MISSING:
        raise MissingError(model=records._name, id=own)
    return raw


def _draft_value(records: Recordset, field: Field[Any], own: NewId) -> Any:
    """A value of an unsaved record: computed, that of its origin, or empty."""
    store = records.env.unit.store
    if field.compute:
        compute.run(field, records.env, [own])
        return store.values[field].get(own, field.empty)
    if own.origin:
        origin = type(records)(records.env, (own.origin,))
        raw = raw_value(origin, field, own.origin)
    else:
        value = MISSING if field.x2many else defaults.default_of(records.env, type(records), field)
        empty = None if field.nullable else field.empty
        raw = empty if value is MISSING else field.normalise(value, records.env)
    store.values[field][own] = raw
    return raw


def read_related(records: Recordset, field: Field[Any]) -> Any:
    """Walk the path of a related field, as the user or (`related_sudo`) as superuser."""
    env = records.env
    current: Any = records.with_env(env.derive(su=True)) if field.related_sudo and not env.su else records
    for name in field.related[:-1]:
        current = current[name][:1]
    if not current:
        return empty_value(records, field)
    value = current[field.related[-1]]
    if field.relational:
        return value.with_env(env) if field.related_sudo else value
    return value


def _computed(records: Recordset, field: Field[Any], own: Any) -> Any:
    """The value of a computed field without a column, as this env sees it; computed for the whole set."""
    env = records.env
    known = env.computed.setdefault(field, {})
    if own in known:
        return known[own]
    if not env.su and type(own) is int and field.name != "display_name":
        _check_visible(records, own)
    missing = [each for each in batch(records, own) if each not in known]
    if len(missing) > 1:
        missing = _present(records, missing, own)
    compute.run(field, env, missing)
    return known[own]


def _present(records: Recordset, ids: list[Any], own: Any) -> list[Any]:
    """Those of a prefetch that are there and visible, so that one missing record does not fail all."""
    env = records.env
    model = type(records)
    if model._abstract:
        return [own]
    first = probe(env, model, own)
    if first is None:
        return [own]
    load(records, first, ids)
    there = env.unit.store.values[first]
    kept = [each for each in ids if each in there]
    if not env.su and access.rule(env, model._name, "r").shape != ("T",):
        seen = prove(env, model, kept, "r")
        kept = [each for each in kept if each in seen]
    return kept if own in kept else [*kept, own]


# ---- fetching -------------------------------------------------------------------------------------------------------


def is_plain(field: Field[Any]) -> bool:
    """Fields that one statement loads together."""
    return field.in_table and field.type not in _HEAVY and not field.custom


def plain_fields(model: type[Recordset]) -> list[Field[Any]]:
    """What one statement loads of a model: the plain columns, and the one that holds all custom fields where there are any."""
    found = [each for each in model._fields.values() if is_plain(each) and each.name != "id"]
    return [*found, model._fields[COLUMN]] if model._customs else found


def probe(env: Env, model: type[Recordset], own: Any) -> Field[Any] | None:
    """A column besides the id, one that is loaded if there is any: who has a value of it exists."""
    plain = [each for each in model._fields.values() if is_plain(each) and each.name != "id"]
    values = env.unit.store.values
    return next((each for each in plain if own in values[each]), plain[0] if plain else None)


def load(records: Recordset, field: Field[Any], ids: list[Any]) -> None:
    """Make sure that the raw values of a field are in the store for all of these saved ids that exist."""
    env = records.env
    known = env.unit.store.values[field]
    missing = [each for each in ids if each not in known and type(each) is int]
    if not missing:
        return
    if field.x2many:
        load_links(env, type(records), field, missing)
        return
    if field.custom:
        _load_custom(records, field, missing)
        return
    with_others = is_plain(field) or (field.name == COLUMN and records._customs)
    fields = plain_fields(type(records)) if with_others else [field]
    fetch(env, type(records), fields, missing)


def _load_custom(records: Recordset, field: Field[Any], ids: list[int]) -> None:
    """A custom field out of the column of them all, which came with the plain columns."""
    store, column = records.env.unit.store, records._fields[COLUMN]
    load(records, column, ids)
    documents = store.values[column]
    spread(store, (field,), {own: documents[own] for own in ids if own in documents})


def fetch(env: Env, model: type[Recordset], fields: list[Field[Any]], ids: list[int]) -> None:
    """One statement for these columns of these rows; pending and already loaded values stay as they are."""
    store = env.unit.store
    ruled = not env.su and access.rule(env, model._name, "r").shape != ("T",)
    if ruled and (store.dirty or store.stale or store.links):
        flush.flush(env)
    key = ("fetch", model._name, tuple(field.name for field in fields), ruled)
    statement = cached(env, key, lambda: _fetch_statement(env, model, fields))
    rows = env.unit.rows(statement.sql, statement.parameters(env, [ids]))
    if ruled:
        store.proven.setdefault((env.uid, model._name, "r"), set()).update(row[0] for row in rows)
    put_rows(env, fields, rows)


def put_rows(env: Env, fields: Sequence[Field[Any]], rows: list[tuple[Any, ...]]) -> None:
    """Put fetched columns into the store, column by column; what is pending or stale wins."""
    if not rows:
        return
    store = env.unit.store
    columns = list(zip(*rows, strict=True))
    ids = columns[0]
    for field, column in zip(fields, columns[1:], strict=True):
        values = column if field.row_is_raw else [field.from_row(value) for value in column]
        known = store.values[field]
        if known:
            for each, value in zip(ids, values, strict=True):
                known.setdefault(each, value)
        else:
            known.update(zip(ids, values, strict=True))


def _fetch_statement(env: Env, model: type[Recordset], fields: list[Field[Any]]) -> Compiled:
    builder = Builder(env, model)
    ids = builder.next()
    builder.where.insert(0, builder.root.c.id == sa.any_(builder._cast(ids, "int8[]")))
    columns = [builder.root.c.id, *(field.select(builder.root.c[field.column]) for field in fields)]
    return builder.compiled(builder.select(*columns))


def load_links(env: Env, model: type[Recordset], field: Any, ids: list[int]) -> None:
    """All members of an x2many (hidden and archived ones too) for these records, in the other model's order."""
    store = env.unit.store
    if store.dirty or store.links:
        flush.send(env)
    free = env.neutral()
    statement = cached(free, ("links", model._name, field.name), lambda: _links_statement(free, model, field))
    values = store.values[field]
    found: dict[int, list[int]] = {each: [] for each in ids}
    comodel = env.registry[field.comodel]
    active = comodel._fields.get("active")
    for row in env.unit.rows(statement.sql, statement.parameters(free, [ids])):
        found[row[0]].append(row[1])
        if active is not None:
            store.values[active].setdefault(row[1], row[2])
    for each, members in found.items():
        values.setdefault(each, tuple(members))


def _links_statement(env: Env, model: type[Recordset], field: Any) -> Compiled:
    comodel = env.registry[field.comodel]
    builder = Builder(env, comodel)
    owners = sa.any_(builder._cast(builder.next(), "int8[]"))
    root = builder.root
    if field.type == "one2many":
        inverse = comodel._fields[field.inverse_name]
        owner: Any = root.c[inverse.column]
        if inverse.type == "reference":
            owner = sa.cast(sa.func.split_part(root.c[inverse.column], ",", 2), sa.BigInteger())
            builder.where.append(root.c[inverse.column].like(f"{model._name},%"))
        builder.where.append(owner == owners)
    else:
        rel = field.relation_table.alias("rel")
        builder.source = sa.join(rel, root, rel.c[field.column2] == root.c.id)
        owner = rel.c[field.column1]
        builder.where.append(owner == owners)
    if field.domain and isinstance(field.domain, (list, tuple)):
        builder.where.append(builder.filtered(comodel, root, field))
    order = builder.order(comodel, root, order_terms(env, comodel, field.order or comodel._order))
    columns = [owner, root.c.id] + ([root.c.active] if "active" in comodel._fields else [])
    return builder.compiled(builder.select(*columns).order_by(*order))


# ---- proofs ---------------------------------------------------------------------------------------------------------


def prove(env: Env, model: type[Recordset], ids: Iterable[Any], operation: str) -> set[int]:
    """The ids among `ids` that exist and that the rules let this user see (`r`, `l`), change (`u`) or delete (`d`)."""
    store = env.unit.store
    wanted = [each for each in ids if type(each) is int]
    if operation != "r" and access.same_rule(env, model._name, operation):
        operation = "r"
    key = ("su" if env.su else env.uid, model._name, operation)
    proven = store.proven.setdefault(key, set())
    refuted = store.refuted.setdefault(key, set())
    missing = [each for each in wanted if each not in proven and each not in refuted]
    if missing:
        if store.dirty or store.stale or store.links:
            flush.flush(env)
            proven, refuted = store.proven.setdefault(key, set()), store.refuted.setdefault(key, set())
        statement = cached(env, ("prove", model._name, operation), lambda: _prove_statement(env, model, operation))
        proven.update(row[0] for row in env.unit.rows(statement.sql, statement.parameters(env, [missing])))
        refuted.update(each for each in missing if each not in proven)
    return proven


def _prove_statement(env: Env, model: type[Recordset], operation: str) -> Compiled:
    builder = Builder(env, model, operation)
    builder.where.insert(0, builder.root.c.id == sa.any_(builder._cast(builder.next(), "int8[]")))
    return builder.compiled(builder.select(builder.root.c.id))


def existing(records: Recordset) -> Any:
    """The records that are there and visible; unsaved ones count as there."""
    env = records.env
    if not records.ids:
        return records
    env.flush()
    key = ("su" if env.su else env.uid, records._name, "r")
    env.unit.store.proven.pop(key, None)
    env.unit.store.refuted.pop(key, None)
    seen = prove(env, type(records), records._ids, "r")
    return records._with_ids(each for each in records._ids if isinstance(each, NewId) or each in seen)


def invalidate(records: Recordset, names: Iterable[str] | None) -> None:
    """Forget loaded values of these records (of the whole model for an empty set)."""
    store = records.env.unit.store
    for name in names or records._fields:
        field = records._fields[name]
        for env in records.env.unit.envs.values():
            env.computed.pop(field, None)
        for place in (field, records._fields[COLUMN]) if field.custom else (field,):
            known = store.values.get(place)
            if known and records._ids:
                for each in records._ids:
                    known.pop(each, None)
            elif known:
                known.clear()
    store.drop_proofs()
