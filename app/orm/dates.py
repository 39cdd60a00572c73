"""Dates in words and the borders of days in the user's time zone.

Words: `today`, `now`, `yesterday`, `tomorrow`, `monday` (of this week), `week_start`, `month_start`, `quarter_start`,
`year_start`, each with shifts such as `today -1d +2m` (units d, w, m, y; h for `now`).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.orm.env import Env

_SHIFT = re.compile(r"\s*([+-])\s*(\d+)\s*([dwmyh])")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PARTS = {
    "year_number": "year",
    "quarter_number": "quarter",
    "month_number": "month",
    "iso_week_number": "week",
    "day_of_year": "doy",
    "day_of_month": "day",
    "day_of_week": "dow",
    "hour_number": "hour",
    "minute_number": "minute",
    "second_number": "second",
}


def today(env: Env) -> date:
    """The user's day."""
    return env.now.astimezone(env.zone).date()


def add_months(day: date, months: int) -> date:
    """The same day some months later, cut at the month's end."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    return date(year, month + 1, 28)


def _start(word: str, env: Env) -> date | None:
    day = today(env)
    if word in _WEEKDAYS:
        return day - timedelta(days=day.weekday() - _WEEKDAYS.index(word))
    starts = {
        "today": day,
        "now": day,
        "yesterday": day - timedelta(days=1),
        "tomorrow": day + timedelta(days=1),
        "week_start": day - timedelta(days=day.weekday()),
        "month_start": day.replace(day=1),
        "quarter_start": day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
        "year_start": day.replace(month=1, day=1),
    }
    return starts.get(word)


def in_words(text: str, env: Env) -> date | datetime | None:
    """The date (or moment, for `now`) that a text names in words; `None` when it is not in words."""
    match = re.match(r"\s*([a-z_]+)((?:\s*[+-]\s*\d+\s*[dwmyh])*)\s*$", text.strip().lower())
    if match is None:
        return None
    day = _start(match[1], env)
    if day is None:
        return None
    moment = env.now
    for sign, number, unit in _SHIFT.findall(match[2]):
        count = int(number) * (1 if sign == "+" else -1)
        if unit == "h":
            moment += timedelta(hours=count)
        elif unit in "dw":
            shift = timedelta(days=count * (7 if unit == "w" else 1))
            day, moment = day + shift, moment + shift
        else:
            later = add_months(day, count * (12 if unit == "y" else 1))
            day, moment = later, moment + (later - day)
    return moment if match[1] == "now" else day


def day_of(value: object, env: Env) -> date | None:
    """The whole day that a domain's value means for a date-time field, or `None` when it is a moment."""
    if isinstance(value, datetime):
        return None
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        words = in_words(value, env)
        if words is not None:
            return None if isinstance(words, datetime) else words
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value.strip()):
            return date.fromisoformat(value.strip())
    return None


def day_start(day: date, env: Env) -> datetime:
    """The first moment of a day in the user's zone, in UTC."""
    return datetime.combine(day, time(), tzinfo=env.zone).astimezone(UTC)
