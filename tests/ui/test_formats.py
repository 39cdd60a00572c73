"""The fast formats of cells against Babel's."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from babel.dates import format_date
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from app.orm.i18n import use_lang
from app.web.screens import formats, inputs


def plainly(text):
    return text.replace("\u202f", " ").replace("\xa0", " ")


@given(st.integers(-(10**12), 10**12))
def test_whole_numbers_are_grouped_as_babel_does(value):
    """Shows 0.14."""
    assert plainly(formats.number(value, "en")) == format_decimal(value, locale="en").replace(",", ",")
    assert plainly(formats.number(value, "ru")) == plainly(format_decimal(value, locale="ru"))


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_dates_are_written_as_babel_does(value):
    """Shows 0.14."""
    assert formats.day(value, "ru") == format_date(value, "dd.MM.yyyy", locale="ru")
    assert formats.day(value.isoformat(), "en") == format_date(value, "d MMM yyyy", locale="en")


@pytest.mark.parametrize(
    ("value", "lang", "shown"),
    [
        (Decimal("1250000.00"), "ru", "1 250 000 ₽"),
        (Decimal("86300.50"), "ru", "86 300,50 ₽"),
        (Decimal("86300.50"), "en", "86,300.50 ₽"),
    ],
)
def test_money_has_kopecks_only_where_there_are_some(value, lang, shown):
    """Shows 0.14."""
    assert plainly(formats.money(value, lang, "RUB")) == shown


def test_a_moment_is_told_in_the_users_zone():
    """Shows 0.14."""
    assert formats.moment(datetime(2026, 6, 1, 22, 30, tzinfo=UTC), "ru", "Europe/Brussels") == "02.06.2026, 00:30"


def test_what_was_typed_by_others_is_escaped_in_cells_and_tags():
    """Shows 0.2."""
    char = SimpleNamespace(type="char")
    assert formats.cells(char, "ru", "UTC")(["<b>x</b>", None, "a\0<i>"]) == ["&lt;b&gt;x&lt;/b&gt;", "", "a\0&lt;i&gt;"]
    assert formats.cells(char, "ru", "UTC")(["<b>", "", "&"]) == ["&lt;b&gt;", "", "&amp;"]
    assert "<script" not in formats.tags([{"display_name": "<script>", "colour": '"><script>'}])


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        ("decimal", "1 250,50", Decimal("1250.50")),
        ("decimal", "1,250.50", Decimal("1250.50")),
        ("monetary", "1\u202f250\xa0000", Decimal(1250000)),
        ("integer", "−5", -5),
        ("date", "2026-11-23", "2026-11-23"),
    ],
)
def test_typed_numbers_and_dates_become_values(kind, typed, value):
    """Shows 0.3."""
    assert inputs.to_value(SimpleNamespace(type=kind), typed, SimpleNamespace(tz="UTC")) == value


@pytest.mark.parametrize(
    ("kind", "typed"), [("integer", "1,5"), ("decimal", "ten"), ("decimal", "NaN"), ("date", "31.02.2026"), ("json", "{")]
)
def test_what_is_no_value_is_told_in_a_sentence(kind, typed):
    """Shows 0.17."""
    with use_lang("en"), pytest.raises(inputs.Unreadable) as raised:
        inputs.to_value(SimpleNamespace(type=kind), typed, SimpleNamespace(tz="UTC"))
    assert str(raised.value.message).endswith(".")


def test_a_link_that_was_typed_and_not_chosen_is_refused():
    """Shows 0.17."""
    with pytest.raises(inputs.Unreadable):
        inputs.to_value(SimpleNamespace(type="many2one"), (0, "Nobody"), SimpleNamespace(tz="UTC"))
