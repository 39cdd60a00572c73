"""Search and lists: from a domain to ids, rows and dicts.

Lists skip the cache: one statement for the rows with the names of their many2one values joined in, one more for each x2many
field, whatever the number of rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.orm import access, cache, names
from app.orm.domain import Domain
from app.orm.fields.base import Field
from app.orm.fields.custom import decode
from app.orm.kept import Compiled, cached
from app.orm.ordering import order_terms
from app.orm.predicate import Preparer, invalid_field
from app.orm.statement import Builder

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.recordset import Recordset


class Query:
    """A search that is ready: shape and values of its domain, terms of its order."""

    def __init__(self, records: Recordset, domain: Any, order: str | None, offset: int, limit: int | None) -> None:
        env, model = records.env, type(records)
        access.check(env, model, "read")
        if model._abstract:
            raise ValueError(f"{model._name} is abstract: it has no records")
        for name, number in (("limit", limit), ("offset", offset or 0)):
            if number is not None and (type(number) is not int or number < 0):
                raise ValueError(f"Invalid {name} {number!r}: it is a whole number, 0 or more")
        self.env, self.model, self.offset, self.limit = env, model, offset or 0, limit
        self.preparer = Preparer(env)
        self.shape = self.preparer.domain(model, names.with_active(env, model, Domain(domain)))
        self.terms = tuple(order_terms(env, model, order))
        env.flush()

    def nothing(self) -> bool:
        """Whether no statement is needed."""
        return self.shape == ("F",) or self.limit == 0

    def key(self, kind: str, *more: Any) -> Any:
        """Key of the kept statement."""
        return (kind, self.model._name, self.shape, self.terms, self.offset > 0, self.limit is not None, *more)

    def builder(self) -> Builder:
        """A builder with the domain in its conditions."""
        builder = Builder(self.env, self.model)
        builder.where.append(builder.condition(self.model, builder.root, self.shape))
        return builder

    def rows(self, statement: Compiled) -> list[tuple[Any, ...]]:
        """Send it."""
        params = statement.parameters(self.env, self.preparer.values)
        params["cap"], params["skip"] = self.limit, self.offset
        return self.env.unit.rows(statement.sql, params)


def _finished(query: Query, builder: Builder, columns: list[Any]) -> Compiled:
    return builder.compiled(_cut(query, _ordered(query, builder, columns)))


def _ordered(query: Query, builder: Builder, columns: list[Any]) -> Any:
    """Order first: it may add joins, and FROM has to hold them all."""
    order = builder.order(query.model, builder.root, list(query.terms))
    return builder.select(*columns).order_by(*order)


def _cut(query: Query, statement: Any) -> Any:
    if query.limit is not None:
        statement = statement.limit(sa.bindparam("cap", type_=sa.Integer()))
    if query.offset:
        statement = statement.offset(sa.bindparam("skip", type_=sa.Integer()))
    return statement


def _paged(query: Query) -> Builder:
    """A builder over the ids of the page alone: PostgreSQL would make arrays also for the rows that it skips."""
    inner = query.builder()
    ids = _cut(query, _ordered(query, inner, [inner.root.c.id]))
    outer = Builder(query.env, query.model)
    outer.rules, outer.fixed, outer.number = inner.rules, inner.fixed, inner.number
    outer.where = [outer.root.c.id.in_(ids)]
    return outer


# ---- search ---------------------------------------------------------------------------------------------------------


def search(records: Recordset, domain: Any, offset: int, limit: int | None, order: str | None) -> Any:
    """The visible records that match, in order; they count as proven visible."""
    query = Query(records, domain, order, offset, limit)
    if query.nothing():
        return records.browse()

    def build() -> Compiled:
        builder = query.builder()
        return _finished(query, builder, [builder.root.c.id])

    rows = query.rows(cached(query.env, query.key("search"), build))
    ids = tuple(row[0] for row in rows)
    _proven(query, ids)
    return type(records)(query.env, ids, ids)


def _proven(query: Query, ids: Iterable[int]) -> None:
    env = query.env
    key = ("su" if env.su else env.uid, query.model._name, "r")
    env.unit.store.proven.setdefault(key, set()).update(ids)


def search_fetch(
    records: Recordset, domain: Any, field_names: tuple[str, ...], offset: int, limit: int | None, order: str | None
) -> Any:
    """`search` in one statement with the plain columns, relations loaded by one more each."""
    query = Query(records, domain, order, offset, limit)
    fields = [_field(type(records), name) for name in field_names]
    if query.nothing():
        return records.browse()
    plain = cache.plain_fields(type(records))

    def build() -> Compiled:
        builder = query.builder()
        columns = [builder.root.c.id, *(each.select(builder.root.c[each.column]) for each in plain)]
        return _finished(query, builder, columns)

    rows = query.rows(cached(query.env, query.key("search_fetch"), build))
    cache.put_rows(query.env, plain, rows)
    ids = tuple(row[0] for row in rows)
    _proven(query, ids)
    found = type(records)(query.env, ids, ids)
    for field in fields:
        if field.x2many and field.store and ids:
            cache.load(found.with_env(query.env.neutral()), field, list(ids))
    return found


def _field(model: type[Recordset], name: str) -> Field[Any]:
    field = model._fields.get(name)
    if field is None:
        raise invalid_field(name, model)
    return field


def search_count(records: Recordset, domain: Any, limit: int | None) -> int:
    """How many match."""
    query = Query(records, domain, "id", 0, limit)
    if query.nothing():
        return 0

    def build() -> Compiled:
        builder = query.builder()
        if query.limit is None:
            return builder.compiled(builder.select(sa.func.count()))
        inner = builder.select(sa.literal_column("1").label("one")).limit(sa.bindparam("cap", type_=sa.Integer())).subquery()
        return builder.compiled(sa.select(sa.func.count()).select_from(inner))

    return int(query.rows(cached(query.env, query.key("count"), build))[0][0])


def search_iter(records: Recordset, domain: Any, chunk: int, order: str | None) -> Iterator[Any]:
    """All found in sets of `chunk`, by keyset over the id (or by one list of ids when another order is wanted)."""
    if order is not None:
        ids = search(records, domain, 0, None, order).ids
        for start in range(0, len(ids), chunk):
            yield records.browse(ids[start : start + chunk])
        return
    last = 0
    while True:
        found = search(records, Domain.AND([Domain(domain), Domain("id", ">", last)]), 0, chunk, "id")
        if not found:
            return
        last = found._ids[-1]
        yield found
        _forget(found)


def _forget(records: Recordset) -> None:
    """Let go of what a chunk loaded, unless it is pending."""
    env, store = records.env, records.env.unit.store
    env.flush()
    gone = set(records._ids)
    for field in records._fields.values():
        known = store.values.get(field)
        if known:
            for each in gone:
                known.pop(each, None)
        for every in env.unit.envs.values():
            every.computed.pop(field, None)
    for key, proven in store.proven.items():
        if key[1] == records._name:
            proven.difference_update(gone)


# ---- rows as dicts --------------------------------------------------------------------------------------------------

Spec = Mapping[str, Any]


def _specification(records: Recordset, fields: Any) -> dict[str, Any]:
    """Names with their nested specification (or `None`); default: all that the user may read."""
    env, model = records.env, type(records)
    if fields is None or (not isinstance(fields, Mapping) and not list(fields)):
        return dict.fromkeys(name for name in access.readable_names(env, model) if name != "custom")
    wanted: dict[str, Any] = dict(fields) if isinstance(fields, Mapping) else dict.fromkeys(fields)
    for name in wanted:
        access.check_field(env, _field(model, name), "read")
    return {"id": None, **wanted}


def read(records: Recordset, fields: Any) -> list[dict[str, Any]]:
    """The records' values in their order; the missing and hidden are left out."""
    if not records._ids:
        access.check(records.env, type(records), "read")
        _specification(records, fields)
        return []
    rows = search_read(records.with_context(active_test=False), [("id", "in", records.ids)], fields, 0, None, "id", records.env)
    by_id = {row["id"]: row for row in rows}
    return [by_id[each] for each in records._ids if each in by_id]


