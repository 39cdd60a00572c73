"""Parties: organisations and people, the centre of the portal. Whatever else is stored points here.

Both kinds are one model, so that a customer, a visitor or the addressee of a letter can be either. What only one of them has
is empty for the other. Telephones and e-mails beyond the main ones are in `party_contact.py`, positions in `affiliation.py`,
postal addresses in `address.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from app.orm import Access, Constraint, CurrentUser, Index, Model, Rule, ValidationError, api, fields
from app.orm.i18n import LazyText, _
from models import declension, identifiers, naming

KINDS = [("organisation", _("Organisation")), ("person", _("Person"))]
GENDERS = [("male", _("Male")), ("female", _("Female"))]
STATUSES = [
    ("prospect", _("Prospect")),
    ("active", _("In business")),
    ("paused", _("Paused")),
    ("closed", _("Closed down")),
]
CHANNELS = [
    ("email", _("E-mail")),
    ("phone", _("Telephone")),
    ("messenger", _("Messenger")),
    ("post", _("Letter")),
    ("visit", _("Personal meeting")),
]
LANGUAGES = [("ru", _("Russian")), ("en", _("English")), ("de", _("German")), ("fr", _("French")), ("zh", _("Chinese"))]
NAME_PARTS = ("family_name", "given_name", "patronymic")
OFFICE = "clerk,sales,manager,auditor,admin"


class Party(Model):
    """An organisation or a person."""

    _name = "party"
    _description = _("Contact")
    _order = "name"
    _parent_store = True

    kind = fields.Selection(KINDS, string=_("Kind"), required=True, default="organisation", index=True, tracking=True)
    name = fields.Char(
        string=_("Name"), compute="_compute_name", store=True, readonly=False, required=True, search=True, index="trigram",
        tracking=True, help=_("For people it is put together from family name, given name and patronymic."),
    )  # fmt: skip
    short_name = fields.Char(
        string=_("Short name"), compute="_compute_short_name", store=True, readonly=False, search=True, tracking=True
    )
    legal_name = fields.Char(string=_("Legal name"), search=True, tracking=True, help=_("As in the charter or the passport."))
    latin_name = fields.Char(
        string=_("Name in Latin letters"), compute="_compute_latin_name", store=True, readonly=False,
        help=_("Proposed as in passports; can be overwritten."),
    )  # fmt: skip
    status = fields.Selection(STATUSES, string=_("Status"), required=True, default="active", tracking=True)
    active = fields.Boolean(string=_("Active"), default=True, tracking=True)

    # Registration
    inn = fields.Char(string=_("INN"), size=12, search=True, tracking=True, help=_("10 digits for organisations, 12 for people."))
    kpp = fields.Char(string=_("KPP"), size=9, tracking=True, help=_("Nine characters; tells branches with one INN apart."))
    ogrn = fields.Char(string=_("OGRN"), size=15, search=True, tracking=True, help=_("13 digits; 15 for sole traders."))
    vat = fields.Char(string=_("EU VAT number"), size=16, tracking=True, help=_("With the letters of the country in front."))
    industry_id = fields.Many2one(
        "code", string=_("Industry"), domain=[("kind_id.key", "=", "industry")], index=True, tracking=True
    )
    parent_id = fields.Many2one(
        "party", string=_("Parent organisation"), domain=[("kind", "=", "organisation")], ondelete="set null", index=True,
        tracking=True,
    )  # fmt: skip
    child_ids = fields.One2many("party", "parent_id", string=_("Subsidiaries"))

    # Person
    family_name = fields.Char(string=_("Family name"), tracking=True)
    given_name = fields.Char(string=_("Given name"), tracking=True)
    patronymic = fields.Char(string=_("Patronymic"), tracking=True)
    gender = fields.Selection(
        GENDERS, string=_("Gender"), compute="_compute_gender", store=True, readonly=False, tracking=True,
        help=_("Found from the patronymic where there is one."),
    )  # fmt: skip
    salutation = fields.Char(
        string=_("Salutation"), compute="_compute_salutation", store=True, readonly=False,
        help=_("Begins letters; can be overwritten."),
    )  # fmt: skip
    name_genitive = fields.Char(
        string=_("Name in the genitive"), compute="_compute_cases", store=True, readonly=False,
        help=_("As in “contract of Ivan Petrov”; proposed by the rules, can be overwritten."),
    )  # fmt: skip
    name_dative = fields.Char(
        string=_("Name in the dative"), compute="_compute_cases", store=True, readonly=False,
        help=_("As in “to Ivan Petrov”; proposed by the rules, can be overwritten."),
    )  # fmt: skip
    birthday = fields.Date(string=_("Birthday"), roles=OFFICE)
    private_phone = fields.Phone(string=_("Private telephone"), roles="clerk,manager,admin", tracking=True)
    private_email = fields.Email(string=_("Private e-mail"), roles="clerk,manager,admin", tracking=True)

    # Reaching them
    phone = fields.Phone(string=_("Telephone"), search=True, tracking=True)
    email = fields.Email(string=_("E-mail"), search=True, tracking=True)
    website = fields.Url(string=_("Web site"), tracking=True)
    contact_ids = fields.One2many("party.contact", "party_id", string=_("Telephones and e-mails"), copy=True)
    language = fields.Selection(LANGUAGES, string=_("Language of letters"), default="ru")
    preferred_channel = fields.Selection(CHANNELS, string=_("Preferred channel"), tracking=True)
    do_not_call = fields.Boolean(string=_("Do not call"), tracking=True)
    do_not_email = fields.Boolean(string=_("Do not e-mail"), tracking=True)
    do_not_post = fields.Boolean(string=_("Do not send letters"), tracking=True)

    # Around them
    account_manager_id = fields.Many2one("user", string=_("Account manager"), ondelete="set null", index=True, tracking=True)
    is_confidential = fields.Boolean(
        string=_("Confidential"), tracking=True,
        help=_("Reception does not see the contact, and of the sales staff only its account manager."),
    )  # fmt: skip
    code_ids = fields.Many2many(
        "code", string=_("Codes"), relation="party_code_rel", column1="party_id", column2="code_id", tracking=True
    )
    affiliation_ids = fields.One2many("affiliation", "organisation_id", string=_("People"))
    position_ids = fields.One2many("affiliation", "person_id", string=_("Positions"))
    address_use_ids = fields.One2many("address.use", "party_id", string=_("Addresses"))
    city = fields.Char(
        string=_("Town"), compute="_compute_city", store=True, expose=True, index=True, search=True,
        help=_("Of the visiting, legal or postal address, whichever comes first."),
    )  # fmt: skip
    workplaces = fields.Char(
        string=_("Works at"),
        compute="_compute_workplaces",
        search="_search_workplaces",
        help=_("All present organisations of a person."),
    )
    note = fields.Text(string=_("Note"))

    access = Access(clerk="crudxime", sales="crue", reception="r", manager="crudxime", auditor="rx")
    rules = [
        Rule("reception", [("is_confidential", "=", False)]),
        Rule("sales", ["|", ("is_confidential", "=", False), ("account_manager_id", "=", CurrentUser)]),
        Rule("clerk", []),
        Rule("manager", []),
        Rule("auditor", []),
    ]

    # An empty КПП counts as a value: the same ИНН twice without one is the same organisation typed twice.
    _inn_kpp_unique = Constraint("UNIQUE NULLS NOT DISTINCT (inn, kpp) WHERE inn IS NOT NULL")
    _person_name_order = Index("(kind, name)")

    @api.depends("kind", *NAME_PARTS)
    def _compute_name(self) -> None:
        for party in self:
            made = naming.full_name(party.family_name, party.given_name, party.patronymic) if party.kind == "person" else None
            party.name = made or party.name

    @api.depends("kind", *NAME_PARTS)
    def _compute_short_name(self) -> None:
        for party in self:
            made = naming.short_name(party.family_name, party.given_name, party.patronymic) if party.kind == "person" else None
            party.short_name = made or party.short_name

    @api.depends("name")
    def _compute_latin_name(self) -> None:
        for party in self:
            party.latin_name = naming.latin(party.name)

    @api.depends("patronymic")
    def _compute_gender(self) -> None:
        for party in self:
            party.gender = naming.patronymic_gender(party.patronymic) or party.gender

    @api.depends("kind", "gender", *NAME_PARTS)
    def _compute_salutation(self) -> None:
        for party in self:
            is_person = party.kind == "person"
            parts = (party.gender, party.family_name, party.given_name, party.patronymic)
            party.salutation = naming.salutation(*parts) if is_person else None

    @api.depends("kind", "gender", *NAME_PARTS)
    def _compute_cases(self) -> None:
        for party in self:
            parts = (party.family_name, party.given_name, party.patronymic, party.gender if party.kind == "person" else None)
            party.name_genitive = declension.decline(*parts, declension.GENITIVE)
            party.name_dative = declension.decline(*parts, declension.DATIVE)

    @api.depends("address_use_ids.kind", "address_use_ids.date_to", "address_use_ids.address_id.city")
    def _compute_city(self) -> None:
        order = {"visiting": 0, "legal": 1, "postal": 2}
        for party in self:
            uses = [use for use in party.address_use_ids if not use.date_to]
            uses.sort(key=lambda use: order.get(use.kind, 9))
            party.city = next((use.address_id.city for use in uses if use.address_id.city), None)

    @api.depends("position_ids.organisation_id.name", "position_ids.date_to", "position_ids.is_primary")
    def _compute_workplaces(self) -> None:
        for party in self:
            names = [position.organisation_id.name for position in party.position_ids if position.is_current]
            party.workplaces = ", ".join(dict.fromkeys(filter(None, names))) or None

    def _search_workplaces(self, operator: str, value: Any) -> list[Any]:
        return [("position_ids.organisation_id.name", operator, value)]

    def create(self, values: Any) -> Any:
        """Create parties; registration numbers are compacted, a person's name typed in one line is taken apart."""
        rows = [values] if isinstance(values, Mapping) else values
        default_kind = self.env.context.get("default_kind")
        return super().create([_prepared(row, row.get("kind") or default_kind) for row in rows])

    def write(self, values: Mapping[str, Any], expected: int | None = None) -> bool:
        """Write values; registration numbers are compacted, a person's name in one line is taken apart."""
        kind = values.get("kind")
        if kind is None and values.get("name") and all(party.kind == "person" for party in self):
            kind = "person"
        return bool(super().write(_prepared(values, kind), expected))

    @api.constrains("kind", "inn", "kpp", "ogrn", "vat")
    def _check_numbers(self) -> None:
        for party in self:
            digits = 12 if party.kind == "person" else None
            _check(party, "inn", partial(identifiers.inn, digits=digits), INN_WRONG)
            _check(party, "kpp", identifiers.kpp, KPP_WRONG)
            _check(party, "ogrn", identifiers.ogrn, OGRN_WRONG)
            _check(party, "vat", identifiers.vat, VAT_WRONG)

    @api.constrains("kind", "parent_id")
    def _check_parent(self) -> None:
        for party in self:
            if party.parent_id and "person" in {party.kind, party.parent_id.kind}:
                raise ValidationError(
                    _("%(name)s: only an organisation can have or be a parent organisation. Use an affiliation for people."),
                    model="party", field="parent_id", name=party.name,
                )  # fmt: skip


