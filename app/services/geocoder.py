"""From the words of addresses to points.

The real implementation asks the gazetteer in the portal's own database, on a connection of its own:
its temporary tables and its failures stay out of the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from app.geo import Match, Query, geocode_batch
from app.geo.tables import has_tables

if TYPE_CHECKING:
    from sqlalchemy import Engine

__all__ = ["GazetteerGeocoder", "Geocoder", "Match", "NoGeocoder", "Query"]


class Geocoder(Protocol):
    """Finds places; an answer without a place is an answer, not an error."""

    def locate(self, queries: Sequence[Query]) -> list[Match]:
        """One match per query, in their order."""


class GazetteerGeocoder:
    """The built-in gazetteer."""

    def __init__(self, engine: Engine, home_country: str = "RU") -> None:
        self.engine = engine
        self.home_country = home_country

    def locate(self, queries: Sequence[Query]) -> list[Match]:
        """Asks the gazetteer; where none was ever loaded nothing is found."""
        borrowed = self.engine.raw_connection()
        try:
            connection: Any = borrowed.driver_connection
            if not has_tables(connection):
                return [Match() for _query in queries]
            return geocode_batch(connection, queries, home_country=self.home_country)
        finally:
            borrowed.close()


class NoGeocoder:
    """Knows no place: for tests and for portals that are not to look addresses up."""

    def locate(self, queries: Sequence[Query]) -> list[Match]:
        """Nothing found, for each query."""
        return [Match() for _query in queries]
