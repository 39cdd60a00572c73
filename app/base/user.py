"""Users and roles, on the tables of Flask-AppBuilder, which signs them in.

Everybody may read the id and the display name of both; the rest needs the matrix. Passwords are written as hashes by the
bridge and can't be read.
"""

from __future__ import annotations

from typing import Any

from app.orm import Access, Model, api, fields
from app.orm.i18n import _

LANGUAGES = [("ru", "Русский"), ("en", "English")]


class Role(Model):
    """A set of rights."""

    _name = "role"
    _description = _("Role")
    _table = "ab_role"
    _order = "name"

    name = fields.Char(64, string=_("Name"), required=True, unique=True, search=True)
    user_ids = fields.Many2many("user", "ab_user_role", "role_id", "user_id", string=_("Users"), roles="admin")

    access = Access(admin="crud", everyone="r")


class User(Model):
    """Somebody who can sign in."""

    _name = "user"
    _description = _("User")
    _table = "ab_user"
    _order = "last_name, first_name"
    _rec_name = "login"

    login = fields.Char(128, string=_("Login"), required=True, unique=True, search=True, column="username", read="admin")
    first_name = fields.Char(64, string=_("First name"), search=True, default="")
    last_name = fields.Char(64, string=_("Last name"), search=True, default="")
    email = fields.Char(320, string=_("E-mail"), required=True, unique=True, search=True, read="admin")
    password = fields.Char(256, string=_("Password"), read="nobody", write="admin", copy=False)
    active = fields.Boolean(string=_("Active"), default=True)
    lang = fields.Selection(LANGUAGES, string=_("Language"), read="admin")
    tz = fields.Char(64, string=_("Time zone"), read="admin")
    last_login = fields.Datetime(string=_("Last sign-in"), readonly=True, copy=False, read="admin")
    role_ids = fields.Many2many("role", "ab_user_role", "user_id", "role_id", string=_("Roles"), roles="admin")

    access = Access(admin="crud", everyone="r")

    @api.depends("first_name", "last_name")
    def _compute_display_name(self) -> None:
        for user in self:
            user.display_name = f"{user.first_name or ''} {user.last_name or ''}".strip() or str(user.id)

    def _search_display_name(self, operator: str, value: Any) -> Any:
        if operator in ("!=", "not in", "not like", "not ilike"):
            return [("first_name", operator, value), ("last_name", operator, value)]
        return ["|", ("first_name", operator, value), ("last_name", operator, value)]
