"""Screens of codes and their kinds."""

from __future__ import annotations

from app.orm.i18n import _
from app.ui import Col, Filter, Form, Group, Lines, List, Menu, Search, Tab, Views


class CodeViews(Views):
    """Codes, in trees within their kind."""

    model = "code"
    menu = Menu(_("Contacts"), _("Codes"), icon="tags", sequence=50, new=_("New code"))
    search = Search(
        "name", "number", "kind_id",
        filters={"archived": Filter(_("Archived"), [("active", "=", False)])},
        group_by=["kind_id", "parent_id"],
    )  # fmt: skip
    list = List(
        "name", "number", "kind_id", "parent_id", "colour", Col("valid_from", optional=True), Col("valid_to", optional=True)
    )
    form = Form(
        Group("name", "number", "kind_id", "parent_id", "colour"),
        Group("valid_from", "valid_to", "sequence", "active"),
        Tab(_("Codes below"), Lines("child_ids", "name", "number", "colour", "sequence")),
        Tab(_("Description"), "description"),
    )


class CodeKindViews(Views):
    """Kinds of codes."""

    model = "code.kind"
    menu = Menu(_("Settings"), _("Kinds of codes"), icon="category", sequence=60, new=_("New kind of codes"))
    search = Search("name", "key")
    list = List("name", "key", "sequence", "active")
    form = Form(
        Group("name", "key", "sequence", "active"),
        Tab(_("Codes"), Lines("code_ids", "name", "number", "colour", "sequence")),
        Tab(_("Description"), "description"),
    )
