"""Errors of PostgreSQL as errors that a person understands: which field, which value, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import errors as pg

from app.orm.errors import AppError, ConflictError, UserError, ValidationError
from app.orm.i18n import LazyText, _

if TYPE_CHECKING:
    from app.orm.registry import Registry

RETRIED = (pg.SerializationFailure, pg.DeadlockDetected)
CUT = (psycopg.OperationalError, psycopg.InterfaceError, pg.IdleInTransactionSessionTimeout)


class Retry(ConflictError):
    """Another unit won; the whole unit may be tried again."""

    default_message = _("Somebody else is changing the same records. Please try again.")


class LockFirst(Retry):
    """The unit needs a lock that must be older than its snapshot: it is begun again with it, and that is no lost try."""

    def __init__(self, lock: str) -> None:
        super().__init__()
        self.lock = lock


class Unavailable(AppError):
    """The database can't be reached, or cut the connection."""

    code, status = "database-unavailable", 503
    default_message = _("The database does not answer. Nothing was saved; please try again in a moment.")


class Unreachable(Unavailable):
    """No connection could be had at all: another try would wait as long again."""


def translated(error: psycopg.Error, registry: Registry) -> Exception:
    """The ORM's error for one of the driver's."""
    if isinstance(error, RETRIED):
        return Retry()
    if isinstance(error, pg.IntegrityError):
        return _integrity(error, registry)
    if isinstance(error, pg.QueryCanceled):
        return UserError(_("This took too long and was stopped. Narrow the search and try again."), reason="time-out")
    if isinstance(error, pg.LockNotAvailable):
        return UserError(_("Somebody else is working on this record. Try again in a moment."), reason="locked")
    if isinstance(error, CUT):
        return Unavailable()
    if isinstance(error, pg.DataError):
        return ValueError(str(error).split("\n")[0])
    return error


def _integrity(error: pg.IntegrityError, registry: Registry) -> Exception:
    diagnosis = error.diag
    model = next((m for m in registry.models.values() if not m._abstract and m._table.name == diagnosis.table_name), None)
    name = model._name if model is not None else diagnosis.table_name or ""
    if isinstance(error, pg.NotNullViolation):
        field = _field_of(model, diagnosis.column_name)
        return ValidationError(
            _("%(field)s must be filled in.", field=_label(model, field)), model=name, field=field, reason="required"
        )
    known = registry.constraint_messages.get(diagnosis.constraint_name or "")
    if known is not None:
        return _declared(known, diagnosis.message_detail, registry)
    if isinstance(error, pg.ForeignKeyViolation):
        return UserError(_("%(model)s: a linked record does not exist any more.", model=name), model=name, reason="reference")
    return ValidationError(_("%(model)s: %(text)s", model=name, text=str(diagnosis.message_primary)), model=name)


def _declared(known: Any, detail: str | None, registry: Registry) -> Exception:
    model, fields, message = known
    values = _values(detail)
    first = values.get(fields[0], _only_value(detail) if len(fields) == 1 else None) if fields else None
    if message:
        # The columns' names are placeholders of the sentence, and must not meet the error's own arguments.
        text = message.with_params(**values) if isinstance(message, LazyText) else message
        error = ValidationError(text, model=model, fields=fields, reason="constraint")
        error.params = dict(values)
        return error
    label = _label(registry[model], fields[0] if fields else None)
    text = _("%(field)s %(value)s is already used.", field=label, value=first or "")
    filled = tuple(name for name in fields if values.get(name) not in {None, "", "null"})
    error = ValidationError(text, model=model, fields=filled or fields, reason="not-unique")
    error.params = {"value": first}
    return error


def _values(detail: str | None) -> dict[str, str]:
    """`Key (inn, kpp)=(77, 88) already exists.` as a dict."""
    if not detail or ")=(" not in detail:
        return {}
    left, right = detail.split(")=(", 1)
    names = left.split("(", 1)[1].split(", ")
    values = right.rsplit(")", 1)[0].split(", ")
    return dict(zip(names, values, strict=False))


def _only_value(detail: str | None) -> str | None:
    """The value of a key of one column or expression, whatever that is called."""
    return detail.split(")=(", 1)[1].rsplit(")", 1)[0] if detail and ")=(" in detail else None


def _field_of(model: Any, column: str | None) -> str | None:
    if model is None:
        return column
    return next((field.name for field in model._fields.values() if field.in_table and field.column == column), column)


def _label(model: Any, field: str | None) -> Any:
    return model._fields[field].string if model is not None and field in model._fields else field or ""
