"""What the web bridge must remember in the database: answered requests, and which rights were ever seeded.

The bridge reads and writes these tables as superuser; administrators see who is signed in, and may end it.
"""

from __future__ import annotations

from app.orm import Access, Constraint, Model, api, fields
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


class UserSession(Model):
    """A browser in which a user is signed in; ended, its cookie is worth nothing any more."""

    _name = "user.session"
    _description = _("Session")
    _rec_name = "address"
    _order = "id desc"
    _audit = False

    user_id = fields.Many2one("user", string=_("User"), required=True, readonly=True, ondelete="cascade", index=True)
    key = fields.Char(string=_("Key"), required=True, readonly=True, unique=True)
    address = fields.Char(string=_("Address"), readonly=True)
    agent = fields.Char(string=_("Browser"), readonly=True)
    ended = fields.Datetime(string=_("Ended"), readonly=True)

    access = Access(admin="r")

    @api.action
    def end(self) -> None:
        """Sign this browser out."""
        self.sudo("an administrator ends a session").write({"ended": self.env.now})


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
