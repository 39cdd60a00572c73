"""Which computed values become stale when a field changes, and computing them in the right order.

The graph is built once, with the registry. For each computed field g and each of its dotted dependencies, every stored field f
on the way gets a trigger `f → (g, path)`, where path are the relations from g's model to f's. When f changes on some
records, the path is walked backwards to the records of g's model that reach them:

    declared                              trigger                            walked back
    total  depends line_ids.price         line.price → (total, [line_ids])   line_ids: the order_id of these lines
    title  depends partner_id.name        name → (title, [partner_id])       partner_id: orders that point to this partner
                                          order.partner_id → (title, [])     the order itself

    a value changes ──modified──▶ triggers ──walk_back, owners.py──▶ ids ──▶ stored: store.stale, and on to what hangs on it
                                                                       └──▶ no column: dropped from every env
    somebody reads, searches, flushes ──▶ recompute ──▶ run: the method, once for all stale ids ──▶ put ──▶ store, dirty

Dependencies on computed fields without a column are followed through to the stored fields below them, so such fields are
no stations on the way. An x2many also depends on the inverse link and on whether its members are archived.

Stored values are only *marked* when something changes. They are computed once, when they are read or at the flush, however
often the sources changed before. Nobody sorts them: a method that reads another stale value has that one computed first,
and so the order arises by itself. Fields that need each other are refused at the start (`checks.py`), unless one of them is
`recursive`; a field that depends on itself in other records, as a total along a tree, is computed record by record.

What always holds. A stored value is computed as superuser in a neutral context, so it is the same whoever caused it; a value
without a column is computed on each read as the reader, and kept with his env. A method has to assign each record that it was
called with, in all fields that it computes: else `ComputeError`. What is being computed is not marked again by its own
assignments (`computing`), nor is a given value whose inverse runs (`guarded`). A value that comes out as before is not sent.

The way back is the dear part: it asks the database and the store, for a link may be pending. `owners.py` keeps what it found and
asks for growing batches, so a loop costs a few statements. `closure` says all that a field hangs on. Custom fields
(`custom.py`) get a registry and a graph of their own; `quick.py` looks here whether anything hangs on a column. Record rules are
walked as well: `rule_fields` are those whose change can alter who sees what.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from app.orm import cache, owners
from app.orm.domain import Domain
from app.orm.errors import ComputeError
from app.orm.i18n import _
from app.orm.newid import NewId

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.fields.base import Field
    from app.orm.recordset import Recordset
    from app.orm.registry import Registry

Path = tuple["Field[Any]", ...]


def compute_method(model: type[Recordset], field: Field[Any]) -> Any:
    """The function that computes a field, or `None` for a stored related field."""
    return getattr(model, field.compute) if isinstance(field.compute, str) else field.compute


class ComputeGraph:
    """Triggers by field, the fields that each method assigns, and the fields that record rules look at."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.triggers: defaultdict[Field[Any], list[tuple[Field[Any], Path]]] = defaultdict(list)
        self.together: dict[Field[Any], list[Field[Any]]] = {}
        self.rule_fields: set[Field[Any]] = set()
        self.watched: defaultdict[Field[Any], list[str]] = defaultdict(list)
        self.owners: dict[str, dict[Field[Any], list[Field[Any]]]] = {}
        self.one2many: defaultdict[Field[Any], list[Field[Any]]] = defaultdict(list)
        self.mirrors: defaultdict[Field[Any], list[Field[Any]]] = defaultdict(list)
        self.closures: dict[Field[Any], frozenset[Field[Any]]] = {}
        self.labels: dict[str, tuple[Field[Any], ...]] = {}
        """What the display names of a model are made of (`names.label_fields`)."""
        for model in registry.models.values():
            if not model._abstract:
                self._add_model(model)
        for model in registry.models.values():
            for rule in model.rules:
                self._add_rule(model, Domain(rule.domain))

    def _add_links(self, model: type[Recordset]) -> None:
        """Which constraint methods watch a field, and which relations are two views of one link."""
        for method in model._collected["_constrains"]:
            for name in getattr(model, method)._constrains:
                self.watched[model._fields[name]].append(method)
        for field in model._fields.values():
            link: Any = field
            if field.type == "one2many" and field.store:
                inverse: Any = self.registry[link.comodel]._fields[link.inverse_name]
                self.one2many[inverse].append(field)
                if inverse.type == "many2one" and inverse.ondelete == "cascade":
                    self.owners.setdefault(link.comodel, {}).setdefault(inverse, []).append(field)
            if field.type == "many2many" and field.store:
                for other in self.registry[link.comodel]._fields.values():
                    if other.type == "many2many" and other.store and other is not field and _mirrors(link, other):
                        self.mirrors[field].append(other)

    def _add_model(self, model: type[Recordset]) -> None:
        self._add_links(model)
        methods: defaultdict[Any, list[Field[Any]]] = defaultdict(list)
        for field in model._fields.values():
            if not field.computed:
                continue
            if field.compute:
                methods[field.compute].append(field)
            for path, source in self.sources(model, field, ()):
                trigger = (field, path)
                if trigger not in self.triggers[source]:
                    self.triggers[source].append(trigger)
        for fields in methods.values():
            for field in fields:
                self.together[field] = [each for each in fields if each.store == field.store]

    def dependencies(self, model: type[Recordset], field: Field[Any]) -> tuple[str, ...]:
        """The dotted paths that a computed field declares."""
        if field.related:
            return (".".join(field.related),)
        found = getattr(compute_method(model, field), "_depends", ())
        if field.name == "display_name" and not found:
            return (model._rec_name,) if model._rec_name in model._fields else ()
        return tuple(found)

    def sources(self, model: type[Recordset], field: Field[Any], seen: tuple[Any, ...]) -> Iterable[tuple[Path, Field[Any]]]:
        """All stored fields on which a computed field depends, with the path to each; through computed ones without a column."""
        if field in seen:
            return
        for dotted in self.dependencies(model, field):
            yield from self._walk(model, dotted.split("."), (), (*seen, field))

    def _walk(
        self, model: type[Recordset], names: list[str], path: Path, seen: tuple[Any, ...]
    ) -> Iterable[tuple[Path, Field[Any]]]:
        if not names or names[0] not in model._fields:
            return
        field: Any = model._fields[names[0]]
        rest = names[1:]
        if field.computed and not field.store:
            if field.related:
                yield from self._walk(model, [*field.related, *rest], path, (*seen, field))
                return
            for inner, source in self.sources(model, field, seen):
                yield (*path, *inner), source
            return
        yield path, field
        if not field.relational or field.type == "reference":
            return
        comodel = self.registry[field.comodel]
        if field.x2many:
            yield from self._members(comodel, field, path)
        yield from self._walk(comodel, rest, (*path, field), seen)

    def _members(self, comodel: type[Recordset], field: Any, path: Path) -> Iterable[tuple[Path, Field[Any]]]:
        """What decides the members of an x2many: the inverse link, and whether they are archived."""
        if field.type == "one2many":
            yield (*path, field), comodel._fields[field.inverse_name]
        if "active" in comodel._fields:
            yield (*path, field), comodel._fields["active"]

    def _add_rule(self, model: type[Recordset], domain: Domain) -> None:
        for leaf in domain.leaves():
            for _path, source in self._walk(model, leaf.path.split("."), (), ()):
                self._add_rule_field(source)
            if isinstance(leaf.value, Domain):
                field: Any = model._fields[leaf.path.split(".")[0]]
                self._add_rule(self.registry[field.comodel], leaf.value)

    def _add_rule_field(self, field: Field[Any]) -> None:
        if field in self.rule_fields:
            return
        self.rule_fields.add(field)
        if field.computed:
            for _path, source in self.sources(self.registry[field.model], field, ()):
                self._add_rule_field(source)

    def closure(self, field: Field[Any]) -> frozenset[Field[Any]]:
        """All fields on which a computed field depends, directly or by way of others."""
        known = self.closures.get(field)
        if known is None:
            found: set[Field[Any]] = set()
            todo = [field]
            while todo:
                each = todo.pop()
                for _path, source in self.sources(self.registry[each.model], each, ()) if each.computed else ():
                    if source not in found:
                        found.add(source)
                        todo.append(source)
            known = self.closures[field] = frozenset(found)
        return known


