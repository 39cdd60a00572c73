"""orm.md, section 2: types of fields, their values, and what they make of what is assigned."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from app.orm import Access, Model, ValidationError, fields

ROLES = ("keeper",)


class Keeper(Model):
    """Somebody who looks after crates."""

    _name = "keeper"
    access = Access(keeper="r")

    name = fields.Char(required=True)
    town = fields.Char()


class Crate(Model):
    """A crate with one field of nearly every type."""

    _name = "crate"
    access = Access(keeper="crud")

    name = fields.Char(size=10, search=True)
    raw = fields.Char(trim=False)
    note = fields.Text()
    story = fields.Html()
    count = fields.Integer()
    weight = fields.Float()
    ratio = fields.Float(digits=(10, 2))
    price = fields.Decimal(digits=(12, 3))
    currency = fields.Char(default="RUB")
    amount = fields.Monetary(currency_field="currency")
    full = fields.Boolean()
    packed = fields.Date()
    sent = fields.Datetime()
    state = fields.Selection([("new", "New"), ("old", "Old")])
    size = fields.Selection("_sizes")
    facts = fields.Json()
    email = fields.Email()
    phone = fields.Phone()
    url = fields.Url()
    owner_ref = fields.Reference(selection=[("keeper", "Keeper"), ("crate", "Crate")])
    keeper_id = fields.Many2one("keeper")
    parent_id = fields.Many2one("crate")
    child_ids = fields.One2many("crate", "parent_id")
    keeper_ids = fields.Many2many("keeper")
    maybe_count = fields.Integer(nullable=True)
    maybe_weight = fields.Float(nullable=True)
    maybe_full = fields.Boolean(nullable=True)
    maybe_price = fields.Decimal(digits=(12, 3), nullable=True)
    title = fields.Char(translate=True)

    def _sizes(self):
        return [("s", "Small"), ("l", "Large")]


class Stamp(Model):
    """A crate's stamp: attributes of fields."""

    _name = "stamp"
    access = Access(keeper="crud")

    code = fields.Char(unique=True)
    nick = fields.Char(check_unique_ci=True)
    label = fields.Char(required=True, default="stamp")
    made_on = fields.Date(default=lambda self: self.env.now.date())
    colour = fields.Char(default="_default_colour")
    frozen = fields.Char(readonly=True)
    keeper_id = fields.Many2one("keeper", required=True)
    keeper_name = fields.Char(related="keeper_id.name")
    keeper_town = fields.Char(related="keeper_id.town", store=True)
    crate_id = fields.Many2one("crate")
    box_id = fields.Many2one("crate", ondelete="cascade")

    def _default_colour(self):
        return "blue"


MODELS = (Keeper, Crate, Stamp)


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
    """"12-5-1" raises `ValueError`."""
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


def test_a_translated_text_is_kept_by_language(crate):
    """translate."""
    crate.with_context(lang="ru").title = "Ящик"
    crate.with_context(lang="en").title = "Crate"

    assert reread(crate).with_context(lang="ru").title == "Ящик"
    assert crate.with_context(lang="en").title == "Crate"


def test_a_translated_text_is_searched_and_sorted_in_the_users_language(env):
    """translate: search and order by the language of the env."""
    first, second = env["crate"].create([{}, {}])
    for record, russian, english in ((first, "Арбуз", "Watermelon"), (second, "Яблоко", "Apple")):
        record.with_context(lang="ru").title = russian
        record.with_context(lang="en").title = english
    russian, english = env["crate"].with_context(lang="ru"), env["crate"].with_context(lang="en")

    assert english.search([("title", "ilike", "apple")]) == second
    assert not russian.search([("title", "ilike", "apple")])
    assert russian.search([], order="title").ids == [first.id, second.id]
    assert english.search([], order="title").ids == [second.id, first.id]


def test_changing_one_language_leaves_the_others(crate):
    """translate: None in one language empties that one."""
    crate.with_context(lang="ru").title = "Ящик"
    crate.with_context(lang="en").title = "Crate"
    crate.with_context(lang="en").title = "Box"

    assert crate.with_context(lang="ru").title == "Ящик"
    assert reread(crate).with_context(lang="ru").title == "Ящик"


def test_unique_is_a_validation_error_on_its_field(env, keeper):
    """unique."""
    env["stamp"].create({"code": "a", "keeper_id": keeper})
    with pytest.raises(ValidationError) as caught, env.savepoint():
        env["stamp"].create({"code": "a", "keeper_id": keeper})
        env.flush()

    assert caught.value.field == "code"
    assert "a" in str(caught.value)


def test_unique_does_not_count_empty_values(env, keeper):
    """unique: two records without a code are no duplicates."""
    assert len(env["stamp"].create([{"keeper_id": keeper}, {"keeper_id": keeper, "code": ""}])) == 2
    env.flush()


