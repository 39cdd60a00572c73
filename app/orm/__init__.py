"""The ORM: Odoo's way of thinking on SQLAlchemy Core. These are its public names; `docs/orm.md` tells their behaviour."""

from app.orm import api, fields
from app.orm.commands import Command
from app.orm.domain import Domain
from app.orm.errors import (
    AccessError,
    AppError,
    ComputeError,
    ConflictError,
    DeclarationError,
    MissingError,
    UserError,
    ValidationError,
)
from app.orm.i18n import _, ngettext
from app.orm.model import AbstractModel, Access, Constraint, Index, Model, Rule, TransientModel
from app.orm.uservalue import CurrentUser

__all__ = [
    "AbstractModel",
    "Access",
    "AccessError",
    "AppError",
    "Command",
    "ComputeError",
    "ConflictError",
    "Constraint",
    "CurrentUser",
    "DeclarationError",
    "Domain",
    "Index",
    "MissingError",
    "Model",
    "Rule",
    "TransientModel",
    "UserError",
    "ValidationError",
    "_",
    "api",
    "fields",
    "ngettext",
]
