"""orm.md, section 11: fields that an administrator adds at run time behave like declared ones at once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from app.orm import Access, AccessError, Model, ValidationError, fields

ROLES = ("gardener", "head")


class Plant(Model):
    """A plant in the garden."""

    _name = "plant"
    _order = "id"
    access = Access(gardener="crud", head="crud")

    name = fields.Char(search=True)
    bed_id = fields.Many2one("bed")


class Bed(Model):
    """Where plants grow."""

    _name = "bed"
    access = Access(gardener="crud", head="crud")

    name = fields.Char()
    plant_ids = fields.One2many("plant", "bed_id")


MODELS = (Plant, Bed)


class Undone(Exception):
    """Leaves a savepoint."""


@pytest.fixture
def add(env):
    """Adds a custom field to plants: `add("x_height", "integer", required=True)`."""

    def make(name, kind, **values):
        made = env["custom.field"].create({"model": "plant", "name": name, "label": name, "type": kind, **values})
        env.flush()
        return made

    return make


EMPTY = [
    ("char", None),
    ("text", None),
    ("integer", 0),
    ("float", 0.0),
    ("boolean", False),
    ("date", None),
    ("json", None),
    ("decimal", Decimal(0)),
]


@pytest.mark.parametrize(("kind", "empty"), EMPTY)
def test_an_absent_key_is_the_types_empty_value(env, add, kind, empty):
    """An absent key is the type's empty value, in SQL and index alike."""
    plant = env["plant"].create({"name": "rose"})
    env.flush()
    add("x_new", kind)

    assert plant.x_new == empty
    assert env["plant"].search([("x_new", "=", empty)]) == plant
    assert not env["plant"].search(["!", ("x_new", "=", empty)])


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("char", "tall"),
        ("text", "a\nb"),
        ("integer", 7),
        ("float", 2.5),
        ("boolean", True),
        ("date", date(2026, 5, 1)),
        ("decimal", Decimal("1.25")),
        ("json", {"a": [1]}),
    ],
)
def test_values_are_written_read_and_found(env, add, kind, value):
    """The field works at once in every call above: read, write, search."""
    add("x_value", kind)
    one, other = env["plant"].create([{"name": "one", "x_value": value}, {"name": "other"}])
    assert one.x_value == value
    env.clear()
    assert one.x_value == value
    assert one.read(["x_value"])[0]["x_value"] == value
    if kind != "json":
        assert env["plant"].search([("x_value", "=", value)]) == one
        assert env["plant"].search([("x_value", "!=", value)]) == other
        assert (one | other).filtered_domain([("x_value", "=", value)]) == one


def test_a_name_begins_with_x(add):
    """Names begin with `x_`."""
    with pytest.raises((ValidationError, ValueError)):
        add("height", "integer")


@pytest.mark.parametrize("name", ["x_a'); DROP TABLE plant; --", "x_ b", "x_", "X_A", "x_ё"])
def test_a_name_is_a_plain_word(env, add, name):
    """security.md 26: SQL in a custom field's name."""
    with pytest.raises((ValidationError, ValueError)), env.savepoint():
        add(name, "integer")


def test_a_type_is_one_of_ours(add):
    """`type` is the field class in lower case."""
    with pytest.raises((ValidationError, ValueError)):
        add("x_value", "lambda")


def test_a_rolled_back_field_is_gone(env, add):
    """Rolled back, the field is gone."""
    with pytest.raises(Undone), env.savepoint():
        add("x_value", "integer")
        assert "x_value" in env["plant"].fields_get()
        raise Undone

    assert "x_value" not in env["plant"].fields_get()
    with pytest.raises(ValueError, match="Invalid field 'x_value' on plant"):
        env["plant"].search([("x_value", "=", 1)])


