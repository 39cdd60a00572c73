"""Labels of records, and finding records by a piece of their name.

`name_search` looks into one folded column per model that holds all fields marked `search=True` (`search_text`, kept by the
database, one trigram index): exact, prefix, word and contained matches first, similar ones only when these are too few.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.orm import access, cache
from app.orm.domain import NEGATIONS, Domain
from app.orm.fold import fold
from app.orm.predicate import Preparer, Shape, escaped
from app.orm.statement import Builder, Compiled, cached

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.fields.base import Field
    from app.orm.recordset import Recordset

SIMILAR = 0.6
"""Least word similarity (pg_trgm) of a misspelt match."""


def labels(records: Recordset) -> list[str | None]:
    """The default display names: the value of `_rec_name`, else model and id."""
    field = records._fields.get(records._rec_name)
    if field is None:
        return [f"{records._name},{each or ''}" for each in records._ids]
    return [_label(record, field) for record in records]


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
    method = getattr(model, "_compute_display_name", None)
    return field if getattr(method, "__qualname__", "").startswith("Recordset.") else None


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
    if not ids:
        return {}
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


def name_search(records: Recordset, text: str, domain: Any, limit: int | None) -> list[tuple[int, str]]:
    """`(id, label)`, best first: exact, prefix, word, contained; misspelt ones only to fill up."""
    env, model = records.env, type(records)
    if model._name not in access.PUBLIC_NAMES:
        access.check(env, model, "read")
    if limit is not None and limit <= 0:
        return []
    env.flush()
    key = fold(text or "")
    if not key:
        found = records.search(domain, limit=limit)
        return _labelled(found, found.ids)
    ids = _matching(records, Domain(domain), key, _digits(text), limit)
    return _labelled(records, ids)


def _labelled(records: Recordset, ids: list[int]) -> list[tuple[int, str]]:
    named = records.browse(ids)
    return [(record._ids[0], str(record.display_name or "")) for record in named]


def _digits(text: str) -> str | None:
    """The digits of something that looks like a telephone or a number."""
    digits = re.sub(r"\D", "", text)
    return digits if len(digits) >= 3 and re.fullmatch(r"[\d\s()+\-./]+", text.strip()) else None


def _matching(records: Recordset, domain: Domain, key: str, digits: str | None, limit: int | None) -> list[int]:
    env, model = records.env, type(records)
    if "search_text" not in model._table.c:
        return _by_label(records, domain, key, limit)
    found: list[int] = []
    for mode in ("contains", "similar"):
        if limit is not None and len(found) >= limit:
            break
        if mode == "similar" and len(key) < 4:
            break
        rows = _ranked(env, model, domain, mode, key, digits, limit)
        found += [each for each in rows if each not in found]
    return found if limit is None else found[:limit]


def _by_label(records: Recordset, domain: Domain, key: str, limit: int | None) -> list[int]:
    """Models without a search column: by the display name."""
    return records.search(domain & Domain("display_name", "ilike", key), limit=limit).ids


def _ranked(
    env: Env, model: type[Recordset], domain: Domain, mode: str, key: str, digits: str | None, limit: int | None
) -> list[int]:
    preparer = Preparer(env)
    shape = preparer.domain(model, with_active(env, model, domain))
    statement = cached(env, ("names", model._name, shape, mode, digits is not None), lambda: _statement(env, model, shape, mode))
    params = statement.parameters(env, preparer.values)
    needle = digits or key
    params |= {"key": key, "needle": needle, "pattern": f"%{escaped(needle)}%", "similar": SIMILAR, "cap": limit or 10_000_000}
    if mode == "similar":
        env.unit.run(f"SET LOCAL pg_trgm.word_similarity_threshold = {SIMILAR}")
    return [row[0] for row in env.unit.rows(statement.sql, params)]


def with_active(env: Env, model: type[Recordset], domain: Domain) -> Domain:
    """Archived rows are left out unless the domain or the context asks for them."""
    if "active" in model._fields and env.context.get("active_test", True) and not domain.names("active"):
        return Domain.AND([domain, Domain("active", "=", True)])
    return domain


def _statement(env: Env, model: type[Recordset], shape: Shape, mode: str) -> Compiled:
    builder = Builder(env, model)
    root = builder.root
    builder.where.append(builder.condition(model, root, shape))
    text = root.c.search_text
    needle, cap = sa.bindparam("needle", type_=sa.Text()), sa.bindparam("cap", type_=sa.Integer())
    if mode == "similar":
        builder.where.append(needle.op("<%")(text))
        rank: Any = sa.func.word_similarity(needle, text).desc()
    else:
        builder.where.append(text.like(sa.bindparam("pattern", type_=sa.Text())))
        rank = _rank(model, builder, needle)
    length: Any = sa.func.length(text)
    return builder.compiled(builder.select(root.c.id).order_by(rank, length, root.c.id).limit(cap))


def _rank(model: type[Recordset], builder: Builder, needle: Any) -> Any:
    """0 exact, 1 prefix, 2 at the beginning of a word, 3 inside.

    The searched text begins with the name where that is searched (`schema.search_expression`), so it answers for the name:
    folding costs more than all the rest. Only names that can be the whole of what is looked for are folded; little but
    punctuation is lost in folding.
    """
    root, space = builder.root, sa.literal(" ")
    name, text = plain_name(model), root.c.search_text
    whole: Any = text == needle
    if name is not None and name.search is True and name.roles_read is None:
        label = builder.value(name, root)
        whole = sa.case((sa.func.length(label) <= 2 * sa.func.length(needle) + 4, sa.func.fold(label) == needle), else_=False)
    first = sa.case((whole, 0), else_=1)
    word = sa.func.strpos(space.op("||")(text), space.op("||")(needle)) > 0
    return sa.case((sa.func.starts_with(text, needle), first), (word, 2), else_=3)