def _mirrors(field: Any, other: Any) -> bool:
    """Whether two many2many fields are the two sides of one table."""
    same = field.relation_table is other.relation_table
    return bool(same and field.column1 == other.column2 and field.column2 == other.column1)


# ---- marking --------------------------------------------------------------------------------------------------------


def modified(env: Env, field: Field[Any], ids: Iterable[Any], fresh: bool = False, around: Iterable[Any] = ()) -> None:
    """Mark what depends on this field of these records.

    `fresh` records were just made: nothing points at them yet, and their own values were computed on the way in. `around` is the
    set that a loop goes over, of which the next records will be modified too.
    """
    if field.relational:
        env.unit.store.owners.clear()
    triggers = env.registry.graph.triggers.get(field)
    if not triggers:
        return
    changed = list(ids)
    store = env.unit.store
    for dependent, path in triggers:
        if not dependent.store:
            for each in env.unit.envs.values():
                each.computed.pop(dependent, None)
            _forget_drafts(store, dependent)
            continue
        if fresh and not path:
            continue
        marked = store.mark_stale(dependent, walk_back(env, path, changed, fresh, around) if path else changed)
        if marked:
            modified(env, dependent, marked, around=owners.beside(env, path[0]) if path else around)


def _forget_drafts(store: Any, field: Field[Any]) -> None:
    known = store.values.get(field)
    if known:
        for each in [each for each in known if isinstance(each, NewId)]:
            del known[each]


