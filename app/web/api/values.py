"""From a JSON body to values for `create` and `write`: types, unknown fields, fields that this user may not write."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError as SchemaError

from app.orm import Command
from app.orm.i18n import _
from app.web.api.resources import LISTS, shape
from app.web.api.schemas import Problem, schema_for
from app.web.errors import InvalidInput

_RAW = frozenset({"geopoint", "geopolygon", "reference", "json"})
_READONLY = Problem("readonly", _("This field cannot be set."))
_UNKNOWN = Problem("unknown-field", _("There is no such field."))
_INVALID = Problem("invalid", _("This value is not valid."))


def load(model: Any, body: Any, *, index: int | None = None) -> dict[str, Any]:
    """The checked values of one record; raises `InvalidInput` with every wrong field."""
    return load_many(model, [body], start=index)[0]


def load_many(model: Any, bodies: list[Any], start: int | None = None) -> list[dict[str, Any]]:
    """The checked values of many records; raises `InvalidInput` with every wrong field of every record."""
    problems: list[dict[str, Any]] = []
    for number, body in enumerate(bodies):
        index = None if start is None else start + number
        problems += [_row(name, problem, index) for name, problem in _refused(model, body).items()]
    if problems:
        raise InvalidInput(problems)
    schema = schema_for(type(model))
    try:
        loaded: list[dict[str, Any]] = schema.load(bodies, many=True)
    except SchemaError as error:
        raise InvalidInput(list(_flat(error.messages, start))) from error
    _check_raw(model, loaded, start)
    lines = [name for name, field in model._fields.items() if field.type in LISTS]
    for row in loaded:
        for name in lines:
            if row.get(name) is not None:
                row[name] = _commands(model, name, row[name])
    return loaded


def _check_raw(model: Any, rows: list[dict[str, Any]], start: int | None) -> None:
    """Values whose form only the field itself knows (points, shapes): its refusal gets its name."""
    for name in {name for row in rows for name in row if model._fields[name].type in _RAW}:
        for number, row in enumerate(rows):
            try:
                model._fields[name].normalise(row.get(name), model.env)
            except ValueError as error:
                problem = Problem("invalid", _("This value is not valid: %(detail)s.", detail=str(error)))
                raise InvalidInput([_row(name, problem, None if start is None else start + number)]) from error


def _refused(model: Any, body: Any) -> dict[str, Problem]:
    """The fields of a body that do not exist for this user, or that he may not set."""
    allowed = shape(model)
    if not isinstance(body, dict):
        return {"": Problem("wrong-type", _("This must be an object."))}
    wrong = body.keys() - allowed.writable
    return {name: _READONLY if name in allowed.readable else _UNKNOWN for name in sorted(wrong)}


def _flat(messages: Any, start: int | None) -> Any:
    """Marshmallow's nested messages as our rows; with `many` they are keyed by the row's number."""
    for number, by_field in messages.items():
        index = None if start is None or not isinstance(number, int) else start + number
        for name, found in (by_field if isinstance(by_field, dict) else {"": by_field}).items():
            problem = (
                next((item for item in found if isinstance(item, Problem)), _INVALID) if isinstance(found, list) else _INVALID
            )
            yield _row(name, problem, index)


def _row(name: str, problem: Problem, index: int | None) -> dict[str, Any]:
    row: dict[str, Any] = {"field": name or None, "code": problem.code, "message": str(problem.text)}
    if index is not None:
        row["index"] = index
    return row


def _commands(model: Any, name: str, given: list[Any]) -> list[Any]:
    """The commands of a list of linked records; a plain list of ids stays what it is."""
    if not given or isinstance(given[0], int):
        return given
    comodel = model.env[model._fields[name].comodel]
    return [_command(comodel, item) for item in given]


def _command(comodel: Any, item: dict[str, Any]) -> Any:
    match item["op"]:
        case "create":
            return Command.create(load(comodel, item["values"]))
        case "update":
            return Command.update(item["id"], load(comodel, item["values"]))
        case "delete":
            return Command.delete(item["id"])
        case "link":
            return Command.link(item["id"])
        case "unlink":
            return Command.unlink(item["id"])
        case "set":
            return Command.set(item["ids"])
    return Command.clear()
