"""Affiliations: what a person is in an organisation, with the telephone, e-mail and address that hold there.

An affiliation with an end in the past stays as history: `name_search`, which fills pick-lists, leaves it out, every other
search finds it. One affiliation of a person may be the primary one; making another primary takes the mark from the former.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.orm import Access, Constraint, CurrentUser, Model, Rule, ValidationError, api, fields
from app.orm.i18n import _


class Affiliation(Model):
    """A person's place in an organisation."""

    _name = "affiliation"
    _description = _("Affiliation")
    _order = "is_primary desc, date_from desc nulls last, id"

    name = fields.Char(string=_("Name"), compute="_compute_name", store=True, expose=True, search=True, index=True)
    person_id = fields.Many2one(
        "party",
        string=_("Person"),
        required=True,
        ondelete="cascade",
        index=True,
        domain=[("kind", "=", "person")],
        tracking=True,
    )
    organisation_id = fields.Many2one(
        "party", string=_("Organisation"), required=True, ondelete="cascade", index=True,
        domain=[("kind", "=", "organisation")], tracking=True,
    )  # fmt: skip
    position = fields.Char(string=_("Position"), search=True, tracking=True)
    department = fields.Char(string=_("Department"), tracking=True)
    phone = fields.Phone(string=_("Telephone at work"), search=True, tracking=True)
    email = fields.Email(string=_("E-mail at work"), search=True, tracking=True)
    date_from = fields.Date(string=_("From"), tracking=True)
    date_to = fields.Date(
        string=_("To"), tracking=True, help=_("Ended affiliations leave pick-lists and mailings and stay in history.")
    )
    is_primary = fields.Boolean(string=_("Primary"), tracking=True, help=_("The one that letters use when nobody chooses."))
    is_current = fields.Boolean(string=_("Current"), compute="_compute_is_current", search="_search_is_current")
    code_ids = fields.Many2many(
        "code", string=_("Codes"), relation="affiliation_code_rel", column1="affiliation_id", column2="code_id"
    )
    address_use_ids = fields.One2many("address.use", "affiliation_id", string=_("Addresses"))
    note = fields.Text(string=_("Note"))

    access = Access(clerk="crudxim", sales="crud", reception="r", manager="crudxim", auditor="rx")
    rules = [
        Rule("reception", [("person_id.is_confidential", "=", False), ("organisation_id.is_confidential", "=", False)]),
        Rule(
            "sales",
            [
                "|", ("person_id.is_confidential", "=", False), ("person_id.account_manager_id", "=", CurrentUser),
                "|", ("organisation_id.is_confidential", "=", False), ("organisation_id.account_manager_id", "=", CurrentUser),
            ],
        ),
        Rule("clerk", []),
        Rule("manager", []),
        Rule("auditor", []),
    ]  # fmt: skip

    _dates_order = Constraint(
        "CHECK (date_from IS NULL OR date_to IS NULL OR date_from <= date_to)",
        _("The affiliation ends before it begins. Correct one of the two dates."),
    )

    @api.depends("person_id.name", "organisation_id.name", "position")
    def _compute_name(self) -> None:
        for affiliation in self:
            words = (affiliation.person_id.name, affiliation.position, affiliation.organisation_id.name)
            affiliation.name = ", ".join(word for word in words if word) or None

    @api.depends("date_from", "date_to")
    def _compute_is_current(self) -> None:
        today = self.env.now.date()
        for affiliation in self:
            begun = not affiliation.date_from or affiliation.date_from <= today
            affiliation.is_current = begun and not (affiliation.date_to and affiliation.date_to < today)

    def _search_is_current(self, operator: str, value: Any) -> list[Any]:
        current = [
            "&", "|", ("date_from", "=", None), ("date_from", "<=", "today"),
            "|", ("date_to", "=", None), ("date_to", ">=", "today"),
        ]  # fmt: skip
        wanted = True in value if operator in {"in", "not in"} else bool(value)
        return current if wanted == (operator in {"=", "in"}) else ["!", *current]

    @api.constrains("person_id", "organisation_id")
    def _check_kinds(self) -> None:
        for affiliation in self:
            for field, kind, message in (
                ("person_id", "person", _("%(name)s is an organisation. Choose a person here.")),
                ("organisation_id", "organisation", _("%(name)s is a person. Choose an organisation here.")),
            ):
                party = affiliation[field]
                if party and party.kind != kind:
                    raise ValidationError(message, model="affiliation", field=field, name=party.name)

    def name_search(self, text: str = "", domain: Any = (), limit: int | None = 8) -> list[tuple[int, str]]:
        """As everywhere, but only affiliations that hold today: a pick-list is about the present."""
        return super().name_search(text, [*domain, ("is_current", "=", True)], limit)

    def create(self, values: Any) -> Any:
        """Create affiliations; a new primary one takes the mark from the person's former."""
        rows = [values] if isinstance(values, Mapping) else list(values)
        self._give_up_primary(row.get("person_id") for row in rows if row.get("is_primary"))
        return super().create(rows)

    def write(self, values: Mapping[str, Any], expected: int | None = None) -> bool:
        """Write values; a new primary affiliation takes the mark from the person's former."""
        if values.get("is_primary"):
            self._give_up_primary([values["person_id"]] if values.get("person_id") else self.mapped("person_id").ids, self.ids)
        return bool(super().write(values, expected))

    def _give_up_primary(self, people: Iterable[Any], but: Iterable[int] = ()) -> None:
        ids = {person if isinstance(person, int) else person.id for person in people if person}
        if not ids:
            return
        former = self.env["affiliation"].search(
            [("person_id", "in", list(ids)), ("is_primary", "=", True), ("id", "not in", list(but))]
        )
        if former:
            former.write({"is_primary": False})