def test_check_unique_ci_ignores_case(env, keeper):
    """check_unique_ci."""
    env["stamp"].create({"nick": "Яна", "keeper_id": keeper})
    with pytest.raises(ValidationError) as caught, env.savepoint():
        env["stamp"].create({"nick": "яНА", "keeper_id": keeper})
        env.flush()

    assert caught.value.field == "nick"


def test_defaults_are_values_callables_or_method_names(env, keeper):
    """default (value or callable or method name)."""
    stamp = env["stamp"].create({"keeper_id": keeper})

    assert (stamp.label, stamp.colour, stamp.made_on) == ("stamp", "blue", env.now.date())


def test_a_context_default_comes_first(env, keeper):
    """Default order: context `default_x` … the field's default."""
    stamp = env["stamp"].with_context(default_label="mine").create({"keeper_id": keeper})
    given = env["stamp"].with_context(default_label="mine").create({"keeper_id": keeper, "label": "given"})

    assert stamp.label == "mine"
    assert given.label == "given"


def test_an_explicit_none_is_not_replaced_by_the_default(env, keeper):
    """Default: only for what is not given."""
    assert env["stamp"].create({"keeper_id": keeper, "colour": None}).colour is None


def test_default_get_tells_the_defaults(env):
    """Default order: `default_get`, as in Odoo."""
    found = env["stamp"].with_context(default_code="x").default_get(["code", "label", "colour", "keeper_id"])

    assert found["code"] == "x"
    assert (found["label"], found["colour"]) == ("stamp", "blue")
    assert not found.get("keeper_id")


def test_readonly_fields_are_free_for_code(env, keeper):
    """`readonly` fields are … free for code."""
    stamp = env["stamp"].create({"keeper_id": keeper, "frozen": "a"})
    stamp.frozen = "b"

    assert reread(stamp).frozen == "b"
    assert stamp.fields_get(["frozen"])["frozen"]["readonly"]


def test_a_related_field_reads_and_writes_through(env, keeper):
    """`related="party_id.name"`: not stored by default, writes through."""
    stamp = env["stamp"].create({"keeper_id": keeper})
    assert stamp.keeper_name == "Ann"

    stamp.keeper_name = "Eve"
    assert keeper.name == "Eve"
    assert reread(stamp).keeper_name == "Eve"


def test_a_related_field_is_searchable_and_sortable_without_a_column(env):
    """Searchable without a column."""
    ann, bob = env["keeper"].create([{"name": "Ann"}, {"name": "Bob"}])
    first, second = env["stamp"].create([{"keeper_id": bob}, {"keeper_id": ann}])

    assert env["stamp"].search([("keeper_name", "=", "Bob")]) == first
    assert env["stamp"].search([("keeper_name", "ilike", "an")]) == second
    assert env["stamp"].search([], order="keeper_name").ids == [second.id, first.id]


def test_a_stored_related_field_follows_its_source(env, keeper):
    """related with store=True."""
    stamp = env["stamp"].create({"keeper_id": keeper})
    keeper.town = "Omsk"

    assert env["stamp"].search([("keeper_town", "=", "Omsk")]) == stamp
    assert reread(stamp).keeper_town == "Omsk"


def test_a_related_field_follows_another_link(env, keeper):
    """related: changing the link changes the value."""
    other = env["keeper"].create({"name": "Bob", "town": "Tver"})
    stamp = env["stamp"].create({"keeper_id": keeper})
    stamp.keeper_id = other

    assert (stamp.keeper_name, stamp.keeper_town) == ("Bob", "Tver")


def test_a_related_field_through_nothing_is_empty(env):
    """related through an empty many2one."""
    assert env["stamp"].new({}).keeper_name is None


def test_a_required_link_restricts(env, keeper):
    """ondelete (many2one: default "restrict" if required)."""
    env["stamp"].create({"keeper_id": keeper})

    with pytest.raises((ValidationError, Exception)), env.savepoint():  # noqa: B017
        keeper.unlink()
    assert keeper.exists()


def test_an_optional_link_is_emptied(env, keeper, crate):
    """Else "set null"."""
    stamp = env["stamp"].create({"keeper_id": keeper, "crate_id": crate})
    crate.unlink()

    assert not stamp.crate_id
    assert not reread(stamp).crate_id


def test_a_cascading_link_deletes(env, keeper, crate):
    """Also "cascade"."""
    stamp = env["stamp"].create({"keeper_id": keeper, "box_id": crate})
    crate.unlink()

    assert not stamp.exists()


def test_fields_get_tells_types_and_labels(env):
    """Attributes: string, help, required, readonly."""
    found = env["crate"].fields_get(["name", "state", "keeper_id", "child_ids"])

    assert set(found) == {"name", "state", "keeper_id", "child_ids"}
    assert found["state"]["type"] == "selection"
    assert found["keeper_id"]["type"] == "many2one"
    assert str(found["name"]["string"]) == "Name"
