"""orm.md, section 11: custom fields in every call of the sections before: defaults, order, groups, rights, copy, import."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.orm import AccessError, UserError, ValidationError
from tests.orm.garden import MODELS, ROLES

__all__ = ["MODELS", "ROLES"]

CHOICES = [["a", "First"], ["b", "Second"]]
MOMENT = datetime(2026, 5, 1, 12, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture
def add(env):
    """Adds a custom field to plants: `add("x_height", "integer", required=True)`."""

    def make(name, kind, **values):
        row = {"model": "plant", "name": name, "label": name.removeprefix("x_").capitalize(), "type": kind}
        return env["custom.field"].create({**row, **values})

    return make


def test_defaults_and_required_hold(env, add):
    """The field works at once in …: defaults, required."""
    add("x_kind", "selection", choices=CHOICES, default="b")
    add("x_must", "char", required=True)

    assert env["plant"].create({"x_must": "y"}).x_kind == "b"
    assert env["plant"].default_get(["x_kind"]) == {"x_kind": "b"}
    assert env["plant"].with_context(default_x_kind="a").create({"x_must": "y"}).x_kind == "a"
    assert env["plant"].new().x_kind == "b"
    for refused in ({"name": "x"}, {"x_must": " "}):
        with pytest.raises(ValidationError) as caught, env.savepoint():
            env["plant"].create([{"x_must": "y"}, refused])
        assert (caught.value.field, caught.value.index) == ("x_must", 1)
    plant = env["plant"].create({"x_must": "y"})
    with pytest.raises(ValidationError) as caught, env.savepoint():
        plant.x_must = None
    assert caught.value.field == "x_must"
    with pytest.raises(ValueError):
        env["plant"].create({"x_must": "y", "x_kind": "huge"})


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        ("integer", 5, 5),
        ("float", 2.5, 2.5),
        ("decimal", Decimal("1.10"), Decimal("1.10")),
        ("boolean", True, True),
        ("boolean", False, False),
        ("date", date(2026, 5, 1), date(2026, 5, 1)),
        ("datetime", MOMENT, MOMENT),
        ("json", {"a": 1}, {"a": 1}),
        ("char", "unlink", "unlink"),
    ],
)
def test_a_default_is_of_the_fields_type(env, add, kind, given, value):
    """Defaults of any type; a text is a text, even when a method is called so."""
    add("x_value", kind, default=given)

    assert env["plant"].create({}).x_value == value


def test_a_field_of_one_kind_of_records(env, add):
    """acceptance.md 0.7: for all records or one kind of them: elsewhere nobody must fill it in."""
    add("x_rings", "integer", domain=[["kind", "=", "tree"]])
    add("x_wood", "char", required=True, domain=[["kind", "=", "tree"]])
    herb = env["plant"].create({"kind": "herb"})
    herb.x_wood = None

    with pytest.raises(ValidationError) as caught, env.savepoint():
        env["plant"].create([{"kind": "herb"}, {"kind": "tree"}])
    assert (caught.value.field, caught.value.index) == ("x_wood", 1)
    tree = env["plant"].create({"kind": "tree", "x_wood": "soft"})
    with pytest.raises(ValidationError), env.savepoint():
        tree.x_wood = None


def test_it_orders_and_groups(env, add):
    """The field works at once in …: order, read_group."""
    add("x_height", "integer")
    add("x_day", "date")
    low, high, also = env["plant"].create([{"x_height": 2, "x_day": "2026-01-31"}, {"x_height": 10}, {"x_height": 2}])

    assert env["plant"].search([], order="x_height desc, id").ids == [high.id, low.id, also.id]
    assert env["plant"].search([], order="x_day nulls first, id desc").ids == [also.id, high.id, low.id]
    rows = env["plant"].read_group([], ["x_height"], ["__count", "x_height:sum"])
    assert [(row["x_height"], row["__count"], row["x_height:sum"]) for row in rows] == [(2, 2, 4), (10, 1, 10)]
    assert env["plant"].search(rows[0]["__domain"]) == low | also
    rows = env["plant"].read_group([], ["x_day:month"], ["x_height:max"])
    assert [(row["x_day:month"] and row["x_day:month"]["from"], row["x_height:max"]) for row in rows] == [
        ("2026-01-01", 2),
        (None, 10),
    ]


def test_paths_of_others_reach_it(env, add):
    """The field works at once in … domains: at the end of paths."""
    add("x_height", "integer")
    bed, empty = env["bed"].create([{"name": "b"}, {"name": "empty"}])
    env["plant"].create({"bed_id": bed, "x_height": 5})

    assert env["bed"].search([("plant_ids.x_height", ">", 4)]) == bed
    assert env["bed"].search(["!", ("plant_ids.x_height", ">", 4)]) == empty
    assert bed.mapped("plant_ids.x_height") == [5]


def test_a_link_is_a_relation(env, add):
    """`type` is … "many2one": paths, names, order, groups."""
    add("x_other_id", "many2one", comodel="bed")
    south, north = env["bed"].create([{"name": "south"}, {"name": "north"}])
    plant, other, none = env["plant"].create([{"x_other_id": south}, {"x_other_id": north.id}, {}])
    env.clear()

    assert (plant.x_other_id, none.x_other_id) == (south, env["bed"])
    assert plant.read(["x_other_id"])[0]["x_other_id"] == {"id": south.id, "display_name": "south"}
    assert env["plant"].search([("x_other_id.name", "=", "south")]) == plant
    assert env["plant"].search([("x_other_id", "!=", south)]) == other | none
    assert env["plant"].search([("x_other_id", "=", None)]) == none
    assert env["plant"].search([], order="x_other_id desc, id").ids == [none.id, other.id, plant.id]
    rows = env["plant"].read_group([], ["x_other_id"])
    assert [row["x_other_id"] and row["x_other_id"]["display_name"] for row in rows] == ["south", "north", None]
    with pytest.raises(ValueError):
        plant.search([("x_other_id.nmae", "=", 1)])


def test_a_link_is_looked_after_when_its_end_is_deleted(env, add):
    """`unlink`: a link becomes empty, a required one stands in the way; `registry.references` lists custom links."""
    add("x_other_id", "many2one", comodel="bed")
    south, north = env["bed"].create([{"name": "south"}, {"name": "north"}])
    plant = env["plant"].create({"x_other_id": south})
    assert "x_other_id" in {field.name for field in env.registry.references("bed")}
    south.unlink()
    env.clear()
    assert (plant.x_other_id, plant.custom) == (env["bed"], {})

    add("x_home_id", "many2one", comodel="bed", required=True)
    env["plant"].create({"x_home_id": north})
    with pytest.raises(UserError), env.savepoint():
        north.unlink()


def test_a_hidden_link_is_empty(env, add, as_role):
    """A many2one to a hidden record *is empty* for this user, and can't be set by him."""
    add("x_other_id", "many2one", comodel="bed")
    hidden = env["bed"].create({"name": "canary", "keeper_id": env.new_user("somebody").id})
    plant = env["plant"].create({"x_other_id": hidden})
    gardener = as_role("gardener")
    mine = gardener["plant"].browse(plant.id)

    assert not mine.x_other_id
    assert mine.is_hidden("x_other_id")
    assert mine.read(["x_other_id"])[0]["x_other_id"] is None
    assert gardener["plant"].search([("x_other_id", "=", None)]) == mine
    assert not gardener["plant"].search([("x_other_id", "=", hidden.id)])
    with pytest.raises((ValidationError, AccessError)), env.savepoint():
        mine.write({"x_other_id": hidden.id})


