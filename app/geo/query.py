"""What goes into the geocoder and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Query:
    """An address as somebody wrote it: in parts, as one line, or both.

    ``country`` is an ISO code or a name in any language that the gazetteer knows. ``line`` is read
    only where ``town`` is empty; whatever parts are given narrow it down.
    """

    town: str | None = None
    region: str | None = None
    country: str | None = None
    line: str | None = None

    def is_empty(self) -> bool:
        """Whether there is nothing that a town could be found by."""
        return not (self.town or self.region or self.line)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that the words may mean."""

    source: str
    source_id: int
    name: str
    region: str | None
    country: str
    latitude: float
    longitude: float
    population: int


@dataclass(frozen=True, slots=True)
class Match:
    """The answer to one query; ``place`` is None where nothing fits.

    ``score`` runs from 0 to 1: how like the written name is to the known one, less what speaks
    against it (another region, namesakes of the same size). ``others`` holds up to four namesakes.
    """

    place: Candidate | None = None
    accuracy: str = ""
    score: float = 0.0
    matched: str = ""
    others: tuple[Candidate, ...] = ()
