"""Screens of affiliations: who is what, and where."""

from __future__ import annotations

from app.orm.i18n import _
from app.ui import Col, Filter, Form, Group, Lines, List, Menu, Search, Tab, Views


class AffiliationViews(Views):
    """Affiliations, present and past."""

    model = "affiliation"
    menu = Menu(_("Contacts"), _("Affiliations"), icon="id-badge", sequence=30, new=_("New affiliation"))
    search = Search(
        "person_id", "organisation_id", "position", "phone", "email",
        filters={
            "current": Filter(_("Current"), [("is_current", "=", True)], default=True),
            "ended": Filter(_("Ended"), [("date_to", "<", "today")]),
            "primary": Filter(_("Primary"), [("is_primary", "=", True)]),
        },
        group_by=["organisation_id", "person_id", "position"],
    )  # fmt: skip
    list = List(
        "person_id", "organisation_id", "position", Col("department", optional=True), "phone", "email", "date_from", "date_to",
        Col("is_primary", optional=True), Col("code_ids", optional=True), order="name",
    )  # fmt: skip
    form = Form(
        Group(_("Place"), "person_id", "organisation_id", "position", "department", "is_primary"),
        Group(_("Reaching them there"), "phone", "email", "date_from", "date_to", "code_ids"),
        Tab(_("Addresses"), Lines("address_use_ids", "kind", "address_id", "date_from", "date_to", "note")),
        Tab(_("Note"), "note"),
    )
