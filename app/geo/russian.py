"""Which of a town's untagged names is the Russian one.

GeoNames' alternates carry no language: Москва stands among Масква, Мәскеу and Москова. But the
Latin names are mostly transliterations of the Russian one, and a transliteration can be checked:
the Cyrillic name that gives exactly the town's name, or one of its Latin alternates, is Russian;
Bulgarian or Serbian spellings lose the soft signs and the ы that the Latin form kept. Among several,
or where none fits exactly, the one most like the town's name wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from statistics import fmean
from typing import Final

_PLAIN: Final = re.compile(r"[А-ЯЁ][А-Яа-яЁё .-]+")
_LATIN: Final = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i",
        "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t",
        "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": '"', "ы": "y",
        "ь": "'", "э": "e", "ю": "yu", "я": "ya",
    }
)  # fmt: skip
_SPELLING: Final = str.maketrans({"’": "", "'": "", "ʹ": "", "ë": "e", '"': "", "”": ""})
_MARKS: Final = re.compile(r"[ьыёщ-]|\bэ")
_STRANGE: Final = re.compile(r"\Bэ|тс(?!к)|шч|[сц]ьк|ець\b|ъо|ъ\b|[^л]ьс|жы")

CORRECTED: Final = {"Moscow": "Москва", "Saint Petersburg": "Санкт-Петербург"}
"""Names proper that are English, not transliterated, and whose other spellings mislead."""


def transliterated(name: str) -> str:
    """The name in the manner of BGN/PCGN, which GeoNames follows, with ё as e."""
    return name.lower().translate(_LATIN)


def russian_name(name: str, alternates: Iterable[str]) -> str | None:
    """The Russian one among the alternates of a town whose name proper is ``name``; None without Cyrillic."""
    every = list(alternates)
    cyrillic = [other for other in every if _PLAIN.fullmatch(other)]
    if CORRECTED.get(name) in cyrillic:
        return CORRECTED[name]
    if len(cyrillic) < 2:
        return cyrillic[0] if cyrillic else None
    latin = {_plain(other) for other in every if other.isascii()} | {_plain(name)}
    spelt = {candidate: _plain(transliterated(candidate)) for candidate in cyrillic}
    fitting = (
        [candidate for candidate in cyrillic if spelt[candidate] == _plain(name)]
        or [candidate for candidate in cyrillic if spelt[candidate] in latin]
        or cyrillic
    )
    most = max(_russian_marks(candidate) for candidate in fitting)
    left = [candidate for candidate in fitting if _russian_marks(candidate) == most]
    if len(left) == 1:
        return left[0]
    return max(left, key=lambda candidate: (_likeness(spelt[candidate], latin), len(candidate)))


def _plain(spelling: str) -> str:
    """Without what Latin spellings leave out as they please: soft signs, the second of two y."""
    return spelling.lower().translate(_SPELLING).replace("yy", "y")


def rough(spelling: str) -> str:
    """A cheap key: spellings that share it are one name to `fold`, too."""
    return _plain(transliterated(spelling))


def _likeness(spelt: str, latin: set[str]) -> float:
    """How like it is to the Latin spellings taken together."""
    return fmean(SequenceMatcher(None, spelt, other).ratio() for other in latin)


def _russian_marks(name: str) -> int:
    """How Russian the spelling is: soft signs and ы speak for it, endings of neighbouring languages against."""
    lower = name.lower()
    return len(_MARKS.findall(lower)) - 2 * len(_STRANGE.findall(lower))
