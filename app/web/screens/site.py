"""What the generated screens know of the whole portal: finished views, navigation by role, static files.

One `Site` per process, made by the factory when the registry stands; it holds nothing of a user.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask import abort, current_app

from app.orm.env import Env
from app.orm.i18n import _
from app.ui import Menu, ModelViews
from app.ui.conditions import OPERATORS, fields_of, holds
from app.ui.vocabulary import Condition, Label
from app.web.assets import Assets

SETTINGS = _("Settings")
EXTENSION = "kartoteka.site"
RIGHTS = "settings:rights"


@dataclass(frozen=True, slots=True)
class Entry:
    """One menu entry with its address."""

    key: str
    model: str
    menu: Menu

    @property
    def url(self) -> str:
        """The list that the entry opens."""
        return f"/{self.model}/list" + (f"?menu={self.menu.key}" if self.menu.key else "")

    @property
    def new_url(self) -> str:
        """The empty form for a record of this entry."""
        return f"/{self.model}/new" + (f"?menu={self.menu.key}" if self.menu.key else "")

    @property
    def title(self) -> str:
        """The words in the navigation."""
        return str(self.menu.title)

    @property
    def icon(self) -> str:
        """The name of its icon."""
        return self.menu.icon


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of the navigation that is not a list."""

    key: str
    url: str
    title: str
    icon: str


@dataclass(slots=True)
class Site:
    """Views by model and the menu made of them."""

    registry: Any
    views: Mapping[str, ModelViews]
    assets: Assets
    entries: list[Entry] = field(default_factory=list)
    handmade: frozenset[str] = frozenset()
    """Models whose form has something to fill in; records of the others are made by the portal alone."""

    def __post_init__(self) -> None:
        self.handmade = frozenset(name for name, views in self.views.items() if self._fillable(name, views))
        self.entries = sorted(self._entries(), key=lambda entry: entry.menu.sequence)

    def _entries(self) -> Iterator[Entry]:
        for model, views in self.views.items():
            for position, menu in enumerate(views.menus):
                key = menu.key or (str(position) if len(views.menus) > 1 else "")
                found = menu if menu.key == key else replace(menu, key=key)
                yield Entry(f"{model}:{key}", model, found)

    def _fillable(self, model: str, views: ModelViews) -> bool:
        known = self.registry[model]._fields
        return any(not known[item.name].readonly for item in views.form.parts())

    def may_create(self, env: Env, model: str) -> bool:
        """Whether this user may make a record of the model by hand."""
        return model in self.handmade and bool(env[model].has_access("create"))

    def may_save(self, env: Env, model: str) -> bool:
        """Whether this user may change records of the model by hand."""
        return model in self.handmade and bool(env[model].has_access("write"))

    def may_delete(self, env: Env, model: str) -> bool:
        """Whether this user may delete records of the model; nobody deletes from what is only appended to."""
        return not getattr(self.registry[model], "_append_only", False) and bool(env[model].has_access("unlink"))

    def home(self, model: str, values: Mapping[str, Any]) -> Entry | None:
        """The menu entry whose list shows a record with these values, where that can be told from them."""
        own = (entry for entry in self.entries if entry.model == model and tellable(entry.menu.domain or (), values))
        return next((entry for entry in own if holds(entry.menu.domain or (), values)), None)

    def entry(self, model: str, key: str = "") -> Entry | None:
        """The menu entry of an address; without a key the model's first one, if it has just one."""
        own = [entry for entry in self.entries if entry.model == model]
        named = next((entry for entry in own if entry.menu.key == key), None)
        return named or (own[0] if len(own) == 1 else None)

    def navigation(self, env: Env) -> list[tuple[str, list[Entry | Link]]]:
        """Groups of entries that this user may open, in the order of their smallest sequence."""
        groups: dict[Label, list[Entry | Link]] = {}
        for entry in self.entries:
            if self.may_open(env, entry):
                groups.setdefault(entry.menu.group, []).append(entry)
        if "role" in self.views and env["role"].has_access("write"):
            groups.setdefault(SETTINGS, []).append(Link(RIGHTS, "/settings/rights", str(_("Rights")), "adjustments"))
        return [(str(group), entries) for group, entries in groups.items()]

    def may_open(self, env: Env, entry: Entry) -> bool:
        """Whether role and rights allow the entry."""
        roles = entry.menu.roles
        return (roles is None or bool(env.roles & set(roles))) and env[entry.model].has_access("read")

    def title(self, model: str) -> str:
        """What a model is called by its menu entries, or by its description."""
        titles = [entry.title for entry in self.entries if entry.model == model]
        return " · ".join(titles) or str(self.registry[model]._description)


def tellable(domain: Condition, values: Mapping[str, Any]) -> bool:
    """Whether a domain speaks of nothing but these values, in the words of conditions."""
    leaves = [leaf for leaf in domain if not isinstance(leaf, str)]
    return all(leaf[1] in OPERATORS for leaf in leaves) and values.keys() >= set(fields_of(domain))


def site() -> Site:
    """The portal's screens."""
    found: Site = current_app.extensions[EXTENSION]
    return found


def views_of(model: str) -> ModelViews:
    """The views of a model named in an address; 404 where there is none."""
    found = site().views.get(model)
    if found is None:
        abort(404)
    return found
