"""Domains evaluated in Python, with the very shapes that SQL is built from, so that both always agree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from app.orm import access, cache
from app.orm.domain import Domain
from app.orm.fold import fold, plain
from app.orm.newid import NewId
from app.orm.predicate import Preparer, Shape
from app.orm.schema import searched_fields
from app.orm.statement import Builder

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from app.orm.env import Env
    from app.orm.recordset import Recordset

Test = Callable[[Any], bool]
ANY_RUN: Any = object()
ANY_ONE: Any = object()


def filtered_domain(records: Recordset, domain: Any) -> Any:
    """The records that match, in their order."""
    if not records._ids:
        return records
    env = records.env
    if not env.su:
        access.check(env, type(records), "read")
        if access.rule(env, records._name, "r").shape != ("T",):
            seen = cache.prove(env, type(records), records._ids, "r")
            records = records._with_ids(each for each in records._ids if isinstance(each, NewId) or each in seen)
    preparer = Preparer(env)
    shape = preparer.domain(type(records), Domain(domain))
    test = Evaluator(env).test(type(records), shape, iter(preparer.values))
    return records._with_ids(record._ids[0] for record in records if test(record))


def _pattern(pattern: str) -> Callable[[str], bool]:
    """A LIKE pattern as a function."""
    parts: list[Any] = []
    items = iter(pattern)
    for item in items:
        if item == "\\":
            parts.append(next(items, "\\"))
        elif item == "%":
            parts.append(ANY_RUN)
        elif item == "_":
            parts.append(ANY_ONE)
        else:
            parts.append(item)
    return lambda text: _like(text, parts)


def _like(text: str, parts: list[Any]) -> bool:
    """Greedy match of a pattern with wildcards by remembering the last run."""
    here = there = mark = 0
    star = -1
    while here < len(text):
        if there < len(parts) and parts[there] is ANY_RUN:
            star, mark = there, here
            there += 1
        elif there < len(parts) and (parts[there] == text[here] or parts[there] is ANY_ONE):
            here, there = here + 1, there + 1
        elif star >= 0:
            mark += 1
            here, there = mark, star + 1
        else:
            return False
    return all(part is ANY_RUN for part in parts[there:])


_PARTS: dict[str, Callable[[Any], int]] = {
    "year": lambda day: day.year,
    "quarter": lambda day: (day.month - 1) // 3 + 1,
    "month": lambda day: day.month,
    "week": lambda day: day.isocalendar()[1],
    "doy": lambda day: day.timetuple().tm_yday,
    "day": lambda day: day.day,
    "dow": lambda day: day.isoweekday() % 7,
    "hour": lambda day: getattr(day, "hour", 0),
    "minute": lambda day: getattr(day, "minute", 0),
    "second": lambda day: getattr(day, "second", 0),
}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "in": lambda left, right: left in right,
}


class Evaluator:
    """Makes a test function of a shape for one env."""

    def __init__(self, env: Env) -> None:
        self.env = env

    def test(self, model: type[Recordset], shape: Shape, values: Iterator[Any]) -> Test:
        """The function; takes the values in the order of walking."""
        kind = shape[0]
        if kind in ("T", "F"):
            return (lambda _record: True) if kind == "T" else (lambda _record: False)
        if kind in ("&", "|"):
            tests = [self.test(model, part, values) for part in shape[1:]]
            every = all if kind == "&" else any
            return lambda record: every(test(record) for test in tests)
        if kind == "!":
            inner = self.test(model, shape[1], values)
            return lambda record: not inner(record)
        if kind == "free":
            freed = Evaluator(self.env.derive(su=True)).test(model, shape[1], values)
            return lambda record: freed(record.with_env(self.env.derive(su=True)))
        if kind in ("one", "many", "link"):
            return self._relation(model, shape, values)
        if kind in ("tree", "within_km", "intersects"):
            return self._by_sql(model, shape, values)
        if kind in ("day", "text"):
            return self._day(model, shape, next(values)) if kind == "day" else self._text(model, shape, values)
        return self._compare(model._fields[shape[1]], kind, values)

    def _relation(self, model: type[Recordset], shape: Shape, values: Iterator[Any]) -> Test:
        field: Any = model._fields[shape[1]]
        comodel = self.env.registry[field.comodel]
        if shape[0] == "link":
            return lambda record: bool(self._members(record, field, archived=True))
        inner = self.test(comodel, shape[2], values)
        archived = shape[0] == "one" or shape[3]
        content = shape[0] == "many" or shape[2] != ("T",)

        def test(record: Any) -> bool:
            members = self._members(record, field, archived)
            if content and not self.env.su and members.ids:
                seen = cache.prove(self.env, comodel, members._ids, "r")
                members = members._with_ids(each for each in members._ids if isinstance(each, NewId) or each in seen)
            return any(inner(member) for member in members)

        return test

    def _members(self, record: Any, field: Any, archived: bool) -> Any:
        if field.x2many:
            raw = cache.raw_value(record.with_env(self.env.neutral()), field, record._ids[0])
            return self.env[field.comodel].browse(cache.visible_members(record, field, tuple(raw), archived))
        raw = cache.raw_value(record.with_env(self.env.neutral()), field, record._ids[0])
        return cache._public(record, field, raw)

    def _by_sql(self, model: type[Recordset], shape: Shape, values: Iterator[Any]) -> Test:
        """Trees and geography are left to PostgreSQL: the matching ids are asked for once."""
        env = self.env
        builder = Builder(env, model)
        builder.where.append(builder.condition(model, builder.root, shape))
        compiled = builder.compiled(builder.select(builder.root.c.id))
        bound = [next(values) for _number in range(compiled.count)]
        self.env.flush()
        found = {row[0] for row in env.unit.rows(compiled.sql, compiled.parameters(env, bound))}
        return lambda record: record._ids[0] in found

    def _text(self, model: type[Recordset], shape: Shape, values: Iterator[Any]) -> Test:
        """As the database does with the column that it keeps: the words are contained, or the digits."""
        fields, (_kind, words, digits) = searched_fields(model), shape
        tests = [_pattern(next(values)) for _word in range(words + digits)]

        def test(record: Any) -> bool:
            text = searched_text(fields, [self._raw(record, field) for field in fields])
            found = [matches(text) for matches in tests]
            return all(found[:words]) or any(found[words:])

        return test

    def _raw(self, record: Any, field: Any) -> Any:
        return cache.raw_value(record.with_env(self.env.neutral()), field, record._ids[0])

    def _day(self, model: type[Recordset], shape: Shape, operand: Any) -> Test:
        _kind, part, name, operator, zone = shape
        field = model._fields[name]

        def test(record: Any) -> bool:
            value = self._value(record, field)
            if value is None:
                return False
            moment = _in_zone(value, self.env.zone) if zone else value
            return _COMPARE[operator](_PARTS[part](moment), operand)

        return test

    def _compare(self, field: Any, kind: str, values: Iterator[Any]) -> Test:
        if kind == "null":
            return lambda record: self._value(record, field) is None
        if kind == "notnull":
            return lambda record: self._value(record, field) is not None
        operand = next(values)
        if kind == "!=":
            return lambda record: self._value(record, field) != operand
        if kind.endswith("like"):
            folded = kind in ("ilike", "=ilike")
            matches = _pattern(operand)
            return lambda record: _matches(self._value(record, field), matches, folded)
        compare = _COMPARE[kind]

        def test(record: Any) -> bool:
            value = self._value(record, field)
            return value is not None and compare(value, operand)

        return test

    def _value(self, record: Any, field: Any) -> Any:
        if field.name == "id":
            return record._ids[0]
        raw = cache.raw_value(record.with_env(self.env.neutral()), field, record._ids[0])
        if field.translate:
            return field.to_record(raw, record.with_env(self.env))
        if field.type == "reference":
            hidden = raw is not None and cache.reference_hidden(record.with_env(self.env), field, raw)
            return None if hidden else field.to_wire(raw)
        return raw


def searched_text(fields: list[Any], raws: list[Any]) -> str:
    """The searched text of a record, as `schema.search_expression` makes it."""
    texts = [" ".join(map(str, raw.values())) if isinstance(raw, dict) else "" if raw is None else str(raw) for raw in raws]
    digits = [re.sub("[^0-9]", "", text) for field, text in zip(fields, texts, strict=True) if field.type == "phone"]
    return " ".join([*map(fold, texts), *digits])


def _in_zone(value: datetime, zone: ZoneInfo) -> datetime:
    return value.astimezone(zone)


def _matches(value: Any, matches: Callable[[str], bool], folded: bool) -> bool:
    if value is None:
        return False
    text = value if isinstance(value, str) else str(value)
    return matches(plain(text) if folded else text)
