"""orm.md, section 11: fields that an administrator adds at run time behave like declared ones at once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.orm import AccessError, Domain, ValidationError
from tests.orm.garden import MODELS, ROLES

__all__ = ["MODELS", "ROLES"]


class Undone(Exception):
    """Leaves a savepoint."""


@pytest.fixture
def add(env):
    """Adds a custom field to plants: `add("x_height", "integer", required=True)`."""

    def make(name, kind, **values):
        row = {"model": "plant", "name": name, "label": name.removeprefix("x_").capitalize(), "type": kind}
        return env["custom.field"].create({**row, **values})

    return make


CHOICES = [["a", "First"], ["b", "Second"]]
MOMENT = datetime(2026, 5, 1, 12, 30, 15, 123456, tzinfo=UTC)
VALUES = [
    ("char", "tall", "small"),
    ("text", "a\nb", "c"),
    ("html", "<p>a</p>", "<p>b</p>"),
    ("integer", 7, -3),
    ("float", 2.5, 0.1),
    ("decimal", Decimal("1.25"), Decimal("12345678901234567890.5")),
    ("monetary", Decimal("10.50"), Decimal("0.99")),
    ("boolean", True, True),
    ("date", date(2026, 5, 1), date(1812, 1, 31)),
    ("datetime", MOMENT, datetime(1969, 7, 20, 20, 17, tzinfo=UTC)),
    ("selection", "a", "b"),
    ("email", "rose@example.org", "lily@example.org"),
    ("phone", "+7 495 123-45-67", "112"),
    ("url", "https://example.org/", "https://example.org/b"),
    ("json", {"a": [1, None]}, [False]),
]
EMPTY = {"integer": 0, "float": 0.0, "boolean": False, "decimal": Decimal(0), "monetary": Decimal(0)}
KINDS = [kind for kind, _value, _other in VALUES]


def more(kind):
    """What a definition of this type needs besides."""
    return {"choices": CHOICES} if kind == "selection" else {}


# ---- names, types, what is refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["height", "x_a'); DROP TABLE plant; --", "x_ b", "x_", "X_A", "x_ё", 'x_a"', "x_a\nb", "x_" + "a" * 62]
)
def test_a_name_begins_with_x_and_is_a_plain_word(env, add, name):
    """Names begin with `x_`; security.md 26: SQL in a custom field's name."""
    with pytest.raises(ValidationError) as caught, env.savepoint():
        add(name, "integer", label="Height")

    assert caught.value.field == "name"


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("type", {"type": "lambda"}),
        ("type", {"type": "one2many"}),
        ("model", {"model": "planet"}),
        ("comodel", {"type": "many2one"}),
        ("comodel", {"type": "many2one", "comodel": "planet"}),
        ("choices", {"type": "selection"}),
        ("choices", {"type": "selection", "choices": [["a", "A"], ["a", "B"]]}),
        ("choices", {"type": "selection", "choices": [[1, 2]]}),
        ("default", {"type": "integer", "default": "many"}),
        ("default", {"type": "selection", "choices": CHOICES, "default": "c"}),
        ("default", {"type": "many2one", "comodel": "bed", "default": "unlink"}),
        ("default", {"type": "date", "default": "12-5-1"}),
        ("domain", {"type": "char", "domain": [["nmae", "=", 1]]}),
        ("domain", {"type": "char", "domain": "tree"}),
        ("read_roles", {"type": "char", "read": "nobody-of-that-name"}),
        ("write_roles", {"type": "char", "write": "head, nobody-of-that-name"}),
        ("unique", {"type": "text", "unique": True}),
        ("index", {"type": "json", "index": True}),
    ],
)
def test_what_can_be_no_field_is_refused_with_its_reason(env, add, field, values):
    """`type` is the field class in lower case …; every wrong definition names what is wrong in it."""
    with pytest.raises(ValidationError) as caught, env.savepoint():
        add("x_value", **{"kind": "char", **{("kind" if name == "type" else name): value for name, value in values.items()}})

    assert caught.value.field == field
    assert "x_value" not in env["plant"].fields_get()


