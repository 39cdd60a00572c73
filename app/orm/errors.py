"""The few error classes of the ORM; each has a stable code, an HTTP status and a sentence that says what to do.

Nothing here knows HTTP: the status is a plain number that the web bridge passes on.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from app.orm.i18n import LazyText, _


class AppError(Exception):
    """Something that a person has to be told, in his language, with the field that it concerns.

    `params` fill the placeholders of the message after its translation.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    default_message: ClassVar[LazyText] = _("The request could not be carried out.")

    def __init__(
        self,
        message: LazyText | str | None = None,
        *,
        model: str | None = None,
        field: str | None = None,
        fields: Iterable[str] = (),
        index: int | None = None,
        reason: str | None = None,
        **params: Any,
    ) -> None:
        template = self.default_message if message is None else message
        if isinstance(template, LazyText):
            # A sentence may name the model and the field, which callers give by their own arguments.
            named = {key: value for key, value in (("model", model), ("field", field)) if f"%({key})s" in template.text}
            if named or params:
                template = template.with_params(**{**named, **template.params, **params})
        self.text = template
        self.model = model
        self.fields: tuple[str, ...] = tuple(fields) or ((field,) if field else ())
        self.field = field or (self.fields[0] if self.fields else None)
        self.index = index
        self.reason = reason or self.code
        self.params = params
        super().__init__(template)

    @property
    def message(self) -> str:
        """The sentence in the current language."""
        return str(self.text)

    def __str__(self) -> str:
        return self.message

    @property
    def errors(self) -> list[dict[str, Any]]:
        """One entry per field: `{"field", "code", "message"[, "index"]}`."""
        row: dict[str, Any] = {"code": self.reason, "message": self.message}
        if self.index is not None:
            row["index"] = self.index
        return [{"field": name, **row} for name in self.fields or (None,)]


class AccessError(AppError):
    """The user's roles do not allow this operation on this model or field."""

    code, status = "access-denied", 403
    default_message = _("You may not do this.")


class MissingError(AppError):
    """Missing, or hidden by a record rule: callers must not learn which."""

    code, status = "record-not-visible", 404
    default_message = _("%(model)s %(id)s does not exist, or you may not see it.")


class ValidationError(AppError):
    """A value is wrong; names the field and what to do."""

    code, status = "invalid", 422
    default_message = _("A value is not valid.")


class UserError(AppError):
    """The operation makes no sense in this state."""

    code, status = "refused", 422


class ConflictError(AppError):
    """Somebody else changed the same field meanwhile; carries both values by field."""

    code, status = "conflict", 409
    default_message = _("Somebody else changed this record meanwhile. Compare both values and save again.")

    def __init__(self, message: LazyText | str | None = None, *, conflicts: dict[str, Any] | None = None, **rest: Any) -> None:
        super().__init__(message, **rest)
        self.conflicts: dict[str, Any] = conflicts or {}


class ComputeError(AppError):
    """A compute method is wrong: it left a record without a value, or asks for itself."""

    code, status = "compute-failed", 500


class DeclarationError(AppError):
    """A declaration is wrong; stops the start with identifier, file:line and a near name."""

    code, status = "declaration", 500
