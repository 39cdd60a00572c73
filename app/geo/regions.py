"""Countries and their subdivisions: names in Russian and English, and GeoNames' codes for them.

The names come from pycountry and its translations. Two things it cannot give are tables here: the
Russian subjects with the short names that people write, and GeoNames' own codes for them. For other
countries the code is derived: a subdivision named like a town is the one that this town lies in.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pycountry

RUSSIAN_SUBJECTS: Final[dict[str, tuple[str, str]]] = {
    "01": ("AD", "Республика Адыгея"),
    "03": ("AL", "Республика Алтай; Горный Алтай"),
    "04": ("ALT", "Алтайский край"),
    "05": ("AMU", "Амурская область"),
    "06": ("ARK", "Архангельская область"),
    "07": ("AST", "Астраханская область"),
    "08": ("BA", "Республика Башкортостан; Башкирия"),
    "09": ("BEL", "Белгородская область"),
    "10": ("BRY", "Брянская область"),
    "11": ("BU", "Республика Бурятия"),
    "12": ("CE", "Чеченская Республика; Чечня"),
    "13": ("CHE", "Челябинская область"),
    "15": ("CHU", "Чукотский автономный округ; Чукотка"),
    "16": ("CU", "Чувашская Республика; Чувашия; Чувашская Республика - Чувашия"),
    "17": ("DA", "Республика Дагестан"),
    "19": ("IN", "Республика Ингушетия"),
    "20": ("IRK", "Иркутская область"),
    "21": ("IVA", "Ивановская область"),
    "22": ("KB", "Кабардино-Балкарская Республика; Кабардино-Балкария"),
    "23": ("KGD", "Калининградская область"),
    "24": ("KL", "Республика Калмыкия"),
    "25": ("KLU", "Калужская область"),
    "27": ("KC", "Карачаево-Черкесская Республика; Карачаево-Черкесия"),
    "28": ("KR", "Республика Карелия"),
    "29": ("KEM", "Кемеровская область; Кузбасс; Кемеровская область - Кузбасс"),
    "30": ("KHA", "Хабаровский край"),
    "31": ("KK", "Республика Хакасия"),
    "32": ("KHM", "Ханты-Мансийский автономный округ; ХМАО; Югра; Ханты-Мансийский автономный округ - Югра"),
    "33": ("KIR", "Кировская область"),
    "34": ("KO", "Республика Коми"),
    "37": ("KOS", "Костромская область"),
    "38": ("KDA", "Краснодарский край; Кубань"),
    "40": ("KGN", "Курганская область"),
    "41": ("KRS", "Курская область"),
    "42": ("LEN", "Ленинградская область"),
    "43": ("LIP", "Липецкая область"),
    "44": ("MAG", "Магаданская область"),
    "45": ("ME", "Республика Марий Эл"),
    "46": ("MO", "Республика Мордовия"),
    "47": ("MOS", "Московская область; Подмосковье; Moscow Oblast"),
    "48": ("MOW", "Москва; Moscow"),
    "49": ("MUR", "Мурманская область"),
    "50": ("NEN", "Ненецкий автономный округ"),
    "51": ("NIZ", "Нижегородская область"),
    "52": ("NGR", "Новгородская область"),
    "53": ("NVS", "Новосибирская область"),
    "54": ("OMS", "Омская область"),
    "55": ("ORE", "Оренбургская область"),
    "56": ("ORL", "Орловская область"),
    "57": ("PNZ", "Пензенская область"),
    "59": ("PRI", "Приморский край; Приморье"),
    "60": ("PSK", "Псковская область"),
    "61": ("ROS", "Ростовская область"),
    "62": ("RYA", "Рязанская область"),
    "63": ("SA", "Республика Саха; Якутия; Республика Саха (Якутия)"),
    "64": ("SAK", "Сахалинская область; Сахалин"),
    "65": ("SAM", "Самарская область"),
    "66": ("SPE", "Санкт-Петербург; Saint Petersburg; СПб"),
    "67": ("SAR", "Саратовская область"),
    "68": ("SE", "Республика Северная Осетия; Республика Северная Осетия - Алания"),
    "69": ("SMO", "Смоленская область"),
    "70": ("STA", "Ставропольский край"),
    "71": ("SVE", "Свердловская область"),
    "72": ("TAM", "Тамбовская область"),
    "73": ("TA", "Республика Татарстан; Татария"),
    "75": ("TOM", "Томская область"),
    "76": ("TUL", "Тульская область"),
    "77": ("TVE", "Тверская область"),
    "78": ("TYU", "Тюменская область"),
    "79": ("TY", "Республика Тыва; Тува"),
    "80": ("UD", "Удмуртская Республика; Удмуртия"),
    "81": ("ULY", "Ульяновская область"),
    "83": ("VLA", "Владимирская область"),
    "84": ("VGG", "Волгоградская область"),
    "85": ("VLG", "Вологодская область"),
    "86": ("VOR", "Воронежская область"),
    "87": ("YAN", "Ямало-Ненецкий автономный округ; ЯНАО; Ямал"),
    "88": ("YAR", "Ярославская область"),
    "89": ("YEV", "Еврейская автономная область"),
    "90": ("PER", "Пермский край; Прикамье"),
    "91": ("KYA", "Красноярский край"),
    "92": ("KAM", "Камчатский край; Камчатка"),
    "93": ("ZAB", "Забайкальский край; Забайкалье"),
}
"""GeoNames' code of a subject → the last part of its ISO 3166-2 code; its names, the full one first."""

