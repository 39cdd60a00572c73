"""Reads an address's words: which may be a town, a region, a country; the rest is left aside.

No grammar: a handful of words tell what stands beside them ("г Клин", "Московская обл"), and words
that nothing tells about are offered as anything, singly and joined with their neighbours. Whether
they are a place is for the gazetteer to say; wrong offers find nothing there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from app.geo.query import Query
from app.geo.regions import bare, is_kind_word

Role = Literal["town", "region", "country", "any"]

TOWN_WORDS: Final = frozenset(
    {
        "г", "гор", "город", "пгт", "рп", "кп", "дп", "п", "пос", "посёлок", "поселок", "с", "село", "д", "дер", "деревня",
        "ст-ца", "станица", "х", "хутор", "аул", "city", "town", "village", "gorod",
    }
)  # fmt: skip
DISTRICT_WORDS: Final = frozenset(["р-н", "район", "р-на", "мо", "улус", "у", "raion", "rayon", "district"])
STREET_WORDS: Final = frozenset(
    {
        "ул", "улица", "пр", "пр-т", "просп", "проспект", "пр-кт", "пл", "площадь", "пер", "переулок", "ш", "шоссе", "наб",
        "набережная", "б-р", "бул", "бульвар", "тупик", "проезд", "пр-д", "аллея", "линия", "мкр", "мкрн", "микрорайон",
        "кв-л", "квартал", "дом", "корп", "корпус", "к", "стр", "строение", "лит", "литера", "кв", "квартира", "оф", "офис",
        "пом", "а/я", "ulitsa", "ul", "prospekt", "pereulok", "street", "st", "avenue", "ave", "road", "rd", "blvd", "drive",
        "dr", "lane", "ln", "square", "suite", "apt", "floor", "building", "bldg",
    }
)  # fmt: skip
_MOST_WORDS: Final = 4
"""The longest run of words offered as one name: "Горнозаводск на Малой Дону" has that many."""

_SEPARATOR: Final = re.compile(r"[,;\n()]")
_WORD: Final = re.compile(r"[^\s]+")
_DIGIT: Final = re.compile(r"\d")
_DASHES: Final = frozenset("-–—")


@dataclass(frozen=True, slots=True)
class Part:
    """A run of words with the role it may play; ``weight`` is how many words it took."""

    role: Role
    text: str
    weight: int


def parts(query: Query) -> Iterator[Part]:
    """Everything in the query that may name a place."""
    if query.country:
        yield Part("country", query.country, 1)
    if query.region:
        yield Part("region", bare(query.region), 1)
    if query.town:
        yield from _town_parts(query.town)
    elif query.line:
        yield from _line_parts(query.line)
    elif query.region:
        yield Part("any", bare(query.region), 1)


def _line_parts(line: str) -> Iterator[Part]:
    """The parts of all segments; of several towns the last is meant, for lines go from large to small."""
    towns = 0
    for segment in _SEPARATOR.split(line):
        found = list(_segment_parts(segment))
        for part in found:
            yield replace(part, weight=part.weight + _MOST_WORDS * towns) if part.role == "town" else part
        towns += any(part.role == "town" for part in found)


def _town_parts(text: str) -> Iterator[Part]:
    """The field for the town as it stands, and what markers or commas in it say."""
    for segment in _SEPARATOR.split(text):
        yield from _segment_parts(segment, default="town")


def _clean(word: str) -> str:
    """The word in the form of the lists: "Обл." → "обл"."""
    return word.strip(".«»\"'").lower()


def _segment_parts(segment: str, default: Role = "any") -> Iterator[Part]:
    """The parts of what stands between two commas."""
    reader = _Reader(default)
    words = [word for word in _WORD.findall(segment.replace(".", ". ")) if word not in _DASHES]
    for index, word in enumerate(words):
        following = words[index + 1] if index + 1 < len(words) else None
        reader.read(word, following)
    reader.close()
    for role, named in reader.named:
        if role == "region":
            yield Part("region", bare(" ".join(named)), len(named))
        else:
            yield from _runs(named, role)


class _Reader:
    """Goes along the words of a segment and cuts it where a word tells what stands beside it.

    ``role`` is what the words being collected are taken for, None while they name a street or a
    number. A word for a region or a district mostly follows its name, one for a town precedes it.
    """

    def __init__(self, default: Role) -> None:
        self.default = default
        self.role: Role | None = default
        self.words: list[str] = []
        self.named: list[tuple[Role, list[str]]] = []

    def read(self, word: str, following: str | None) -> None:
        """Takes the next word, knowing the one after it."""
        clean = _clean(word)
        is_numbered = bool(following and _DIGIT.search(following))
        if _DIGIT.search(word) or (clean in TOWN_WORDS and is_numbered):
            self.close()
        elif clean in TOWN_WORDS:
            self._meet_town_word(following)
        elif clean in DISTRICT_WORDS and self.default != "town":
            self.words = self.words[:-1]
            self.close()
        elif clean in STREET_WORDS and (self.words or clean != "st"):
            self._meet_street_word(following)
        elif is_kind_word(clean) and self.default != "town":
            self._meet_region_word()
        else:
            self.words.append(word)

    def close(self, role: Role | None = None) -> None:
        """Ends the name being collected."""
        taken = role or self.role
        if self.words and taken:
            self.named.append((taken, self.words))
        self.words = []
        self.role = self.default

    def _meet_town_word(self, following: str | None) -> None:
        if following is None:
            self.close("town")
            return
        self.close()
        self.role = "town"

    def _meet_street_word(self, following: str | None) -> None:
        """The words before may be a town ("Самара ул. Ленина") or the street's name ("Невский пр.")."""
        if following is None or _DIGIT.search(following):
            self.words = self.words[:-1]
        self.close()
        self.role = None

    def _meet_region_word(self) -> None:
        if self.words and self.role != "region":
            self.close("region")
        else:
            self.role = "region"


def _runs(words: list[str], role: Role) -> Iterator[Part]:
    """Every run of neighbouring words without digits; the whole first, for it is the likeliest."""
    named = [word for word in words if not _DIGIT.search(word)]
    for length in range(min(len(named), _MOST_WORDS), 0, -1):
        for start in range(len(named) - length + 1):
            text = " ".join(named[start : start + length])
            if role == "town" or len(text) > 2:
                yield Part(role, text, length)
