"""Names of people: putting together, taking apart, gender, salutation, Latin letters.

Pure functions on text; the records that use them are in `party.py`. Grammatical cases are in `declension.py`.
"""

from __future__ import annotations

MALE, FEMALE = "male", "female"

# Latin letters as in Russian passports (ICAO Doc 9303): what a traveller's papers and tickets show.
_LATIN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i", "й": "i",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "ie", "ы": "y", "ь": "", "э": "e", "ю": "iu", "я": "ia",
    "«": '"', "»": '"', "№": "No.", "–": "-", "—": "-",
}  # fmt: skip
_TABLE = str.maketrans({**_LATIN, **{letter.upper(): latin.capitalize() for letter, latin in _LATIN.items()}})

_MALE_PATRONYMICS = ("ович", "евич", "ьич", "мич", "кич", "оглы")
_FEMALE_PATRONYMICS = ("овна", "евна", "ична", "инична", "кызы")


def latin(text: str | None) -> str | None:
    """The text in Latin letters, as in passports; `None` for an empty one."""
    return text.translate(_TABLE) if text else None


def full_name(family: str | None, given: str | None, patronymic: str | None) -> str | None:
    """'Иванов Иван Петрович'; `None` when every part is empty."""
    return " ".join(part for part in (family, given, patronymic) if part) or None


def short_name(family: str | None, given: str | None, patronymic: str | None) -> str | None:
    """'Иванов И. П.', as in lists and signatures."""
    initials = [f"{part[0]}." for part in (given, patronymic) if part]
    return " ".join([part for part in (family,) if part] + initials) or None


def split_name(text: str) -> tuple[str | None, str | None, str | None]:
    """Family name, given name and patronymic of a name typed in one line.

    The patronymic tells the order: 'Иван Петрович Сидоров' and 'Сидоров Иван Петрович' give the same parts. Without one
    the first word is the family name, as everywhere in Russian office work.
    """
    words = text.split()
    if len(words) == 3 and patronymic_gender(words[1]) and not patronymic_gender(words[2]):
        return words[2], words[0], words[1]
    if len(words) == 2 and patronymic_gender(words[1]):
        return None, words[0], words[1]
    family, given, rest = (words[0] if words else None), (words[1] if len(words) > 1 else None), words[2:]
    return family, given, " ".join(rest) or None


def patronymic_gender(patronymic: str | None) -> str | None:
    """The gender that a patronymic shows, or `None`."""
    ending = (patronymic or "").lower()
    if ending.endswith(_FEMALE_PATRONYMICS):
        return FEMALE
    return MALE if ending.endswith(_MALE_PATRONYMICS) else None


def salutation(gender: str | None, family: str | None, given: str | None, patronymic: str | None) -> str | None:
    """'Уважаемый Иван Петрович'; with an unknown gender 'Здравствуйте, …', which offends nobody.

    Without a patronymic the family name is used with господин/госпожа, without a given name likewise.
    """
    first = " ".join(part for part in (given, patronymic) if part)
    if (given and not patronymic and family and gender) or (not given and family and gender):
        first = f"{'госпожа' if gender == FEMALE else 'господин'} {family}"
    elif not first:
        first = family or ""
    if not first:
        return None
    greeting = {MALE: "Уважаемый", FEMALE: "Уважаемая"}.get(gender or "", "Здравствуйте,")
    return f"{greeting} {first}"