def test_rights_of_the_field_hold(env, add, as_role):
    """The field works at once in …: rights."""
    add("x_secret", "char", read="head", write="head")
    add("x_shown", "char", write=["head"])
    plant = env["plant"].create({"name": "rose", "x_secret": "canary", "x_shown": "yes"})
    gardener, head = as_role("gardener"), as_role("head")
    mine = plant.with_user(gardener.user)

    assert "x_secret" not in gardener["plant"].fields_get()
    assert plant.with_user(head.user).x_secret == "canary"
    assert mine.x_shown == "yes"
    assert "canary" not in repr(mine.read())
    for attempt in (
        lambda: mine.x_secret,
        lambda: mine.read(["x_secret"]),
        lambda: mine.write({"x_secret": "x"}),
        lambda: mine.write({"x_shown": "x"}),
        lambda: gardener["plant"].create({"x_secret": "x"}),
        lambda: gardener["plant"].search([("x_secret", "=", "canary")]),
        lambda: gardener["plant"].search([], order="x_secret"),
        lambda: gardener["plant"].read_group([], ["x_secret"]),
        lambda: gardener["bed"].search([("plant_ids.x_secret", "=", "canary")]),
        lambda: mine.custom,
        lambda: mine.read(["custom"]),
        lambda: gardener["plant"].search([("custom", "like", "canary")]),
    ):
        with pytest.raises(AccessError), env.savepoint():
            attempt()


def test_a_copy_has_it(env, add):
    """The field works at once in …: copy."""
    add("x_height", "integer")
    add("x_bed_id", "many2one", comodel="bed")
    bed = env["bed"].create({"name": "b"})
    copy = env["plant"].create({"name": "rose", "x_height": 5, "x_bed_id": bed}).copy({"name": "other"})

    assert (copy.x_height, copy.x_bed_id, copy.name) == (5, bed, "other")


def test_forms_see_it(env, add):
    """The field works at once in …: unsaved records and onchange."""
    add("x_height", "integer", default=3)
    plant = env["plant"].create({"x_height": 5})

    assert env["plant"].new({"name": "a"}, origin=plant).x_height == 5
    assert env["plant"].new({"x_height": "7"}).x_height == 7
    assert "x_height" not in plant.onchange({"x_height": 6}, "x_height")


def test_it_is_imported(env, add):
    """The field works at once in …: import by `load`, with the error of each row."""
    add("x_height", "integer")
    add("x_bed_id", "many2one", comodel="bed")
    env["bed"].create({"name": "south"})
    done = env["plant"].load(["name", "x_height", "x_bed_id"], [["rose", "5", "south"], ["oak", "", ""]])

    rose, oak = env["plant"].browse(done["ids"])
    assert (rose.x_height, rose.x_bed_id.name, oak.x_height) == (5, "south", 0)
    failed = env["plant"].load(["name", "x_height"], [["a", "1"], ["b", "tall"]])
    assert [(each["record"], each["field"]) for each in failed["messages"]] == [(1, "x_height")]


def test_a_child_by_delegation_has_it_too(env, add):
    """`_inherits`: the parent's fields read and write through, custom ones like others."""
    add("x_height", "integer", default=2)
    sign = env["sign"].create({"name": "rose", "x_height": 5})
    assert (sign.x_height, sign.plant_id.x_height) == (5, 5)
    sign.x_height = 6
    env.clear()
    assert sign.plant_id.x_height == 6
    assert env["sign"].search([("x_height", "=", 6)]) == sign
    assert env["sign"].create({"name": "oak"}).x_height == 2
