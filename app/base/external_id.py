"""External ids: under which name a record is known outside, so that a second import finds it again.

`env.ref("area.id")` looks here. Names are not data: the table holds no value of the record and is written as superuser.
"""

from __future__ import annotations

from app.orm import Access, Constraint, Model, fields
from app.orm.i18n import _


class ExternalId(Model):
    """The name of a record outside of the portal."""

    _name = "external.id"
    _description = _("External id")
    _order = "model, name"
    _audit = False

    model = fields.Char(string=_("Model"), required=True)
    name = fields.Char(string=_("External id"), required=True, index=True)
    res_id = fields.Integer(string=_("Record"), required=True, aggregator=None)

    access = Access(admin="r")

    _name_unique = Constraint("UNIQUE (model, name)", _("%(model)s already has a record with the external id %(name)s."))
