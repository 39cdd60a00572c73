"""Addresses and their uses: one row per address, shared by whoever is reached there.

A *use* ties an address to a party or to an affiliation, with a kind and dates. So a change of the address is a change for all
who use it; who wants it for one use only splits off a copy first (`address.use.split_off_copy`). Before saving, the form shows
`usage`: who else is concerned.

The point on the map has two sources. The geocoder sets it in the background after every change of the text; a point placed by a
person is never overwritten, it is only marked stale when the text changes. Saving neither waits for the geocoder nor fails
with it: the job is written in the same transaction and runs afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from babel import Locale

from app.jobs import job
from app.orm import Access, Constraint, CurrentUser, Model, Rule, UserError, ValidationError, api, fields
from app.orm.i18n import _, current_lang, ngettext
from app.services import Query
from models import address_text

if TYPE_CHECKING:
    from app.orm.env import Env

TEXT_PARTS = ("country", "region", "district", "city", "street", "house", "building", "flat", "postal_code")
ACCURACIES = [
    ("manual", _("Placed by hand")),
    ("house", _("House")),
    ("interpolated", _("Neighbouring house")),
    ("street", _("Street")),
    ("town", _("Town")),
]
GEOCODE_STATES = [
    ("waiting", _("Waiting")),
    ("done", _("Found")),
    ("not_found", _("Not found")),
    ("manual", _("Placed by hand")),
    ("stale", _("Stale: the address has changed")),
]

USE_KINDS = [("postal", _("Postal")), ("legal", _("Legal")), ("visiting", _("Visiting")), ("billing", _("Billing"))]


class Address(Model):
    """A postal address with its point on the map."""

    _name = "address"
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
    point = fields.GeoPoint(string=_("Point on the map"), tracking=True)
    accuracy = fields.Selection(ACCURACIES, string=_("Accuracy"), readonly=True)
    geocode_state = fields.Selection(
        GEOCODE_STATES, string=_("State of the point"), compute="_compute_geocode_state", store=True, index=True
    )
    placed_by_hand = fields.Boolean(string=_("Placed by hand"), readonly=True)
    located_text = fields.Char(
        string=_("Address of the point"), readonly=True, copy=True, help=_("The address as it was when the point was found.")
    )
    note = fields.Char(string=_("How to get there"))
    active = fields.Boolean(string=_("Active"), default=True, tracking=True)
    use_ids = fields.One2many("address.use", "address_id", string=_("Used by"))
    usage = fields.Char(string=_("Used by"), compute="_compute_usage", help=_("A change concerns all of them."))

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

    @api.depends("name", "located_text", "placed_by_hand", "accuracy")
    def _compute_geocode_state(self) -> None:
        for address in self:
            same = address.located_text == address.name
            if address.placed_by_hand:
                address.geocode_state = "manual" if same else "stale"
            elif same and address.name:
                address.geocode_state = "done" if address.accuracy else "not_found"
            else:
                address.geocode_state = "waiting"

    @api.depends("use_ids.party_id.kind", "use_ids.affiliation_id.person_id.kind")
    def _compute_usage(self) -> None:
        for address in self:
            address.usage = usage_text(address)

    def create(self, values: Any) -> Any:
        """Create addresses with their abbreviations in one form; a given point counts as placed by hand."""
        rows = [_prepared(row, self.env.context) for row in ([values] if isinstance(values, Mapping) else values)]
        for row in rows:
            if row.get("placed_by_hand"):
                row["located_text"] = address_text.one_line(row)
        made = super().create(rows)
        made._ask_for_point()
        return made

    def write(self, values: Mapping[str, Any], expected: int | None = None) -> bool:
        """Write values with their abbreviations in one form; a given point counts as placed by hand."""
        row = _prepared(values, self.env.context)
        super().write(row, expected)
        if row.get("placed_by_hand"):
            for address in self:
                address.located_text = address.name
        if "placed_by_hand" in row or not row.keys().isdisjoint(TEXT_PARTS):
            self._ask_for_point()
        return True

    @api.constrains("postal_code", "country")
    def _check_postal_code(self) -> None:
        for address in self:
            example = address.postal_code and address_text.postal_code_example(address.country, address.postal_code)
            if example:
                raise ValidationError(
                    _("Postal code %(value)s has not the form of its country, for example %(example)s."),
                    model="address", field="postal_code", value=address.postal_code, example=example,
                )  # fmt: skip

    def _ask_for_point(self) -> None:
        """Put those whose text has no point yet into the geocoder's queue."""
        waiting = self.filtered(lambda address: address.geocode_state == "waiting" and address.name)
        if waiting:
            geocode_addresses.enqueue(self.env, ids=waiting.ids)


@job(chunk=200)
def geocode_addresses(env: Env, ids: list[int]) -> None:
    """Find the points of these addresses; what was found, placed by hand or deleted meanwhile is left alone."""
    found = env.with_context(geocoding=True)["address"].browse(ids).exists()
    addresses = found.filtered(lambda address: address.geocode_state == "waiting")
    queries = [
        Query(town=address.city, region=address.region, country=address.country, line=address.name) for address in addresses
    ]
    for address, match in zip(addresses, env.services.geocoder.locate(queries), strict=True):
        place = match.place
        address.write(
            {
                "point": (place.longitude, place.latitude) if place else None,
                "accuracy": match.accuracy if place else None,
                "located_text": address.name,
            }
        )


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


@lru_cache(maxsize=8)
def _country_names(lang: str) -> list[tuple[str, str]]:
    """Codes and names of all countries by name, from the Unicode tables."""
    names = Locale(lang).territories
    return sorted(((code, name) for code, name in names.items() if len(code) == 2 and code.isalpha()), key=lambda pair: pair[1])


def usage_text(address: Any) -> str | None:
    """'12 people, 2 organisations', of the uses that this user sees; `None` for an address that nobody uses."""
    people, organisations = set(), set()
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


def _prepared(values: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
    """The values with one line taken apart, abbreviations in one form, and the source of a point noted."""
    done = dict(values)
    line = done.pop("one_line", None)
    if line:
        done = {**address_text.parse_line(line, done.get("country") or "RU"), **done}
    done.update(address_text.normalise({part: done[part] for part in TEXT_PARTS if isinstance(done.get(part), str)}))
    if "point" in done and not context.get("geocoding"):
        done["placed_by_hand"] = bool(done["point"])
        done["accuracy"] = "manual" if done["point"] else None
        done.setdefault("located_text", None)
    return done