def test_a_name_is_given_once(env, add):
    """Two fields of one name are refused, and so is one that the model has by declaration; other models may have it too."""
    add("x_height", "integer")
    env["custom.field"].create({"model": "bed", "name": "x_height", "label": "Height", "type": "char"})

    with pytest.raises(ValidationError) as caught, env.savepoint():
        add("x_height", "char")
    assert caught.value.field == "name"
    assert (env["plant"]._fields["x_height"].type, env["bed"]._fields["x_height"].type) == ("integer", "char")


def test_only_those_who_may_add_fields(as_role):
    """Custom fields are made by administrators."""
    with pytest.raises(AccessError):
        as_role("gardener")["custom.field"].create({"model": "plant", "name": "x_mine", "label": "Mine", "type": "char"})


# ---- there and gone -----------------------------------------------------------------------------------------------------


def test_a_rolled_back_field_is_gone(env, add):
    """Rolled back, the field is gone."""
    with pytest.raises(Undone), env.savepoint():
        add("x_value", "integer")
        assert "x_value" in env["plant"].fields_get()
        raise Undone

    assert "x_value" not in env["plant"].fields_get()
    with pytest.raises(ValueError, match="Invalid field 'x_value' on plant"):
        env["plant"].search([("x_value", "=", 1)])
    with pytest.raises(AttributeError):
        _ = env["plant"].new().x_value


def test_records_taken_before_know_the_field(env, add):
    """The field works at once: also on records that somebody holds already."""
    plant, other = env["plant"].create([{"name": "rose"}, {"name": "oak"}])
    add("x_height", "integer")
    plant.x_height = 3
    plant.write({"x_height": plant.x_height + 1})

    assert plant.x_height == 4
    assert plant.read(["x_height"]) == [{"id": plant.id, "x_height": 4}]
    assert (plant | other).filtered("x_height") == plant
    assert (plant | other).mapped("x_height") == [4, 0]
    assert (plant | other).sorted("x_height").ids == [other.id, plant.id]


def test_a_model_without_custom_fields_stays_what_it_is(env, add):
    """A registry with custom fields leaves other models alone."""
    before = type(env["stone"])
    add("x_height", "integer")

    assert type(env["stone"]) is before
    assert type(env["plant"]) is not before


def test_fields_that_did_not_change_stay_the_same(env, add):
    """What the unit knows of a field's values stays true when another field is defined."""
    add("x_height", "integer")
    plant = env["plant"].create({"x_height": 3})
    field = env["plant"]._fields["x_height"]
    add("x_width", "integer")

    assert env["plant"]._fields["x_height"] is field
    with env.count_queries() as queries:
        assert plant.x_height == 3
    assert queries.total == 0


def test_a_changed_definition_counts_at_once(env, add):
    """Labels, choices and rights may change."""
    definition = add("x_kind", "selection", choices=CHOICES)
    plant = env["plant"].create({"x_kind": "b"})
    definition.write({"choices": [*CHOICES, ["c", "Third"]], "label": "Sort"})
    definition.help = "What it is."

    facts = env["plant"].fields_get(["x_kind"])["x_kind"]
    assert facts["selection"][2] == ("c", "Third")
    assert (facts["string"], facts["help"]) == ("Sort", "What it is.")
    plant.x_kind = "c"
    env.clear()
    assert plant.x_kind == "c"


def test_a_renamed_field_keeps_its_values(env, add):
    """A definition may get another name."""
    definition = add("x_height", "integer")
    plant = env["plant"].create({"x_height": 5})
    definition.name = "x_size"

    assert plant.x_size == 5
    assert "x_height" not in env["plant"].fields_get()


