"""Defaults that a user saved for a field; they come before the field's own default."""

from __future__ import annotations

from app.orm import Access, Constraint, CurrentUser, Model, Rule, fields
from app.orm.i18n import _


class SavedDefault(Model):
    """What one user wants to find in a field of a new record."""

    _name = "saved.default"
    _description = _("Saved default")
    _rec_name = "field"
    _order = "model, field"
    _audit = False

    user_id = fields.Many2one("user", string=_("User"), required=True, ondelete="cascade", index=True)
    model = fields.Char(string=_("Model"), required=True)
    field = fields.Char(string=_("Field"), required=True)
    value = fields.Json(string=_("Value"))

    access = Access(everyone="crud")
    rules = [Rule(None, [("user_id", "=", CurrentUser)])]

    _once = Constraint("UNIQUE (user_id, model, field)", _("A default of this field is saved already."))
