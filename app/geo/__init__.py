"""The gazetteer and the geocoder: from the words of an address to a point, without the internet.

The tables stand in a PostgreSQL schema of their own, ``geo``; they hold published names of places
and never a user's data. That is why this package may speak SQL itself: its work is set-based, over
temporary tables, and there is no record rule that a statement could forget.

Nothing here knows records, users or jobs; ``app.services.geocoder`` wraps it for the models.
"""

from app.geo.loader import Report, load, load_if_outdated
from app.geo.matcher import geocode_batch
from app.geo.query import Candidate, Match, Query
from app.geo.tables import ensure_tables

__all__ = [
    "Candidate",
    "Match",
    "Query",
    "Report",
    "ensure_tables",
    "geocode_batch",
    "load",
    "load_if_outdated",
]
