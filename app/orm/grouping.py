"""read_group: groups with aggregates in one statement, each with the domain that finds exactly its rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from babel import Locale
from babel.dates import format_date, format_datetime
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.orm import access, dates, names
from app.orm.domain import Domain
from app.orm.errors import UserError
from app.orm.i18n import _
from app.orm.kept import Compiled, cached
from app.orm.predicate import invalid_field
from app.orm.reading import Query
from app.orm.statement import Builder

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.recordset import Recordset

GRANULARITIES = ("hour", "day", "week", "month", "quarter", "year")
FUNCTIONS = ("sum", "avg", "min", "max", "count", "count_distinct", "array_agg", "bool_and", "bool_or", "recordset")
NUMBERS = ("integer", "float", "decimal", "monetary")


class Group:
    """One key of the grouping: a field, with a granularity for dates."""

    def __init__(self, env: Env, model: type[Recordset], key: str) -> None:
        name, _colon, self.unit = key.partition(":")
        self.key, self.name = key, name
        field = model._fields.get(name)
        if field is None:
            raise invalid_field(name, model)
        access.check_field(env, field, "read")
        self.field: Any = field
        dated = field.type in ("date", "datetime")
        if self.unit and (not dated or self.unit not in GRANULARITIES):
            raise ValueError(f"Invalid group {key!r} on {model._name}: granularities of dates are {', '.join(GRANULARITIES)}")
        if dated and not self.unit:
            self.unit = "month"
        if not field.store and not field.related:
            raise ValueError(f"Cannot group {model._name} by {name!r}: it is not stored")

    def expression(self, builder: Builder) -> Any:
        """The SQL value of the key, as this user sees it."""
        field, root = self.field, builder.root
        if field.related and not field.store:
            return builder.related(builder.model, root, field)
        if field.type == "many2one":
            return builder.link_id(root, field)
        if field.type == "many2many":
            return _join_members(builder, field)
        column = builder.value(field, root)
        if not self.unit:
            return field.select(column) if field.type == "geopoint" else column
        if field.type == "datetime":
            column = sa.func.timezone(sa.literal_column(f"'{builder.env.zone.key}'"), column)
        return _truncated(column, self.unit, builder.env)


def _week_shift(env: Env) -> int:
    """Days by which the locale's week begins before Monday."""
    return (7 - Locale.parse(env.lang).first_week_day) % 7


def _truncated(column: Any, unit: str, env: Env) -> Any:
    shift = _week_shift(env) if unit == "week" else 0
    moment = sa.cast(column, sa.TIMESTAMP())
    if not shift:
        return sa.func.date_trunc(sa.literal_column(f"'{unit}'"), moment)
    step: Any = sa.literal_column(f"interval '{shift} days'")
    return sa.func.date_trunc(sa.literal_column(f"'{unit}'"), moment + step) - step


def _join_members(builder: Builder, field: Any) -> Any:
    """A many2many counts a record once per visible value."""
    comodel = builder.registry[field.comodel]
    inner, condition = builder.alias(comodel)
    rel = field.relation_table.alias(f"{inner.name}l")
    active = (
        [inner.c.active.is_(sa.true())] if "active" in comodel._fields and builder.env.context.get("active_test", True) else []
    )
    on = [rel.c[field.column2] == inner.c.id, *active, *([] if condition is None else [condition])]
    pairs = sa.join(rel, inner, sa.and_(*on))
    builder.source = sa.outerjoin(builder.source, pairs, rel.c[field.column1] == builder.root.c.id)
    return inner.c.id


