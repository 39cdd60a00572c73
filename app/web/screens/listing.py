"""The list screen: one page of records as a table, with what is around it.

Three statements whatever the number of rows: the page, its count (with the sums where there are any), and one more per column
that shows names of many linked records. Cells are put together in Python: a template call per cell would cost more than the statements.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from app.orm.env import Env
from app.orm.i18n import _
from app.ui import Col, Menu, ModelViews
from app.web.screens import formats, preferences
from app.web.screens.counting import Total, counted, exact
from app.web.screens.labels import label_field, linked_names
from app.web.screens.search import Facet, ListSearch, Quick
from app.web.screens.site import site
from app.web.screens.state import SIZES, ListState, Pairs

NUMBERS = frozenset({"integer", "float", "decimal", "monetary"})


@dataclass(slots=True)
class Column:
    """A column head."""

    name: str
    label: str
    right: bool
    width: int | None
    url: str
    sorted: str
    cells: formats.Cells
    css: str


@dataclass(frozen=True, slots=True)
class Page:
    """A link of the pager."""

    label: str
    url: str = ""
    current: bool = False
    label_text: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do with the selection."""

    name: str
    label: str
    icon: str
    confirm: str = ""


@dataclass(slots=True)
class Counts:
    """What hangs on the number of records found; `count_url` asks for it where it was not counted to the end."""

    total: int
    count_text: str
    count_url: str
    range_text: str
    all_chosen_text: str
    choose_all_text: str
    pages: list[Page]


@dataclass(slots=True)
class ListPage(Counts):
    """All that the template shows."""

    title: str
    path: str
    here: str
    new_url: str
    new_label: str
    search_state: Pairs
    state: Pairs
    facets: list[Facet]
    quick: list[Quick]
    conditions: list[tuple[str, str]]
    builder_url: str
    columns_url: str
    bulk_url: str
    clear_url: str
    choices: list[tuple[str, str, bool]]
    size: int
    columns: list[Column]
    rows: Markup
    totals: list[str]
    actions: list[Action]
    sizes: tuple[int, ...] = SIZES