def walk_back(env: Env, path: Path, ids: list[Any], fresh: bool, around: Iterable[Any] = ()) -> list[Any]:
    """The records from which `path` leads to some of these ids, as the transaction stands."""
    for field in reversed(path):
        if not ids:
            return []
        ids = owners.of(env, field, ids, fresh=fresh, around=around)
        around = owners.beside(env, field)
    return ids


# ---- computing ------------------------------------------------------------------------------------------------------


def recompute_all(env: Env) -> None:
    """Compute every stale stored value."""
    stale = env.unit.store.stale
    while stale:
        recompute(env, next(iter(stale)), ())


def recompute(env: Env, field: Field[Any], wanted: Iterable[Any]) -> None:
    """Compute the stale values of one field, all at once; unsaved records only when wanted.

    A field that depends on itself in other records is computed record by record: reading a stale one on the way computes
    that one first.
    """
    store = env.unit.store
    if field in env.registry.graph.closure(field):
        _recompute_each(env, field, wanted)
        return
    ids: list[Any] = [each for each in store.stale.get(field, ()) if type(each) is int]
    ids += [each for each in wanted if isinstance(each, NewId) and each in store.stale.get(field, ())]
    if not ids:
        store.stale.pop(field, None)
        return
    run(field, env.neutral(), ids)


def _recompute_each(env: Env, field: Field[Any], wanted: Iterable[Any]) -> None:
    neutral, stale = env.neutral(), env.unit.store.stale
    first = [each for each in wanted if each in stale.get(field, ())]
    saved = [each for each in stale.get(field, ()) if type(each) is int] if not first else []
    for each in first or saved:
        if each in stale.get(field, ()):
            run(field, neutral, [each])
    if not first:
        stale.pop(field, None)


def run(field: Field[Any], env: Env, ids: list[Any]) -> None:
    """Call the compute method for these records and check that it assigned each of them."""
    store = env.unit.store
    model = env.registry[field.model]
    records = model(env, tuple(ids), tuple(ids))
    if field.related:
        _run_related(records, field)
        return
    together = env.registry.graph.together.get(field, [field])
    if field.store:
        saved = [each for each in ids if type(each) is int and each not in store.unsent.get(field.model, ())]
        for each in together:
            store.settle(each, ids)
            if saved:
                cache.load(records, each, saved)
    nested = {each: store.computing.get(each) for each in together}
    filled = {each: store.filled.get(each) for each in together}
    for each in together:
        store.computing[each] = {*ids, *(nested[each] or ())}
        store.filled[each] = set()
    try:
        method = compute_method(model, field)
        method(records)
        _check_filled(records, field, method, store.filled[field])
    finally:
        _restore(store.computing, nested)
        _restore(store.filled, filled)


def _restore(target: dict[Any, Any], former: dict[Any, Any]) -> None:
    for field, value in former.items():
        if value is None:
            target.pop(field, None)
        else:
            target[field] = value


def _check_filled(records: Recordset, field: Field[Any], method: Any, filled: set[Any]) -> None:
    missing = [each for each in records._ids if each not in filled]
    if missing:
        raise ComputeError(
            _("%(method)s left %(model)s.%(name)s of record %(id)s without a value."),
            model=records._name,
            field=field.name,
            name=field.name,
            method=getattr(method, "__name__", "compute"),
            id=missing[0],
        )


def _run_related(records: Recordset, field: Field[Any]) -> None:
    """A stored related field: read the path as superuser."""
    env, store = records.env, records.env.unit.store
    ids = records._ids
    store.settle(field, ids)
    saved = [each for each in ids if type(each) is int and each not in store.unsent.get(field.model, ())]
    if saved:
        cache.load(records, field, saved)
    for record in records:
        value = cache.read_related(record, field)
        put(env, field, record._ids[0], field.normalise(value, env))


def put(env: Env, field: Field[Any], own: Any, raw: Any) -> None:
    """Keep one computed raw value: with the env when it has no column, else in the store, to be sent when it changed."""
    store = env.unit.store
    filled = store.filled.get(field)
    if filled is not None:
        filled.add(own)
    if not field.store:
        env.computed.setdefault(field, {})[own] = raw
        return
    values = store.values[field]
    if own in values and field.equal(values[own], raw):
        return
    if field.x2many:
        cache_links = values.get(own, ())
        store.links.setdefault(field, {}).setdefault(own, cache_links)
        values[own] = raw
    else:
        store.keep_old(field, own)
        values[own] = raw
        if type(own) is int and own not in store.unsent.get(field.model, ()):
            store.mark(field.model, (own,), field.name)
            for method in env.registry.graph.watched.get(field, ()):
                store.unchecked.setdefault((field.model, method), {})[own] = None
    if field.relational or field in env.registry.graph.triggers:
        modified(env, field, (own,), around=store.computing.get(field, ()))
