"""The form screen: the page around one record, with its place in the list it was opened from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.orm.env import Env
from app.orm.errors import AppError
from app.orm.i18n import _
from app.ui import Button, Menu, ModelViews
from app.ui.conditions import holds
from app.web.screens import formats, password
from app.web.screens.counting import counted
from app.web.screens.formview import Block, Drawer, FieldView, Inputs
from app.web.screens.history import Change, history
from app.web.screens.record import RecordForm
from app.web.screens.search import ListSearch
from app.web.screens.shared import Question
from app.web.screens.site import Entry, site
from app.web.screens.state import ListState


@dataclass(slots=True)
class Place:
    """Where a record stands in its list, and its neighbours."""

    text: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """A button of the form that is not "save"."""

    url: str
    label: str
    icon: str
    confirm: str = ""
    name: str = ""
    get: bool = False


@dataclass(slots=True)
class FormPage:
    """All that the template shows."""

    title: str
    key: int
    model: str
    active: str
    list_title: str
    list_url: str
    save_url: str
    revision: int
    archived: bool
    field_names: str
    groups: list[Block]
    tabs: list[Block]
    open_tab: str
    status: FieldView | None
    steps: list[tuple[str, str, bool]]
    errors: list[tuple[str, str]]
    general: list[str]
    can_save: bool
    place: Place
    buttons: list[Act]
    more: list[Act]
    history: list[Change] | None = None
    changed: str = ""
    conflicts: list[tuple[str, str, str]] = field(default_factory=list)
    conflict_fields: str = ""
    question: Question | None = None
    answered: str = ""
    acted: bool = False


class FormBuilder:
    """Builds the page of one form."""

    def __init__(self, form: RecordForm, state: ListState, menu: Menu | None, at: int) -> None:
        self.form, self.state, self.menu, self.at = form, state, menu, at
        self.env: Env = form.env
        self.views: ModelViews = form.views
        self.model = form.views.model

    def build(self, inputs: Inputs, changed: str = "") -> FormPage:
        """The page over these inputs."""
        form, key = self.form, self.form.key
        records: Any = self.env[self.model]
        can_save = (site().may_save if key else site().may_create)(self.env, self.model)
        home = self._home(inputs)
        drawer = Drawer(form.shape, inputs, key, can_write=can_save)
        status, tabs = self._status(drawer), drawer.tabs()
        return FormPage(
            title=str(form.facts.get("display_name") or f"#{key}") if key else self.new_title(),
            key=key,
            model=self.model,
            active=home.key if home else "",
            list_title=home.title if home else site().title(self.model),
            list_url=self.state.url if not home or self.menu else home.url,
            save_url=self._url(str(key) if key else "new"),
            revision=form.facts.get("revision") or 0,
            archived=form.facts.get("active") is False,
            field_names=",".join([*form.shape.items, *form.shape.lines]),
            groups=[block for block in drawer.groups() if block.items],
            tabs=tabs,
            open_tab=next((tab.id for tab in tabs if not tab.hidden), ""),
            status=status,
            steps=[(value, label, value == str(status.value)) for value, label in status.choices] if status else [],
            errors=list({text: (name, text) for name, text in reversed(inputs.errors.items())}.values())[::-1],
            general=form.general,
            can_save=can_save,
            place=self._place() if key else Place(),
            buttons=self._buttons(inputs) if key else [],
            more=self._more(records) if key else [],
            history=history(self.env, self.model, key, form.shape.allowed) if key and form.shape.cls._audit else None,
            changed=changed,
        )

    def _home(self, inputs: Inputs) -> Entry | None:
        """The menu entry of the address; for a record that was reached otherwise, the one that shows such records."""
        if self.menu is not None:
            return site().entry(self.model, self.state.menu)
        from_list = self.at or self.state != ListState(self.model)
        return None if from_list else site().home(self.model, inputs.plain(self.form.key))

    def new_title(self) -> str:
        """What the empty form is called."""
        return str(self.menu.new) if self.menu and self.menu.new else str(_("New record"))

    def _status(self, drawer: Drawer) -> FieldView | None:
        declared = self.views.form.status
        if declared is None or declared.name not in self.form.shape.items:
            return None
        view = drawer.field(declared.name)
        if view.kind == "many2one":
            field_ = self.form.shape.declared(declared.name)
            rows = self.env[field_.comodel].search_read([], ["display_name"], limit=30)
            view.choices = [(str(row["id"]), row["display_name"]) for row in rows]
            view.value = str(view.value[0]) if view.value else ""
        return view

    def _url(self, action: str) -> str:
        at = [("at", str(self.at))] if self.at else []
        return f"/{self.model}/{action}{self.state.query(*at)}"

    def _buttons(self, inputs: Inputs) -> list[Act]:
        return [
            Act(
                url=self._url(f"{self.form.key}/call/{button.method}"),
                label=label_of(button),
                icon=button.icon or "player-play",
                confirm=str(button.confirm or ""),
            )
            for button in self.views.form.buttons
            if button.visible is None or holds(button.visible, inputs.plain(self.form.key))
        ]

    def _more(self, records: Any) -> list[Act]:
        key, found = self.form.key, self._user_acts()
        if site().may_create(self.env, self.model):
            found.append(Act(self._url(f"{key}/copy"), str(_("Duplicate")), "copy"))
        if "active" in self.form.shape.allowed and records.has_access("write"):
            if self.form.facts.get("active") is False:
                found.append(Act(self._url(f"{key}/restore"), str(_("Restore")), "archive-off"))
            else:
                found.append(Act(self._url(f"{key}/archive"), str(_("Archive")), "archive"))
        if site().may_delete(self.env, self.model):
            question = _("Delete this record? This cannot be undone.")
            found.append(Act(self._url(f"{key}/delete"), str(_("Delete")), "trash", str(question)))
        return found

    def _user_acts(self) -> list[Act]:
        """A user's form leads to his password."""
        key = self.form.key
        if self.model != "user" or not password.may_set(self.env, key):
            return []
        return [Act(f"/user/{key}/password", str(_("Set password")), "key", get=True)]

    def _place(self) -> Place:
        """Position and neighbours in the list, if the record is still where the list said."""
        if self.at < 1:
            return Place()
        try:
            search = ListSearch(self.env, self.views, self.state, self.menu)
        except AppError:
            return Place()
        records: Any = self.env[self.model]
        domain, first = search.domain(), max(0, self.at - 2)
        ids = records.search(domain, offset=first, limit=3, order=search.order() or None).ids
        mine = self.at - 1 - first
        if mine >= len(ids) or ids[mine] != self.form.key:
            return Place()
        lang = self.env.lang
        total = counted(records, domain).text(lang)
        before = self._neighbour(ids[mine - 1], self.at - 1) if mine else ""
        after = self._neighbour(ids[mine + 1], self.at + 1) if mine + 1 < len(ids) else ""
        return Place(str(_("%(place)s of %(total)s", place=formats.number(self.at, lang), total=total)), before, after)

    def _neighbour(self, key: int, at: int) -> str:
        return f"/{self.model}/{key}{self.state.query(('at', str(at)))}"


def label_of(button: Button) -> str:
    """What a button says."""
    return str(button.label or button.method.replace("_", " ").capitalize())
