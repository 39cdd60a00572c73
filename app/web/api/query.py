"""The `q` parameter: rison (or JSON) in FAB's vocabulary, to fields, a domain, an order and a page.

Names are looked up and values bound by the ORM; what it cannot understand is a 400 with its reason, never an empty filter.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson
import prison
from flask import current_app, request
from prison.decoder import ParserException

from app.orm.i18n import _
from app.web.api.resources import Shape, shape
from app.web.body import check_depth
from app.web.errors import BadRequest

_LONGEST = 32_768
_DEEPEST = 40
_FARTHEST = 2**31

# FAB's operators and ours; a pattern operator takes the value with its wildcards made harmless.
_PLAIN = {
    "eq": "=",
    "neq": "!=",
    "gt": ">",
    "lt": "<",
    "ge": ">=",
    "le": "<=",
    "ct": "ilike",
    "nct": "not ilike",
    "in": "in",
    "not_in": "not in",
    "rel_o_m": "=",
    "nrel_o_m": "!=",
    "child_of": "child_of",
    "parent_of": "parent_of",
    "within_km": "within_km",
}
_PATTERNS = {"sw": "{}%", "ew": "%{}", "nsw": "{}%", "new": "%{}"}
_TEXT = ("eq", "neq", "sw", "ew", "nsw", "new", "ct", "nct", "in", "not_in")
_ORDERED = ("eq", "neq", "gt", "lt", "ge", "le", "in", "not_in")
_BY_TYPE = {
    "boolean": ("eq", "neq"),
    "many2one": ("rel_o_m", "nrel_o_m", "in", "not_in", "ct"),
    "many2many": ("rel_m_m", "in", "not_in"),
    "one2many": ("in", "not_in"),
    "selection": ("eq", "neq", "in", "not_in"),
}


@dataclass
class ListQuery:
    """What a list asks for."""

    columns: tuple[str, ...]
    domain: list[Any]
    order: str | None
    page: int
    page_size: int
    count: bool
    keys: frozenset[str]
    pruned: bool = field(default=False)

    @property
    def offset(self) -> int:
        """Rows before this page."""
        return self.page * self.page_size


@contextmanager
def query_errors() -> Iterator[None]:
    """Whatever the ORM cannot make sense of in a filter, an order or a list of columns is the caller's mistake: 400."""
    try:
        yield
    except (ValueError, TypeError, OverflowError) as error:
        raise BadRequest(_("The query cannot be understood: %(detail)s.", detail=str(error)), reason="bad-query") from error


def arguments() -> dict[str, Any]:
    """The decoded `q` of this request; not to be changed."""
    raw = request.args.get("q", "")
    return _decoded(raw) if raw else {}


