"""Conversions of single fields, without a database: what `normalise`, `to_wire`, `from_row` and `operand` make of values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from types import SimpleNamespace

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.orm import DeclarationError, ValidationError, fields
from app.orm.fields.money import quantum
from app.orm.i18n import _

ENV = SimpleNamespace(lang="ru", registry=SimpleNamespace(models={"party": None, "tag": None}))


class Records:
    """What fields see of a recordset."""

    def __init__(self, name, *ids):
        self._name, self._ids = name, ids


def bound(field):
    return field.bound("thing", "value")


def normal(field, value):
    return bound(field).normalise(value, ENV)


# ---- positional arguments -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "args"),
    [
        (fields.Char(40), {"size": 40}),
        (fields.Char("Name"), {"string": "Name"}),
        (fields.Char(_("Name")), {"string": _("Name")}),
        (fields.Char(40, "Name"), {"size": 40, "string": "Name"}),
        (fields.Float((10, 2)), {"digits": (10, 2)}),
        (fields.Float("Width"), {"string": "Width"}),
        (fields.Decimal((10, 2), "Width"), {"digits": (10, 2), "string": "Width"}),
        (fields.Monetary("currency"), {"currency_field": "currency"}),
        (fields.Monetary("Amount due"), {"string": "Amount due"}),
        (fields.Monetary(_("Amount")), {"string": _("Amount")}),
        (fields.Many2one("party", "Customer"), {"comodel": "party", "string": "Customer"}),
        (fields.One2many("line", "order_id", "Lines"), {"comodel": "line", "inverse_name": "order_id", "string": "Lines"}),
        (fields.Many2many("tag", _("Tags")), {"comodel": "tag", "string": _("Tags")}),
        (fields.Many2many("tag", "All the tags"), {"comodel": "tag", "string": "All the tags"}),
        (fields.Many2many("tag", "a_rel", "a", "b"), {"comodel": "tag", "relation": "a_rel", "column1": "a", "column2": "b"}),
        (fields.Selection("_states", "State"), {"selection": "_states", "string": "State"}),
        (fields.Reference(["party"], "About"), {"selection": ["party"], "string": "About"}),
    ],
)
def test_positional_arguments_are_told_apart_by_their_type(field, args):
    assert field.args == args


def test_too_many_positional_arguments_are_refused():
    with pytest.raises(DeclarationError, match="without their names"):
        fields.Integer("Count", 3)


# ---- text -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        (fields.Char(), "  Ann \n", "Ann"),
        (fields.Char(trim=False), " Ann ", " Ann "),
        (fields.Char(), "", None),
        (fields.Char(), "   ", None),
        (fields.Char(), None, None),
        (fields.Char(), False, None),
        (fields.Char(), 12, "12"),
        (fields.Char(), "a\u00adb", "a\u00adb"),
        (fields.Char(), "\u00a0Ann\u00a0", "Ann"),
        (fields.Text(), " a\n b \n", "a\n b"),
        (fields.Email(), " Ann.Lee@EXAMPLE.org ", "Ann.Lee@example.org"),
        (fields.Email(), "иван@пример.рф", "иван@пример.рф"),
        (fields.Url(), "example.org/a", "https://example.org/a"),
        (fields.Url(), "example.org:8080", "https://example.org:8080"),
        (fields.Url(), "//example.org", "https://example.org"),
        (fields.Url(), "http://пример.рф/страница", "http://пример.рф/страница"),
        (fields.Url(), "http://[::1]:80/", "http://[::1]:80/"),
        (fields.Html(), '<p onclick="x">a<script>b</script></p>', "<p>a</p>"),
        (fields.Html(), "<script>b</script>", None),
    ],
)
def test_text_is_cleaned(field, given, kept):
    assert normal(field, given) == kept
    assert bound(field).normalise_many([given, given], ENV) == [kept, kept]


@pytest.mark.parametrize("field", [fields.Char(), fields.Text(), fields.Html(), fields.Email(), fields.Phone()])
def test_no_text_holds_a_nul(field):
    with pytest.raises(ValueError, match="NUL"):
        normal(field, "a\0b")


@pytest.mark.parametrize("value", [True, ["a"], {"a": 1}, b"a"])
def test_what_nobody_means_as_text_is_refused(value):
    with pytest.raises(ValueError, match="takes a text"):
        normal(fields.Char(), value)


def test_a_longer_text_names_its_field():
    with pytest.raises(ValidationError) as caught:
        normal(fields.Char(3), "four")

    assert (caught.value.field, caught.value.model, caught.value.reason) == ("value", "thing", "too-long")


@pytest.mark.parametrize(
    "value", ["ann", "ann@", "@example.org", "a b@example.org", "ann@example", "a@b@example.org", "<a@example.org>"]
)
def test_what_is_no_email_is_refused(value):
    with pytest.raises(ValidationError):
        normal(fields.Email(), value)


@pytest.mark.parametrize(
    "value",
    ["javascript:alert(1)", "JavaScript:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "vbscript:x", "mailto:a@example.org",
     "http://", "http://a b", 'http://a"b', "http://a<b>", "http://x:99999999/"],
)  # fmt: skip
def test_what_a_browser_must_not_open_is_refused(value):
    with pytest.raises(ValidationError):
        normal(fields.Url(), value)


@pytest.mark.parametrize(
    ("typed", "region", "number"),
    [
        ("8 (495) 123-45-67", "RU", "+74951234567"),
        ("8 912 345-67-89", "RU", "+79123456789"),
        ("+7 912 345 67 89", "RU", "+79123456789"),
        ("+1 312 744 5000", "RU", "+13127445000"),
        ("(312) 744-5000", "US", "+13127445000"),
        ("261-5885", "US", None),
        ("261-5885", "RU", None),
        ("call me", "RU", None),
        ("", "RU", None),
    ],
)
def test_telephones_have_an_international_form(typed, region, number):
    assert fields.Phone(region=region).e164(typed) == number


@given(number=st.from_regex(r"(\+7|8|7)[0-9]{9,11}", fullmatch=True))
def test_the_short_way_for_russian_numbers_agrees_with_the_library(number):
    """The pattern says the same as parsing and checking."""
    try:
        parsed = phonenumbers.parse(number, "RU")
    except phonenumbers.NumberParseException:
        parsed = None
    valid = parsed is not None and phonenumbers.is_valid_number(parsed)

    assert fields.Phone().e164(number) == (
        phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) if valid else None
    )


def test_a_phone_brings_its_international_form_along():
    companion = bound(fields.Phone()).companions()["value_e164"]

    assert companion.store
    assert companion.index
    assert companion.compute._depends == ("value",)


def test_translated_text_is_a_patch_by_language():
    field = bound(fields.Char(10, translate=True))

    assert field.normalise(" Ящик ", ENV) == {"ru": "Ящик"}
    assert field.normalise({"ru": "Ящик", "en": "Crate"}, ENV) == {"ru": "Ящик", "en": "Crate"}
    assert field.normalise(None, ENV) == {"ru": None}
    assert field.to_wire({"ru": "Ящик", "en": None}) == '{"ru":"Ящик"}'
    assert field.to_wire({"ru": None}) is None
    assert field.equal({"ru": None}, None)
    assert field.is_empty({"ru": None})
    with pytest.raises(ValidationError):
        field.normalise({"en": "far too long a text"}, ENV)


def test_translated_text_falls_back_to_the_portals_language_then_to_any():
    field = bound(fields.Char(translate=True))

    assert field.in_language({"ru": "Ящик", "en": "Crate"}, "en") == "Crate"
    assert field.in_language({"ru": "Ящик", "de": "Kiste"}, "en") == "Ящик"
    assert field.in_language({"de": "Kiste"}, "en") == "Kiste"
    assert field.in_language(None, "en") is None


# ---- numbers --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        (fields.Integer(), 2**31 - 1, 2**31 - 1),
        (fields.Integer(), "12", 12),
        (fields.Integer(), 12.0, 12),
        (fields.Integer(), True, 1),
        (fields.Integer(), None, 0),
        (fields.Integer(), "", 0),
        (fields.Integer(nullable=True), None, None),
        (fields.Float(), "1.5", 1.5),
        (fields.Float(), 1, 1.0),
        (fields.Float(), None, 0.0),
        (fields.Float((10, 2)), 2.49609375, 2.5),
        (fields.Float((10, 2)), 1.005, 1.01),
        (fields.Float((10, 2)), -1.005, -1.01),
        (fields.Float((10, 2)), 2.5, 2.5),
        (fields.Float((10, 0)), 2.5, 3.0),
        (fields.Decimal((10, 2)), "1.005", Decimal("1.01")),
        (fields.Decimal((10, 2)), 1.005, Decimal("1.01")),
        (fields.Decimal(), "0.1", Decimal("0.1")),
        (fields.Decimal(), None, Decimal(0)),
        (fields.Boolean(), None, False),
        (fields.Boolean(), "true", True),
        (fields.Boolean(), 0, False),
        (fields.Boolean(nullable=True), None, None),
    ],
)
def test_numbers_are_taken_as_people_write_them(field, given, kept):
    for found in (normal(field, given), *bound(field).normalise_many([given, given], ENV)):
        assert found == kept
        assert type(found) is type(kept)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (fields.Integer(), 2**31),
        (fields.Integer(), -(2**31) - 1),
        (fields.Integer(), 10**30),
        (fields.Integer(), 1.5),
        (fields.Integer(), "many"),
        (fields.Integer(), [1]),
        (fields.Integer(), float("nan")),
        (fields.Integer(), float("inf")),
        (fields.Float(), float("nan")),
        (fields.Float(), "inf"),
        (fields.Float(), "x"),
        (fields.Float((4, 2)), 100.0),
        (fields.Float((4, 2)), float("nan")),
        (fields.Decimal((4, 2)), "99.995"),
        (fields.Decimal(), "NaN"),
        (fields.Decimal(), "one"),
        (fields.Monetary(), 10**15),
        (fields.Boolean(), "maybe"),
        (fields.Boolean(), 2),
        (fields.Boolean(), []),
    ],
)
def test_what_is_no_number_of_the_type_is_a_value_error(field, value):
    with pytest.raises(ValueError, match=r"thing\.value"):
        normal(field, value)
    with pytest.raises(ValueError, match=r"thing\.value"):
        bound(field).normalise_many([value], ENV)


def test_a_number_may_be_compared_with_what_it_can_never_be():
    field = bound(fields.Integer())

    assert field.operand(10**12, ENV) == 10**12
    assert field.operand(1.5, ENV) == 1.5
    assert field.operand(None, ENV) is None
    with pytest.raises(ValueError, match="whole number"):
        field.operand("many", ENV)


@pytest.mark.parametrize(("currency", "kept"), [("RUB", "2.50"), ("JPY", "2"), ("TND", "2.496"), (None, "2.50")])
def test_money_rounds_by_the_currency_of_its_record(currency, kept):
    field = bound(fields.Monetary("currency"))

    assert field.finish(field.normalise("2.49609375", ENV), {"currency": currency}) == Decimal(kept)
    assert quantum("RUB") == Decimal("0.01")


def test_the_currency_field_is_found_by_its_usual_names():
    field = bound(fields.Monetary())
    field.find_currency({"name": None, "currency": None, "currency_id": None})

    assert field.currency_field == "currency_id"


# ---- choices and JSON -----------------------------------------------------------------------------------------------------


def test_selections_refuse_what_is_not_on_their_list():
    field = bound(fields.Selection([("a", "A"), ("b", "B")]))

    assert field.normalise_many(["a", None, "", "b"], ENV) == ["a", None, None, "b"]
    for value in ("c", 1, ["a"]):
        with pytest.raises(ValueError, match="not one of"):
            field.normalise_many([value], ENV)


def test_additions_to_a_selection_add_up():
    first = fields.Selection([("a", "A")])
    second = fields.Selection(selection_add=[("b", "B")]).merged(first)
    third = fields.Selection(selection_add=[("c", "C")], required=True).merged(second)

    assert [value for value, _label in third.fixed] == ["a", "b", "c"]
    assert third.required
    assert [value for value, _label in fields.Selection([("z", "Z")]).merged(first).fixed] == ["z"]


def test_json_is_copied_in_and_out():
    field, given = bound(fields.Json()), {"a": [1]}
    raw = field.normalise(given, ENV)
    given["a"].append(2)
    field.to_record(raw, None)["a"].append(3)

    assert raw == {"a": [1]}
    assert field.to_wire(raw) == '{"a":[1]}'


def test_json_tells_true_from_one():
    field = bound(fields.Json())

    assert not field.equal({"a": True}, {"a": 1})
    assert field.equal({"a": 1, "b": 2}, {"b": 2, "a": 1})


@pytest.mark.parametrize("value", [{1: "a"}, {"a": object()}, "a\0b", {"k": ["\0"]}])
def test_what_json_can_not_say_is_a_value_error(value):
    with pytest.raises(ValueError, match="JSON"):
        normal(fields.Json(), value)


# ---- days and moments -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", ["2026-06-01", "2026-06-01 23:30", "2026-06-01T23:30:00+03:00", datetime(2026, 6, 1, 23, tzinfo=UTC)]
)
def test_a_moment_given_to_a_date_is_cut(value):
    assert normal(fields.Date(), value) == date(2026, 6, 1)


@pytest.mark.parametrize(
    "value", ["2026-06-01T12:30+03:00", "2026-06-01 09:30", "2026-06-01T09:30:00Z", datetime.fromisoformat("2026-06-01 09:30")]
)
def test_moments_are_aware_and_in_utc(value):
    found = normal(fields.Datetime(), value)

    assert found == datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
    assert found.tzinfo is UTC


def test_moments_of_other_zones_are_converted():
    moscow = timezone(timedelta(hours=3))

    assert normal(fields.Datetime(), datetime(2026, 6, 1, 1, 30, tzinfo=moscow)).isoformat() == "2026-05-31T22:30:00+00:00"
    assert normal(fields.Datetime(), date(2026, 6, 1)) == datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize("field", [fields.Date(), fields.Datetime()])
@pytest.mark.parametrize("value", ["12-5-1", "2026-02-30", "2026-W01-1", "20260501", "yesterday", 5, "2026-05-01 and more"])
def test_what_is_no_date_is_a_value_error(field, value):
    with pytest.raises(ValueError):
        normal(field, value)


# ---- links ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (7, 7),
        (None, None),
        (False, None),
        (0, None),
        (Records("party", 7), 7),
        (Records("party"), None),
        ({"id": 7, "display_name": "x"}, 7),
        ([7], 7),
    ],
)
def test_a_link_takes_records_and_ids(value, kept):
    assert normal(fields.Many2one("party"), value) == kept
    assert bound(fields.Many2one("party")).normalise_many([value], ENV) == [kept]


@pytest.mark.parametrize("value", [True, "7", 1.5, Records("tag", 7), Records("party", 7, 8), [7, 8], 2**63])
def test_a_link_refuses_the_rest(value):
    with pytest.raises((ValueError, TypeError)):
        normal(fields.Many2one("party"), value)


def test_links_to_many_take_collections_once_and_in_order():
    field = bound(fields.Many2many("tag"))

    assert field.normalise([3, 1, 3, Records("tag", 2)], ENV) == (3, 1, 2)
    assert field.normalise(Records("tag", 5, 4), ENV) == (5, 4)
    assert field.normalise(None, ENV) == ()
    with pytest.raises(TypeError):
        field.normalise(Records("party", 1), ENV)


def test_the_rule_of_a_link_follows_whether_it_is_required():
    assert fields.Many2one("party").ondelete == "set null"
    assert fields.Many2one("party", required=True).ondelete == "restrict"
    assert fields.Many2one("party", required=True, ondelete="cascade").ondelete == "cascade"


@pytest.mark.parametrize("value", ["party,7", ("party", 7), ["party", "7"], Records("party", 7)])
def test_a_reference_is_a_model_and_an_id(value):
    field = bound(fields.Reference([("party", "Party")]))

    assert field.normalise(value, ENV) == ("party", 7)
    assert field.to_wire(("party", 7)) == "party,7"
    assert field.from_row("party,7") == ("party", 7)


@pytest.mark.parametrize("value", ["party", "party,x", "nothing,1", "tag,1", 7, Records("party", 1, 2)])
def test_a_reference_refuses_the_rest(value):
    with pytest.raises(ValueError):
        normal(fields.Reference(["party"]), value)


# ---- places ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [(30.5, 59.75), [30.5, 59.75], {"lon": 30.5, "lat": 59.75}, {"type": "Point", "coordinates": [30.5, 59.75]}, "59.75, 30.5",
     "59.75 30.5", "59,75; 30,5", "59°45′N 30°30′E", "59°45'0\" с, 30°30'0\" в", "N 59.75, E 30.5", "30.5E, 59.75N", "POINT(30.5 59.75)"],
)  # fmt: skip
def test_a_point_is_read_in_every_usual_way(value):
    assert normal(fields.GeoPoint(), value) == (30.5, 59.75)


@pytest.mark.parametrize(
    "value", ["91, 0", (181, 0), "59", "a, b", "59°61′N 30°E", {"lon": 1}, "10N, 20N", (1, 2, 3), 5, (float("nan"), 1)]
)
def test_what_is_no_point_on_the_globe_is_a_value_error(value):
    with pytest.raises(ValueError, match=r"thing\.value"):
        normal(fields.GeoPoint(), value)


def test_southern_and_western_points_are_negative():
    assert normal(fields.GeoPoint(), "33°52′S 70°40′W") == pytest.approx((-70.6666667, -33.8666667))
    assert normal(fields.GeoPoint(), "-33.5, -70.25") == (-70.25, -33.5)


def test_a_point_travels_as_text():
    field = bound(fields.GeoPoint())

    assert field.to_wire((30.5, 59.75)) == "SRID=4326;POINT(30.5 59.75)"
    assert field.from_row("POINT(30.5 59.75)") == (30.5, 59.75)
    assert field.from_row(None) is None


RING = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"type": "Polygon", "coordinates": [RING]}, "Polygon"),
        ({"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [RING]}}, "Polygon"),
        ("POLYGON((0 0,1 0,1 1,0 0))", "Polygon"),
        ("SRID=4326;MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((0 0,1 0,1 1,0 0),(0 0,1 0,1 1,0 0)))", "MultiPolygon"),
        ({"type": "MultiPolygon", "coordinates": [[RING]]}, "MultiPolygon"),
    ],
)
def test_an_area_is_geojson(value, kind):
    field = bound(fields.GeoPolygon())
    raw = field.normalise(value, ENV)

    assert raw["type"] == kind
    assert field.normalise(field.to_wire(raw), ENV) == raw


@pytest.mark.parametrize(
    "value",
    [
        "POLYGON((0 0,1 0))",
        {"type": "Point", "coordinates": [1, 2]},
        "circle",
        5,
        {},
        {"type": "Polygon", "coordinates": [[[0, 0]]]},
    ],
)
def test_what_is_no_area_is_a_value_error(value):
    with pytest.raises(ValueError, match="GeoJSON or WKT"):
        normal(fields.GeoPolygon(), value)
