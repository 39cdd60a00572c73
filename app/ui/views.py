"""`Views`: the class that ties declarations to a model, and what remains of them after the start.

Every subclass is noted with its place in the source. `assemble` puts the classes of one model together: the first one
is the base, those with `extends = True` (add-ons) append to it. A model nobody wrote views for gets some from its fields.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from app.orm.complaints import place
from app.ui.vocabulary import Form, Group, Lines, List, Menu, Search, Tab

HIDDEN = frozenset({"id", "create_uid", "create_date", "write_uid", "write_date", "revision", "custom", "active", "display_name"})
WIDE_TYPES = frozenset({"text", "html", "json"})
UNDRAWN_TYPES = frozenset({"geopolygon", "file", "image", "reference"})

_declared: dict[tuple[str, str], type[Views]] = {}


class Views:
    """The screens of one model. Everything but `model` may be left out."""

    model: ClassVar[str]
    menu: ClassVar[Menu | Sequence[Menu] | None] = None
    search: ClassVar[Search | None] = None
    list: ClassVar[List | None] = None
    form: ClassVar[Form | None] = None
    quick: ClassVar[str | None] = None
    """The field that takes what was typed in a link's typeahead when a new record is made of it; the record name at first."""
    extends: ClassVar[bool] = False
    where: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        frame = inspect.currentframe()
        caller = frame.f_back if frame else None
        if caller is not None:
            cls.where = place((caller.f_code.co_filename, caller.f_lineno))
        _declared[cls.__module__, cls.__qualname__] = cls


@dataclass(slots=True)
class ModelViews:
    """The finished views of one model."""

    model: str
    menus: tuple[Menu, ...]
    search: Search
    list: List
    form: Form
    quick: str
    where: str = ""


def declared_views(packages: Iterable[str] | None = None) -> list[type[Views]]:
    """The `Views` classes imported so far, optionally only those below some packages, in the order of import."""
    wanted = None if packages is None else tuple(packages)
    return [
        cls
        for (module, _name), cls in _declared.items()
        if wanted is None or any(module == name or module.startswith(f"{name}.") for name in wanted)
    ]


def assemble(cls: Any, classes: Sequence[type[Views]]) -> ModelViews:
    """One `ModelViews` for a record class from its declarations, with what is missing made from the fields."""
    bases = [views for views in classes if not views.extends]
    found = ModelViews(
        model=cls._name,
        menus=tuple(menu for views in classes for menu in menus_of(views)),
        search=next((views.search for views in bases if views.search), None) or default_search(cls),
        list=next((views.list for views in bases if views.list), None) or default_list(cls),
        form=next((views.form for views in bases if views.form), None) or default_form(cls),
        quick=next((views.quick for views in classes if views.quick), None) or cls._rec_name,
        where=classes[0].where if classes else "",
    )
    for extra in (views for views in classes if views.extends):
        append(found, extra)
    return found


def menus_of(views: type[Views]) -> tuple[Menu, ...]:
    """The menu entries of a declaration, one or several."""
    menu = views.menu
    if menu is None:
        return ()
    return (menu,) if isinstance(menu, Menu) else tuple(menu)


def append(found: ModelViews, extra: type[Views]) -> None:
    """Add the columns, filters, groups and tabs of an extension to a model's views."""
    if extra.list is not None:
        first = found.list
        found.list = List(
            *first.columns, *extra.list.columns, sums=(*first.sums, *extra.list.sums), order=first.order, limit=first.limit
        )
    if extra.search is not None:
        search = found.search
        found.search = Search(
            *search.names,
            *extra.search.names,
            filters={**search.filters, **extra.search.filters},
            group_by=(*search.group_by, *extra.search.group_by),
        )
    if extra.form is not None:
        form, more = found.form, extra.form
        once = [item for item in (form.status or more.status, form.shared or more.shared) if item]
        found.form = Form(*once, *form.buttons, *more.buttons, *form.groups, *more.groups, *form.tabs, *more.tabs)


def shown_fields(cls: Any) -> list[Any]:
    """The fields of a model that a generated screen shows."""
    return [field for name, field in cls._fields.items() if name not in HIDDEN and field.type not in UNDRAWN_TYPES]


def default_search(cls: Any) -> Search:
    """Looks into the fields marked as searchable; offers archived records where there are some."""
    return Search(*(name for name, field in cls._fields.items() if field.search is True))


def default_list(cls: Any) -> List:
    """The record name and the first plain fields."""
    plain = [
        field.name
        for field in shown_fields(cls)
        if field.type not in WIDE_TYPES and field.type not in {"one2many", "many2many"} and field.store
    ]
    plain.sort(key=lambda name: name != cls._rec_name)
    return List(*(plain[:8] or ["display_name"]))


def default_form(cls: Any) -> Form:
    """All fields in two groups, with a tab for each one2many and for long texts."""
    fields = shown_fields(cls)
    plain = [field.name for field in fields if field.type not in WIDE_TYPES | {"one2many"}]
    half = (len(plain) + 1) // 2
    groups = [Group(*names) for names in (plain[:half], plain[half:]) if names]
    tabs = [Tab(field.string, Lines(field.name)) for field in fields if field.type == "one2many"]
    tabs += [Tab(field.string, field.name) for field in fields if field.type in WIDE_TYPES]
    return Form(*groups, *tabs)


def default_columns(cls: Any, without: str | None = None) -> list[str]:
    """The columns of lines that name none: the fields of the generated list except the link back."""
    return [column.name for column in default_list(cls).columns if column.name != without][:6]
