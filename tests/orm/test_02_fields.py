"""orm.md, section 2: types of fields, and what they make of what is assigned."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from app.orm import ValidationError
from tests.orm.crates import MODELS, ROLES

__all__ = ["MODELS", "ROLES"]


@pytest.fixture
def crate(env):
    """A crate with nothing in it."""
    return env["crate"].create({})


@pytest.fixture
def keeper(env):
    """A keeper called Ann in Kazan."""
    return env["keeper"].create({"name": "Ann", "town": "Kazan"})


def reread(record):
    """Flush, forget, and give the record: what it reads now comes from the database."""
    record.env.clear()
    return record


EMPTY_NONE = ["name", "note", "story", "packed", "sent", "state", "size", "facts", "email", "phone", "url"]


@pytest.mark.parametrize("name", EMPTY_NONE)
def test_empty_text_dates_selections_and_json_are_none(crate, name):
    """Empty is `None` for text, dates, selections, JSON."""
    assert crate[name] is None
    assert reread(crate)[name] is None


@pytest.mark.parametrize("name", ["name", "note", "story", "state", "email", "phone", "url"])
def test_an_empty_string_is_stored_as_empty(env, crate, name):
    """`""` is stored as empty."""
    crate[name] = ""

    assert crate[name] is None
    assert reread(crate)[name] is None
    assert env["crate"].search([(name, "=", None)]) == crate


def test_numbers_and_booleans_are_never_empty(crate):
    """Numbers and booleans are never empty (default 0 / False)."""
    crate.write({"count": None, "weight": None, "price": None, "amount": None, "full": None})

    for record in (crate, reread(crate)):
        assert (record.count, record.weight, record.price, record.amount) == (0, 0.0, Decimal(0), Decimal(0))
        assert record.full is False


def test_nullable_numbers_and_booleans_may_be_none(crate):
    """Unless `nullable=True`, then `None`."""
    names = ("maybe_count", "maybe_weight", "maybe_full", "maybe_price")
    assert [crate[name] for name in names] == [None] * 4

    crate.write({"maybe_count": 0, "maybe_weight": 0, "maybe_full": False, "maybe_price": 0})
    assert [reread(crate)[name] for name in names] == [0, 0, False, 0]

    crate.write(dict.fromkeys(names))
    assert [reread(crate)[name] for name in names] == [None] * 4


def test_an_empty_relation_is_an_empty_recordset(env, crate):
    """An empty relation is an empty recordset."""
    assert crate.keeper_id == env["keeper"]
    assert crate.child_ids == env["crate"]
    assert crate.keeper_ids == env["keeper"]
    assert not crate.owner_ref


def test_text_is_trimmed_on_the_server(crate):
    """Text is trimmed on the server; `trim=True` is the default."""
    crate.write({"name": "  Ann \n", "note": " a\n b \n", "raw": "  x "})

    assert crate.name == "Ann"
    assert crate.note == "a\n b"
    assert crate.raw == "  x "


def test_text_of_blanks_is_empty(crate):
    """`""` is stored as empty; text is trimmed."""
    crate.name = "   "

    assert crate.name is None


def test_a_size_counts_after_trimming(crate):
    """A Char longer than `size`: `ValidationError`, blanks around it do not count."""
    crate.name = "  0123456789  "

    assert crate.name == "0123456789"


def test_a_longer_char_is_a_validation_error(env, crate):
    """A Char longer than `size`: `ValidationError`."""
    with pytest.raises(ValidationError) as caught:
        crate.name = "01234567890"
        env.flush()

    assert caught.value.field == "name"


def test_a_size_counts_characters_and_not_bytes(crate):
    """`size` is a number of characters."""
    crate.name = "Картотека!"

    assert reread(crate).name == "Картотека!"


@pytest.mark.parametrize("name", ["name", "note", "facts"])
def test_nul_characters_are_a_value_error(env, crate, name):
    """NUL characters: `ValueError`."""
    with pytest.raises(ValueError):
        crate[name] = "a\x00b" if name != "facts" else {"k": "a\x00b"}
        env.flush()


@pytest.mark.parametrize("number", [2**31, -(2**31) - 1, 2**63, 10**30])
def test_integers_out_of_range_are_a_value_error(env, crate, number):
    """Integers out of range: `ValueError`; an Integer has 32 bits as in Odoo."""
    with pytest.raises(ValueError):
        crate.count = number
        env.flush()


@pytest.mark.parametrize("number", [2**31 - 1, -(2**31), 0])
def test_integers_in_range_are_kept(crate, number):
    """Integers out of range: those within are kept."""
    crate.count = number

    assert reread(crate).count == number


@pytest.mark.parametrize("value", ["many", "1x", [1], {}])
def test_what_is_no_integer_is_a_value_error(crate, value):
    """`ValueError` for misuse by code."""
    with pytest.raises((ValueError, TypeError)):
        crate.count = value


def test_a_datetime_is_aware_and_in_utc(crate):
    """Datetime (aware, stored in UTC)."""
    crate.sent = datetime(2026, 6, 1, 12, 30, tzinfo=timezone(timedelta(hours=3)))

    for record in (crate, reread(crate)):
        assert record.sent == datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
        assert record.sent.utcoffset() == timedelta(0)


@pytest.mark.parametrize("value", [datetime(2026, 6, 1, 9, 30), "2026-06-01 09:30:00", "2026-06-01T09:30:00"])  # noqa: DTZ001
def test_naive_date_times_mean_utc(crate, value):
    """Naive date-times mean UTC."""
    crate.sent = value

    assert crate.sent == datetime(2026, 6, 1, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("value", ["2026-06-01T12:30:00+03:00", "2026-06-01T09:30:00Z"])
def test_iso_strings_with_an_offset_are_understood(crate, value):
    """Datetime (aware, stored in UTC)."""
    crate.sent = value

    assert crate.sent == datetime(2026, 6, 1, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("value", ["2026-06-01 23:30:00", "2026-06-01T23:30:00", "2026-06-01", date(2026, 6, 1)])
def test_a_date_time_string_given_to_a_date_is_cut(crate, value):
    """A date-time string given to a Date is cut."""
    crate.packed = value

    assert crate.packed == date(2026, 6, 1)
    assert type(crate.packed) is date


@pytest.mark.parametrize("value", ["12-5-1", "tomorrow-ish", "2026-02-30", "2026-13-01"])
def test_what_is_no_date_is_a_value_error(crate, value):
    """ "12-5-1" raises `ValueError`."""
    with pytest.raises(ValueError):
        crate.packed = value
    with pytest.raises(ValueError):
        crate.sent = value


def test_a_float_with_digits_is_rounded_at_once(crate):
    """Float(digits=(10, 2)) given 2.49609375 reads 2.5 (as 2.50) at once."""
    crate.ratio = 2.49609375

    assert crate.ratio == 2.5
    assert reread(crate).ratio == 2.5


def test_a_float_without_digits_is_kept(crate):
    """Float(digits): without digits nothing is rounded."""
    crate.weight = 0.1 + 0.2

    assert reread(crate).weight == 0.1 + 0.2


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(env, crate, value):
    """Numbers are never empty, and are numbers."""
    with pytest.raises(ValueError):
        crate.weight = value
        env.flush()


def test_a_decimal_is_exact(crate):
    """Decimal(digits)."""
    crate.price = "0.1"
    crate.price += Decimal("0.2")

    for record in (crate, reread(crate)):
        assert record.price == Decimal("0.3")
        assert isinstance(record.price, Decimal)


def test_a_decimal_is_rounded_to_its_digits_at_once(crate):
    """Values are normalised on assignment, before any flush."""
    crate.price = Decimal("1.23456")

    assert crate.price == Decimal("1.235")


@pytest.mark.parametrize(("currency", "read"), [("RUB", "2.50"), ("JPY", "2"), ("TND", "2.496")])
def test_money_rounds_to_its_currency(crate, currency, read):
    """Monetary rounds to its currency."""
    crate.write({"currency": currency, "amount": Decimal("2.49609375")})

    assert crate.amount == Decimal(read)
    assert reread(crate).amount == Decimal(read)


def test_money_created_with_its_currency_is_rounded_in_any_order_of_keys(env):
    """Monetary rounds to its currency: on create, whichever comes first."""
    one = env["crate"].create({"amount": Decimal("2.4961"), "currency": "JPY"})
    two = env["crate"].create({"currency": "JPY", "amount": Decimal("2.4961")})

    assert one.amount == two.amount == Decimal(2)


@pytest.mark.parametrize("name", ["state", "size"])
def test_a_selection_value_outside_its_list_is_a_value_error(crate, name):
    """A Selection value outside its list raises `ValueError`."""
    with pytest.raises(ValueError):
        crate[name] = "huge"


def test_selections_take_the_values_of_their_list_or_method(env, crate):
    """Selection(list | method name)."""
    crate.write({"state": "old", "size": "l"})

    assert (crate.state, crate.size) == ("old", "l")
    assert env["crate"].search([("size", "=", "l")]) == crate


def test_changing_json_in_place_changes_nothing(env, crate):
    """Changing a JSON value in place changes nothing."""
    given = {"a": [1]}
    crate.facts = given
    given["a"].append(2)
    crate.facts["b"] = 3
    crate.facts["a"].append(4)

    assert crate.facts == {"a": [1]}
    reread(crate).facts["b"] = 3
    assert reread(crate).facts == {"a": [1]}


@pytest.mark.parametrize("value", [{}, [], 0, False, "", [1, {"a": None}], "text", 1.5, {"ё": "я"}])
def test_json_keeps_every_json_value(crate, value):
    """Json: what JSON can say is kept; empty text is empty."""
    crate.facts = value

    assert reread(crate).facts == (value if value != "" else None)


def test_html_is_sanitised_on_write(crate):
    """Html (sanitised on write)."""
    crate.story = '<p onclick="x()">Hi <b>you</b><script>alert(1)</script><a href="javascript:x()">l</a></p>'

    for record in (crate, reread(crate)):
        assert "<b>you</b>" in record.story
        assert not any(bad in record.story for bad in ("script", "onclick", "alert"))


def test_an_email_is_checked(env, crate):
    """Email."""
    crate.email = " ann@example.org "
    assert crate.email == "ann@example.org"

    with pytest.raises((ValidationError, ValueError)):
        crate.email = "not an address"
        env.flush()


def test_a_phone_is_kept_as_typed_and_as_e164(crate):
    """Phone (kept as typed and as E.164)."""
    crate.phone = "8 (912) 345-67-89"

    assert crate.phone == "8 (912) 345-67-89"
    assert crate.phone_e164 == "+79123456789"
    assert reread(crate).phone_e164 == "+79123456789"


@pytest.mark.parametrize("value", ["javascript:alert(1)", "data:text/html,x"])
def test_a_url_that_runs_code_is_refused(env, crate, value):
    """Url (security.md 32: `javascript:` URLs)."""
    with pytest.raises((ValidationError, ValueError)):
        crate.url = value
        env.flush()


def test_a_url_is_kept(crate):
    """Url."""
    crate.url = "https://example.org/a?b=c"

    assert reread(crate).url == "https://example.org/a?b=c"


def test_a_reference_takes_records_of_several_models(env, crate, keeper):
    """Reference."""
    crate.owner_ref = keeper
    assert reread(crate).owner_ref == keeper

    crate.owner_ref = f"crate,{crate.id}"
    assert crate.owner_ref == crate
    crate.owner_ref = None
    assert not reread(crate).owner_ref


def test_a_reference_to_a_model_outside_its_list_is_refused(env, crate):
    """Reference: a value outside its list raises, as for a Selection."""
    with pytest.raises(ValueError):
        crate.owner_ref = env.user
