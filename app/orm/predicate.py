"""What a domain means for a model and an env: leaves are resolved into *shapes* and values.

A shape is a nested tuple that can be hashed; all that varies between two calls of the same form is in the list of values,
in the order in which the shape is walked. So a statement is built once per shape (`statement.py`) and reused.

    ("T",) ("F",)                       everything, nothing
    ("&", shape, …) ("|", shape, …)     and, or
    ("!", shape)                        exact complement: whatever is not true, the empty included
    (operator, field)                   one value: = != < <= > >= in null notnull like ilike =like =ilike
    ("day" part, field, operator)       a part of a date
    ("link", field)                     a many2one that points to something the user may see
    ("one", field, shape)               the linked record matches
    ("many", field, shape, archived?)   some linked record matches
    ("text", words, digits?)            the searched text contains all words, or the digits
    ("tree", field, direction, comodel) id below or above the given ids
    ("free", shape)                     without the user's rules (related_sudo)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from app.orm import access, dates
from app.orm.domain import NEGATIONS, Domain
from app.orm.fold import fold, plain
from app.orm.schema import SEARCH_COLUMN, searched_fields
from app.orm.uservalue import UserValue

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.fields.base import Field
    from app.orm.recordset import Recordset

Shape = tuple[Any, ...]
TRUE: Shape = ("T",)
FALSE: Shape = ("F",)
_LIKES = ("like", "ilike", "=like", "=ilike")
_LINKS = ("many2one", "one2many", "many2many")


def invalid_field(name: str, model: type[Recordset]) -> ValueError:
    """The error for a name that the model does not have."""
    return ValueError(f"Invalid field {name!r} on {model._name}")


def escaped(text: str) -> str:
    """A text as a literal part of a LIKE pattern."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