class Aggregate:
    """`__count` or `field:function`."""

    def __init__(self, env: Env, model: type[Recordset], text: str) -> None:
        self.key = text
        self.field: Any = None
        self.function = "count"
        if text == "__count":
            return
        name, _colon, function = text.partition(":")
        field = model._fields.get(name)
        if field is None:
            raise invalid_field(name, model)
        access.check_field(env, field, "read")
        self.field, self.function = field, function or field.aggregator or ("sum" if field.type in NUMBERS else "count")
        if self.function not in FUNCTIONS:
            raise ValueError(f"Invalid aggregate {text!r}: functions are {', '.join(FUNCTIONS)}")
        if not field.in_table and not field.related:
            raise ValueError(f"Cannot aggregate {model._name}.{name}: it is not stored")
        if self.function in ("sum", "avg") and field.type not in NUMBERS:
            raise ValueError(f"Invalid aggregate {text!r}: {name} is no number")

    def expression(self, builder: Builder) -> Any:
        """The SQL aggregate."""
        if self.field is None:
            return sa.func.count()
        field, root = self.field, builder.root
        if field.related and not field.store:
            column = builder.related(builder.model, root, field)
        else:
            column = builder.link_id(root, field) if field.type == "many2one" else builder.value(field, root)
        if self.function == "sum":
            return sa.func.coalesce(sa.func.sum(column), 0)
        if self.function == "count_distinct":
            return sa.func.count(sa.distinct(column))
        if self.function in ("array_agg", "recordset"):
            return sa.func.array_agg(aggregate_order_by(column, root.c.id))
        return getattr(sa.func, self.function)(column)


def read_group(
    records: Recordset,
    domain: Any,
    groupby: str | Iterable[str],
    aggregates: Iterable[str],
    having: Any,
    order: str | None,
    limit: int | None,
    offset: int,
) -> list[dict[str, Any]]:
    """See `Recordset.read_group`; rows in the order of the groups, the empty group last."""
    env, model = records.env, type(records)
    query = Query(records, domain, "id", offset, limit)
    groups = [Group(env, model, key) for key in ([groupby] if isinstance(groupby, str) else groupby)]
    sums = [Aggregate(env, model, text) for text in dict.fromkeys(["__count", *aggregates])]
    for each in sums:
        _one_currency(query, each, groups)
    key = query.key("group", tuple(g.key for g in groups), tuple(s.key for s in sums), repr(having), order, env.tz)
    statement = cached(env, key, lambda: _build(query, groups, sums, having, order))
    rows = query.rows(statement)
    found = [_row(env, groups, sums, row) for row in rows]
    _label_links(env, groups, found)
    for row in found:
        row["__domain"] = _group_domain(domain, groups, row)
    return _expanded(records, domain, groups, sums, found) if groups else found


def _one_currency(query: Query, aggregate: Aggregate, groups: list[Group]) -> None:
    """Money in several currencies is never added up."""
    field = aggregate.field
    if field is None or field.type != "monetary" or aggregate.function not in ("sum", "avg", "min", "max"):
        return
    currency = _currency_field(query.model, field)
    if currency is None or any(group.name == currency.name for group in groups):
        return
    builder = query.builder()
    value = builder.link_id(builder.root, currency) if currency.type == "many2one" else builder.value(currency, builder.root)
    builder.where.append(builder.value(field, builder.root) != 0)
    statement = builder.compiled(builder.select(sa.func.count(sa.distinct(value))))
    if query.rows(statement)[0][0] > 1:
        raise UserError(
            _("%(label)s is in several currencies: group by currency or filter for one."),
            model=query.model._name,
            field=field.name,
            reason="several-currencies",
            label=field.string,
        )


def _currency_field(model: type[Recordset], field: Any) -> Any:
    for name in (getattr(field, "currency_field", None), "currency_id", "currency"):
        if name and name in model._fields and model._fields[name].in_table:
            return model._fields[name]
    return None


def _build(query: Query, groups: list[Group], sums: list[Aggregate], having: Any, order: str | None) -> Compiled:
    builder = query.builder()
    keys = [group.expression(builder).label(f"g{number}") for number, group in enumerate(groups)]
    values = [each.expression(builder).label(f"a{number}") for number, each in enumerate(sums)]
    ordering = _ordering(query, builder, groups, sums, order)
    statement: Any = builder.select(*keys, *values)
    if groups:
        numbers: list[Any] = [sa.literal_column(str(number + 1)) for number in range(len(keys))]
        statement = statement.group_by(*numbers, *_order_columns(ordering))
    for condition in _having(sums, values, having):
        statement = statement.having(condition)
    statement = statement.order_by(*[term for term, _grouped in ordering]) if groups else statement
    if query.limit is not None:
        statement = statement.limit(sa.bindparam("cap", type_=sa.Integer()))
    if query.offset:
        statement = statement.offset(sa.bindparam("skip", type_=sa.Integer()))
    return builder.compiled(statement)


