"""The one gate: every statement that reads records is built here, and no model can be put into one without its rules.

    domain ──predicate──▶ shape + values ──┐
    env ──access──▶ rules of each model ───┤──▶ Builder ──▶ Compiled (SQL text, names of its parameters, rules it contains)
    fields, order, joins ──────────────────┘                     │ kept.py: in registry.statements, by key
                                                                 ▼
                                    values, those of the rules ─▶ unit.run(sql, parameters)

    what is asked                     becomes                                                   by
    the records themselves            FROM t1 WHERE rules of t1 AND condition                   alias, condition
    ("one"|"many", field, shape)      EXISTS (SELECT 1 FROM t2 WHERE link AND shape AND rules)  _one, _many, _exists
    ("tree", …)                       id IN (WITH RECURSIVE …), each step with the rules        _tree
    name, order, related value        LEFT JOIN t2 ON link AND rules: hidden means empty        join, order, related
    ids of an x2many                  ARRAY(SELECT … WHERE link AND rules)                      members

What always holds. `Builder.alias` is the only way to a table: it gives the alias together with the condition that the user's
rules put on it, so whoever asks for one gets both and can't forget the second. For the superuser, and below `related_sudo`
("free"), there is none. The paths inside a rule run free: a rule may look at what the user may not see.
No value gets into the text. The n-th parameter is the n-th value that `predicate` bound, so a shape is walked here in the same
order, whatever SQL becomes of it; who changes one walk changes the other. Parameters of rules are named apart
(`r_<model>_<operation>_<n>`), because their values are the env's and not the question's.

Why shapes: making SQL text costs more than most queries. So it is made once per key (what is asked, shape of the domain, roles,
language) and kept with the shapes of the rules in it; it is used again only while `fits` says that these are the env's. Hidden
records are cut out in the database and not afterwards: a count, a page, a group and an order must not tell of them either.

Why EXISTS and not joins for conditions: a record that matches twice is still one row. Negations are complements, NULL
included, so `!` is `IS NOT TRUE` wherever a part may be unknown. An OR over texts of several tables becomes a union of ids
(`_either`), each part by its own index; PostgreSQL would try an OR on every row.

Beside it: `quick.py` builds its columns here as superuser; `owners.py` and `flush.py` ask for links and send rows by ids that
were proven, with names from the registry. A custom field's column is an expression on its document (`column`, `custom.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.elements import ColumnElement

from app.orm import access
from app.orm.fields.custom import sql
from app.orm.i18n import portal_lang
from app.orm.kept import Compiled
from app.orm.ordering import order_terms
from app.orm.predicate import Shape
from app.orm.schema import SEARCH_COLUMN

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.fields.base import Field
    from app.orm.recordset import Recordset

_DIALECT: Any = postgresql.psycopg.dialect()  # type: ignore[no-untyped-call]
# The method of `Builder` for each shape that leads to other rows or into a value.
_WALKS = {"one": "_one", "many": "_many", "link": "_link", "tree": "_tree", "day": "_day", "text": "_text"}
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left.is_distinct_from(right),
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


class Builder:
    """Builds one statement over a model: aliases with rules, conditions from shapes, joins for names and order."""

    def __init__(self, env: Env, model: type[Recordset], operation: str = "r") -> None:
        self.env, self.registry = env, env.registry
        self.model = model
        self.free = env.su
        self.rules: dict[tuple[str, str], Shape] = {}
        self.number = 0
        self.aliases = 0
        self.prefix = "p"
        self.fixed: dict[str, Any] = {}
        self.joins: dict[tuple[str, str], Any] = {}
        self.where: list[Any] = []
        self.root, condition = self.alias(model, operation)
        self.source: Any = self.root
        if condition is not None:
            self.where.append(condition)

    # ---- the gate -------------------------------------------------------------------------------------------------

    def alias(self, model: type[Recordset], operation: str = "r") -> tuple[Any, Any]:
        """A fresh alias of the model's table, with the condition of the rules (`None`: no restriction)."""
        self.aliases += 1
        table = model._table.alias(f"t{self.aliases}")
        if self.free:
            return table, None
        rule = access.rule(self.env, model._name, operation)
        self.rules[model._name, operation] = rule.shape
        if rule.shape == ("T",):
            return table, None
        return table, self._ruled(model, table, operation, rule.shape)

    def _ruled(self, model: type[Recordset], table: Any, operation: str, shape: Shape) -> Any:
        """A rule's own paths run unrestricted, with parameters of their own names."""
        outer = self.free, self.number, self.prefix
        self.free, self.number, self.prefix = True, 0, rule_prefix(model._name, operation)
        try:
            return self.condition(model, table, shape)
        finally:
            self.free, self.number, self.prefix = outer

    def restricted(self, model: type[Recordset], operation: str = "l") -> bool:
        """Whether the user may see only some records of the model."""
        if self.free:
            return False
        rule = access.rule(self.env, model._name, operation)
        self.rules[model._name, operation] = rule.shape
        return rule.shape != ("T",)

    def next(self, kind: Any = None) -> Any:
        """The next bound parameter."""
        name = f"{self.prefix}{self.number}"
        self.number += 1
        return sa.bindparam(name, type_=kind)

    # ---- conditions -----------------------------------------------------------------------------------------------

    def condition(self, model: type[Recordset], table: Any, shape: Shape) -> ColumnElement[bool]:
        """The expression of a shape; walks it in the order in which its values were bound."""
        kind = shape[0]
        if kind == "T":
            return sa.true()
        if kind == "F":
            return sa.false()
        if kind == "|" and _apart(shape):
            return self._either(model, table, shape[1:])
        if kind in ("&", "|"):
            parts = [self.condition(model, table, part) for part in shape[1:]]
            return sa.and_(*parts) if kind == "&" else sa.or_(*parts)
        if kind == "!":
            return self._negation(model, table, shape[1])
        if kind == "free":
            outer, self.free = self.free, True
            try:
                return self.condition(model, table, shape[1])
            finally:
                self.free = outer
        if kind in _WALKS:
            return getattr(self, _WALKS[kind])(model, table, *shape[1:])  # type: ignore[no-any-return]
        return self._compare(model._fields[shape[1]], table, kind)

    def _negation(self, model: type[Recordset], table: Any, shape: Shape) -> ColumnElement[bool]:
        inner = self.condition(model, table, shape)
        if shape[0] in ("one", "many", "link", "null", "notnull"):
            return sa.not_(inner)
        return sa.type_coerce(inner, sa.Boolean()).is_not(sa.true())

    def _compare(self, field: Field[Any], table: Any, kind: str) -> ColumnElement[bool]:
        column = self.value(field, table)
        if kind == "null":
            return column.is_(None)  # type: ignore[no-any-return]
        if kind == "notnull":
            return column.is_not(None)  # type: ignore[no-any-return]
        if kind == "in":
            return column == sa.any_(self._cast(self.next(), f"{field.wire}[]"))  # type: ignore[no-any-return]
        if kind in _COMPARE:
            bound = "text" if field.translate else field.cast or field.wire
            return _COMPARE[kind](column, self._cast(self.next(), bound))  # type: ignore[no-any-return]
        if kind in ("like", "=like", "ilike", "=ilike"):
            return self._like(field, column, kind)
        if kind == "within_km":
            point = sa.func.ST_SetSRID(
                sa.func.ST_MakePoint(self._cast(self.next(), "float8"), self._cast(self.next(), "float8")), 4326
            )
            radius = self._cast(self.next(), "float8")
            return sa.func.ST_DWithin(_geography(column), _geography(point), radius)
        return sa.func.ST_Intersects(column, _geometry(self._cast(self.next(), "text")))

    def _like(self, field: Field[Any], column: Any, kind: str) -> ColumnElement[bool]:
        text = column if field.wire == "text" and not field.cast else sa.cast(column, sa.Text())
        if kind in ("ilike", "=ilike"):
            text = sa.func.plain(text)
        return text.like(self._cast(self.next(), "text"))

    def _cast(self, parameter: Any, kind: str) -> Any:
        return sa.cast(parameter, _Raw(kind))

    def _day(
        self, model: type[Recordset], table: Any, part: str, name: str, operator: str, zone: str | None
    ) -> ColumnElement[bool]:
        column = self.value(model._fields[name], table)
        moment = sa.func.timezone(zone, column) if zone else column
        number = sa.cast(sa.func.date_part(part, moment), sa.Integer())
        if operator == "in":
            return number == sa.any_(self._cast(self.next(), "int4[]"))
        return _COMPARE[operator](number, self._cast(self.next(), "int4"))  # type: ignore[no-any-return]

    def _link(self, model: type[Recordset], table: Any, name: str) -> ColumnElement[bool]:
        """A many2one that is not empty for this user."""
        link: Any = model._fields[name]
        if link.type == "reference":
            return self.value(link, table).is_not(None)  # type: ignore[no-any-return]
        column = self.column(link, table)
        comodel = self.registry[link.comodel]
        if not self.restricted(comodel):
            return column.is_not(None)  # type: ignore[no-any-return]
        return self._one(model, table, name, ("T",), "l")

    def _one(self, model: type[Recordset], table: Any, name: str, shape: Shape, operation: str = "r") -> ColumnElement[bool]:
        """The visible record at the end of a many2one matches."""
        link: Any = model._fields[name]
        comodel = self.registry[link.comodel]
        if operation == "r" and shape == ("T",):
            return self._link(model, table, name)
        inner, condition = self.alias(comodel, operation)
        wheres = [inner.c.id == self.column(link, table), self.condition(comodel, inner, shape)]
        return self._exists(inner, wheres, condition)

    def _many(self, model: type[Recordset], table: Any, name: str, shape: Shape, archived: bool) -> ColumnElement[bool]:
        """Some visible record at the end of an x2many matches."""
        link: Any = model._fields[name]
        comodel = self.registry[link.comodel]
        inner, condition = self.alias(comodel)
        wheres = [] if archived else [inner.c.active.is_(sa.true())]
        source = inner
        if link.type == "one2many":
            wheres.append(self._inverse(link, comodel, inner, table))
        else:
            rel = link.relation_table.alias(f"{inner.name}l")
            source = sa.join(rel, inner, rel.c[link.column2] == inner.c.id)
            wheres.append(rel.c[link.column1] == table.c.id)
        wheres.append(self.condition(comodel, inner, shape))
        return self._exists(source, wheres, condition)

    def _inverse(self, link: Any, comodel: type[Recordset], inner: Any, table: Any) -> ColumnElement[bool]:
        inverse = comodel._fields[link.inverse_name]
        if inverse.type == "reference":
            return inner.c[inverse.column] == sa.func.concat(f"{link.model},", table.c.id)  # type: ignore[no-any-return]
        return inner.c[inverse.column] == table.c.id  # type: ignore[no-any-return]

    def _exists(self, source: Any, wheres: list[Any], condition: Any) -> ColumnElement[bool]:
        if condition is not None:
            wheres.append(condition)
        inside = {source.left, source.right} if isinstance(source, sa.Join) else {source}
        query: Any = sa.select(sa.literal_column("1")).select_from(source).where(*wheres)
        return sa.exists(query.correlate_except(*inside))

    def _either(self, model: type[Recordset], table: Any, parts: tuple[Shape, ...]) -> ColumnElement[bool]:
        """Texts of several tables: the ids that each part finds by its own index. PostgreSQL would try an OR on every row."""
        found = []
        for part in parts:
            inner, condition = self.alias(model)
            wheres = [self.condition(model, inner, part), *([] if condition is None else [condition])]
            found.append(sa.select(inner.c.id).where(*wheres))
        return table.c.id.in_(sa.union_all(*found))  # type: ignore[no-any-return]

    def _text(self, _model: type[Recordset], table: Any, words: int, digits: bool) -> ColumnElement[bool]:
        """All words are contained in the searched text, or the digits."""
        text = table.c[SEARCH_COLUMN]
        found: Any = sa.and_(*(text.like(self._cast(self.next(), "text")) for _word in range(words)))
        if digits:
            found = sa.or_(found, text.like(self._cast(self.next(), "text")))
        return found  # type: ignore[no-any-return]

    def _tree(self, model: type[Recordset], table: Any, name: str, direction: str, tree: str) -> ColumnElement[bool]:
        """The ids below (above) the given ones by a recursive walk over the parent field, by records that the user may see."""
        comodel = self.registry[tree]
        parent = comodel._fields[comodel._parent_name].column
        self.aliases += 1
        name_of_walk = f"tree{self.aliases}"
        root, condition = self.alias(comodel)
        given = root.c.id == sa.any_(self._cast(self.next(), "int8[]"))
        walk = sa.select(root.c.id).where(*_both(given, condition)).cte(name_of_walk, recursive=True)
        found, condition = self.alias(comodel)
        if direction == "child_of":
            step = sa.select(found.c.id).where(*_both(found.c[parent] == walk.c.id, condition))
        else:
            below = comodel._table.alias(f"{found.name}w")
            up = sa.and_(below.c.id == walk.c.id, found.c.id == below.c[parent])
            step = sa.select(found.c.id).where(*_both(up, condition))
        walked = walk.union(step)
        column = table.c.id if name == "id" else self.column(model._fields[name], table)
        return column.in_(sa.select(walked.c.id))  # type: ignore[no-any-return]

    # ---- values, joins, order -------------------------------------------------------------------------------------

    def column(self, field: Field[Any], table: Any) -> Any:
        """The column of a field, or what a custom field has in the column `custom`."""
        if field.custom:
            return sa.literal_column(sql(field, table.name), type_=field.sa_type())
        return table.c[field.column]

    def value(self, field: Field[Any], table: Any) -> Any:
        """The expression that holds the field's value; one language of a translated text."""
        if not field.in_table:
            raise ValueError(f"{field.model}.{field.name} has no column")
        column = self.column(field, table)
        if field.type == "reference" and not self.free:
            return sa.case((self._points(field, column), column), else_=sa.null())
        if not field.translate:
            return column
        anything: Any = sa.select(sa.literal_column("value")).select_from(sa.func.jsonb_each_text(column).alias("texts")).limit(1)
        languages = dict.fromkeys([self.env.lang, portal_lang()])
        return sa.func.coalesce(
            *(column.op("->>")(sa.literal_column(f"'{_safe(lang)}'")) for lang in languages), anything.scalar_subquery()
        )

    def _points(self, field: Any, column: Any) -> ColumnElement[bool]:
        """A reference to something that the user may see."""
        ends = []
        for name in sorted(field.models) or [model._name for model in self.registry.concrete()]:
            inner, condition = self.alias(self.registry[name], "l")
            begins = column.like(sa.literal_column(f"'{name},%%'"))
            if condition is not None:
                same = inner.c.id == sa.cast(sa.func.split_part(column, ",", 2), sa.BigInteger())
                begins = sa.and_(begins, self._exists(inner, [same], condition))
            ends.append(begins)
        return sa.or_(*ends)

    def join(self, table: Any, field: Any, operation: str = "l") -> Any:
        """The linked record's alias, joined once per link; missing where the user may not see it."""
        key = (table.name, f"{field.name} {operation} {self.free}")
        known = self.joins.get(key)
        if known is not None:
            return known
        comodel = self.registry[field.comodel]
        inner, condition = self.alias(comodel, operation)
        on = inner.c.id == self.column(field, table)
        self.source = sa.outerjoin(self.source, inner, on if condition is None else sa.and_(on, condition))
        self.joins[key] = inner
        return inner

    def members(self, table: Any, field: Any, archived: bool) -> Any:
        """An array of the visible ids at the end of a stored x2many, in the other model's order as this user may know it."""
        comodel = self.registry[field.comodel]
        inner, condition = self.alias(comodel)
        wheres = [] if condition is None else [condition]
        outer = self.source, self.joins
        self.source, self.joins = inner, {}
        if field.type == "one2many":
            wheres.append(self._inverse(field, comodel, inner, table))
        else:
            rel = field.relation_table.alias(f"{inner.name}l")
            self.source = sa.join(rel, inner, rel.c[field.column2] == inner.c.id)
            wheres.append(rel.c[field.column1] == table.c.id)
        if "active" in comodel._fields and not archived:
            wheres.append(inner.c.active.is_(sa.true()))
        if field.domain and isinstance(field.domain, (list, tuple)):
            wheres.append(self.filtered(comodel, inner, field))
        order = self.order(comodel, inner, order_terms(self.env, comodel, field.order, declared=True))
        query: Any = sa.select(inner.c.id).select_from(self.source).where(*wheres).order_by(*order).correlate(table)
        self.source, self.joins = outer
        return sa.func.array(query.scalar_subquery(), type_=sa.ARRAY(sa.BigInteger()))

    def filtered(self, comodel: type[Recordset], table: Any, field: Any) -> ColumnElement[bool]:
        """The domain of an x2many field. Like a rule it may name the user or a day, so its values are those of the env."""
        operation = access.filter_of(field)
        shape = self.rules[comodel._name, operation] = access.rule(self.env, comodel._name, operation).shape
        condition: ColumnElement[bool] = self._ruled(comodel, table, operation, shape)
        return condition

    def link_id(self, table: Any, field: Any) -> Any:
        """The id of a many2one as this user sees it: empty when the record is hidden."""
        if not self.restricted(self.registry[field.comodel]):
            return self.column(field, table)
        return self.join(table, field).c.id

    def order(
        self, model: type[Recordset], table: Any, terms: list[Any], seen: tuple[Any, ...] = (), flip: bool = False
    ) -> list[Any]:
        """ORDER BY expressions of parsed terms `(field, descending, nulls)`; a many2one orders by the other model's order."""
        parts: list[Any] = []
        for name, descending, nulls in terms:
            field = model._fields[name]
            down = descending != flip
            if field.type == "many2one":
                parts += self._order_link(model, table, field, seen, down, nulls)
                continue
            through = field.related and not field.store
            expression = self.related(model, table, field) if through else self.value(field, table)
            parts.append(_placed(expression.desc() if down else expression.asc(), nulls))
        return parts

    def _order_link(
        self, model: type[Recordset], table: Any, field: Any, seen: tuple[Any, ...], down: bool, nulls: str | None
    ) -> list[Any]:
        comodel = self.registry[field.comodel]
        link = (model._name, field.name)
        if link in seen or (field.related and not field.store):
            return []
        terms = [term for term in order_terms(self.env, comodel, None) if term[0] != "id"]
        if not terms:
            column = self.link_id(table, field)
            return [_placed(column.desc() if down else column.asc(), nulls)]
        inner = self.join(table, field)
        last = (nulls == "last") if nulls else not down
        empty = inner.c.id.is_(None)
        return [empty.asc() if last else empty.desc(), *self.order(comodel, inner, terms, (*seen, link), down)]

    def related(self, model: type[Recordset], table: Any, field: Field[Any]) -> Any:
        """The value at the end of a related field's path, by joins."""
        outer, self.free = self.free, self.free or field.related_sudo
        try:
            for name in field.related[:-1]:
                link: Any = model._fields[name]
                table = self.join(table, link, "r")
                model = self.registry[link.comodel]
            last = model._fields[field.related[-1]]
            if last.related and not last.store:
                return self.related(model, table, last)
            return self.link_id(table, last) if last.type == "many2one" else self.value(last, table)
        finally:
            self.free = outer

    # ---- the end --------------------------------------------------------------------------------------------------

    def select(self, *columns: Any) -> Any:
        """SELECT of these columns from the root with its joins and conditions."""
        return sa.select(*columns).select_from(self.source).where(*self.where)

    def compiled(self, query: Any, **extra: Any) -> Compiled:
        """The finished statement."""
        compiled = query.compile(dialect=_DIALECT)
        static = {name: value for name, value in compiled.params.items() if value is not None} | self.fixed
        return Compiled(str(compiled), self.number, dict(self.rules), static, extra)


