"""From the state of a list to its domain: menu entry, quick filters, texts, typed conditions, as facets and as leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.orm.access import check_any, readable_names
from app.orm.env import Env
from app.orm.i18n import _
from app.orm.schema import SEARCH_COLUMN, searched_fields
from app.ui import Filter, Menu, ModelViews
from app.web.screens import conditions
from app.web.screens.state import ListState

TEXT_TYPES = frozenset({"char", "text", "email", "phone", "url"})
LINKS = frozenset({"many2one", "one2many", "many2many"})


@dataclass(frozen=True, slots=True)
class Facet:
    """A removable limit of the list."""

    label: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class Quick:
    """A quick filter that is not on."""

    label: str
    url: str


class ListSearch:
    """Domain, facets and quick filters of one request."""

    def __init__(self, env: Env, views: ModelViews, state: ListState, menu: Menu | None) -> None:
        self.env, self.views, self.menu = env, views, menu
        self.cls: Any = env.registry[views.model]
        check_any(env, self.cls)
        self.fields: dict[str, Any] = {name: self.cls._fields[name] for name in readable_names(env, self.cls)}
        self.filters = quick_filters(views, self.fields)
        defaults = tuple(key for key, value in self.filters.items() if value.default)
        self.on = defaults if state.filters is None else tuple(key for key in state.filters if key in self.filters)
        self.state = state.but(filters=self.on, page=state.page) if state.filters is not None or defaults else state
        self.conditions = [conditions.parse(text, self.fields, env) for text in self.state.conditions]

    def domain(self) -> list[Any]:
        """Everything that limits the list, joined by "and"."""
        found: list[Any] = list(self.menu.domain or ()) if self.menu else []
        for key in self.on:
            found += self.filters[key].domain
        for text in self.state.texts:
            found += text_domain(self.env, self.cls, self.searched(), text)
        found += [condition.leaf for condition in self.conditions]
        return found

    def searched(self) -> list[str]:
        """The fields that a typed text is looked for in; those that the user may not read are left out."""
        return [name for name in self.views.search.names if name.split(".")[0] in self.fields]

    def order(self) -> str:
        """The order of the address, else of the list; the model's own (empty) where this user may not read what they name."""
        name, _space, direction = self.state.order.partition(" ")
        wanted = self.fields.get(name)
        if wanted is not None and wanted.sortable and direction in ("", "desc"):
            return self.state.order
        declared = self.views.list.order or ""
        names = {part.split()[0].split(".")[0] for part in declared.split(",") if part.strip()}
        return declared if names <= self.fields.keys() else ""

    def facets(self) -> list[Facet]:
        """What limits the list, each with the address without it."""
        state = self.state
        found = [Facet(f"«{text}»", state.but(texts=_without(state.texts, text)).url) for text in state.texts]
        found += [Facet(str(self.filters[key].title), state.but(filters=_without(self.on, key)).url) for key in self.on]
        found += [Facet(item.label, state.but(conditions=_without(state.conditions, item.text)).url) for item in self.conditions]
        return found

    def quick(self) -> list[Quick]:
        """The quick filters that may be switched on."""
        return [
            Quick(str(value.title), self.state.but(filters=(*self.on, key)).url)
            for key, value in self.filters.items()
            if key not in self.on
        ]

    def offered(self) -> list[tuple[str, str]]:
        """The fields of the filter builder, by label."""
        found = [
            (name, str(field.string))
            for name, field in self.fields.items()
            if field.searchable and field.type in conditions.BY_TYPE and name not in ("id", "display_name", "revision", "active")
        ]
        return sorted(found, key=lambda pair: pair[1].casefold())


def quick_filters(views: ModelViews, fields: dict[str, Any]) -> dict[str, Filter]:
    """The declared filters, and "archived" where records can be."""
    found = dict(views.search.filters)
    if "active" in fields and "archived" not in found:
        found["archived"] = Filter(_("Archived"), [("active", "=", False)])
    return found


def text_domain(env: Env, cls: Any, names: Sequence[str], text: str) -> list[Any]:
    """The text in the searched fields of the records, or in one of these fields and links; without any, in the name."""
    kept = {field.name for field in searched_fields(cls)}
    leaves: list[Any] = [(SEARCH_COLUMN, "ilike", text)] if kept else []
    leaves += [leaf for name in names if name not in kept and (leaf := _text_leaf(env, cls, name, text)) is not None]
    if not leaves:
        leaves = [("display_name", "ilike", text)]
    return ["|"] * (len(leaves) - 1) + leaves


def _text_leaf(env: Env, cls: Any, name: str, text: str) -> tuple[str, str, str] | None:
    field, rest = cls._fields.get(name.split(".", maxsplit=1)[0]), name.partition(".")[2]
    if field is None:
        return None
    if field.type in LINKS and not rest:
        comodel = env.registry[field.comodel]
        return (f"{name}.{SEARCH_COLUMN if searched_fields(comodel) else comodel._rec_name}", "ilike", text)
    return (name, "ilike", text) if rest or field.type in TEXT_TYPES else None


def _without(values: Sequence[str], value: str) -> tuple[str, ...]:
    return tuple(other for other in values if other != value)