class Listing:
    """Builds the list page of one request."""

    def __init__(self, env: Env, views: ModelViews, state: ListState, menu: Menu | None) -> None:
        self.env, self.views, self.menu = env, views, menu
        self.search = ListSearch(env, views, state, menu)
        self.state = self.search.state
        self.fields = self.search.fields
        self.records: Any = env[views.model]
        chosen = preferences.get(env, self.setting_key)
        self.size = chosen["size"] if chosen.get("size") in SIZES else views.list.limit
        self.names = self._names(chosen.get("columns"))
        self.order = self.search.order()

    @property
    def setting_key(self) -> str:
        """Under which the choice of columns is kept: per menu entry."""
        return f"list:{self.views.model}:{self.menu.key if self.menu else ''}"

    def _names(self, chosen: Any) -> list[str]:
        """The columns to show: chosen ones, the menu entry's, or the list's."""
        known = [*self._declared(), *self.fields]
        wanted = chosen if isinstance(chosen, list) else self.first_columns()
        return [name for name in wanted if name in self.fields and name in known] or ["display_name"]

    def _declared(self) -> dict[str, Col]:
        return {column.name: column for column in self.views.list.columns}

    def first_columns(self) -> list[str]:
        """The columns before anybody chose."""
        if self.menu and self.menu.columns:
            return list(self.menu.columns)
        return [column.name for column in self.views.list.columns if not column.optional]

    def build(self) -> ListPage:
        """The page."""
        found, total, page, rows = self._found()
        columns = self._columns()
        start = (page - 1) * self.size
        can_create = site().may_create(self.env, self.views.model)
        state = self.state
        return ListPage(
            title=str(self.menu.title) if self.menu else site().title(self.views.model),
            path=state.path,
            here=state.url,
            new_url=f"/{self.views.model}/new{state.query(without=('page', 'order'))}" if can_create else "",
            new_label=str(self.menu.new if self.menu and self.menu.new else _("Create")),
            search_state=state.pairs(without=("page",)),
            state=state.pairs(without=("page",)),
            facets=self.search.facets(),
            quick=self.search.quick(),
            conditions=self.search.offered(),
            builder_url=f"/{self.views.model}/condition",
            columns_url=f"/{self.views.model}/columns{state.query()}",
            bulk_url=f"/{self.views.model}/selection{state.query()}",
            clear_url=ListState(state.model, state.menu, filters=()).url,
            choices=self._choices(),
            size=self.size,
            columns=columns,
            rows=self._rows(columns, rows, start),
            totals=self._totals(columns, found),
            actions=self.actions(),
            **self._counts(total, page, len(rows)),
        )

    def counts(self) -> Counts:
        """The same page's count to its end, for the page that was shown without it."""
        total = exact(self.records, self.search.domain())
        page = min(self.state.page, total.pages(self.size))
        return Counts(**self._counts(total, page, min(self.size, total.number - (page - 1) * self.size)))

    def _found(self) -> tuple[dict[str, Any], Total, int, list[dict[str, Any]]]:
        """Sums, count, number of the page and its rows. A first page that is not full needs no count."""
        domain, page, size = self.search.domain(), self.state.page, self.size
        sums: dict[str, Any] = {}
        total = None
        if self._summed():
            sums = self.records.read_group(domain, (), ["__count", *(f"{name}:sum" for name in self._summed())])[0]
            total = Total(sums["__count"])
        elif page > 1:
            total = counted(self.records, domain, reach=page * size)
        if total is not None and not total.more:
            page = min(page, total.pages(size))
        rows = self._read(domain, page)
        if total is None:
            total = Total(len(rows)) if len(rows) < size else counted(self.records, domain)
        return sums, total, page, rows

    def _counts(self, total: Total, page: int, shown: int) -> dict[str, Any]:
        number = total.text(self.env.lang)
        return {
            "total": total.number,
            "count_text": number,
            "count_url": f"/{self.views.model}/count{self.state.query()}" if total.more else "",
            "range_text": self._range((page - 1) * self.size, shown, number),
            "all_chosen_text": str(_("All %(count)s are selected", count=number)),
            "choose_all_text": str(_("select all %(count)s", count=number)),
            "pages": self._pages(page, total),
        }

    def _summed(self) -> list[str]:
        return [name for name in self.views.list.sums if name in self.fields and name in self.names]

    def _read(self, domain: list[Any], page: int) -> list[dict[str, Any]]:
        names = dict.fromkeys(["id", *self.names, *(["active"] if "active" in self.fields else [])])
        wanted = {name: self._spec(name) for name in names}
        found: list[dict[str, Any]] = self.records.search_read(
            domain, wanted, offset=(page - 1) * self.size, limit=self.size, order=self.order or None
        )
        return found

    def _spec(self, name: str) -> dict[str, Any] | None:
        shown = self.fields.get(name)
        if shown is None or shown.type not in ("many2many", "one2many"):
            return None
        return {"fields": linked_names(self.env, shown.comodel), "limit": 20}

    def _columns(self) -> list[Column]:
        declared = self._declared()
        lang, zone = self.env.lang, str(self.env.tz)
        found = []
        for name in self.names:
            shown = self.fields[name]
            column = declared.get(name) or Col(name)
            right = shown.type in NUMBERS
            choices = dict(shown.choices(self.env)) if shown.type == "selection" else None
            url, direction = self._sort(name) if shown.sortable else ("", "")
            css = ' class="r"' if right else ' class="m"' if column.muted else ""
            found.append(
                Column(
                    name=name,
                    label=str(column.string or shown.string),
                    right=right,
                    width=column.width,
                    url=url,
                    sorted=direction,
                    cells=formats.cells(shown, lang, zone, choices, self._label(shown)),
                    css=css,
                )
            )
        return found

    def _label(self, shown: Any) -> str:
        return label_field(self.env, shown.comodel) if shown.type in ("many2many", "one2many") else "display_name"

    def _sort(self, name: str) -> tuple[str, str]:
        """The address that sorts by a column, and how it is sorted now."""
        if self.order == name:
            return self.state.but(order=f"{name} desc").url, "ascending"
        if self.order == f"{name} desc":
            return self.state.but(order="").url, "descending"
        return self.state.but(order=name).url, ""

    def _rows(self, columns: list[Column], rows: list[dict[str, Any]], start: int) -> Markup:
        model, query = self.views.model, str(escape(self.state.query(without=("page",))))
        joint = "&amp;" if query else "?"
        select = str(escape(str(_("Select"))))
        first, *others = columns
        labels = first.cells([row[first.name] for row in rows])
        ends = [
            [f"<td{column.css}>{text}</td>" for text in column.cells([row[column.name] for row in rows])] for column in others
        ]
        parts = []
        for position, (row, label, *cells) in enumerate(zip(rows, labels, *ends, strict=True), start + 1):
            key = row["id"]
            off = ' class="off"' if row.get("active") is False else ""
            parts.append(
                f'<tr{off}><td class="tick"><input class="form-check-input" type="checkbox" name="id" value="{key}"'
                f' aria-label="{select} {key}"></td><td><a href="/{model}/{key}{query}{joint}at={position}">{label or f"#{key}"}</a></td>'
                f"{''.join(cells)}</tr>\n"
            )
        return Markup("".join(parts))  # noqa: S704 - every part is a number or was escaped by its format

    def _totals(self, columns: list[Column], found: dict[str, Any]) -> list[str]:
        summed = set(self._summed())
        if not summed:
            return []
        return [column.cells([found[f"{column.name}:sum"]])[0] if column.name in summed else "" for column in columns]

    def _choices(self) -> list[tuple[str, str, bool]]:
        hidden = {"id", "revision", "custom", "display_name", "active"}
        types = {"html", "json", "one2many", "geopolygon", "file", "image", "reference"}
        offered = [
            name
            for name in dict.fromkeys([*self.names, *self.fields])
            if name not in hidden and self.fields[name].type not in types
        ]
        return [(name, str(self.fields[name].string), name in self.names) for name in offered]

    def actions(self) -> list[Action]:
        """What this user may do with a selection here."""
        found = []
        if "active" in self.fields and self.records.has_access("write"):
            if "archived" in self.search.on:
                found.append(Action("restore", str(_("Restore")), "archive-off"))
            else:
                found.append(Action("archive", str(_("Archive")), "archive"))
        if site().may_delete(self.env, self.views.model):
            found.append(Action("delete", str(_("Delete")), "trash", str(_("Delete what is selected? This cannot be undone."))))
        return found

    def _range(self, start: int, shown: int, total: str) -> str:
        lang = self.env.lang
        values = {"first": formats.number(start + 1, lang), "last": formats.number(start + shown, lang)}
        return str(_("%(first)s–%(last)s of %(total)s", **values, total=total))

    def _pages(self, page: int, total: Total) -> list[Page]:
        last = max(total.pages(self.size), page)
        if last == 1:
            return []
        ends = {1, 2} if total.more else {1, 2, last}
        numbers = sorted((ends | {page - 1, page, page + 1}) & set(range(1, last + 1)))
        found = [Page("‹", self._page_url(max(1, page - 1)), label_text=str(_("Previous page")))]
        for before, number in zip([0, *numbers], numbers, strict=False):
            found += [Page("…")] if number > before + 1 else []
            found.append(Page(formats.number(number, self.env.lang), self._page_url(number), number == page))
        found += [Page("…")] if total.more else []
        following = page + 1 if total.more else min(last, page + 1)
        found.append(Page("›", self._page_url(following), label_text=str(_("Next page"))))
        return found

    def _page_url(self, page: int) -> str:
        return self.state.but(page=page).url