class _Raw(sa.types.UserDefinedType[Any]):
    """A type by its PostgreSQL name, for casts of bound values."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_options: Any) -> str:
        return self.name


def _both(condition: Any, rule: Any) -> list[Any]:
    return [condition] if rule is None else [condition, rule]


def _apart(shape: Shape) -> bool:
    """Whether an OR looks for texts here and at the end of links."""
    kinds = {part[0] for part in shape[1:]}
    return bool(kinds & {"one", "many"}) and kinds <= {"one", "many", "text", "ilike"} and any(map(_is_text, shape[1:]))


def _is_text(shape: Shape) -> bool:
    return shape[0] in ("text", "ilike") or (shape[0] in ("one", "many") and _is_text(shape[2]))


def _placed(term: Any, nulls: str | None) -> Any:
    """Where the empty values come; PostgreSQL's default is last when rising, first when falling."""
    if nulls is None:
        return term
    return term.nulls_first() if nulls == "first" else term.nulls_last()


def _geometry(text: Any) -> Any:
    """GeoJSON, or WKT with or without the number of its reference system: degrees unless it says otherwise."""
    read = sa.case((sa.func.starts_with(text, "{"), sa.func.ST_GeomFromGeoJSON(text)), else_=sa.func.ST_GeomFromEWKT(text))
    return sa.case((sa.func.ST_SRID(read) == 0, sa.func.ST_SetSRID(read, 4326)), else_=read)


def _geography(expression: Any) -> Any:
    return sa.cast(expression, _Raw("geography"))


def _safe(lang: str) -> str:
    if not lang.replace("_", "").replace("-", "").isalnum():
        raise ValueError(f"{lang!r} is no language")
    return lang


def rule_prefix(model: str, operation: str) -> str:
    """Names of the parameters of one rule begin so."""
    return f"r_{model}_{operation}_".replace(".", "_").replace(" ", "_")
