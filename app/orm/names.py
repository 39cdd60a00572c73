"""Labels of records, and finding records by a piece of their name.

`name_search` looks into one folded column per model that holds all fields marked `search=True` (`search_text`, kept by the
database): the beginning by an index in order, words and what they contain by trigrams, and similar ones only when these are
too few. Each tier is limited, so that "а" costs no more than a whole name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.orm import access, cache, schema
from app.orm.domain import NEGATIONS, Domain
from app.orm.fold import fold
from app.orm.kept import Compiled, cached
from app.orm.predicate import Preparer, Shape, digits_of, escaped
from app.orm.schema import HEAD, SEARCH_COLUMN
from app.orm.statement import Builder

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.fields.base import Field
    from app.orm.recordset import Recordset

SIMILAR = 0.6
"""Least word similarity (pg_trgm) of a misspelt match; set for every connection."""
LEAST_SIMILAR = 4
"""Fewer letters than these are similar to anything."""
CANDIDATES = 1000
"""Of how many that contain a text the best are shown."""
FILLERS = 3
MOST_WORDS = 5
"""With more words only the whole text is looked for."""
MANY = 10_000_000
LAST = "\U0010ffff"
"""Sorts after every letter."""


def labels(records: Recordset) -> list[str | None]:
    """The default display names: the value of `_rec_name`, else model and id."""
    field = records._fields.get(records._rec_name)
    if field is None or _kept_back(records.env, type(records)):
        return [f"{records._name},{each or ''}" for each in records._ids]
    return [_label(record, field) for record in records]


def _kept_back(env: Env, model: type[Recordset]) -> bool:
    """Whether the name is a field that other roles may read, and no method makes another label of it."""
    field = model._fields.get(model._rec_name)
    return field is not None and field.roles_read is not None and _by_default(model) and not access.field_allowed(env, field)


def _by_default(model: type[Recordset]) -> bool:
    method = getattr(model, "_compute_display_name", None)
    return bool(getattr(method, "__qualname__", "").startswith("Recordset."))


def _label(record: Recordset, field: Any) -> str | None:
    value = getattr(record, field.name)
    if hasattr(value, "_ids"):
        return str(value.display_name or "") if value else None
    if field.type == "selection":
        return str(dict(field.choices(record.env)).get(value, value or ""))
    return None if value is None else str(value)


def plain_name(model: type[Recordset]) -> Any:
    """The stored text field that *is* the display name, or `None` when a method makes it."""
    field = model._fields.get(model._rec_name)
    if field is None or not field.in_table or field.type not in ("char", "text", "email", "phone", "url"):
        return None
    return field if field.roles_read is None and _by_default(model) else None


def label_fields(env: Env, model: type[Recordset]) -> tuple[Field[Any], ...]:
    """The columns of its own that a model's display name is made of; none when it needs more than these."""
    known = env.registry.graph.labels
    found: tuple[Field[Any], ...] | None = known.get(model._name)
    if found is None:
        sources = list(env.registry.graph.sources(model, model._fields["display_name"], ()))
        own = all(not path and cache.is_plain(field) for path, field in sources)
        found = known[model._name] = tuple(dict.fromkeys(field for _path, field in sources)) if own else ()
    return found


def label_domain(records: Recordset, operator: str, value: Any) -> Any:
    """A condition on the display name as one on `_rec_name`, or on the fields marked `search=True`."""
    model = type(records)
    field = model._fields.get(model._rec_name)
    searched = [field.name] if field is not None and field.searchable else []
    if not searched:
        searched = [each.name for each in model._fields.values() if each.search is True and each.in_table]
    if not searched:
        raise ValueError(f"{model._name} has no field to search names by")
    if operator in NEGATIONS:
        return ~Domain.OR(Domain(name, NEGATIONS[operator], value) for name in searched)
    return Domain.OR(Domain(name, operator, value) for name in searched)


def display_names(env: Env, model: type[Recordset], ids: list[int]) -> dict[int, Any]:
    """Display names of records that were already proven visible in a link."""
    if not ids or _kept_back(env, model):
        return {each: f"{model._name},{each}" for each in ids}
    records = model(env.derive(su=True), tuple(ids), tuple(ids))
    probe = cache.probe(env, model, ids[0])
    if probe is None:
        records = records.exists()
    else:
        # What was loaded is there: values for the names, and the proof that the records exist, in one statement.
        cache.load(records, probe, ids)
        known = env.unit.store.values[probe]
        records = records.browse([each for each in ids if each in known])
    return {record._ids[0]: record.display_name for record in records}


# ---- search ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed: folded, and its digits where it looks like a telephone or a number."""

    key: str
    digits: str | None

    @classmethod
    def of(cls, text: str) -> Typed:
        """Read a typed text."""
        return cls(fold(text), digits_of(text))

    @property
    def kinds(self) -> tuple[str, ...]:
        """The tiers in which this may be found."""
        words = len(self.key.split())
        return (
            *("begin", "inside"),
            *((f"words {words}",) if 1 < words <= MOST_WORDS else ()),
            *(("digits",) if self.digits else ()),
        )

    def parameters(self, cap: int) -> dict[str, Any]:
        """Values of all tiers."""
        head, key = self.key[:HEAD], escaped(self.key)
        return {
            "needle": self.key,
            "low": head,
            "high": head + LAST,
            "word": f"% {key}%",
            "inside0": f"%{key}%",
            **{f"words{number}": f"%{escaped(word)}%" for number, word in enumerate(self.key.split()[:MOST_WORDS])},
            "digits0": f"%{self.digits}%",
            "cap": cap,
            "some": max(CANDIDATES, cap),
        }


