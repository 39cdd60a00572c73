"""Screens of the platform's own models: users, roles, sessions, audit, jobs."""

from __future__ import annotations

from app.orm.i18n import _
from app.ui import Button, Col, F, Filter, Form, Group, List, Menu, Search, Tab, Views

SETTINGS = _("Settings")


class UserViews(Views):
    """Who can sign in, and with which roles."""

    model = "user"
    menu = Menu(SETTINGS, _("Users"), icon="users", sequence=900, roles=["admin"], new=_("New user"))
    search = Search(
        "login",
        "first_name",
        "last_name",
        "email",
        filters={"archived": Filter(_("Disabled"), [("active", "=", False)])},
        group_by=["role_ids"],
    )
    list = List("display_name", "login", "email", "role_ids", Col("lang", optional=True), "last_login", order="login")
    form = Form(
        Group(_("Person"), "first_name", "last_name", "email"),
        Group(_("Access"), "login", "role_ids", "lang", F("tz", placeholder=_("Europe/Moscow")), "active", "last_login"),
    )


class RoleViews(Views):
    """Roles and who has them; their rights stand in the matrix."""

    model = "role"
    menu = Menu(SETTINGS, _("Roles"), icon="shield-lock", sequence=910, roles=["admin"], new=_("New role"))
    list = List("name", "user_ids")
    form = Form(Group("name"), Group("user_ids"))


class CustomFieldViews(Views):
    """Fields that were added while the portal runs."""

    model = "custom.field"
    menu = Menu(SETTINGS, _("Custom fields"), icon="forms", sequence=915, roles=["admin"], new=_("New field"))
    search = Search("label", "name", group_by=["model", "type"])
    list = List("label", "model", "type", "name", "required", Col("filled", optional=True), Col("index_state", optional=True))
    form = Form(
        Button(
            "make_index",
            _("Make the index again"),
            icon="refresh",
            visible=["|", ("index_state", "=", "duplicates"), ("index_state", "=", "failed")],
            confirm=_("Make the index again? It is in force once it stands."),
        ),
        Group(
            _("Field"),
            "model",
            "label",
            F("name", placeholder=_("x_height")),
            "type",
            F("choices_text", visible=[("type", "=", "selection")], wide=True),
            F("comodel", visible=[("type", "=", "many2one")]),
            "help",
        ),
        Group(
            _("Values"),
            "required",
            F("default", visible=[("type", "!=", "html")]),
            "unique",
            "index",
            F("index_state", visible=["|", ("unique", "=", True), ("index", "=", True)]),
            "filled",
        ),
        Group(_("Rights"), F("read_roles", placeholder=_("manager, sales")), "write_roles"),
        Group(_("Place"), F("domain", wide=True), "sequence", "active"),
    )


class SessionViews(Views):
    """Browsers in which users are signed in."""

    model = "user.session"
    menu = Menu(SETTINGS, _("Sessions"), icon="key", sequence=920, roles=["admin"])
    search = Search("user_id", "address", filters={"open": Filter(_("Open"), [("ended", "=", None)], default=True)})
    list = List("user_id", "create_date", "address", "agent", "ended")
    form = Form(Button("end", _("Sign out"), icon="logout"), Group("user_id", "address", "agent"), Group("create_date", "ended"))


class AuditViews(Views):
    """What was done, by whom, from where."""

    model = "audit"
    menu = Menu(SETTINGS, _("Audit"), icon="history", sequence=930, roles=["admin", "auditor"])
    search = Search("model", group_by=["uid", "operation", "source", "date:day"])
    list = List("date", "uid", "operation", "model", "res_id", "source", Col("reason", optional=True), order="date desc")
    form = Form(Group("date", "uid", "source", "reason"), Group("operation", "model", "res_id"), Tab(_("Changes"), "shown"))


class JobViews(Views):
    """Work in the background: what waits, runs, failed."""

    model = "job"
    menu = Menu(SETTINGS, _("Jobs"), icon="refresh", sequence=940, roles=["admin"])
    search = Search(
        "name",
        filters={
            "failed": Filter(_("Failed"), [("state", "=", "failed")]),
            "waiting": Filter(_("Waiting"), [("state", "=", "waiting")]),
        },
        group_by=["state", "name"],
    )
    list = List("create_date", "name", "state", "progress", "total", "uid", "attempts", "finished_at", order="id desc")
    form = Form(
        Group("name", "state", "progress", "total", "uid"),
        Group("queue", "attempts", "run_after", "finished_at"),
        Tab(_("Result"), "result", "error", "args"),
    )