class Preparer:
    """Turns domains of one call into shapes; `values` grows in the order of walking."""

    def __init__(self, env: Env, free: bool = False) -> None:
        self.env, self.free = env, free or env.su
        self.values: list[Any] = []

    def bind(self, value: Any) -> None:
        """Add a value to be bound."""
        self.values.append(value)

    def domain(self, model: type[Recordset], domain: Domain) -> Shape:
        """The shape of a whole domain."""
        kind = domain.kind
        if kind == "leaf":
            return self.leaf(model, domain.path, domain.operator, domain.value)
        if kind == "not":
            return negated(self.domain(model, domain.parts[0]))
        if kind in ("true", "false"):
            return TRUE if kind == "true" else FALSE
        return joined("&" if kind == "and" else "|", [self.domain(model, part) for part in domain.parts])

    def leaf(self, model: type[Recordset], path: str, operator: str, value: Any) -> Shape:
        """The shape of one condition."""
        name, _dot, rest = path.partition(".")
        field = model._fields.get(name)
        if field is None:
            return self.text(model, path, operator, value)
        if not self.free:
            access.check_field(self.env, field, "read")
        if isinstance(value, UserValue):
            value = self.resolved(value)
            if _empty(value) or value == ():
                return FALSE if operator not in NEGATIONS else TRUE
        value = self.resolved(value)
        if operator == "=?":
            return TRUE if value is None or value is False else self.leaf(model, path, "=", value)
        if field.related and not field.store:
            return self.related(model, field, rest, operator, value)
        if field.computed and not field.store:
            return self.searched(model, field, rest, operator, value)
        if rest:
            return self.path(model, field, rest, operator, value)
        if field.type in _LINKS:
            return self.relation(model, field, operator, value)
        tree = operator in ("child_of", "parent_of") and name == "id"
        return self.tree(field, operator, model._name, value) if tree else self.scalar(field, operator, value)

    def text(self, model: type[Recordset], path: str, operator: str, value: Any) -> Shape:
        """`search_text ilike`: all words are contained in the searched fields, whatever their order, or the digits typed."""
        if path != SEARCH_COLUMN or not searched_fields(model):
            raise invalid_field(path.partition(".")[0], model)
        if operator == "not ilike":
            return negated(self.text(model, path, "ilike", value))
        if operator != "ilike" or not isinstance(value, str):
            raise ValueError(f"Invalid domain: {SEARCH_COLUMN} takes ilike with a text, not {operator!r} with {value!r}")
        words, digits = _phrases(fold(value)), digits_of(value)
        if not words:
            return TRUE
        for word in [*words, *([digits] if digits else [])]:
            self.bind(f"%{escaped(word)}%")
        return ("text", len(words), bool(digits))

    def resolved(self, value: Any) -> Any:
        """A value with `CurrentUser` put in."""
        if isinstance(value, UserValue):
            return access.user_value(self.env, value)
        if isinstance(value, (list, tuple)) and any(isinstance(item, UserValue) for item in value):
            flat: list[Any] = []
            for item in value:
                found = access.user_value(self.env, item) if isinstance(item, UserValue) else item
                flat.extend(found) if isinstance(found, (list, tuple)) else flat.append(found)
            return flat
        return value

    # ---- paths ----------------------------------------------------------------------------------------------------

    def path(self, model: type[Recordset], field: Field[Any], rest: str, operator: str, value: Any) -> Shape:
        """`a_id.b`: some linked record matches; `date.month_number`: a part of the date."""
        if field.type in ("date", "datetime"):
            if rest not in dates.PARTS:
                raise ValueError(f"Invalid field {field.name}.{rest} on {model._name}: parts are {', '.join(dates.PARTS)}")
            return self.part(field, dates.PARTS[rest], operator, value)
        if field.type not in _LINKS:
            raise ValueError(f"Invalid domain: {model._name}.{field.name} is no relation, so it has no {rest!r}")
        return self.some(field, Domain(rest, operator, value))

    def some(self, field: Field[Any], domain: Domain) -> Shape:
        """Some visible linked record matches."""
        comodel = self.env.registry[field.comodel]  # type: ignore[attr-defined]
        if not field.x2many:
            sub = self.domain(comodel, domain)
            return FALSE if sub == FALSE else ("one", field.name, sub)
        if field.domain:
            domain = Domain.AND([domain, _static_domain(field)])
        archived = "active" not in comodel._fields or not self._active_test(field) or domain.names("active")
        sub = self.domain(comodel, domain)
        return FALSE if sub == FALSE else ("many", field.name, sub, archived)

    def _active_test(self, field: Field[Any]) -> bool:
        return bool({**self.env.context, **field.context}.get("active_test", True))

    def related(self, model: type[Recordset], field: Field[Any], rest: str, operator: str, value: Any) -> Shape:
        """A related field: the value at the end of its path, empty where the path is."""
        path = ".".join(field.related)
        if rest:
            return self.leaf(model, f"{path}.{rest}", operator, value)
        if operator in NEGATIONS:
            return negated(self.related(model, field, rest, NEGATIONS[operator], value))
        outer, self.free = self.free, self.free or field.related_sudo
        try:
            shape = self._related(model, field, path, operator, value)
        finally:
            self.free = outer
        return ("free", shape) if field.related_sudo and not outer else shape

    def _related(self, model: type[Recordset], field: Field[Any], path: str, operator: str, value: Any) -> Shape:
        if operator == "=" and _empty(value):
            return negated(self.leaf(model, path, "!=", None))
        if operator == "in" and isinstance(value, (list, tuple, set, frozenset)) and any(_empty(item) for item in value):
            full = self.leaf(model, path, "in", [item for item in value if not _empty(item)])
            return joined("|", [full, negated(self.leaf(model, path, "!=", None))])
        shape = self.leaf(model, path, operator, value)
        if field.empty is None or field.nullable or field.relational or not _matches(field.empty, operator, value):
            return shape
        return joined("|", [shape, negated(self.leaf(model, ".".join(field.related[:-1]), "!=", None))])

    def searched(self, model: type[Recordset], field: Field[Any], rest: str, operator: str, value: Any) -> Shape:
        """A computed field without a column: its `search` method says which domain is meant."""
        method = field.search
        if method is True or not method:
            raise ValueError(f"{model._name}.{field.name} is computed and not stored: give it search=… to use it in a domain")
        if rest:
            comodel = self.env[field.comodel]  # type: ignore[attr-defined]
            operator, value = "in", comodel.search([(rest, operator, value)]).ids
        records = self.env[model._name]
        found = getattr(records, method)(operator, value) if isinstance(method, str) else method(records, operator, value)
        return self.domain(model, Domain(found))

    # ---- relations ------------------------------------------------------------------------------------------------

    def relation(self, model: type[Recordset], field: Any, operator: str, value: Any) -> Shape:
        """A condition on a relation itself."""
        if operator in NEGATIONS:
            return negated(self.relation(model, field, NEGATIONS[operator], value))
        if operator == "any":
            domain = Domain([("id", "in", value)]) if hasattr(value, "_ids") else Domain(value)
            return self.some(field, domain)
        if operator in _LIKES:
            return self.some(field, Domain("display_name", operator, value))
        if operator in ("child_of", "parent_of"):
            ids = Domain("id", operator, field.many_ids(value))
            return self.some(field, ids)
        if operator not in ("=", "in"):
            raise ValueError(f"Invalid domain: {operator!r} makes no sense for the relation {model._name}.{field.name}")
        return self.linked(field, value)

    def linked(self, field: Any, value: Any) -> Shape:
        """`= id`, `in ids`, with `None` for "empty"."""
        collection = isinstance(value, (list, tuple, set, frozenset))
        empty = any(_empty(item) for item in value) if collection else _empty(value)
        if hasattr(value, "_ids"):
            empty = not value._ids
        if collection:
            value = [item for item in value if not _empty(item)]
        ids = field.many_ids(value)
        shapes: list[Shape] = []
        if ids and field.x2many:
            shapes.append(self.some(field, Domain("id", "in", list(ids))))
        elif ids:
            self.bind(list(ids) if len(ids) > 1 else ids[0])
            shapes.append(("&", ("in" if len(ids) > 1 else "=", field.name), ("link", field.name)))
        if empty:
            shapes.append(negated(self.some(field, Domain.TRUE)) if field.x2many else ("!", ("link", field.name)))
        return joined("|", shapes)

    def tree(self, field: Field[Any], operator: str, model: str, value: Any) -> Shape:
        """`id child_of root`: the given ids with all below (or above) them."""
        if hasattr(value, "_ids"):
            value = list(value._ids)
        ids = [value] if isinstance(value, int) and not isinstance(value, bool) else list(value or ())
        ids = [item for item in ids if not _empty(item)]
        tree = self.env.registry[model]
        if tree._parent_name not in tree._fields:
            raise ValueError(f"Invalid domain: {operator!r} needs a tree, {model} has no {tree._parent_name!r}")
        if not ids:
            return FALSE
        self.bind([int(item) for item in ids])
        return ("tree", field.name, operator, model)

    # ---- scalars --------------------------------------------------------------------------------------------------

    def scalar(self, field: Field[Any], operator: str, value: Any) -> Shape:
        """A condition on a column."""
        if operator in ("within_km", "intersects"):
            return self.geography(field, operator, value)
        if operator in ("any", "not any", "child_of", "parent_of"):
            raise ValueError(f"Invalid domain: {operator!r} needs a relation, {field.model}.{field.name} is none")
        if operator in NEGATIONS:
            return self.negative(field, operator, value)
        if operator in _LIKES:
            return self.like(field, operator, value)
        if operator == "in":
            return self.member(field, value)
        if field.type == "datetime" and (day := dates.day_of(value, self.env)) is not None:
            return self.day(field, operator, day)
        operand = self.operand(field, value)
        if operand is None:
            return ("null", field.name) if operator == "=" else FALSE
        self.bind(operand)
        return (operator, field.name)

    def negative(self, field: Field[Any], operator: str, value: Any) -> Shape:
        """The exact complement, in the form that an index can serve."""
        shape = self.scalar(field, NEGATIONS[operator], value)
        if shape == ("null", field.name):
            return ("notnull", field.name)
        return ("!=", field.name) if shape == ("=", field.name) else negated(shape)

    def operand(self, field: Field[Any], value: Any) -> Any:
        """The value in the form that the driver binds; refuses collections."""
        if value is None or (isinstance(value, str) and not value):
            return None
        if value is False and field.type != "boolean":
            return None
        if hasattr(value, "_ids") and field.name == "id":
            value = value.ensure_one().id
        if isinstance(value, (list, tuple, set, frozenset)) and field.type not in ("json", "reference", "geopoint"):
            raise ValueError(f"Invalid domain: {field.model}.{field.name} = takes one value; use 'in' for {value!r}")
        if isinstance(value, str) and field.type in ("date", "datetime"):
            words = dates.in_words(value, self.env)
            value = value if words is None else words
        if field.type == "date" and isinstance(value, datetime):
            value = value.astimezone(self.env.zone).date() if value.tzinfo else value.date()
        return field.operand(value, self.env)

    def member(self, field: Field[Any], value: Any) -> Shape:
        """`in` takes a collection; `None` among its values means empty."""
        if hasattr(value, "_ids"):
            value = list(value._ids)
        if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
            raise ValueError(f"Invalid domain: {field.model}.{field.name} in takes a collection, not {value!r}")
        items = list(value)
        shapes: list[Shape] = []
        if field.name == "id":
            operands = [item for item in items if type(item) is int]
            if len(operands) != len(items) and not all(
                _empty(item) or hasattr(item, "origin") for item in items if type(item) is not int
            ):
                raise ValueError(f"Invalid domain: ids are numbers, not {items!r}")
        elif field.type == "datetime" and any(dates.day_of(item, self.env) for item in items):
            return joined("|", [self.scalar(field, "=", item) for item in items])
        else:
            operands = [operand for item in items if (operand := self.operand(field, item)) is not None]
            if len(operands) < len(items):
                shapes.append(("null", field.name))
        if operands:
            self.bind(operands)
            shapes.insert(0, ("in", field.name))
        return joined("|", shapes)

    def like(self, field: Field[Any], operator: str, value: Any) -> Shape:
        """`like` and `ilike` contain literally; `=like` and `=ilike` take a pattern."""
        if value is None or isinstance(value, (bool, list, tuple, set, dict)):
            raise ValueError(f"Invalid domain: {operator} takes a text, not {value!r}")
        text = str(value)
        if operator in ("like", "ilike"):
            if not text:
                return TRUE
            self.bind(f"%{escaped(plain(text) if operator == 'ilike' else text)}%")
        else:
            self.bind(plain(text) if operator == "=ilike" else text)
        return (operator, field.name)

    def day(self, field: Field[Any], operator: str, day: date) -> Shape:
        """A moment compared with a day: the day of the user's zone."""
        start, end = dates.day_start(day, self.env), dates.day_start(day + timedelta(days=1), self.env)
        if operator == "=":
            self.bind(start)
            self.bind(end)
            return ("&", (">=", field.name), ("<", field.name))
        self.bind({"<": start, ">=": start, "<=": end, ">": end}[operator])
        return ({"<": "<", ">=": ">=", "<=": "<", ">": ">="}[operator], field.name)

    def part(self, field: Field[Any], part: str, operator: str, value: Any) -> Shape:
        """A number taken from a date."""
        if operator in NEGATIONS:
            return negated(self.part(field, part, NEGATIONS[operator], value))
        if operator == "in":
            self.bind([int(item) for item in value])
        elif operator in ("=", "<", "<=", ">", ">="):
            self.bind(int(value))
        else:
            raise ValueError(f"Invalid domain: {operator!r} makes no sense for a part of a date")
        return ("day", part, field.name, operator, self.env.tz if field.type == "datetime" else None)

    def geography(self, field: Field[Any], operator: str, value: Any) -> Shape:
        """`within_km`: (point, km); `intersects`: GeoJSON or WKT."""
        if field.type not in ("geopoint", "geopolygon"):
            raise ValueError(f"Invalid domain: {operator!r} needs a geographic field, not {field.model}.{field.name}")
        if operator == "within_km":
            point, km = within(value)
            self.values.extend([point[0], point[1], float(km) * 1000])
            return ("within_km", field.name)
        self.bind(geometry_text(value))
        return ("intersects", field.name)


