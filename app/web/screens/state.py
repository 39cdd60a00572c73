"""What a list shows, as it stands in the address: menu entry, texts, quick filters, conditions, order, page.

Everything comes from the address and goes back into it, so that the back button, a bookmark and "next record" agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

SIZES = (20, 40, 80, 200)
Pairs = list[tuple[str, str]]


def typed(text: str) -> str:
    """What somebody typed to find something, without what no text in PostgreSQL can hold, and not endless."""
    return text.replace("\0", "").strip()[:200]


@dataclass(frozen=True, slots=True)
class ListState:
    """The state of one list."""

    model: str
    menu: str = ""
    texts: tuple[str, ...] = ()
    filters: tuple[str, ...] | None = None
    conditions: tuple[str, ...] = ()
    order: str = ""
    page: int = 1

    @classmethod
    def read(cls, model: str, args: MultiDict[str, str]) -> Self:
        """The state from the parameters of an address; what makes no sense is left out."""
        builder = ":".join((args.get("cf", ""), args.get("co", "="), typed(args.get("cv", ""))))
        conditions = [value.replace("\0", "") for value in args.getlist("c") if value.count(":") >= 2]
        if args.get("cf"):
            conditions.append(builder)
        page = args.get("page", "1")
        return cls(
            model=model,
            menu=args.get("menu", ""),
            texts=tuple(dict.fromkeys(filter(None, map(typed, args.getlist("q"))))),
            filters=tuple(key for key in args.getlist("f") if key) if "f" in args else None,
            conditions=tuple(dict.fromkeys(conditions)),
            order=args.get("order", ""),
            page=int(page) if page.isdecimal() and 0 < int(page) < 10**7 else 1,
        )

    def pairs(self, without: Iterable[str] = ()) -> Pairs:
        """The parameters of the address."""
        found: Pairs = [("menu", self.menu)] if self.menu else []
        found += [("q", text) for text in self.texts]
        if self.filters is not None:
            found += [("f", key) for key in self.filters or ("",)]
        found += [("c", condition) for condition in self.conditions]
        found += [("order", self.order)] if self.order else []
        found += [("page", str(self.page))] if self.page > 1 else []
        skipped = set(without)
        return [(name, value) for name, value in found if name not in skipped]

    def query(self, *more: tuple[str, str], without: Iterable[str] = ()) -> str:
        """`?menu=…&q=…`, or nothing."""
        text = urlencode([*self.pairs(without), *more])
        return f"?{text}" if text else ""

    @property
    def path(self) -> str:
        """The list without its state."""
        return f"/{self.model}/list"

    @property
    def url(self) -> str:
        """The address of this state."""
        return self.path + self.query()

    def but(self, **changes: object) -> ListState:
        """Another state on its first page."""
        return replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]  # the names are fields of this class

    @property
    def narrowed(self) -> bool:
        """Whether anything beyond the menu entry limits the list."""
        return bool(self.texts or self.filters or self.conditions)