def test_writes_patch_and_never_replace(env, add):
    """Stored in `custom` by patches, never as a whole."""
    add("x_one", "integer")
    add("x_two", "char")
    plant = env["plant"].create({"x_one": 1, "x_two": "a"})
    env.clear()
    plant.x_two = "b"
    env.clear()
    assert (plant.x_one, plant.x_two) == (1, "b")
    plant.x_two = None
    env.clear()
    assert (plant.x_one, plant.x_two) == (1, None)


def test_defaults_and_required_hold(env, add):
    """The field works at once in …: defaults, required."""
    add("x_kind", "selection", choices=[["a", "A"], ["b", "B"]], default="b")
    add("x_must", "char", required=True)

    assert env["plant"].create({"x_must": "y"}).x_kind == "b"
    with pytest.raises(ValidationError) as caught, env.savepoint():
        env["plant"].create({"name": "x"})
        env.flush()
    assert caught.value.field == "x_must"
    with pytest.raises(ValueError):
        env["plant"].create({"x_must": "y", "x_kind": "huge"})


def test_it_orders_and_groups(env, add):
    """The field works at once in …: order, read_group."""
    add("x_height", "integer")
    low, high, also = env["plant"].create([{"x_height": 2}, {"x_height": 10}, {"x_height": 2}])

    assert env["plant"].search([], order="x_height desc, id").ids == [high.id, low.id, also.id]
    rows = env["plant"].read_group([], ["x_height"], ["__count", "x_height:sum"])
    assert [(row["x_height"], row["__count"], row["x_height:sum"]) for row in rows] == [(2, 2, 4), (10, 1, 10)]


def test_a_link_is_a_relation(env, add):
    """`type` is … "many2one": paths, names, hidden links."""
    add("x_other_id", "many2one", comodel="bed")
    bed = env["bed"].create({"name": "south"})
    plant = env["plant"].create({"x_other_id": bed})

    assert plant.x_other_id == bed
    assert plant.read(["x_other_id"])[0]["x_other_id"] == {"id": bed.id, "display_name": "south"}
    assert env["plant"].search([("x_other_id.name", "=", "south")]) == plant
    with pytest.raises(ValueError):
        plant.search([("x_other_id.nmae", "=", 1)])


def test_paths_of_others_reach_it(env, add):
    """The field works at once in … domains: at the end of paths."""
    add("x_height", "integer")
    bed = env["bed"].create({"name": "b"})
    env["plant"].create({"bed_id": bed, "x_height": 5})

    assert env["bed"].search([("plant_ids.x_height", ">", 4)]) == bed
    assert bed.mapped("plant_ids.x_height") == [5]


def test_rights_of_the_field_hold(env, add, as_role):
    """The field works at once in …: rights."""
    add("x_secret", "char", read="head", write="head")
    plant = env["plant"].create({"name": "rose", "x_secret": "canary"})
    env.flush()
    gardener, head = as_role("gardener"), as_role("head")

    assert "x_secret" not in gardener["plant"].fields_get()
    assert plant.with_user(head.user).x_secret == "canary"
    for attempt in (
        lambda: plant.with_user(gardener.user).x_secret,
        lambda: gardener["plant"].search([("x_secret", "=", "canary")]),
        lambda: gardener["plant"].search([], order="x_secret"),
    ):
        with pytest.raises(AccessError):
            attempt()


def test_the_raw_column_does_not_leak_a_protected_field(env, add, as_role):
    """Rights: `custom` is no way round them."""
    add("x_secret", "char", read="head", write="head")
    plant = env["plant"].create({"x_secret": "canary"})
    env.flush()

    assert "canary" not in repr(plant.with_user(as_role("gardener").user).read())


def test_it_is_copied(env, add):
    """The field works at once in …: copy."""
    add("x_height", "integer")

    assert env["plant"].create({"name": "rose", "x_height": 5}).copy().x_height == 5


def test_only_those_who_may_add_fields(env, as_role):
    """Custom fields are made by administrators."""
    gardener = as_role("gardener")

    with pytest.raises(AccessError):
        gardener["custom.field"].create({"model": "plant", "name": "x_mine", "label": "Mine", "type": "char"})
