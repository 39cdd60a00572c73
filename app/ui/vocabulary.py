"""The words in which a screen is declared: menus, lists, forms and their parts.

What lives here is data only: no word knows how it is drawn (`app/web/screens` draws) or whether its fields exist
(`app/ui/checks.py` looks). A bare string stands for a field wherever a field may stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.orm.i18n import LazyText

Label = str | LazyText
Condition = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Menu:
    """An entry of the navigation: a list of the model, narrowed by `domain`, creating with `defaults`."""

    group: Label
    title: Label
    icon: str = "list-details"
    sequence: int = 100
    domain: Condition | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    roles: Sequence[str] | None = None
    key: str = ""
    columns: Sequence[str] | None = None
    new: Label | None = None


@dataclass(frozen=True, slots=True)
class Col:
    """A column of a list; an `optional` one is off until somebody chooses it."""

    name: str
    width: int | None = None
    optional: bool = False
    string: Label | None = None
    muted: bool = False


@dataclass(frozen=True, slots=True)
class F:
    """A field of a form with conditions over the record's other fields.

    Conditions are domains over plain fields of the same record (`=`, `!=`, `in`, `not in`, `&`, `|`, `!`), because the
    browser evaluates them too.
    """

    name: str
    visible: Condition | None = None
    required: Condition | None = None
    readonly: Condition | None = None
    string: Label | None = None
    placeholder: Label | None = None
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """A quick filter of a search with its own words."""

    title: Label
    domain: Condition
    default: bool = False


@dataclass(frozen=True, slots=True)
class StatusBar:
    """A selection or a link shown as steps above the form."""

    name: str


@dataclass(frozen=True, slots=True)
class Button:
    """A method of the model marked `@api.action`, callable from the form."""

    method: str
    label: Label | None = None
    icon: str | None = None
    visible: Condition | None = None
    confirm: Label | None = None


@dataclass(frozen=True, slots=True)
class Shared:
    """Before a change is saved, the form tells who else uses the record and offers to split off a copy for some of them.

    `uses` is the one2many of the uses, `summary` the field that counts them in words, `split` an action of the uses: called
    with the changed values it gives them a copy, and returns the copy.
    """

    uses: str
    summary: str
    split: str


class Search:
    """What the search box of a list looks into, its quick filters and its groupings."""

    def __init__(
        self,
        *names: str,
        filters: Mapping[str, Condition | Filter] | None = None,
        group_by: Sequence[str] = (),
    ) -> None:
        self.names = names
        self.filters: dict[str, Filter] = {
            key: value if isinstance(value, Filter) else Filter(key.replace("_", " ").capitalize(), value)
            for key, value in (filters or {}).items()
        }
        self.group_by = tuple(group_by)


class List:
    """The columns of a table, the fields summed over everything found, and the order at first."""

    def __init__(self, *columns: str | Col, sums: Sequence[str] = (), order: str | None = None, limit: int = 80) -> None:
        self.columns = tuple(Col(column) if isinstance(column, str) else column for column in columns)
        self.sums = tuple(sums)
        self.order = order
        self.limit = limit


class Lines:
    """A one2many edited in place: the field and the columns of its rows."""

    def __init__(self, name: str, *columns: str | Col, visible: Condition | None = None) -> None:
        self.name = name
        self.columns = tuple(Col(column) if isinstance(column, str) else column for column in columns)
        self.visible = visible


class Group:
    """Fields under one caption; a lazy text in front of the fields is the caption."""

    def __init__(
        self,
        *items: str | F | Lines | LazyText,
        title: Label | None = None,
        visible: Condition | None = None,
    ) -> None:
        rest = list(items)
        if title is None and rest and isinstance(rest[0], LazyText):
            title = rest.pop(0)  # type: ignore[assignment]
        self.title = title
        self.items: tuple[F | Lines, ...] = tuple(as_item(item) for item in rest)
        self.visible = visible


class Tab:
    """A sheet of a form behind its title."""

    def __init__(self, title: Label, *items: str | F | Lines | Group, visible: Condition | None = None) -> None:
        self.title = title
        self.items: tuple[F | Lines | Group, ...] = tuple(item if isinstance(item, Group) else as_item(item) for item in items)
        self.visible = visible


class Form:
    """One record: status bar, buttons, groups side by side, then tabs; perhaps a question before a shared record changes."""

    def __init__(self, *items: str | F | Lines | Group | Tab | StatusBar | Button | Shared) -> None:
        loose = [as_item(item) for item in items if isinstance(item, str | F | Lines)]
        self.status = next((item for item in items if isinstance(item, StatusBar)), None)
        self.shared = next((item for item in items if isinstance(item, Shared)), None)
        self.buttons = tuple(item for item in items if isinstance(item, Button))
        self.groups = tuple(item for item in items if isinstance(item, Group))
        if loose:
            self.groups = (Group(*loose), *self.groups)
        self.tabs = tuple(item for item in items if isinstance(item, Tab))

    def parts(self) -> Iterator[F | Lines]:
        """Every field and every one2many, wherever they stand."""
        blocks: tuple[Group | Tab, ...] = (*self.groups, *self.tabs)
        for block in blocks:
            for item in block.items:
                yield from item.items if isinstance(item, Group) else (item,)


def as_item(item: str | F | Lines | LazyText) -> F | Lines:
    """A field or lines from what was written in a declaration."""
    if isinstance(item, F | Lines):
        return item
    if isinstance(item, str):
        return F(item)
    raise TypeError(f"A caption ({item!s}) may only stand first in a group")
