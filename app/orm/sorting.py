"""Walking recordsets in Python: mapped, filtered, sorted, grouped."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from app.orm.domain import Domain
from app.orm.ordering import order_terms

if TYPE_CHECKING:
    from app.orm.recordset import Recordset


def mapped(records: Recordset, path: str | Callable[[Any], Any]) -> Any:
    """Values along a path; relations deduplicate, values do not."""
    if callable(path):
        return _collected([path(record) for record in records])
    current: Any = records
    for name in path.split(".") if path else ():
        if not hasattr(current, "_ids"):
            raise ValueError(f"{path!r}: {name!r} follows a value that is no record")
        if name not in current._fields:
            raise ValueError(f"Invalid field {name!r} on {current._name}")
        values = [getattr(record, name) for record in current]
        field = current._fields[name]
        current = _union(current, field, values) if field.relational else values
    return current


def _union(records: Recordset, field: Any, values: list[Any]) -> Any:
    ids: dict[Any, None] = {}
    for value in values:
        ids |= dict.fromkeys(value._ids)
    return records.env[field.comodel]._with_ids(ids)


def _collected(values: list[Any]) -> Any:
    if values and all(hasattr(value, "_ids") for value in values):
        return values[0].union(*values[1:])
    return values


def filtered(records: Recordset, test: Any) -> Any:
    """By a function, a dotted path that is true, or a domain."""
    if isinstance(test, Domain) or (isinstance(test, list) and not callable(test)):
        return records.filtered_domain(test)
    if callable(test):
        return records._with_ids(record._ids[0] for record in records if test(record))
    name, _dot, rest = test.partition(".")
    if rest:
        return records._with_ids(record._ids[0] for record in records if _any(record.mapped(test)))
    if name not in records._fields:
        raise ValueError(f"Invalid field {name!r} on {records._name}")
    return records._with_ids(record._ids[0] for record in records if getattr(record, name))


def _any(value: Any) -> bool:
    return bool(value) if hasattr(value, "_ids") else any(value)


def grouped(records: Recordset, key: str | Callable[[Any], Any]) -> dict[Any, Any]:
    """Records by value, in order of appearance; an empty record is a key like others."""
    found: dict[Any, list[Any]] = {}
    for record in records:
        value = key(record) if callable(key) else record.mapped(key) if "." in key else getattr(record, key)
        found.setdefault(value, []).append(record._ids[0])
    return {value: records._with_ids(ids) for value, ids in found.items()}


def sorted_records(records: Recordset, key: Any, reverse: bool) -> Any:
    """By the model's order (`None`), an order text, a field name, or a key function."""
    if callable(key):
        ordered = sorted(records, key=key, reverse=reverse)
        return records._with_ids(record._ids[0] for record in ordered)
    if key is None and records.ids == list(records._ids) and records._ids and not records._abstract:
        return _by_database(records, reverse)
    terms = [term for term in order_terms(records.env, type(records), key) if key is None or term[0] != "id" or "id" in str(key)]
    items = list(records)
    for name, down, nulls in reversed(terms):
        items = _sorted_by(items, name, down, nulls)
    if reverse:
        items.reverse()
    return records._with_ids(record._ids[0] for record in items)


def _by_database(records: Recordset, reverse: bool) -> Any:
    """The model's order, as PostgreSQL collates."""
    found = records.with_context(active_test=False).search([("id", "in", records.ids)])
    return records._with_ids(reversed(found._ids) if reverse else found._ids)


def _places(items: list[Any], field: Any) -> dict[Any, int]:
    """The place of each linked record in the other model's order."""
    linked = items[0].browse().union(*items).mapped(field.name)
    return {each: place for place, each in enumerate(linked.sorted()._ids)}


def _sorted_by(items: list[Any], name: str, down: bool, nulls: str | None) -> list[Any]:
    """A stable pass over one term; like PostgreSQL, empty values come last when rising and first when falling."""
    field = items[0]._fields[name] if items else None
    places = _places(items, field) if field is not None and field.relational else None
    full: list[tuple[Any, Any]] = []
    empty: list[tuple[Any, Any]] = []
    for item in items:
        value = getattr(item, name)
        if places is not None:
            value = tuple(places[each] for each in value._ids) or None
        (empty if value is None else full).append((value, item))
    full.sort(key=lambda pair: pair[0], reverse=down)
    first = nulls == "first" if nulls else down
    rest = [item for _value, item in empty]
    ordered = [item for _value, item in full]
    return rest + ordered if first else ordered + rest