def test_the_type_of_a_filled_field_stays(env, add):
    """What the values can't become is refused; an empty field may become anything."""
    definition = add("x_height", "char")
    plant = env["plant"].create({"x_height": "tall"})

    with pytest.raises(ValidationError) as caught, env.savepoint():
        definition.type = "integer"
    assert caught.value.field == "type"
    assert definition.filled == 1

    plant.x_height = None
    definition.type = "integer"
    assert plant.x_height == 0


def test_switched_off_a_field_keeps_its_values(env, add):
    """acceptance.md 0.7: deactivating keeps data."""
    definition = add("x_height", "integer", required=True)
    plant = env["plant"].create({"x_height": 5})
    definition.active = False

    assert "x_height" not in env["plant"].fields_get()
    env["plant"].create({})
    definition.active = True
    assert plant.x_height == 5


def test_a_deleted_field_takes_its_values_along(env, add):
    """acceptance.md 0.7: deleting says how many rows are filled; what is made anew is empty."""
    definition = add("x_height", "integer")
    plant = env["plant"].create({"x_height": 5})
    assert definition.filled == 1
    definition.unlink()

    assert "x_height" not in env["plant"].fields_get()
    add("x_height", "date")
    env.clear()
    assert plant.x_height is None
    assert plant.custom == {}


# ---- values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_an_absent_key_is_the_types_empty_value(env, add, kind):
    """An absent key is the type's empty value, in SQL and index alike."""
    plant, empty = env["plant"].create({"name": "rose"}), EMPTY.get(kind)
    add("x_new", kind, **more(kind))

    assert plant.x_new == empty
    assert plant.read(["x_new"]) == [{"id": plant.id, "x_new": empty}]
    assert env["plant"].search([("x_new", "=", empty)]) == plant
    assert not env["plant"].search(["!", ("x_new", "=", empty)])
    assert not env["plant"].search([("x_new", "!=", empty)])


@pytest.mark.parametrize(("kind", "value", "other"), VALUES)
def test_values_are_written_read_and_found(env, add, kind, value, other):
    """The field works at once in every call above: read, write, search."""
    add("x_value", kind, **more(kind))
    one, two, none = env["plant"].create([{"name": "one", "x_value": value}, {"name": "two"}, {"name": "none"}])
    two.x_value = other
    for _round in range(2):
        assert (one.x_value, two.x_value, none.x_value) == (value, other, EMPTY.get(kind))
        env.clear()
    rows = env["plant"].search_read([], ["name", "x_value"])
    assert [row["x_value"] for row in rows] == [value, other, EMPTY.get(kind)]
    if kind != "json":
        assert one.search([("x_value", "=", value)]) == (one if value != other else one | two)
    one.x_value = None
    env.clear()
    assert one.x_value == EMPTY.get(kind)
    assert one.custom == {}


CONDITIONS = [
    *(("=", 0), ("=", 1), ("!=", 0), ("!=", 1), ("in", [0]), ("not in", [0, 1]), ("=", None), ("!=", None)),
    *(("in", [0, None]), ("<", 0), ("<=", 0), (">", 1), (">=", 1), ("like", 0), ("not ilike", 1), ("ilike", 0)),
]


@pytest.mark.parametrize(("kind", "value", "other"), [row for row in VALUES if row[0] != "json"])
def test_python_and_sql_agree_on_every_condition(env, add, kind, value, other):
    """Domains: `filtered_domain` and SQL agree always, negation and the empty included."""
    add("x_value", kind, **more(kind))
    plants = env["plant"].create([{"x_value": value}, {"x_value": other}, {}])
    texts = kind not in EMPTY and kind not in ("date", "datetime")
    for operator, given in CONDITIONS:
        if ("like" in operator and not texts) or (operator[0] in "<>" and kind == "boolean"):
            continue
        pick = {0: value, 1: other, None: None}
        wanted = [pick[each] for each in given] if isinstance(given, list) else pick[given]
        for domain in (Domain("x_value", operator, wanted), ~Domain("x_value", operator, wanted)):
            found = env["plant"].search(domain)
            assert found == plants.filtered_domain(domain), domain
            assert env["plant"].search(~domain) == plants - found


