"""Further telephones, e-mails and addresses in messengers of a party, as many as there are, each with its type."""

from __future__ import annotations

from app.orm import Access, CurrentUser, Model, Rule, ValidationError, api, fields
from app.orm.fields.text import e164
from app.orm.i18n import _

KINDS = [
    ("phone", _("Telephone")),
    ("mobile", _("Mobile")),
    ("fax", _("Fax")),
    ("email", _("E-mail")),
    ("messenger", _("Messenger")),
    ("website", _("Web site")),
]
PURPOSES = [
    ("main", _("Switchboard")),
    ("reception", _("Reception")),
    ("accounts", _("Accounts department")),
    ("sales", _("Sales")),
    ("support", _("Support")),
    ("home", _("Home")),
    ("other", _("Other")),
]
WITH_NUMBER = ("phone", "mobile", "fax")


class PartyContact(Model):
    """One telephone, e-mail or other way of reaching a party."""

    _name = "party.contact"
    _description = _("Telephone or e-mail")
    _rec_name = "value"
    _order = "sequence, id"

    party_id = fields.Many2one("party", string=_("Contact"), required=True, ondelete="cascade", index=True)
    kind = fields.Selection(KINDS, string=_("Kind"), required=True, default="phone")
    purpose = fields.Selection(PURPOSES, string=_("Purpose"))
    value = fields.Char(string=_("Number or address"), size=254, required=True, search=True, tracking=True)
    e164 = fields.Char(
        string=_("International form"), compute="_compute_e164", store=True, index=True, search=True,
        help=_("Empty when the number is not complete."),
    )  # fmt: skip
    label = fields.Char(string=_("Remark"))
    sequence = fields.Integer(string=_("Sequence"), default=10)

    access = Access(clerk="crudxi", sales="crud", reception="r", manager="crudxi", auditor="rx")
    rules = [
        Rule("reception", [("party_id.is_confidential", "=", False)]),
        Rule("sales", ["|", ("party_id.is_confidential", "=", False), ("party_id.account_manager_id", "=", CurrentUser)]),
        Rule("clerk", []),
        Rule("manager", []),
        Rule("auditor", []),
    ]

    @api.depends("kind", "value")
    def _compute_e164(self) -> None:
        for contact in self:
            contact.e164 = e164(contact.value) if contact.kind in WITH_NUMBER else None

    @api.constrains("kind", "value")
    def _check_email(self) -> None:
        for contact in self:
            if contact.kind == "email" and "@" not in (contact.value or ""):
                raise ValidationError(
                    _("%(value)s is not an e-mail address: it has the form name@example.org."),
                    model="party.contact", field="value", value=contact.value,
                )  # fmt: skip
