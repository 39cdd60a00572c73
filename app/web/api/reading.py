"""The reading half of a resource: lists, single records with their ETag, typeahead, and what a form needs to know."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response, request

from app.orm.errors import MissingError
from app.orm.fields.base import Field
from app.orm.i18n import _
from app.web.api.query import arguments, item_columns, list_query, operators, page_of, query_errors
from app.web.api.resources import LISTS, PROTECTED, resource_of, shape
from app.web.errors import BadRequest

_LIST_KEYS = ("label_columns", "description_columns", "list_columns", "order_columns", "list_title")
_ITEM_KEYS = ("label_columns", "description_columns", "show_columns", "show_title")
_INFO_KEYS = ("add_columns", "edit_columns", "filters", "permissions", "add_title", "edit_title")
_NATIVE = frozenset({"date", "datetime"})
_VERBS = ("read", "create", "write", "delete", "export", "import", "merge", "mail")


def as_json(body: Any, status: int = 200, etag: int | None = None) -> Response:
    """JSON straight from rows: decimals as text, dates in ISO form."""
    answer = Response(orjson.dumps(body, default=str, option=orjson.OPT_UTC_Z), status=status, mimetype="application/json")
    if etag is not None:
        answer.set_etag(str(etag))
    return answer


def converted(model: Any, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with those values made JSON that orjson does not know as we want them (decimals, points)."""
    fields = model._fields
    names = [name for name in rows[0] if name in fields] if rows else []
    special = [(name, fields[name].to_json) for name in names if is_special(fields[name])]
    for name, to_json in special:
        for row in rows:
            row[name] = to_json(row[name])
    return rows


def is_special(field: Any) -> bool:
    """Whether a value of this field needs its own conversion before orjson."""
    return type(field).to_json is not Field.to_json and field.type not in _NATIVE


def get_list(model: Any) -> Response:
    """A page: rows straight from `search_read`, with FAB's keys around them."""
    with query_errors():
        query = list_query(model)
        rows = model.search_read(query.domain, list(query.columns), offset=query.offset, limit=query.page_size, order=query.order)
        body: dict[str, Any] = {"ids": [row["id"] for row in rows], "result": converted(model, rows)}
        if query.count:
            body["count"] = _count(model, query.domain, query.offset, query.page_size, len(rows))
    for key in _wanted(query.keys, _LIST_KEYS):
        body[key] = _META[key](model, query.columns)
    return as_json(body)


def _count(model: Any, domain: list[Any], offset: int, size: int, found: int) -> int:
    """How many there are in all; a page that is not full tells without asking again."""
    if found < size and (found or not offset):
        return offset + found
    total: int = model.search_count(domain)
    return total


def get_item(model: Any, pk: int) -> Response:
    """One record with its revision as ETag; 304 when the caller has it already."""
    columns = item_columns(model)
    row = read_one(model, pk, columns)
    answer_etag = row["revision"]
    if request.if_none_match.contains(str(answer_etag)):
        answer = Response(status=304)
        answer.set_etag(str(answer_etag))
        return answer
    body: dict[str, Any] = {"id": pk, "result": row}
    for key in _wanted(_keys(), _ITEM_KEYS):
        body[key] = _META[key](model, columns)
    return as_json(body, etag=answer_etag)


def read_one(model: Any, pk: int, columns: Any) -> dict[str, Any]:
    """The values of one record; archived ones too. Raises `MissingError` for a hidden or missing one."""
    rows = model.with_context(active_test=False).search_read([("id", "=", pk)], list(columns), limit=1)
    if not rows:
        raise MissingError(model=model._name, id=pk)
    found: dict[str, Any] = converted(model, rows)[0]
    return found


def get_info(model: Any) -> Response:
    """What a client needs to build a form: fields, filters, permissions."""
    body: dict[str, Any] = {}
    for key in _wanted(_keys(), _INFO_KEYS):
        body[key] = _META[key](model, ())
    return as_json(body)


def get_related(model: Any, name: str) -> Response:
    """Typeahead for a linked field: never the whole list."""
    allowed = shape(model)
    field = model._fields.get(name)
    if field is None or name not in allowed.readable or not getattr(field, "comodel", None):
        raise MissingError(_("There is no linked field %(name)s.", name=name))
    given = arguments()
    text = given.get("filter", "")
    if not isinstance(text, str):
        raise BadRequest(_("filter must be text."), field="filter", reason="bad-query")
    _page, size = page_of(given, 8)
    with query_errors():
        domain = field.domain if isinstance(field.domain, list) else []
        found = model.env[field.comodel].name_search(text, domain, limit=min(size, 100))
    result = [{"value": pk, "text": label, "id": pk, "display_name": label} for pk, label in found]
    return as_json({"count": len(result), "result": result})


def _keys() -> frozenset[str]:
    keys = arguments().get("keys", [])
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise BadRequest(_("%(name)s must be a list of names.", name="keys"), field="keys", reason="bad-query")
    return frozenset(keys)


def _wanted(asked: frozenset[str], known: tuple[str, ...]) -> tuple[str, ...]:
    """FAB's `keys`: nothing said means all of them, anything said means these."""
    return tuple(key for key in known if key in asked) if asked else known


def _labels(model: Any, columns: Any) -> dict[str, str]:
    return {name: str(model._fields[name].string or name) for name in columns if name in model._fields}


def _descriptions(model: Any, columns: Any) -> dict[str, str]:
    return {name: str(model._fields[name].help) for name in columns if name in model._fields and model._fields[name].help}


def _order_columns(model: Any, columns: Any) -> list[str]:
    return [name for name in columns if name in model._fields and model._fields[name].sortable]


def _filters(model: Any, _columns: Any) -> dict[str, Any]:
    names = [name for name in shape(model).readable if name in model._fields and model._fields[name].searchable]
    return {
        name: [{"operator": operator, "name": operator} for operator in operators(model._fields[name].type)] for name in names
    }


def _permissions(model: Any, _columns: Any) -> list[str]:
    asked = {verb: "unlink" if verb == "delete" else verb for verb in _VERBS}
    return [f"can_{verb}" for verb, operation in asked.items() if model.has_access(operation)]


def _fields(model: Any, _columns: Any) -> list[dict[str, Any]]:
    """The fields that this user may set, as FAB describes columns."""
    return [_column(model, name) for name in model._fields if name in shape(model).writable and name not in PROTECTED]


def _column(model: Any, name: str) -> dict[str, Any]:
    field = model._fields[name]
    facts: dict[str, Any] = {
        "name": name,
        "label": str(field.string or name),
        "description": str(field.help or ""),
        "type": field.type,
        "required": bool(field.required),
        "unique": bool(getattr(field, "unique", False)),
    }
    if field.type == "selection":
        facts["choices"] = [{"value": value, "label": str(label)} for value, label in field.choices(model.env)]
    if getattr(field, "comodel", None):
        facts["related"] = resource_of(field.comodel)
        facts["many"] = field.type in LISTS
    if getattr(field, "size", None):
        facts["validate"] = [f"<Length(max={field.size})>"]
    return facts


def _title(model: Any, _columns: Any) -> str:
    return str(model._description)


_META: dict[str, Any] = {
    "label_columns": _labels,
    "description_columns": _descriptions,
    "list_columns": lambda _model, columns: list(columns),
    "show_columns": lambda _model, columns: list(columns),
    "order_columns": _order_columns,
    "list_title": _title,
    "show_title": _title,
    "add_title": _title,
    "edit_title": _title,
    "add_columns": _fields,
    "edit_columns": _fields,
    "filters": _filters,
    "permissions": _permissions,
}