def _order_columns(ordering: list[tuple[Any, Any]]) -> list[Any]:
    return [grouped for _term, grouped in ordering if grouped is not None]


def _ordering(
    query: Query,
    builder: Builder,
    groups: list[Group],
    sums: list[Aggregate],
    order: str | None,
) -> list[tuple[Any, Any]]:
    """Terms of ORDER BY with what they add to GROUP BY."""
    wanted: list[tuple[str, bool]] = []
    for part in (order or "").split(",") if order else []:
        words = part.split()
        if not words or len(words) > 2 or (len(words) == 2 and words[1].lower() not in ("asc", "desc")):
            raise ValueError(f"Invalid order {order!r}")
        wanted.append((words[0], len(words) == 2 and words[1].lower() == "desc"))
    named = {name for name, _down in wanted}
    wanted += [(group.key, False) for group in groups if group.key not in named and group.name not in named]
    terms: list[tuple[Any, Any]] = []
    for name, down in wanted:
        terms += _order_term(query, builder, groups, sums, name, down)
    return terms


def _order_term(
    query: Query,
    builder: Builder,
    groups: list[Group],
    sums: list[Aggregate],
    name: str,
    down: bool,
) -> list[tuple[Any, Any]]:
    for number, each in enumerate(sums):
        if name in (each.key, each.key.split(":")[0] if each.field is not None and each.key.split(":")[0] == name else ""):
            column: Any = sa.literal_column(f"a{number}")
            return [((column.desc() if down else column.asc()).nulls_last(), None)]
    for number, group in enumerate(groups):
        if name not in (group.key, group.name):
            continue
        if group.field.type == "many2one" and group.field.in_table:
            return _order_link(query, builder, group, down, number)
        column = sa.literal_column(f"g{number}")
        return [((column.desc() if down else column.asc()).nulls_last(), None)]
    raise ValueError(f"Invalid order by {name!r}: it is neither a group nor an aggregate")


def _order_link(query: Query, builder: Builder, group: Group, down: bool, number: int) -> list[tuple[Any, Any]]:
    """Groups of a many2one come in the other model's order."""
    key: Any = sa.literal_column(f"g{number}")
    empty = builder.link_id(builder.root, group.field).is_(None)
    terms: list[tuple[Any, Any]] = [(empty.asc(), empty)]
    for term in builder.order(query.model, builder.root, [(group.name, down, None)]):
        column = term
        while getattr(column, "modifier", None) is not None:
            column = column.element
        terms.append((term, column))
    return [*terms, ((key.desc() if down else key.asc()), None)]


def _having(sums: list[Aggregate], values: list[Any], having: Any) -> list[Any]:
    """Conditions `(aggregate, operator, number)`, all of which must hold."""
    tests = {"=": "__eq__", "!=": "__ne__", "<": "__lt__", "<=": "__le__", ">": "__gt__", ">=": "__ge__"}
    found = []
    for name, operator, value in having or ():
        number = next((place for place, each in enumerate(sums) if each.key == name), None)
        if number is None or operator not in tests:
            raise ValueError(f"Invalid having {(name, operator, value)!r}: name one of the aggregates")
        found.append(getattr(values[number].element, tests[operator])(value))
    return found


# ---- rows -----------------------------------------------------------------------------------------------------------