def within(value: Any) -> tuple[tuple[float, float], float]:
    """`(point, km)`, `(lon, lat, km)` or `{"lon", "lat", "km"}` as ((lon, lat), km)."""
    if isinstance(value, dict):
        return (float(value["lon"]), float(value["lat"])), float(value["km"])
    if isinstance(value, (list, tuple)) and len(value) == 3:
        return (float(value[0]), float(value[1])), float(value[2])
    if isinstance(value, (list, tuple)) and len(value) == 2:
        point = value[0]
        if isinstance(point, dict):
            return (float(point["lon"]), float(point["lat"])), float(value[1])
        return (float(point[0]), float(point[1])), float(value[1])
    raise ValueError("within_km takes ((lon, lat), km)")


def geometry_text(value: Any) -> str:
    """A geometry as (E)WKT or GeoJSON text."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and "type" in value:
        return orjson.dumps(value).decode()
    raise ValueError("intersects takes GeoJSON or WKT")


def digits_of(text: str) -> str | None:
    """The digits of what looks like a telephone or a number, where folding would leave them apart."""
    digits = re.sub(r"\D", "", text)
    number = len(digits) >= 3 and digits != fold(text) and re.fullmatch(r"[\d\s()+\-./]+", text.strip())
    # The Russian trunk prefix: 8 912 … and +7 912 … are one telephone.
    trunk = len(digits) == 11 and digits.startswith("8")
    return digits.removeprefix("8") if number and trunk else digits if number else None


def _phrases(text: str) -> list[str]:
    """Words; what has one or two letters is looked for next to its neighbour: "12" alone is in every other telephone."""
    found: list[str] = []
    for word in text.split():
        if found and (len(word) < 3 or len(found[-1]) < 3):
            found[-1] += f" {word}"
        else:
            found.append(word)
    return found


def negated(shape: Shape) -> Shape:
    """The exact complement."""
    if shape in (TRUE, FALSE):
        return FALSE if shape == TRUE else TRUE
    return shape[1] if shape[0] == "!" else ("!", shape)


def joined(sign: str, shapes: list[Shape]) -> Shape:
    """Several shapes as one; keeps the order of the bound values."""
    neutral, absorbing = (TRUE, FALSE) if sign == "&" else (FALSE, TRUE)
    kept = [shape for shape in shapes if shape != neutral]
    if not kept:
        return neutral
    if len(kept) == 1:
        return kept[0]
    if absorbing in kept and all(len(shape) == 1 for shape in kept):
        return absorbing
    return (sign, *kept)


def _empty(value: Any) -> bool:
    return value is None or value is False or value == ""


def _matches(empty: Any, operator: str, value: Any) -> bool:
    """Whether the empty value of a number or yes/no fulfils a positive condition."""
    if operator == "in":
        return empty in value
    tests = {"=": lambda: empty == value, "<": lambda: empty < value, "<=": lambda: empty <= value}
    tests |= {">": lambda: empty > value, ">=": lambda: empty >= value}
    return bool(operator in tests and tests[operator]())


def _static_domain(field: Field[Any]) -> Domain:
    return Domain(field.domain) if isinstance(field.domain, (list, tuple, Domain)) else Domain.TRUE
