"""Screens of addresses and of their uses."""

from __future__ import annotations

from app.orm.i18n import _
from app.ui import Button, Col, F, Filter, Form, Group, Lines, List, Menu, Search, Shared, Tab, Views


class AddressViews(Views):
    """Addresses with the point on the map and everybody who uses them."""

    model = "address"
    quick = "one_line"
    menu = Menu(_("Contacts"), _("Addresses"), icon="map-pin", sequence=40, new=_("New address"))
    search = Search(
        "name", "city", "street", "postal_code",
        filters={
            "without_point": Filter(_("Without a point"), [("point", "=", None)]),
            "stale": Filter(_("Point is stale"), [("geocode_state", "=", "stale")]),
            "unused": Filter(_("Used by nobody"), [("use_ids", "=", None)]),
            "archived": Filter(_("Archived"), [("active", "=", False)]),
        },
        group_by=["country", "region", "city", "geocode_state"],
    )  # fmt: skip
    list = List(
        "name", "city", "region", "postal_code", "usage", "accuracy", "geocode_state",
        Col("country", optional=True), Col("street", optional=True), Col("house", optional=True), order="name",
    )  # fmt: skip
    form = Form(
        Shared("use_ids", summary="usage", split="split_off_copy"),
        Group(
            _("Address"), F("one_line", wide=True), "country", "postal_code", "region", "district", "city", "street", "house",
            "building", "flat", F("hint", visible=[("hint", "!=", None)]),
        ),
        Group(_("On the map"), "point", "accuracy", "geocode_state", "usage", "note", "active"),
        Tab(_("Used by"), Lines("use_ids", "party_id", "affiliation_id", "kind", "date_from", "date_to")),
    )  # fmt: skip


class AddressUseViews(Views):
    """One use of an address; from here a copy of its own is split off."""

    model = "address.use"
    search = Search("address_id", "party_id", "affiliation_id", group_by=["kind", "address_id"])
    list = List("party_id", "affiliation_id", "address_id", "kind", "date_from", "date_to")
    form = Form(
        Button(
            "split_off_copy", _("Split off a copy"), icon="copy",
            confirm=_("This use gets a copy of the address. Everybody else keeps the present one."),
        ),
        Group("address_id", "party_id", "affiliation_id"),
        Group("kind", "date_from", "date_to", "note"),
    )  # fmt: skip