def test_days_and_words_of_dates(env, add):
    """Domains: "today", parts of dates, days of moments in the user's zone."""
    add("x_day", "date")
    add("x_moment", "datetime")
    plant = env["plant"].create({"x_day": env.now.date(), "x_moment": datetime(2026, 6, 1, 22, 30, tzinfo=UTC)})
    plants = env["plant"].with_context(tz="Europe/Brussels")

    assert env["plant"].search([("x_day", "=", "today")]) == plant
    assert env["plant"].search([("x_day.year_number", "=", env.now.year)]) == plant
    assert plants.search([("x_moment", "=", "2026-06-02")]) == plant
    assert plants.read_group([], ["x_moment:day"])[0]["x_moment:day"]["from"] == "2026-06-02T00:00:00+02:00"


def test_writes_patch_and_never_replace(env, add):
    """Stored in `custom` by patches, never as a whole."""
    for name, kind in (("x_one", "integer"), ("x_two", "char"), ("x_three", "date")):
        add(name, kind)
    plant, other = env["plant"].create([{"x_one": 1, "x_two": "a"}, {"x_three": date(2026, 1, 2)}])
    env.clear()
    plant.x_two = "b"
    other.write({"x_one": 5, "name": "oak"})
    env.clear()
    assert plant.custom == {"x_one": 1, "x_two": "b"}
    assert other.custom == {"x_one": 5, "x_three": "2026-01-02"}
    (plant | other).write({"x_one": 0, "custom": {"x_two": "whole"}})
    env.clear()
    assert (plant.custom, other.custom) == ({"x_two": "b"}, {"x_three": "2026-01-02"})


def test_one_statement_reads_and_one_writes(env, add):
    """50 records: the first plain field costs one statement, every further one none, whether declared or custom."""
    for number in range(20):
        add(f"x_{number}", "integer")
    plants = env["plant"].create([{"name": str(number), "x_0": number} for number in range(50)])
    env.clear()
    with env.count_queries() as queries:
        assert [plant.x_0 for plant in plants] == list(range(50))
        assert all(plant.x_7 == 0 and plant.name for plant in plants)
    assert queries.total == 1
    with env.count_queries() as queries:
        for plant in plants:
            plant.write({"x_1": plant.id, "x_2": 1, "kind": "tree"})
        env.flush()
    assert queries.total == 1
    with env.count_queries() as queries:
        rows = env["plant"].search_read([("x_1", ">", 0)], ["kind", *(f"x_{number}" for number in range(20))])
    assert queries.total == 1
    assert [row["x_1"] for row in rows] == plants.ids
    assert rows[3] == {"id": plants[3].id, "kind": "tree", "x_0": 3, "x_1": plants[3].id, "x_2": 1} | dict.fromkeys(
        (f"x_{number}" for number in range(3, 20)), 0
    )


def test_five_hundred_on_one_model(env, add):
    """acceptance.md 0.7: 500 on one entity still save, list and search."""
    names = [f"x_field_{number}" for number in range(500)]
    env["custom.field"].create(
        [
            {"model": "plant", "name": name, "label": name, "type": "integer" if index % 2 else "char"}
            for index, name in enumerate(names)
        ]
    )
    values = {name: index if index % 2 else f"text {index}" for index, name in enumerate(names)}
    plant = env["plant"].create({"name": "rose", **values})
    env.clear()

    assert plant.read(names) == [{"id": plant.id, **values}]
    assert {name: plant[name] for name in names} == values
    assert env["plant"].search([("x_field_499", "=", 499), ("x_field_0", "ilike", "TEXT")]) == plant
