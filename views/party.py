"""Screens of organisations and people: two entries of the menu over one model."""

from __future__ import annotations

from app.orm import CurrentUser
from app.orm.i18n import _
from app.ui import Col, F, Filter, Form, Group, Lines, List, Menu, Search, StatusBar, Tab, Views

ORGANISATION = [("kind", "=", "organisation")]
PERSON = [("kind", "=", "person")]
CONTACTS = _("Contacts")
PHONE, EMAIL = Col("phone", string=_("Telephone")), Col("email", string=_("E-mail"))


class PartyViews(Views):
    """Organisations and people."""

    model = "party"
    menu = (
        Menu(
            CONTACTS, _("Organisations"), icon="building", sequence=10, key="organisations", domain=ORGANISATION,
            defaults={"kind": "organisation"}, columns=("name", "inn", "city", "phone", "code_ids", "account_manager_id", "status"),
            new=_("New organisation"),
        ),
        Menu(
            CONTACTS, _("People"), icon="user", sequence=20, key="people", domain=PERSON, defaults={"kind": "person"},
            columns=("name", "workplaces", "city", "phone", "email", "code_ids", "account_manager_id"), new=_("New person"),
        ),
    )  # fmt: skip
    search = Search(
        "name", "short_name", "inn", "phone", "email", "city", "code_ids",
        filters={
            "mine": Filter(_("I am the account manager"), [("account_manager_id", "=", CurrentUser)]),
            "in_business": Filter(_("In business"), [("status", "=", "active")]),
            "without_manager": Filter(_("Without an account manager"), [("account_manager_id", "=", None)]),
            "may_be_mailed": Filter(_("May be e-mailed"), [("do_not_email", "=", False), ("email", "!=", None)]),
            "archived": Filter(_("Archived"), [("active", "=", False)]),
        },
        group_by=["status", "city", "industry_id", "account_manager_id", "code_ids"],
    )  # fmt: skip
    list = List(
        "name",
        Col("inn", muted=True),
        "city",
        "phone",
        "code_ids",
        "account_manager_id",
        "status",
        Col("email", optional=True),
        Col("kpp", optional=True),
        Col("ogrn", optional=True),
        Col("short_name", optional=True),
        Col("workplaces", optional=True),
        Col("industry_id", optional=True),
        Col("parent_id", optional=True),
        Col("birthday", optional=True),
        order="name",
    )
    form = Form(
        StatusBar("status"),
        Group(
            _("Registration"),
            F("kind"),
            F("name", visible=ORGANISATION, required=ORGANISATION),
            F("family_name", visible=PERSON, required=PERSON),
            F("given_name", visible=PERSON),
            F("patronymic", visible=PERSON),
            F("gender", visible=PERSON),
            F("salutation", visible=PERSON),
            F("birthday", visible=PERSON),
            F("short_name", visible=ORGANISATION),
            F("legal_name", visible=ORGANISATION),
            F("inn"),
            F("kpp", visible=ORGANISATION),
            F("ogrn"),
            F("parent_id", visible=ORGANISATION),
            F("industry_id", visible=ORGANISATION),
        ),
        Group(
            _("Reaching them"),
            "phone",
            "email",
            F("website", visible=ORGANISATION),
            F("private_phone", visible=PERSON),
            F("private_email", visible=PERSON),
            "preferred_channel",
            "language",
            "account_manager_id",
            "code_ids",
            "city",
        ),
        Tab(
            _("People"),
            Lines("affiliation_ids", "person_id", "position", "department", PHONE, EMAIL, "date_from", "date_to"),
            visible=ORGANISATION,
        ),
        Tab(
            _("Positions"),
            Lines("position_ids", "organisation_id", "position", "department", PHONE, EMAIL, "date_from", "date_to", "is_primary"),
            visible=PERSON,
        ),
        Tab(_("Addresses"), Lines("address_use_ids", "kind", "address_id", "date_from", "date_to", "note")),
        Tab(_("Telephones and e-mails"), Lines("contact_ids", "kind", "value", "purpose", "label")),
        Tab(_("Subsidiaries"), Lines("child_ids", "name", "inn", "kpp", "city"), visible=ORGANISATION),
        Tab(
            _("More"),
            Group(
                _("Wishes and rights"), "do_not_call", "do_not_email", "do_not_post", "is_confidential", "active"
            ),
            Group(
                _("Names"), "latin_name", F("vat", visible=ORGANISATION), F("name_genitive", visible=PERSON),
                F("name_dative", visible=PERSON),
            ),
            F("note", wide=True),
        ),
    )  # fmt: skip


class PartyContactViews(Views):
    """Telephones and e-mails are edited on the card of their contact; this is for lists and exports."""

    model = "party.contact"
    search = Search("value", "party_id", group_by=["kind", "purpose"])
    list = List("party_id", "kind", "value", "purpose", Col("label", optional=True))
    form = Form(Group("party_id", "kind", "value", "purpose", "label", "sequence"))
