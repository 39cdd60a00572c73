"""The audit as a model, to be read; rows come only from the flush (`app.orm.audit`)."""

from __future__ import annotations

from app.orm import Access, Index, Model, fields
from app.orm.i18n import _

OPERATIONS = [("create", _("Created")), ("write", _("Changed")), ("unlink", _("Deleted")), ("export", _("Exported"))]
SOURCES = [
    ("screen", _("Screen")),
    ("rest", _("REST")),
    ("import", _("Import")),
    ("job", _("Background job")),
    ("command", _("Command")),
    ("code", _("Code")),
]


class Audit(Model):
    """What one unit of work did to one record."""

    _name = "audit"
    _description = _("Audit entry")
    _rec_name = "model"
    _order = "date desc, id desc"
    _audit = False
    _append_only = True
    _partition_by = "date"

    date = fields.Datetime(string=_("When"), required=True, readonly=True)
    model = fields.Char(string=_("Model"), required=True, readonly=True)
    res_id = fields.Integer(string=_("Record"), required=True, readonly=True, aggregator=None)
    uid = fields.Many2one("user", string=_("Who"), readonly=True)
    operation = fields.Selection(OPERATIONS, string=_("What"), required=True, readonly=True)
    source = fields.Selection(SOURCES, string=_("From where"), readonly=True)
    reason = fields.Char(string=_("Reason"), readonly=True)
    revision_after = fields.Integer(string=_("Revision after"), nullable=True, readonly=True, aggregator=None)
    changes = fields.Json(string=_("Changes"), readonly=True)

    access = Access(auditor="rx", admin="rx")

    _record = Index("(model, res_id, date)")
