"""The writing half of a resource: create, change, delete, batches and the actions that a model offers.

All of it runs in the request's unit of work, so that any error leaves nothing behind.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

from flask import Response, request

from app.orm.errors import AppError, MissingError, ValidationError
from app.orm.i18n import _
from app.orm.names import display_names
from app.web.api.reading import as_json, is_special
from app.web.api.resources import LISTS
from app.web.api.values import load, load_many
from app.web.body import json_object
from app.web.errors import BadRequest, InvalidInput, PreconditionFailed

_MOST = 1000
_OPERATIONS = ("create", "update", "delete")


def create(model: Any) -> Response:
    """POST: one record; answers 201 with its id, the values as stored, and its address."""
    body = json_object()
    model.check_access("create")
    values = load(model, body)
    with write_errors():
        record = model.create(values)
        model.env.flush()
    answer = as_json({"id": record.id, "result": _stored(record, values)}, 201, etag=record.revision)
    answer.headers["Location"] = f"{request.path.rstrip('/')}/{record.id}"
    return answer


def change(model: Any, pk: int) -> Response:
    """PUT and PATCH: the fields given, of the revision that `If-Match` names."""
    body = json_object()
    record = existing(model, pk)
    model.check_access("write")
    values = load(model, body)
    _same_revision(record)
    with write_errors():
        record.write(values)
        model.env.flush()
    return as_json({"id": pk, "result": _stored(record, values)}, etag=record.revision)


def delete(model: Any, pk: int) -> Response:
    """DELETE: one record, of the revision that `If-Match` names."""
    record = existing(model, pk)
    _same_revision(record)
    record.unlink()
    model.env.flush()
    return as_json({"message": "OK"})


def existing(model: Any, pk: int) -> Any:
    """The record, if this user may see it; otherwise `MissingError`."""
    record = model.browse([pk]).exists()
    if not record:
        raise MissingError(model=model._name, id=pk)
    return record


def call(model: Any, pk: int, name: str) -> Response:
    """POST on a method marked `@api.action`; every other name does not exist."""
    if name not in model._collected["_action"]:
        raise MissingError(_("There is no action %(name)s.", name=name))
    body = json_object() if request.get_data(cache=True) else {}
    record = existing(model, pk)
    result = _called(getattr(record, name), body)
    model.env.flush()
    return as_json({"id": pk, "result": _plain(result)})


def _called(method: Any, arguments: dict[str, Any]) -> Any:
    names = method.__code__.co_varnames[1 : method.__code__.co_argcount + method.__code__.co_kwonlyargcount]
    for name in arguments:
        if name not in names:
            raise BadRequest(_("The action has no argument %(name)s.", name=name), field=name, reason="unknown-argument")
    with write_errors():
        return method(**arguments)


def batch(model: Any) -> Response:
    """POST _batch: a list of creates, updates and deletes, all or nothing, in the order given."""
    operations = json_object().get("operations")
    if not isinstance(operations, list) or len(operations) > _MOST:
        raise BadRequest(_("operations must be a list of at most %(most)s.", most=_MOST), field="operations", reason="bad-batch")
    for index, operation in enumerate(operations):
        _check_operation(operation, index)
    results: list[dict[str, Any]] = []
    start = 0
    while start < len(operations):
        end = start + 1
        if operations[start]["op"] == "create":
            while end < len(operations) and operations[end]["op"] == "create":
                end += 1
        results += _run(model, operations[start:end], start)
        start = end
    return as_json({"result": results})


def _check_operation(operation: Any, index: int) -> None:
    right = (
        isinstance(operation, dict)
        and operation.get("op") in _OPERATIONS
        and (operation["op"] == "create" or (type(operation.get("id")) is int and 0 < operation["id"] < 2**63))
        and (operation["op"] == "delete" or isinstance(operation.get("values"), dict))
    )
    if not right:
        raise BadRequest(
            _("Operation %(index)s must be create with values, update with id and values, or delete with id.", index=index),
            field="operations",
            index=index,
            reason="bad-batch",
        )


def _run(model: Any, operations: list[dict[str, Any]], start: int) -> list[dict[str, Any]]:
    """Neighbouring creates in one call, or one update or delete."""
    kind = operations[0]["op"]
    if kind == "create":
        model.check_access("create")
        values = load_many(model, [operation["values"] for operation in operations], start=start)
        with write_errors(start):
            created = _create_all(model, values)
        return [{"op": "create", "id": record.id} for record in created]
    pk = operations[0]["id"]
    with write_errors(start):
        record = existing(model, pk)
        if kind == "update":
            record.write(load(model, operations[0]["values"], index=start))
        else:
            record.unlink()
        model.env.flush()
    return [{"op": kind, "id": pk}]


class _Probed(Exception):
    """Undoes the savepoint of a trial that went well."""


def _create_all(model: Any, values: list[dict[str, Any]]) -> Any:
    """All rows in one call; when the database refuses them without saying which, the first bad one is searched for."""
    try:
        with model.env.savepoint():
            created = model.create(values)
            model.env.flush()
    except ValidationError as error:
        if error.index is None:
            error.index = _first_bad(model, values)
        raise
    return created


def _first_bad(model: Any, values: list[dict[str, Any]]) -> int:
    """By halves: of 1,000 rows ten trials find the one, each undone."""
    low, high = 0, len(values)
    while high - low > 1:
        middle = (low + high) // 2
        if _fails(model, values[low:middle]):
            high = middle
        else:
            low = middle
    return low


def _fails(model: Any, values: list[dict[str, Any]]) -> bool:
    try:
        _try_and_undo(model, values)
    except _Probed:
        return False
    except ValidationError:
        return True
    raise AssertionError("a trial ends with an error")


def _try_and_undo(model: Any, values: list[dict[str, Any]]) -> None:
    with model.env.savepoint():
        model.create(values)
        model.env.flush()
        raise _Probed


class write_errors:  # noqa: N801  # reads as a statement: `with write_errors():`
    """Gives the errors of a batch the row they belong to, and turns a wrong value into a 422."""

    def __init__(self, start: int | None = None) -> None:
        self.start = start

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if isinstance(error, AppError) and self.start is not None and not isinstance(error, InvalidInput):
            error.index = self.start + (error.index or 0)
        elif isinstance(error, (ValueError, OverflowError)) and not isinstance(error, AppError):
            row: dict[str, Any] = {"field": None, "code": "invalid", "message": str(error)}
            if self.start is not None:
                row["index"] = self.start
            raise InvalidInput([row]) from error


def _same_revision(record: Any) -> None:
    """`If-Match` names the revision that the caller has seen; another one is 412."""
    if not request.headers.get("If-Match") or request.if_match.star_tag:
        return
    if not request.if_match.contains(str(record.revision)):
        raise PreconditionFailed(model=record._name)


def _stored(record: Any, values: dict[str, Any]) -> dict[str, Any]:
    """What was sent, as it is stored now (normalised; links to archived records too); what computes made is read by GET."""
    whole = record.with_context(active_test=False)
    return {"id": record.id, **{name: _shown(whole, name) for name in values}}


def _shown(record: Any, name: str) -> Any:
    """One value as in a list, from what the unit has at hand."""
    field, value = record._fields[name], record[name]
    if field.type in LISTS:
        return value.ids
    if field.type == "many2one":
        return {"id": value.id, "display_name": display_names(value.env, type(value), [value.id])[value.id]} if value else None
    return field.to_json(value) if is_special(field) else value


def _plain(result: Any) -> Any:
    """The result of an action as JSON: records become their ids."""
    return list(result.ids) if hasattr(result, "ids") and hasattr(result, "env") else result
