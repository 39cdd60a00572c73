"""Looks through the declared views once, at the start: a wrong one stops it with file, line and a near name.

The result of the check is the finished set of views, so nothing unchecked can be drawn.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from app.orm.domain import Domain
from app.orm.errors import DeclarationError
from app.ui.conditions import JOINTS, OPERATORS
from app.ui.views import ModelViews, Views, assemble, declared_views, default_columns
from app.ui.vocabulary import Col, Condition, F, Filter, Form, Group, Lines, List, Menu, Search, Shared, StatusBar, Tab

GRANULARITIES = ("hour", "day", "week", "month", "quarter", "year")
ORDER_WORDS = ("asc", "desc", "nulls", "first", "last")
SUMMABLE = frozenset({"integer", "float", "decimal", "monetary"})
ATTRIBUTES = {"menu": Menu, "search": Search, "list": List, "form": Form}


def check_views(registry: Any, classes: Sequence[type[Views]] | None = None) -> dict[str, ModelViews]:
    """The views of every model of the registry, by model name.

    Raises `DeclarationError` for a view that names a model, field, method or operator that does not exist.
    """
    by_model: dict[str, list[type[Views]]] = {}
    for views in declared_views() if classes is None else classes:
        Checker(registry, views).check_class()
        by_model.setdefault(views.model, []).append(views)
    found = {}
    for name, cls in registry.models.items():
        if getattr(cls, "_abstract", False):
            continue
        ordered = sorted(by_model.get(name, []), key=lambda views: views.extends)
        found[name] = assemble(cls, ordered)
    return found


def near(name: str, names: Iterable[str]) -> str:
    """The end of a message: the likely name, or nothing."""
    match = difflib.get_close_matches(name, list(names), 1)
    return f' Did you mean "{match[0]}"?' if match else ""


class Checker:
    """Checks one `Views` class against the registry."""

    def __init__(self, registry: Any, views: type[Views]) -> None:
        self.registry, self.views = registry, views
        self.fields: dict[str, Any] = {}

    def fail(self, text: str) -> NoReturn:
        """Stop the start with the place of the declaration."""
        raise DeclarationError(f"{self.views.where}: {self.views.__qualname__}: {text}")

    def check_class(self) -> None:
        """Check the model, then every attribute."""
        model = getattr(self.views, "model", None)
        if not model:
            self.fail('"model" is missing.')
        if model not in self.registry.models:
            self.fail(f'there is no model "{model}".{near(str(model), self.registry.models)}')
        self.cls = self.registry.models[model]
        self.fields = self.cls._fields
        self.check_attributes()
        if self.views.quick:
            self.field(self.views.quick)
        self.check_menus()
        if self.views.list is not None:
            self.check_list(self.views.list)
        if self.views.search is not None:
            self.check_search(self.views.search)
        if self.views.form is not None:
            self.check_form(self.views.form)

    def check_attributes(self) -> None:
        """An attribute that is not of the vocabulary is a typing error."""
        known = {*ATTRIBUTES, "model", "quick", "extends", "where"}
        for name in vars(self.views):
            if not name.startswith("_") and name not in known:
                self.fail(f'"{name}" is not a part of a view.{near(name, known)}')
        for name, kind in ATTRIBUTES.items():
            value = getattr(self.views, name)
            many = name == "menu" and isinstance(value, list | tuple)
            if not all(isinstance(item, kind) for item in (value if many else [value] if value is not None else [])):
                self.fail(f'"{name}" must be {kind.__name__}(…).')

    def check_menus(self) -> None:
        """Domains, defaults and columns of the menu entries."""
        value = self.views.menu
        for menu in () if value is None else (value,) if isinstance(value, Menu) else value:
            self.check_domain(menu.domain)
            for name in (*menu.defaults, *(menu.columns or ())):
                self.field(name)

    def field(self, name: str, fields: dict[str, Any] | None = None, model: str | None = None) -> Any:
        """The field of that name, or stop."""
        known = self.fields if fields is None else fields
        if name not in known:
            self.fail(f'there is no field "{name}" on "{model or self.views.model}".{near(name, known)}')
        return known[name]

    def path(self, path: str) -> Any:
        """The field at the end of a dotted path."""
        fields, model, field = self.fields, self.views.model, None
        for name in path.split("."):
            field = self.field(name, fields, model)
            if field.type in ("many2one", "one2many", "many2many"):
                model = field.comodel
                fields = self.registry.models[model]._fields if model in self.registry.models else {}
            else:
                fields = {}
        return field

    def check_domain(self, domain: Condition | None) -> None:
        """It can be understood, and every leaf names a path that exists."""
        try:
            leaves = list(Domain(domain).leaves())
        except ValueError as error:
            self.fail(str(error))
        for leaf in leaves:
            self.path(leaf.path)

    def check_condition(self, condition: Condition | None) -> None:
        """A condition of a form uses only what the browser can evaluate."""
        for leaf in condition or ():
            if isinstance(leaf, str):
                if leaf not in JOINTS:
                    self.fail(f'"{leaf}" does not join conditions.{near(leaf, JOINTS)}')
            elif leaf[1] not in OPERATORS:
                self.fail(f'operator "{leaf[1]}" cannot stand in a form.{near(leaf[1], OPERATORS)}')
            else:
                self.field(leaf[0])

    def check_list(self, view: List) -> None:
        """Columns exist, sums are numbers, the order names fields."""
        for column in view.columns:
            self.field(column.name)
        for name in view.sums:
            if self.field(name).type not in SUMMABLE:
                self.fail(f'"{name}" is not a number and cannot be summed.')
        for part in (view.order or "").split(","):
            name, *words = part.split() or [""]
            if name:
                self.field(name)
            for word in words:
                if word.lower() not in ORDER_WORDS:
                    self.fail(f'"{word}" is not a word of an order.{near(word, ORDER_WORDS)}')

    def check_search(self, view: Search) -> None:
        """Searched fields, quick filters, groupings."""
        for name in view.names:
            self.path(name)
        for item in view.filters.values():
            if not isinstance(item, Filter):
                self.fail(f"{item!r} is not a filter.")
            self.check_domain(item.domain)
        for grouping in view.group_by:
            name, _colon, granularity = grouping.partition(":")
            self.path(name)
            if granularity and granularity not in GRANULARITIES:
                self.fail(f'"{granularity}" is not a period.{near(granularity, GRANULARITIES)}')

    def check_form(self, form: Form) -> None:
        """Status bar, buttons, and every field in groups and tabs."""
        if form.status is not None:
            self.check_status(form.status)
        if form.shared is not None:
            self.check_shared(form.shared)
        for button in form.buttons:
            method = getattr(self.cls, button.method, None)
            if method is None:
                self.fail(f'there is no method "{button.method}".{near(button.method, dir(self.cls))}')
            if not getattr(method, "_action", False):
                self.fail(f'the method "{button.method}" is not marked @api.action, so no button may call it.')
            self.check_condition(button.visible)
        parts: tuple[Group | Tab, ...] = (*form.groups, *form.tabs)
        for part in parts:
            self.check_part(part)

    def check_shared(self, shared: Shared) -> None:
        """Uses are a one2many, and what splits off a copy is an action of their model."""
        self.field(shared.summary)
        field = self.field(shared.uses)
        if field.type != "one2many":
            self.fail(f'"{shared.uses}" is not a one2many, so nobody uses the record by it.')
        uses = self.registry.models[field.comodel]
        if not getattr(getattr(uses, shared.split, None), "_action", False):
            self.fail(f'"{shared.split}" is no @api.action of {field.comodel}.{near(shared.split, dir(uses))}')

    def check_status(self, status: StatusBar) -> None:
        """Only a choice or a link has steps."""
        if self.field(status.name).type not in ("selection", "many2one"):
            self.fail(f'"{status.name}" is neither a selection nor a link and has no steps.')

    def check_part(self, part: Group | Tab) -> None:
        """A group or tab and what it holds."""
        self.check_condition(part.visible)
        for item in part.items:
            if isinstance(item, Group):
                self.check_part(item)
            elif isinstance(item, Lines):
                self.check_lines(item)
            else:
                self.check_item(item)

    def check_item(self, item: F) -> None:
        """A field of a form and its conditions."""
        self.field(item.name)
        for condition in (item.visible, item.required, item.readonly):
            self.check_condition(condition)

    def check_lines(self, lines: Lines) -> None:
        """Lines are a one2many, and their columns fields of its model."""
        field = self.field(lines.name)
        if field.type != "one2many":
            self.fail(f'"{lines.name}" is not a one2many and cannot be edited in lines.')
        if field.comodel not in self.registry.models:
            return
        comodel = self.registry.models[field.comodel]
        self.check_condition(lines.visible)
        for column in lines.columns or [Col(name) for name in default_columns(comodel, field.inverse_name)]:
            self.field(column.name, comodel._fields, field.comodel)
