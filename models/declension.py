"""Genitive and dative of Russian personal names, by the regular rules.

A proposal, not an authority: rare and foreign names follow no rule, so every result can be overwritten on the card. What
the rules do not know stays unchanged, which is right for the many indeclinable names (Живаго, Дюма, Черных).

A rule is an ending with its replacements, tried from the longest to the shortest; the lists differ by gender, because
Шевчук declines for a man and does not for a woman.
"""

from __future__ import annotations

from models.naming import FEMALE, MALE

GENITIVE, DATIVE = 0, 1
_Rules = tuple[tuple[str, int, str, str], ...]  # ending, letters to cut, genitive, dative

_MALE_FAMILY: _Rules = (
    ("ский", 2, "ого", "ому"), ("цкий", 2, "ого", "ому"), ("ной", 2, "ого", "ому"), ("той", 2, "ого", "ому"),
    ("ый", 2, "ого", "ому"), ("их", 0, "", ""), ("ых", 0, "", ""), ("ец", 2, "ца", "цу"),
    ("й", 1, "я", "ю"), ("ь", 1, "я", "ю"), ("ка", 1, "и", "е"), ("га", 1, "и", "е"), ("я", 1, "и", "е"), ("а", 1, "ы", "е"),
)  # fmt: skip
_FEMALE_FAMILY: _Rules = (
    ("ова", 1, "ой", "ой"), ("ева", 1, "ой", "ой"), ("ёва", 1, "ой", "ой"), ("ина", 1, "ой", "ой"), ("ына", 1, "ой", "ой"),
    ("ская", 2, "ой", "ой"), ("цкая", 2, "ой", "ой"), ("ая", 2, "ой", "ой"),
    ("ка", 1, "и", "е"), ("га", 1, "и", "е"), ("я", 1, "и", "е"), ("а", 1, "ы", "е"),
)  # fmt: skip
_MALE_FIRST: _Rules = (
    ("павел", 2, "ла", "лу"), ("лев", 2, "ьва", "ьву"), ("пётр", 3, "етра", "етру"), ("ий", 1, "я", "ю"), ("й", 1, "я", "ю"),
    ("ь", 1, "я", "ю"), ("ка", 1, "и", "е"), ("га", 1, "и", "е"), ("я", 1, "и", "е"), ("а", 1, "ы", "е"),
)  # fmt: skip
_FEMALE_FIRST: _Rules = (
    ("ия", 1, "и", "и"), ("ка", 1, "и", "е"), ("га", 1, "и", "е"), ("ша", 1, "и", "е"), ("жа", 1, "и", "е"),
    ("я", 1, "и", "е"), ("а", 1, "ы", "е"), ("ь", 1, "и", "и"),
)  # fmt: skip
_HARD = "бвгдзклмнпрстфхцчшщж"


def decline(family: str | None, given: str | None, patronymic: str | None, gender: str | None, case: int) -> str | None:
    """The full name in `GENITIVE` or `DATIVE`; `None` when gender or name are unknown."""
    if gender not in {MALE, FEMALE} or not (family or given):
        return None
    male = gender == MALE
    parts = [
        _name(family, _MALE_FAMILY if male else _FEMALE_FAMILY, case, consonant=male),
        _name(given, _MALE_FIRST if male else _FEMALE_FIRST, case, consonant=male),
        _name(patronymic, (), case, consonant=True) if male else _name(patronymic, _FEMALE_FIRST, case, consonant=False),
    ]
    return " ".join(part for part in parts if part) or None


def _name(word: str | None, rules: _Rules, case: int, *, consonant: bool) -> str | None:
    """One part; each half of a double name by itself ('Салтыков-Щедрин')."""
    if not word:
        return None
    return "-".join(_word(half, rules, case, consonant=consonant) for half in word.split("-"))


def _word(word: str, rules: _Rules, case: int, *, consonant: bool) -> str:
    low = word.lower()
    for ending, cut, genitive, dative in rules:
        if low.endswith(ending):
            return word[: len(word) - cut] + (genitive, dative)[case]
    if consonant and low[-1:] in _HARD:
        return word + ("а", "у")[case]
    return word
