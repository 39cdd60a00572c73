"""How many records a list found: exact up to a bound, beyond it "10 000+" until the page is there and asks for the rest.

Counting costs PostgreSQL in proportion to what is counted, 16 ms for 100,000 rows; nobody should wait for it before reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app

from app.web.screens import formats

BOUND = "LIST_COUNT_BOUND"
"""The setting: how far a list counts before it is shown."""


@dataclass(frozen=True, slots=True)
class Total:
    """So many, or more than that."""

    number: int
    more: bool = False

    def text(self, lang: str) -> str:
        """As a person reads it."""
        return formats.number(self.number, lang) + ("+" if self.more else "")

    def pages(self, size: int) -> int:
        """How many pages that makes for certain."""
        return max(1, -(-self.number // size))


def counted(records: Any, domain: Any, *, reach: int = 0) -> Total:
    """How many match. Exact when there are few, and when somebody leafed to row `reach` beyond the bound."""
    bound = int(current_app.config[BOUND])
    if reach > bound:
        return exact(records, domain)
    found = records.search_count(domain, limit=bound + 1)
    return Total(bound, more=True) if found > bound else Total(found)


def exact(records: Any, domain: Any) -> Total:
    """How many match, whatever that costs."""
    return Total(records.search_count(domain))
