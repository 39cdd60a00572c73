"""`load`: a table of texts becomes records, known again by their external ids.

Columns are named as in Odoo: `id` is the external id, `.id` the record's own, `field` a value (a relation by its label),
`field/id` a relation by external id, `field/.id` by its own id. Any error and nothing is written; every error is listed with
its row. Files, encodings, mappings and nested records are the business of `app.base.importing`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.orm import access
from app.orm.errors import AppError
from app.orm.i18n import _
from app.orm.predicate import invalid_field

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.recordset import Recordset

TRUTHS = {"1": True, "true": True, "yes": True, "да": True, "0": False, "false": False, "no": False, "нет": False, "": False}


class _Failed(Exception):
    """Something was wrong: the savepoint is undone."""


def load(records: Recordset, fields: list[str], rows: list[list[Any]]) -> dict[str, Any]:
    """See the module; needs the letter i."""
    env, model = records.env, type(records)
    access.check(env, model, "import")
    for name in fields:
        _column(model, name)
    messages: list[dict[str, Any]] = []
    ids: list[int] = []
    try:
        with env.savepoint():
            parsed = [_parsed(records, fields, row, number, messages) for number, row in enumerate(rows)]
            for number, values in enumerate(parsed):
                if values is not None:
                    ids.append(_saved(records, values, number, messages))
            _undo_failed(messages)
    except _Failed:
        return {"ids": False, "messages": messages}
    return {"ids": ids, "messages": []}


def _undo_failed(messages: list[dict[str, Any]]) -> None:
    if messages:
        raise _Failed


def _column(model: type[Recordset], name: str) -> tuple[str, str]:
    """Field and kind of reference (`""`, `id` or `.id`) of a column."""
    if name in ("id", ".id"):
        return name, ""
    field, _slash, kind = name.partition("/")
    if field not in model._fields or kind not in ("", "id", ".id"):
        raise invalid_field(name, model)
    return field, kind


def _parsed(records: Recordset, fields: list[str], row: list[Any], number: int, messages: list[Any]) -> dict[str, Any] | None:
    values: dict[str, Any] = {}
    failed = False
    for name, cell in zip(fields, row, strict=False):
        try:
            values[_column(type(records), name)[0]] = _value(records, name, cell)
        except (AppError, ValueError, TypeError, LookupError) as error:
            failed = True
            messages.append(_message(number, name, error))
    return None if failed else values


def _message(number: int, name: str | None, error: Exception) -> dict[str, Any]:
    field = name or (error.field if isinstance(error, AppError) else None)
    return {"type": "error", "record": number, "rows": {"from": number, "to": number}, "field": field, "message": str(error)}


def _value(records: Recordset, name: str, cell: Any) -> Any:
    """The value of one cell; what can't be one of the field is refused here, so that all errors of a file are found at once."""
    if name in ("id", ".id"):
        return cell or None
    field_name, kind = _column(type(records), name)
    field: Any = records._fields[field_name]
    if field.readonly:
        raise ValueError(str(_("%(label)s can't be imported: it is read-only.", label=field.string)))
    access.check_field(records.env, field, "write")
    if field.relational:
        return _linked(records.env, field, kind, cell)
    if field.type == "boolean" and isinstance(cell, str):
        return TRUTHS[cell.strip().lower()]
    if isinstance(cell, str) and not cell.strip():
        return None
    if field.type == "integer" and isinstance(cell, str):
        cell = int(cell)
    elif field.type == "float" and isinstance(cell, str):
        cell = float(cell)
    field.normalise(cell, records.env)
    return cell


def _linked(env: Env, field: Any, kind: str, cell: Any) -> Any:
    texts = [text.strip() for text in str(cell or "").split(",") if text.strip()] if field.x2many else [str(cell or "").strip()]
    found = [_one(env, field, kind, text) for text in texts if text]
    return found if field.x2many else (found[0] if found else None)


def _one(env: Env, field: Any, kind: str, text: str) -> int:
    if kind == ".id":
        return int(text)
    if kind == "id":
        return int(env.ref(text, field.comodel).id)
    matches = env[field.comodel].search([("display_name", "=", text)], limit=2)
    if len(matches) != 1:
        raise LookupError(
            str(_("%(label)s: %(count)s records are called “%(text)s”.", label=field.string, count=len(matches), text=text))
        )
    return int(matches.id)


def _saved(records: Recordset, values: dict[str, Any], number: int, messages: list[Any]) -> int:
    """Create or update one row; an error is listed and undone alone."""
    env = records.env
    external, own = values.pop("id", None), values.pop(".id", None)
    try:
        with env.savepoint():
            known = records.browse(int(own)) if own else _known(records, external)
            if known:
                known.write(values)
            else:
                known = records.browse().create(values)
                if external:
                    names = env["external.id"].sudo("an import remembers its names")
                    names.create({"model": records._name, "name": external, "res_id": known.id})
            return int(known.id)
    except (AppError, ValueError, TypeError) as error:
        messages.append(_message(number, None, error))
        return 0


def _known(records: Recordset, external: str | None) -> Recordset:
    if not external:
        return records.browse()
    names = records.env["external.id"].sudo("an import finds its names")
    found: Any = names.search([("model", "=", records._name), ("name", "=", external)], limit=1)
    return records.browse(found.res_id or ()).exists()