OTHER_CODES: Final[dict[str, str]] = {"UA.11": "UA-43", "UA.20": "UA-40", "UA.12": "UA-30", "UA.13": "UA-32"}
"""GeoNames' codes whose subdivision is not named like a town in it."""

EXTRA_NAMES: Final[dict[str, str]] = {"UA-43": "Крым; Республика Крым", "UA-40": "Севастополь"}

CODES_ARE_ISO: Final = frozenset({"US", "CH", "BE", "ME"})
"""Countries for which GeoNames uses the ISO code itself."""

CITY_REGIONS: Final[dict[str, str]] = {"RU-MOW": "RU-MOS", "RU-SPE": "RU-LEN"}
"""A city that is a region of its own, and the region around it that people often write instead."""

EXTRA_COUNTRY_NAMES: Final[dict[str, str]] = {
    "RU": "Россия; РФ; Russia; Рос. Федерация",
    "US": "США; USA; United States of America",
    "GB": "Великобритания; Англия; UK; Great Britain; England",
    "BY": "Белоруссия; Республика Беларусь",
    "CZ": "Чехия; Czech Republic",
    "KG": "Киргизия",
    "MD": "Молдавия; Молдова",
    "TM": "Туркмения",
    "TR": "Турция; Turkey",
    "KR": "Южная Корея; South Korea",
    "CN": "Китай; КНР",
    "AE": "ОАЭ; UAE",
}

_KIND_WORDS: Final = frozenset(
    {
        "область", "обл", "край", "республика", "респ", "автономный", "автономная", "авт", "ао", "аобл", "округ", "окр",
        "федерального", "значения", "oblast", "obl", "kray", "krai", "region", "republic", "respublika", "respublikasi",
        "avtonomnyy", "avtonomnaya", "avtonomna", "okrug", "voblast", "voblasć", "oblysy", "oblast'", "province", "state",
        "county", "autonomous",
    }
)  # fmt: skip
_WORD: Final = re.compile(r"[^\W_]+['’ʹ]?")


@dataclass(frozen=True, slots=True)
class Region:
    """A subdivision with every name that it goes by; ``names`` are without the word for its kind."""

    code: str
    country: str
    name: str
    name_ru: str | None
    names: tuple[str, ...]


def bare(name: str) -> str:
    """A subdivision's name without the word for its kind: "Московская обл." → "московская"."""
    words = [word for word in _WORD.findall(name.lower()) if word.rstrip("'’ʹ") not in _KIND_WORDS]
    return " ".join(words)


def is_kind_word(word: str) -> bool:
    """Whether the word, without its full stop and in lower case, is one for a kind of subdivision."""
    return word in _KIND_WORDS


def countries() -> Iterator[tuple[str, str]]:
    """ISO code and name, once for every name known."""
    russian = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=["ru"])
    for country in pycountry.countries:
        names = {country.alpha_2, country.alpha_3, country.name, russian.gettext(country.name)}
        names |= {getattr(country, attribute, country.name) for attribute in ("common_name", "official_name")}
        names |= set(EXTRA_COUNTRY_NAMES.get(country.alpha_2, country.name).split("; "))
        for name in names:
            yield country.alpha_2, name


def regions() -> Iterator[Region]:
    """Every subdivision of ISO 3166-2."""
    russian = gettext.translation("iso3166-2", pycountry.LOCALES_DIR, languages=["ru"])
    subjects = {f"RU-{code}": names for code, names in RUSSIAN_SUBJECTS.values()}
    for subdivision in pycountry.subdivisions:
        own = subjects.get(subdivision.code, EXTRA_NAMES.get(subdivision.code, "")).split("; ")
        translated = own[0] or russian.gettext(subdivision.name)
        spelt = {name for name in (subdivision.name, translated, *own) if name}
        names = {bare(part) for name in spelt for part in (name, *name.split(", "))} - {""}
        yield Region(
            code=subdivision.code,
            country=subdivision.country_code,
            name=subdivision.name,
            name_ru=translated if translated != subdivision.name else None,
            names=tuple(sorted(names)),
        )


def iso_code(country: str, geonames_code: str) -> str:
    """The subdivision's ISO code where it is known, else GeoNames' code as "DE.02"."""
    if country == "RU" and geonames_code in RUSSIAN_SUBJECTS:
        return f"RU-{RUSSIAN_SUBJECTS[geonames_code][0]}"
    if country in CODES_ARE_ISO:
        return f"{country}-{geonames_code}"
    code = f"{country}.{geonames_code}"
    return OTHER_CODES.get(code, code)
