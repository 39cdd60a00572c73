"""Sequences of document numbers and their counters (`app.orm.sequence`)."""

from __future__ import annotations

from app.orm import Access, Constraint, Model, fields
from app.orm.i18n import _


class Sequence(Model):
    """How the numbers of one kind of document are made."""

    _name = "sequence"
    _description = _("Sequence")
    _rec_name = "code"
    _order = "code"

    code = fields.Char(string=_("Code"), required=True, unique=True, search=True)
    prefix = fields.Char(string=_("Prefix"), help=_("%(year)s and %(month)s are filled in."))
    suffix = fields.Char(string=_("Suffix"))
    padding = fields.Integer(string=_("Digits"), default=0, aggregator=None)
    step = fields.Integer(string=_("Step"), default=1, aggregator=None)
    start = fields.Integer(string=_("First number"), default=1, aggregator=None)
    per_year = fields.Boolean(string=_("Restart every year"))
    gapless = fields.Boolean(string=_("Without gaps"))

    access = Access(admin="crud")

    _step = Constraint("CHECK (step <> 0)", _("The step can't be 0."))


class SequenceCounter(Model):
    """The last number given, by year (0 where the numbers do not restart)."""

    _name = "sequence.counter"
    _description = _("Counter")
    _rec_name = "value"
    _audit = False

    sequence_id = fields.Many2one("sequence", string=_("Sequence"), required=True, ondelete="cascade")
    year = fields.Integer(string=_("Year"), aggregator=None)
    value = fields.Integer(string=_("Last number"), aggregator=None)

    access = Access()

    _once = Constraint("UNIQUE (sequence_id, year)", _("There is a counter for this year already."))
