"""What a user chose for his own screens: columns of a list, rows per page. Nobody else sees or needs it."""

from __future__ import annotations

from app.orm import Access, Constraint, CurrentUser, Model, Rule, fields
from app.orm.i18n import _


class UserSetting(Model):
    """One choice of one user."""

    _name = "user.setting"
    _description = _("Setting")
    _rec_name = "key"
    _order = "key"
    _audit = False

    user_id = fields.Many2one("user", string=_("User"), required=True, ondelete="cascade", index=True)
    key = fields.Char(string=_("Key"), required=True)
    value = fields.Json(string=_("Value"))

    access = Access(everyone="crud")
    rules = [Rule(None, [("user_id", "=", CurrentUser)])]

    _key_unique = Constraint("UNIQUE (user_id, key)", _("This setting is there already."))