def name_search(records: Recordset, text: str, domain: Any, limit: int | None) -> list[tuple[int, str]]:
    """`(id, label)`, best first: exact, prefix, word, contained; misspelt ones only to fill up."""
    env, model = records.env, type(records)
    if model._name not in access.PUBLIC_NAMES:
        access.check(env, model, "read")
    if limit is not None and limit <= 0:
        return []
    env.flush()
    typed = Typed.of(text or "")
    if not typed.key:
        return _labelled(records, records.search(domain, limit=limit).ids)
    if SEARCH_COLUMN not in model._table.c:
        return _labelled(records, _by_label(records, Domain(domain), typed.key, limit))
    return _found(records, Domain(domain), typed, limit)


def _labelled(records: Recordset, ids: Sequence[int]) -> list[tuple[int, str]]:
    named = records.browse(ids)
    return [(record._ids[0], str(record.display_name or "")) for record in named]


def _by_label(records: Recordset, domain: Domain, key: str, limit: int | None) -> list[int]:
    """Models without a search column: by the display name."""
    return records.search(domain & Domain("display_name", "ilike", key), limit=limit).ids


def with_active(env: Env, model: type[Recordset], domain: Domain) -> Domain:
    """Archived rows are left out unless the domain or the context asks for them."""
    if "active" in model._fields and env.context.get("active_test", True) and not domain.names("active"):
        return Domain.AND([domain, Domain("active", "=", True)])
    return domain


def _found(records: Recordset, domain: Domain, typed: Typed, limit: int | None) -> list[tuple[int, str]]:
    """One statement, and one for what is merely alike where that gave too few."""
    env, model = records.env, type(records)
    preparer = Preparer(env)
    shape = preparer.domain(model, with_active(env, model, domain))
    cap = MANY if limit is None else limit
    params = typed.parameters(cap)

    def rows(kinds: tuple[str, ...]) -> list[int]:
        parts = label_fields(env, model)
        statement = cached(env, ("names", model._name, shape, kinds), lambda: _statement(env, model, shape, kinds, parts))
        found = env.unit.rows(statement.sql, statement.parameters(env, preparer.values) | params)
        if parts:
            cache.put_rows(env, parts, found)
        return [row[0] for row in found]

    ids = rows(typed.kinds)
    if len(ids) < cap and len(typed.key) >= LEAST_SIMILAR:
        # Each comparison costs as much as a whole hit: behind real hits a few will do.
        params |= {"known": ids, "cap": cap - len(ids), "some": FILLERS * cap if ids else params["some"]}
        ids += rows(("similar",))
    env.unit.store.proven.setdefault(("su" if env.su else env.uid, model._name, "r"), set()).update(ids)
    return _labelled(records, ids)


def _statement(env: Env, model: type[Recordset], shape: Shape, kinds: tuple[str, ...], parts: Sequence[Field[Any]]) -> Compiled:
    """The tiers one after the other: PostgreSQL begins with one only when those before it gave fewer rows than wanted."""
    tiers, builder = [], Builder(env, model)
    for number, kind in enumerate(kinds):
        builder = Builder(env, model)
        text = builder.root.c[SEARCH_COLUMN]
        builder.where.append(builder.condition(model, builder.root, shape))
        builder.where += [_holds(kind, text), *(sa.not_(_holds(earlier, text)) for earlier in kinds[:number])]
        columns = [builder.root.c.id, *(part.select(builder.root.c[part.column]) for part in parts)]
        tiers.append(_ranked(builder, kind, text, columns).subquery(f"tier{number}"))
    found = sa.union_all(*(sa.select(tier) for tier in tiers)).subquery("found")
    wanted = list(found.c)[: 1 + len(parts)]
    return builder.compiled(sa.select(*wanted).limit(_bound("cap", sa.Integer())))


def _holds(kind: str, text: Any) -> Any:
    """The condition of a tier: the text begins so, contains it, all its words, its digits, something alike."""
    if kind == "begin":
        return sa.func.starts_with(text, _bound("needle"))
    if kind == "similar":
        known = sa.cast(_bound("known", sa.ARRAY(sa.BigInteger())), sa.ARRAY(sa.BigInteger()))
        return sa.and_(_bound("needle").op("<%")(text), text.table.c.id != sa.all_(known))
    kind, _space, count = kind.partition(" ")
    return sa.and_(*(text.like(_bound(f"{kind}{number}")) for number in range(int(count or 1))))


def _ranked(builder: Builder, kind: str, text: Any, columns: list[Any]) -> Any:
    """The best of a tier. Names that begin so come in the order of the index: a name stands before longer ones.

    Of the others the best of the first so many: of those that contain "а" nobody wants all to be sorted. What stands at the
    beginning of a word comes before what stands inside of one, the shorter before the longer.
    """
    cap = _bound("cap", sa.Integer())
    if kind == "begin":
        head = schema.head(text)
        builder.where += [head >= _bound("low"), head < _bound("high")]
        return builder.select(*columns).order_by(head, builder.root.c.id).limit(cap)
    rank = -sa.func.word_similarity(_bound("needle"), text) if kind == "similar" else sa.not_(text.like(_bound("word")))
    measures = (rank.label("rank"), sa.func.length(text).label("length"))
    some = builder.select(*columns, *measures).limit(_bound("some", sa.Integer())).subquery("some")
    return sa.select(*list(some.c)[: len(columns)]).order_by(some.c.rank, some.c.length, some.c.id).limit(cap)


def _bound(name: str, kind: Any = None) -> Any:
    return sa.bindparam(name, type_=sa.Text() if kind is None else kind)