INN_WRONG = _(
    "INN %(value)s of %(name)s is not valid: it has 10 digits for an organisation and 12 for a person, and the last ones are "
    "check digits. Compare it with the document."
)
KPP_WRONG = _(
    "KPP %(value)s of %(name)s is not valid: it has nine characters, for example 773601001. Compare it with the document."
)
OGRN_WRONG = _(
    "OGRN %(value)s of %(name)s is not valid: it has 13 digits (15 for a sole trader), and the last is a check digit. Compare it "
    "with the document."
)
VAT_WRONG = _(
    "EU VAT number %(value)s of %(name)s is not valid. It begins with the two letters of the country, for example DE136695976."
)


def _check(party: Any, field: str, valid: Callable[[str], str], message: LazyText) -> None:
    text = party[field]
    if not text:
        return
    try:
        valid(text)
    except ValueError as wrong:
        raise ValidationError(message, model="party", field=field, value=text, name=party.name or "") from wrong


def _prepared(values: Mapping[str, Any], kind: str | None) -> dict[str, Any]:
    """The values with compact registration numbers and, for a new person, the parts of a name typed in one line."""
    done = dict(values)
    for field in ("inn", "kpp", "ogrn", "vat"):
        if isinstance(done.get(field), str):
            done[field] = identifiers.compact(done[field])
    if kind == "person" and done.get("name") and not any(done.get(part) for part in NAME_PARTS):
        done.update(zip(NAME_PARTS, naming.split_name(done.pop("name")), strict=True))
    return done