def _row(env: Env, groups: list[Group], sums: list[Aggregate], row: tuple[Any, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {group.key: _group_value(env, group, value) for group, value in zip(groups, row, strict=False)}
    for each, value in zip(sums, row[len(groups) :], strict=True):
        found[each.key] = _aggregate_value(env, each, value)
    return found


def _group_value(env: Env, group: Group, value: Any) -> Any:
    if value is None:
        return None
    field = group.field
    if group.unit:
        return _period(env, group, value)
    if field.relational:
        return value
    if field.translate:
        return value
    return field.to_read(value if field.row_is_raw else field.from_row(value), env)


def _aggregate_value(env: Env, aggregate: Aggregate, value: Any) -> Any:
    field = aggregate.field
    if aggregate.function == "recordset":
        return env[field.model].browse(value or ())
    if aggregate.function == "sum" and field is not None and field.type in ("integer", "float") and value is not None:
        return int(value) if field.type == "integer" else float(value)
    if aggregate.function == "avg" and field is not None and field.type in ("integer", "float") and value is not None:
        return float(value)
    return value


def _period(env: Env, group: Group, start: datetime) -> dict[str, str]:
    """`{"from", "to", "label"}`: ISO texts in the user's zone, `to` exclusive."""
    end = _period_end(start, group.unit)
    if group.field.type == "date":
        return {"from": start.date().isoformat(), "to": end.date().isoformat(), "label": _label(start, group.unit, env)}
    first, last = (moment.replace(tzinfo=env.zone) for moment in (start, end))
    return {"from": first.isoformat(), "to": last.isoformat(), "label": _label(start, group.unit, env)}


def _period_end(start: datetime, unit: str) -> datetime:
    if unit == "hour":
        return start + timedelta(hours=1)
    if unit in ("day", "week"):
        return start + timedelta(days=1 if unit == "day" else 7)
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    return datetime.combine(dates.add_months(start.date(), months), start.time())


def _label(start: datetime, unit: str, env: Env) -> str:
    lang = env.lang
    if unit == "hour":
        return format_datetime(start, "d MMM y HH:mm", locale=lang)
    patterns = {"day": "d MMM y", "week": "'W'ww YYYY", "month": "LLLL y", "quarter": "QQQ y", "year": "y"}
    return format_date(start.date(), patterns[unit], locale=lang)


def _label_links(env: Env, groups: list[Group], found: list[dict[str, Any]]) -> None:
    """Ids of links become `{"id", "display_name"}`."""
    for group in groups:
        if not group.field.relational:
            continue
        comodel = env.registry[group.field.comodel]
        ids = list(dict.fromkeys(row[group.key] for row in found if row[group.key] is not None))
        labels = names.display_names(env, comodel, ids)
        for row in found:
            own = row[group.key]
            row[group.key] = None if own is None else {"id": own, "display_name": labels.get(own)}


def _group_domain(domain: Any, groups: list[Group], row: dict[str, Any]) -> list[Any]:
    parts = [Domain(domain)]
    for group in groups:
        value = row[group.key]
        if value is None:
            parts.append(Domain(group.name, "=", None))
        elif group.unit:
            parts += [Domain(group.name, ">=", _bound(group, value["from"])), Domain(group.name, "<", _bound(group, value["to"]))]
        elif group.field.relational:
            operator, wanted = ("in", [value["id"]]) if group.field.x2many else ("=", value["id"])
            parts.append(Domain(group.name, operator, wanted))
        else:
            parts.append(Domain(group.name, "=", value))
    return Domain.AND(parts).to_list()


def _bound(group: Group, text: str) -> str:
    if group.field.type == "date":
        return text
    return datetime.fromisoformat(text).astimezone(UTC).isoformat()


def _expanded(
    records: Recordset, domain: Any, groups: list[Group], sums: list[Aggregate], found: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """`group_expand`: empty stages are shown too, in their model's order."""
    group = groups[0]
    if len(groups) != 1 or not group.field.group_expand or group.field.type != "many2one":
        return found
    env, expand = records.env, group.field.group_expand
    stages: Any = env[group.field.comodel]
    stages = getattr(records, expand)(stages, domain) if isinstance(expand, str) else stages.search([])
    known = {row[group.key]["id"]: row for row in found if row[group.key] is not None}
    rows = []
    for stage in stages:
        row = known.pop(stage.id, None)
        if row is None:
            row = {group.key: {"id": stage.id, "display_name": stage.display_name}}
            row |= {each.key: 0 if each.function in ("count", "sum", "count_distinct") else None for each in sums}
            row["__domain"] = _group_domain(domain, groups, row)
        rows.append(row)
    return [*rows, *known.values(), *(row for row in found if row[group.key] is None)]
