"""Addresses and their uses: one row per address, shared by whoever is reached there.

A *use* ties an address to a party or to an affiliation, with a kind and dates. So a change of the address is a change for all
who use it; who wants it for one use only splits off a copy first (`address.use.split_off_copy`). Before saving, the form shows
`usage`: who else is concerned.

The point on the map, found in the background or placed by hand, is the business of `geocoded` in `app/base`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from babel import Locale

from app.orm import Access, Constraint, CurrentUser, Model, Rule, UserError, api, fields
from app.orm.i18n import _, current_lang, ngettext
from app.services import Query
from models import address_text

TEXT_PARTS = ("country", "region", "district", "city", "street", "house", "building", "flat", "postal_code")
PART_LABELS = {"region": _("Region"), "city": _("Town"), "street": _("Street"), "postal_code": _("Postal code")}
USE_KINDS = [("postal", _("Postal")), ("legal", _("Legal")), ("visiting", _("Visiting")), ("billing", _("Billing"))]


class Address(Model):
    """A postal address with its point on the map."""

    _name = "address"
    _inherit = ["geocoded"]
    _description = _("Address")
    _order = "name"

    name = fields.Char(
        string=_("Address"), compute="_compute_name", store=True, search=True, index="trigram",
        help=_("In one line, in the order of its country."),
    )  # fmt: skip
    one_line = fields.Char(
        string=_("Typed in one line"), compute="_compute_one_line", inverse="_inverse_one_line",
        help=_("For example: 190000, Saint Petersburg, Nevsky pr., 10, apt. 5. It is taken apart into the fields below."),
    )  # fmt: skip
    country = fields.Selection("_countries", string=_("Country"), required=True, default="RU", index=True, tracking=True)
    region = fields.Char(string=_("Region"), tracking=True)
    district = fields.Char(string=_("District"), tracking=True)
    city = fields.Char(string=_("Town"), index=True, tracking=True)
    street = fields.Char(string=_("Street"), tracking=True)
    house = fields.Char(string=_("House"), size=30, tracking=True)
    building = fields.Char(string=_("Building"), size=60, tracking=True, help=_("Block, wing, letter."))
    flat = fields.Char(string=_("Flat or office"), size=30, tracking=True)
    postal_code = fields.Char(string=_("Postal code"), size=16, index=True, tracking=True)
    note = fields.Char(string=_("How to get there"))
    active = fields.Boolean(string=_("Active"), default=True, tracking=True)
    use_ids = fields.One2many("address.use", "address_id", string=_("Used by"))
    hint = fields.Char(
        string=_("To be checked"), compute="_compute_hint", help=_("What the post of this country would miss; saving is allowed.")
    )
    usage = fields.Char(string=_("Used by, in short"), compute="_compute_usage", help=_("A change concerns all of them."))

    access = Access(clerk="crudxim", sales="cru", reception="r", manager="crudxim", auditor="rx")

    @api.model
    def _countries(self) -> list[tuple[str, str]]:
        return _country_names(current_lang())

    @api.depends(*TEXT_PARTS)
    def _compute_name(self) -> None:
        for address in self:
            address.name = address_text.one_line(_text(address))

    @api.depends("name")
    def _compute_one_line(self) -> None:
        for address in self:
            address.one_line = address.name

    def _inverse_one_line(self) -> None:
        for address in self:
            if address.one_line:
                address.write(address_text.parse_line(address.one_line, address.country or "RU"))

    @api.onchange("one_line")
    def _onchange_one_line(self) -> None:
        for address in self:
            if address.one_line:
                address.update(address_text.parse_line(address.one_line, address.country or "RU"))

    @api.depends(*TEXT_PARTS)
    def _compute_hint(self) -> None:
        for address in self:
            address.hint = hint_text(_text(address))

    @api.depends("use_ids.party_id.kind", "use_ids.affiliation_id.person_id.kind")
    def _compute_usage(self) -> None:
        for address in self:
            address.usage = usage_text(address)

    def create(self, values: Any) -> Any:
        """Create addresses with their abbreviations in one form; one typed in a line is taken apart."""
        return super().create([_prepared(row) for row in ([values] if isinstance(values, Mapping) else values)])

    def write(self, values: Mapping[str, Any], expected: int | None = None) -> bool:
        """Write values with their abbreviations in one form; one typed in a line is taken apart."""
        return bool(super().write(_prepared(values), expected))

    def _geocode_query(self) -> Query:
        return Query(town=self.city, region=self.region, country=self.country, line=self.name)


class AddressUse(Model):
    """Who is reached at an address, as what, and from when to when.

    Exactly one of the links is set; an area that also has addresses adds a link of its own and widens `_one_holder`.
    """

    _name = "address.use"
    _description = _("Use of an address")
    _order = "date_to desc nulls first, kind, id"

    name = fields.Char(string=_("Name"), compute="_compute_name", search="_search_name")
    address_id = fields.Many2one("address", string=_("Address"), required=True, ondelete="restrict", index=True, tracking=True)
    party_id = fields.Many2one("party", string=_("Contact"), ondelete="cascade", index=True, tracking=True)
    affiliation_id = fields.Many2one("affiliation", string=_("Affiliation"), ondelete="cascade", index=True, tracking=True)
    kind = fields.Selection(USE_KINDS, string=_("Kind"), required=True, default="postal", tracking=True)
    date_from = fields.Date(string=_("From"), tracking=True)
    date_to = fields.Date(string=_("To"), tracking=True)
    note = fields.Char(string=_("Remark"))

    access = Access(clerk="crudxi", sales="crud", reception="r", manager="crudxi", auditor="rx")
    rules = [
        Rule(
            "reception",
            [
                "|", ("party_id", "=", None), ("party_id.is_confidential", "=", False),
                "|", ("affiliation_id", "=", None), ("affiliation_id.person_id.is_confidential", "=", False),
            ],
        ),
        Rule(
            "sales",
            [
                "|", "|", ("party_id", "=", None), ("party_id.is_confidential", "=", False),
                ("party_id.account_manager_id", "=", CurrentUser),
                "|", "|", ("affiliation_id", "=", None), ("affiliation_id.person_id.is_confidential", "=", False),
                ("affiliation_id.person_id.account_manager_id", "=", CurrentUser),
            ],
        ),
        Rule("clerk", []),
        Rule("manager", []),
        Rule("auditor", []),
    ]  # fmt: skip

    _one_holder = Constraint(
        "CHECK (num_nonnulls(party_id, affiliation_id) = 1)",
        _("An address is used either by a contact or by an affiliation. Choose one of them."),
    )
    _dates_order = Constraint(
        "CHECK (date_from IS NULL OR date_to IS NULL OR date_from <= date_to)",
        _("The use of the address ends before it begins. Correct one of the two dates."),
    )

    @api.depends("address_id.name", "party_id.name", "affiliation_id.name")
    def _compute_name(self) -> None:
        for use in self:
            holder = use.party_id.name or use.affiliation_id.name
            use.name = ": ".join(part for part in (holder, use.address_id.name) if part) or None

    def _search_name(self, operator: str, value: Any) -> list[Any]:
        return ["|", "|", *((path, operator, value) for path in ("address_id.name", "party_id.name", "affiliation_id.name"))]

    @api.action
    def split_off_copy(self, values: Mapping[str, Any] | None = None) -> Any:
        """Give these uses a copy of their address, changed by `values`; everybody else keeps the former one.

        Returns the copies. Uses of one address share one copy.
        """
        copies = self.env["address"]
        for address, uses in self.grouped("address_id").items():
            if not address:
                raise UserError(_("You may not see the address, so it can't be copied."))
            made = address.copy()
            made.write({**(values or {}), "active": True})
            uses.write({"address_id": made.id})
            copies |= made
        return copies


NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


@lru_cache(maxsize=8)
def _country_names(lang: str) -> list[tuple[str, str]]:
    """Codes and names of all countries by name, from the Unicode tables, without their groups and pseudo-countries."""
    names = Locale(lang).territories
    wanted = ((code, name) for code, name in names.items() if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES)
    return sorted(wanted, key=lambda pair: pair[1])


def hint_text(parts: Mapping[str, str | None]) -> str | None:
    """What is missing or malformed for the post of the address's country; `None` when nothing is."""
    country, code = parts.get("country") or "RU", parts.get("postal_code")
    missing = [str(PART_LABELS[part]) for part in address_text.required_parts(country) if not parts.get(part)]
    hints = [str(_("Missing: %(parts)s.", parts=", ".join(missing)))] if missing else []
    example = code and address_text.postal_code_example(country, code)
    if example:
        hints.append(str(_("The postal code has not the form of its country, for example %(example)s.", example=example)))
    return " ".join(hints) or None


def usage_text(address: Any) -> str | None:
    """'12 people, 2 organisations', of the uses that this user sees; `None` for an address that nobody uses."""
    people: set[int] = set()
    organisations: set[int] = set()
    for use in address.use_ids:
        party = use.party_id or use.affiliation_id.person_id
        if party:
            (people if party.kind == "person" else organisations).add(party.id)
    counted = [
        str(ngettext("%(num)s person", "%(num)s people", len(people))) if people else "",
        str(ngettext("%(num)s organisation", "%(num)s organisations", len(organisations))) if organisations else "",
    ]
    return ", ".join(text for text in counted if text) or None


def _text(address: Any) -> dict[str, str | None]:
    return {part: address[part] for part in TEXT_PARTS}


def _prepared(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with one line taken apart and abbreviations in one form."""
    done = dict(values)
    line = done.pop("one_line", None)
    if line:
        given = {part for part in TEXT_PARTS if done.get(part)}
        parsed = address_text.parse_line(line, done.get("country") or "RU", given)
        done = {**done, **{part: value for part, value in parsed.items() if part not in given}}
    done.update(address_text.normalise({part: done[part] for part in TEXT_PARTS if isinstance(done.get(part), str)}))
    return done
