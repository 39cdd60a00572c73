"""Values as a person reads them: numbers, money, dates and links in the current language, as escaped text.

Babel's formatters cost more per cell than a whole row may; these few patterns are checked against Babel by a test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import get_month_names
from markupsafe import escape

from app.orm.i18n import _

THIN = "\u202f"
SIGNS = {"RUB": "₽", "EUR": "€", "USD": "$", "GBP": "£"}
Render = Callable[[Any], str]
Cells = Callable[[Sequence[Any]], list[str]]


def number(value: Any, lang: str, digits: int | None = None) -> str:
    """A number with grouped thousands: `1 250 000` in Russian, `1,250,000` in English."""
    text = f"{value:,}" if digits is None else f"{value:,.{digits}f}"
    return text.replace(",", THIN).replace(".", ",") if lang == "ru" else text


def decimal(value: Any, lang: str) -> str:
    """A decimal without trailing zeros beyond its meaning."""
    found = Decimal(str(value))
    places = max(0, -int(found.normalize().as_tuple().exponent))
    return number(found, lang, places)


def money(value: Any, lang: str, currency: str = "") -> str:
    """An amount; kopecks only where there are some."""
    found = Decimal(str(value))
    text = number(found, lang, 0 if found == found.to_integral_value() else 2)
    sign = SIGNS.get(currency, currency)
    return f"{text}\u00a0{sign}" if sign else text


def day(value: Any, lang: str) -> str:
    """`23.11.2026` in Russian, `23 Nov 2026` in English."""
    found = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    if lang == "ru":
        return f"{found.day:02d}.{found.month:02d}.{found.year:04d}"
    return f"{found.day} {get_month_names('abbreviated', locale='en')[found.month]} {found.year:04d}"


def local_time(value: Any, zone: str) -> datetime:
    """A moment in somebody's time zone."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.astimezone(ZoneInfo(zone or "UTC"))


def moment(value: Any, lang: str, zone: str) -> str:
    """A day with its time."""
    found = local_time(value, zone)
    return f"{day(found.date(), lang)}, {found.hour:02d}:{found.minute:02d}"


def point(value: Any) -> str:
    """Latitude and longitude, as maps write them."""
    pair = coordinates(value)
    return f"{pair[0]:.6f}, {pair[1]:.6f}" if pair else ""


def coordinates(value: Any) -> tuple[float, float] | None:
    """Latitude and longitude of a value of a point field, in any of its forms."""
    if isinstance(value, dict):
        if "coordinates" in value:
            return value["coordinates"][1], value["coordinates"][0]
        return value.get("lat", 0.0), value.get("lon", 0.0)
    if isinstance(value, list | tuple) and len(value) == 2:
        return value[1], value[0]
    return None


def plain(field: Any, lang: str, zone: str, choices: dict[Any, str] | None = None, label: str = "display_name") -> Render:
    """A function from a value of this field to unescaped text; never called with an empty value."""
    kind = field.type
    if kind in ("many2one", "reference"):
        return lambda value: str(value["display_name"])
    if kind in ("one2many", "many2many"):
        return lambda value: ", ".join(str(item[label]) for item in value)
    if kind == "selection":
        labels = {value: str(label) for value, label in (choices or {}).items()}
        return lambda value: labels.get(value, str(value))
    if kind == "boolean":
        yes = str(_("yes"))
        return lambda _value: yes
    simple: dict[str, Render] = {
        "integer": lambda value: number(value, lang),
        "float": lambda value: decimal(value, lang),
        "decimal": lambda value: decimal(value, lang),
        "monetary": lambda value: money(value, lang),
        "date": lambda value: day(value, lang),
        "datetime": lambda value: moment(value, lang, zone),
        "geopoint": point,
    }
    return simple.get(kind, str)


def cells(field: Any, lang: str, zone: str, choices: dict[Any, str] | None = None, label: str = "display_name") -> Cells:
    """A function from a column of values to the insides of its cells; empty values give empty cells."""
    if field.type == "many2many":
        return lambda values: [tags(value, label) for value in values]
    show = plain(field, lang, zone, choices, label)
    if field.type == "boolean":
        return lambda values: [show(value) if value else "" for value in values]
    if field.type in ("integer", "float", "decimal", "monetary", "date", "datetime"):
        return lambda values: ["" if value is None else show(value) for value in values]
    if field.type == "html":
        return lambda values: ["" if value is None else "…" for value in values]
    return lambda values: escaped(["" if value is None or value == [] else show(value) for value in values])


def escaped(texts: list[str]) -> list[str]:
    """Texts with their markup made harmless, all in one go: NUL, which no stored text holds, keeps them apart."""
    joined = "\0".join(texts)
    if joined.count("\0") != len(texts) - 1:
        return [str(escape(text)) for text in texts]
    return str(escape(joined)).split("\0")


def tags(value: Any, label: str = "display_name") -> str:
    """Linked records as coloured tags."""
    if not value:
        return ""
    parts = []
    for item in value:
        colour = item.get("colour")
        shade = f" pill-{colour}" if isinstance(colour, str) and colour.isalpha() else ""
        parts.append(f'<span class="pill{shade}">{escape(item[label])}</span>')
    return "".join(parts)


def read_day(text: str) -> date | None:
    """The day that somebody typed: `23.11.2026`, `23/11/26`, `23 Nov 2026`, `2026-11-23`; None where it is none."""
    found = re.fullmatch(r"(\d{4})-(\d\d?)-(\d\d?)", text)
    if found:
        return _day_of(int(found[1]), int(found[2]), int(found[3]))
    found = re.fullmatch(r"(\d\d?)[.,/ -]+(\d\d?|[a-z]{3,9}\.?)[.,/ -]+(\d{4}|\d\d)", text.lower())
    if not found:
        return None
    month = int(found[2]) if found[2].isdecimal() else _months().get(found[2][:3], 0)
    year = int(found[3])
    return _day_of(year if year > 99 else _century(year), month, int(found[1]))


@cache
def _months() -> dict[str, int]:
    """English months by their first three letters; made when first asked for, because a start should not wait for it."""
    return {name[:3].lower(): number for number, name in get_month_names("wide", locale="en").items()}


def _century(year: int) -> int:
    """Two digits mean the nearest such year, at most twenty years ahead."""
    now = date.today().year  # noqa: DTZ011 - a century needs no time zone
    return max(each for each in range(year, now + 21, 100))


def _day_of(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def read_moment(text: str) -> datetime | None:
    """A typed day with a time, as `moment` writes it or in ISO; without a zone unless ISO gave one."""
    found = re.fullmatch(r"(.+?)[, ]+(\d\d?):(\d\d)", text)
    known = read_day(found[1]) if found else None
    try:
        if found and known:
            return datetime.combine(known, time(int(found[2]), int(found[3])))
        return datetime.fromisoformat(text)
    except ValueError:
        return None