def search_read(
    records: Recordset, domain: Any, fields: Any, offset: int, limit: int | None, order: str | None, shown: Env | None = None
) -> list[dict[str, Any]]:
    """Rows as dicts: many2one as `{"id", "display_name"}`, x2many as ids or nested dicts."""
    wanted = _specification(records, fields)
    query = Query(records, domain, order, offset, limit)
    if query.nothing():
        return []
    env = shown or records.env
    plan = Plan(query, wanted)
    rows = query.rows(cached(query.env, query.key("read", plan.key), plan.build))
    found = plan.dicts(rows)
    ids = [row["id"] for row in found]
    _proven(query, ids)
    plan.add_others(type(records)(env, tuple(ids), tuple(ids)), found)
    return found


FEW = 16
"""Up to how many custom fields are taken out of their column one by one: each time all of it is unpacked anew."""


class Plan:
    """Which of the wanted fields come by columns, joins (links with names), arrays (links to many), further statements."""

    def __init__(self, query: Query, wanted: Mapping[str, Any]) -> None:
        self.query, self.wanted = query, wanted
        self.columns: list[Field[Any]] = []
        self.links: list[Any] = []
        self.lists: list[tuple[Any, bool]] = []
        self.others: list[Any] = []
        self.customs: list[Field[Any]] = []
        for name, nested in wanted.items():
            self._place(query.model._fields[name], nested)
        if query.model._customs and sum(each.custom for each in self.columns) > FEW:
            self.customs = [each for each in self.columns if each.custom]
            self.columns = [each for each in self.columns if not each.custom]
        self.key = (
            tuple(each.name for each in self.columns),
            tuple(each.name for each in self.links),
            tuple((each.name, archived) for each, archived in self.lists),
            bool(self.customs),
        )

    def _place(self, field: Any, nested: Any) -> None:
        if field.x2many and field.store:
            self.lists.append((field, not {**self.query.env.context, **field.context}.get("active_test", True)))
            if nested is not None:
                self.others.append(field)
        elif not field.in_table or (nested and field.type == "many2one"):
            self.others.append(field)
        else:
            (self.links if field.type == "many2one" else self.columns).append(field)

    def build(self) -> Compiled:
        """The statement."""
        query = self.query
        deep = bool(query.offset and self.lists)
        builder = _paged(query) if deep else query.builder()
        root = builder.root
        columns: list[Any] = [self._column(builder, each) for each in self.columns]
        for link in self.links:
            comodel = query.env.registry[link.comodel]
            plain = names.plain_name(comodel)
            columns.append(builder.link_id(root, link))
            if plain is not None:
                columns.append(builder.value(plain, builder.join(root, link)))
            else:
                parts = names.label_fields(query.env, comodel)
                columns += [each.select(builder.join(root, link).c[each.column]) for each in parts]
        columns += [builder.members(root, field, archived) for field, archived in self.lists]
        columns += [root.c.custom] if self.customs else []
        statement = _ordered(query, builder, columns)
        return builder.compiled(statement if deep else _cut(query, statement))

    def _column(self, builder: Builder, field: Field[Any]) -> Any:
        if field.translate or field.type == "reference":
            return builder.value(field, builder.root)
        return field.select(builder.column(field, builder.root))

    def dicts(self, rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
        """Rows as dicts, converted column by column where the driver's value is not what `read` gives."""
        if not rows:
            return []
        env = self.query.env
        columns: Iterator[Sequence[Any]] = zip(*rows, strict=True)
        named: dict[str, Sequence[Any]] = {}
        for field in self.columns:
            column = next(columns)
            raws = column if field.row_is_raw else [field.from_row(value) for value in column]
            named[field.name] = raws if field.translate else field.to_read_many(raws, env)
        for link in self.links:
            named[link.name] = self._named(link, columns)
        for field, _archived in self.lists:
            named[field.name] = next(columns)
        documents = next(columns) if self.customs else ()
        for field in self.customs:
            raws = [decode(field, (each or {}).get(field.name)) for each in documents]
            named[field.name] = field.to_read_many(raws, env)
        keys = [name for name in self.wanted if name in named]
        return [dict(zip(keys, values, strict=True)) for values in zip(*(named[key] for key in keys), strict=True)]

    def _named(self, link: Any, columns: Iterator[Sequence[Any]]) -> list[dict[str, Any] | None]:
        """A column of links with their names. What a name is made of came along, or costs one more statement."""
        env = self.query.env
        comodel = env.registry[link.comodel]
        ids = next(columns)
        if names.plain_name(comodel) is not None:
            labels = next(columns)
        else:
            parts = names.label_fields(env, comodel)
            values = zip(*(next(columns) for _each in parts), strict=True) if parts else ((),) * len(ids)
            linked = dict(zip(ids, values, strict=True))
            linked.pop(None, None)
            if parts:
                cache.put_rows(env, parts, [(own, *each) for own, each in linked.items()])
            known = names.display_names(env, comodel, list(linked))
            labels = [known.get(own) for own in ids]
        return [None if own is None else {"id": own, "display_name": label} for own, label in zip(ids, labels, strict=True)]

    def add_others(self, records: Recordset, found: list[dict[str, Any]]) -> None:
        """Nested specifications and computed fields without a column."""
        if self.others:
            for field in self.others:
                values = _other_values(records, field, self.wanted[field.name], found)
                for row in found:
                    row[field.name] = values[row["id"]]
            for number, row in enumerate(found):
                found[number] = {name: row[name] for name in self.wanted}


def _other_values(records: Recordset, field: Any, nested: Any, rows: list[dict[str, Any]]) -> dict[int, Any]:
    """Values by id of a field that has no column here, or of one whose links are to be told as dicts."""
    if isinstance(nested, Mapping):
        return _nested(records, field, nested, _members(records, field, rows))
    if field.x2many:
        return {own: list(ids) for own, ids in _members(records, field, rows).items()}
    found: dict[int, Any] = {}
    for record in records:
        value = getattr(record, field.name)
        if field.type == "many2one":
            label = names.display_names(value.env, type(value), [value.id])[value.id] if value else None
            found[record._ids[0]] = {"id": value.id, "display_name": label} if value else None
        elif hasattr(value, "_ids"):
            found[record._ids[0]] = {"model": value._name, "id": value.id}
        else:
            found[record._ids[0]] = value
    return found


def _members(records: Recordset, field: Any, rows: list[dict[str, Any]]) -> dict[int, Sequence[int]]:
    """The visible linked ids of each record: those of a stored relation came with the rows."""
    if field.x2many and field.store:
        return {row["id"]: row[field.name] for row in rows}
    return {record._ids[0]: getattr(record, field.name)._ids for record in records}


def _nested(records: Recordset, field: Any, nested: Mapping[str, Any], members: Mapping[int, Sequence[int]]) -> dict[int, Any]:
    """`{"fields": …, "limit": …, "order": …}`: dicts of the linked records, read in one go for all parents."""
    if nested.get("order"):
        comodel = records.env[field.comodel]
        members = {own: comodel.browse(linked).sorted(nested["order"])._ids for own, linked in members.items()}
    limit = nested.get("limit")
    cut = {own: linked[:limit] if limit is not None else linked for own, linked in members.items()}
    every = list(dict.fromkeys(each for ids in cut.values() for each in ids))
    comodel = records.env[field.comodel]
    specification = nested.get("fields") or {"display_name": {}}
    rows = comodel.browse(every).read(
        {name: spec or None for name, spec in specification.items()} if isinstance(specification, Mapping) else specification
    )
    by_id = {row["id"]: row for row in rows}
    many = {own: [by_id[each] for each in ids if each in by_id] for own, ids in cut.items()}
    return many if field.x2many else {own: (rows[0] if rows else None) for own, rows in many.items()}
