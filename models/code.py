"""Codes: the firm's own categories, industries, regions and marks, in trees, put on people, organisations and affiliations.

A kind says what its codes are about and whether one record may carry several of them. Domains use the tree:
`("code_ids", "child_of", south)` finds whoever carries the code or one below it.
"""

from __future__ import annotations

from app.orm import Access, Constraint, Model, ValidationError, api, fields
from app.orm.i18n import _

COLOURS = [
    ("blue", _("Blue")),
    ("azure", _("Azure")),
    ("indigo", _("Indigo")),
    ("purple", _("Purple")),
    ("pink", _("Pink")),
    ("red", _("Red")),
    ("orange", _("Orange")),
    ("yellow", _("Yellow")),
    ("lime", _("Lime")),
    ("green", _("Green")),
    ("teal", _("Teal")),
    ("cyan", _("Cyan")),
]


class CodeKind(Model):
    """A kind of codes."""

    _name = "code.kind"
    _description = _("Kind of codes")
    _order = "sequence, name"

    name = fields.Char(string=_("Name"), required=True, translate=True, search=True)
    key = fields.Char(
        string=_("Key"),
        size=40,
        help=_("A short Latin word by which imports and programs find the kind, for example industry."),
    )
    sequence = fields.Integer(string=_("Sequence"), default=10)
    description = fields.Text(string=_("Description"))
    active = fields.Boolean(string=_("Active"), default=True)
    code_ids = fields.One2many("code", "kind_id", string=_("Codes"))

    access = Access(clerk="crudxi", manager="crudxi", sales="r", reception="r", auditor="rx")

    _key_unique = Constraint("UNIQUE (key)")


class Code(Model):
    """A code that people, organisations and affiliations carry."""

    _name = "code"
    _description = _("Code")
    _order = "kind_id, sequence, name"
    _parent_store = True

    name = fields.Char(string=_("Name"), required=True, translate=True, search=True, tracking=True)
    number = fields.Char(
        string=_("Number"), size=20, search=True, index=True, help=_("As in the official list, for example 62.01.")
    )
    kind_id = fields.Many2one("code.kind", string=_("Kind"), required=True, ondelete="restrict", index=True, tracking=True)
    parent_id = fields.Many2one(
        "code", string=_("Parent code"), ondelete="restrict", index=True, tracking=True, domain=[("active", "=", True)]
    )
    child_ids = fields.One2many("code", "parent_id", string=_("Codes below"))
    colour = fields.Selection(COLOURS, string=_("Colour"), default="blue")
    sequence = fields.Integer(string=_("Sequence"), default=10)
    valid_from = fields.Date(string=_("Valid from"))
    valid_to = fields.Date(string=_("Valid to"))
    description = fields.Text(string=_("Description"))
    active = fields.Boolean(string=_("Active"), default=True, tracking=True)
    party_ids = fields.Many2many("party", string=_("Contacts"), relation="party_code_rel", column1="code_id", column2="party_id")
    affiliation_ids = fields.Many2many(
        "affiliation", string=_("Affiliations"), relation="affiliation_code_rel", column1="code_id", column2="affiliation_id"
    )

    access = Access(clerk="crudxim", manager="crudxim", sales="r", reception="r", auditor="rx")

    _validity_order = Constraint(
        "CHECK (valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to)",
        _("The validity ends before it begins. Correct one of the two dates."),
    )
    _number_unique = Constraint("UNIQUE (number, kind_id)")

    @api.constrains("parent_id", "kind_id")
    def _check_kind(self) -> None:
        for code in self:
            if code.parent_id and code.parent_id.kind_id != code.kind_id:
                raise ValidationError(
                    _("The parent of %(name)s is of another kind. Choose a code of the same kind."),
                    model="code", field="parent_id", name=code.name,
                )  # fmt: skip
