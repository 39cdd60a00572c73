"""What the web bridge must remember in the database: answered requests, and which rights were ever seeded.

No role reads these tables; the bridge does so as superuser.
"""

from __future__ import annotations

from app.orm import Access, Constraint, Model, fields
from app.orm.i18n import _


class IdempotencyKey(Model):
    """The first answer to a request that bore an `Idempotency-Key`."""

    _name = "idempotency.key"
    _description = _("Answered request")
    _rec_name = "key"
    _order = "id"
    _audit = False

    user_id = fields.Many2one("user", string=_("User"), required=True, ondelete="cascade", index=True)
    key = fields.Char(string=_("Key"), required=True)
    fingerprint = fields.Char(string=_("Fingerprint"), required=True)
    status = fields.Integer(string=_("Status"), required=True, aggregator=None)
    body = fields.Text(string=_("Answer"))

    access = Access()

    _key_unique = Constraint("UNIQUE (user_id, key)", _("This request was answered already."))


class PermissionSeed(Model):
    """A right that the declarations once granted: it is not granted a second time."""

    _name = "permission.seed"
    _description = _("Seeded right")
    _rec_name = "model"
    _order = "id"
    _audit = False

    role = fields.Char(string=_("Role"), required=True)
    model = fields.Char(string=_("Model"), required=True)
    letters = fields.Char(string=_("Letters"), required=True)

    access = Access()

    _right_unique = Constraint("UNIQUE (role, model)", _("The rights of this role were seeded already."))