@lru_cache(maxsize=512)
def _decoded(raw: str) -> dict[str, Any]:
    if len(raw) > _LONGEST or _depth(raw) > _DEEPEST:
        raise BadRequest(_("The parameter q is too long or too deep."), reason="too-deep")
    try:
        found = orjson.loads(raw) if raw[0] in "{[" else prison.loads(raw)
    except (ParserException, ValueError, IndexError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadRequest(_("The parameter q is neither rison nor JSON."), reason="bad-rison") from error
    if not isinstance(found, dict):
        raise BadRequest(_("The parameter q must be an object."), reason="bad-rison")
    check_depth(found, _DEEPEST)
    return found


def _depth(raw: str) -> int:
    deepest = depth = 0
    for letter in raw:
        if letter in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif letter in ")]}":
            depth -= 1
    return deepest


def list_query(model: Any) -> ListQuery:
    """The query of a list of this model, checked."""
    given = arguments()
    allowed = shape(model)
    columns = chosen_columns(given, allowed, allowed.listed)
    page, page_size = _page(given)
    return ListQuery(
        columns=columns,
        domain=[*_filters(model, given.get("filters", [])), *_domain(given.get("domain", []))],
        order=_order(given, allowed),
        page=page,
        page_size=page_size,
        count=_flag(given.get("count", True), "count"),
        keys=_names(given.get("keys", []), "keys"),
        pruned=bool(given.get("columns") or given.get("select_columns")),
    )


def chosen_columns(given: dict[str, Any], allowed: Shape, default: tuple[str, ...]) -> tuple[str, ...]:
    """The columns asked for; one that does not exist or may not be read is told by name."""
    asked = given.get("columns") or given.get("select_columns")
    if not asked:
        return default
    if not isinstance(asked, list) or not all(isinstance(name, str) for name in asked):
        raise BadRequest(_("columns must be a list of names."), field="columns", reason="bad-query")
    for name in asked:
        if name not in allowed.readable:
            raise BadRequest(_("There is no column %(name)s.", name=name), field=name, reason="unknown-column")
    return tuple(dict.fromkeys(["id", *asked]))


def item_columns(model: Any) -> tuple[str, ...]:
    """The columns of a single record, with the revision that its ETag needs."""
    allowed = shape(model)
    chosen = chosen_columns(arguments(), allowed, allowed.shown)
    return tuple(dict.fromkeys([*chosen, "revision"]))


def operators(kind: str) -> tuple[str, ...]:
    """FAB's operators that make sense on a type of field."""
    if kind in _BY_TYPE:
        return _BY_TYPE[kind]
    return _ORDERED if kind in {"integer", "float", "decimal", "monetary", "date", "datetime"} else _TEXT


def _filters(model: Any, given: Any) -> list[Any]:
    if not isinstance(given, list):
        raise BadRequest(_("filters must be a list."), field="filters", reason="bad-query")
    domain: list[Any] = []
    for item in given:
        if (
            not isinstance(item, dict)
            or not isinstance(item.get("col"), str)
            or not isinstance(item.get("opr"), str)
            or "value" not in item
        ):
            raise BadRequest(_("A filter is an object of col, opr and value."), field="filters", reason="bad-query")
        domain += _leaf(model, item["col"], item["opr"], item["value"])
    return domain


def _leaf(model: Any, column: str, operator: str, value: Any) -> list[Any]:
    """One filter as (part of) a domain in prefix notation."""
    head = column.partition(".")[0]
    if head not in shape(model).readable:
        raise BadRequest(_("There is no column %(name)s.", name=head), field=head, reason="unknown-column")
    if operator in _PATTERNS:
        if not isinstance(value, str):
            value = str(value)
        pattern = _PATTERNS[operator].format(value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_"))
        leaf = (column, "=ilike", pattern)
        return ["!", leaf] if operator.startswith("n") else [leaf]
    if operator == "rel_m_m":
        return [(column, "in", [one]) for one in (value if isinstance(value, list) else [value])]
    if operator not in _PLAIN:
        raise BadRequest(_("There is no filter operator %(name)s.", name=operator), field=column, reason="unknown-operator")
    return [(column, _PLAIN[operator], value)]


def _domain(given: Any) -> list[Any]:
    """A domain in our own notation; its leaves come as lists."""
    if not isinstance(given, list):
        raise BadRequest(_("domain must be a list."), field="domain", reason="bad-query")
    return [_term(term) for term in given]


def _term(term: Any) -> Any:
    if term in ("&", "|", "!"):
        return term
    if isinstance(term, list) and len(term) == 3 and isinstance(term[0], str) and isinstance(term[1], str):
        column, operator, value = term
        return (column, operator, _domain(value) if operator in ("any", "not any") else value)
    raise BadRequest(_("A domain consists of & | ! and [field, operator, value]."), field="domain", reason="bad-query")


def _order(given: dict[str, Any], allowed: Shape) -> str | None:
    column = given.get("order_column")
    direction = given.get("order_direction", "asc")
    if not column:
        return None
    if not isinstance(column, str) or column not in allowed.readable:
        raise BadRequest(_("There is no column %(name)s.", name=column), field="order_column", reason="unknown-column")
    if direction not in ("asc", "desc"):
        raise BadRequest(_("order_direction is asc or desc."), field="order_direction", reason="bad-query")
    return f"{column} {direction}"


def page_of(given: dict[str, Any], default: int) -> tuple[int, int]:
    """Page and page size within bounds."""
    most = int(current_app.config["FAB_API_MAX_PAGE_SIZE"])
    page, size = given.get("page", 0), given.get("page_size", default)
    if type(size) is not int or not 1 <= size <= most:
        raise BadRequest(_("page_size must be between 1 and %(most)s.", most=most), field="page_size", reason="bad-page")
    if type(page) is not int or not 0 <= page * size < _FARTHEST:
        raise BadRequest(_("page must be 0 or more."), field="page", reason="bad-page")
    return page, size


def _page(given: dict[str, Any]) -> tuple[int, int]:
    return page_of(given, 20)


def _flag(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise BadRequest(_("%(name)s must be true or false.", name=name), field=name, reason="bad-query")
    return value


def _names(value: Any, name: str) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadRequest(_("%(name)s must be a list of names.", name=name), field=name, reason="bad-query")
    return frozenset(value)
