"""orm.md, section 5: computed fields."""

from __future__ import annotations

import pytest

from app.orm import (
    Command,
    ComputeError,
)
from tests.orm.kitchen import CALLS, MODELS, ROLES

__all__ = ["MODELS", "ROLES"]


@pytest.fixture
def dish(env):
    """A soup with two ingredients, 10 + 2 × 20, margin 10."""
    lines = [Command.create({"cost": 10}), Command.create({"cost": 20, "amount": 2})]
    return env["dish"].create({"name": "Soup", "price": 5, "part_ids": lines})


@pytest.fixture(autouse=True)
def _forget_calls():
    CALLS.clear()


def test_a_stored_field_is_right_at_once_and_after_the_flush(env, dish):
    """The right value is seen before and after the flush."""
    assert dish.total == 60
    dish.part_ids[0].cost = 100
    assert dish.total == 150
    env.clear()
    assert dish.total == 150


def test_a_chain_of_stored_fields_follows(env, dish):
    """Stored: recomputed … in dependency order: computed on computed through lines."""
    assert (dish.grade, dish.title) == ("low", "Soup / None / low")
    dish.part_ids[1].amount = 50
    assert dish.grade == "high"
    env.clear()
    assert dish.title == "Soup / None / high"
    assert env["dish"].search([("grade", "=", "high")]) == dish


def test_changing_the_far_end_updates_every_dependent(env):
    """Changing `party.name` updates every stored dependent."""
    grocer = env["grocer"].create({"name": "Ann"})
    dishes = env["dish"].create([{"name": str(n), "grocer_id": grocer} for n in range(5)])
    env.clear()
    grocer.name = "Eve"

    assert len(env["dish"].search([("title", "like", "/ Eve /")])) == 5
    assert dishes[3].title == "3 / Eve / low"


def test_changing_the_link_updates(env, dish):
    """Depends on "party_id.name": the link itself counts."""
    dish.grocer_id = env["grocer"].create({"name": "Ann"})
    env.clear()

    assert dish.title == "Soup / Ann / low"


def test_deleting_a_line_recomputes(env, dish):
    """Depends on "line_ids.price": a line less."""
    dish.part_ids[1].unlink()
    assert dish.total == 20
    env.clear()
    assert dish.total == 20


def test_moving_a_line_recomputes_both_parents(env, dish):
    """Depends on "line_ids.price": moving a line changes two parents."""
    other = env["dish"].create({"name": "Stew"})
    dish.part_ids[0].dish_id = other

    assert (dish.total, other.total) == (50, 20)
    env.clear()
    assert (dish.total, other.total) == (50, 20)


def test_a_new_line_recomputes(env, dish):
    """Depends on "line_ids.price": a line more, made from its own side."""
    env["dish.part"].create({"dish_id": dish, "cost": 1000})

    assert env["dish"].search([("total", "=", 1060)]) == dish


def test_a_many2many_dependency_follows_links_and_values(env, dish):
    """Depends through a many2many."""
    chilli, salt = env["spice"].create([{"heat": 9}, {"heat": 0}])
    dish.spice_ids = chilli | salt
    assert dish.heat == 9
    chilli.heat = 7
    env.clear()
    assert dish.heat == 7
    dish.spice_ids = [Command.unlink(chilli.id)]
    assert dish.heat == 0
    env.clear()
    assert dish.heat == 0


def test_a_dependency_on_siblings_follows(env, dish):
    """Depends on "dish_id.part_ids.cost"."""
    one, two = dish.part_ids
    assert one.share == pytest.approx(1 / 3)
    two.cost = 30
    env.clear()
    assert one.share == pytest.approx(0.25)


def test_a_recursive_field_follows_down_and_up(env):
    """Recursive dependencies, both ways of a tree."""
    top = env["course"].create({"name": "a", "weight": 1})
    middle = env["course"].create({"name": "b", "parent_id": top, "weight": 2})
    leaf = env["course"].create({"name": "c", "parent_id": middle, "weight": 3})
    assert (leaf.path, top.sum_weight) == ("/a/b/c", 6)

    top.name = "x"
    leaf.weight = 10
    env.clear()
    assert (leaf.path, top.sum_weight) == ("/x/b/c", 13)
    leaf.parent_id = top
    env.clear()
    assert (leaf.path, top.sum_weight, middle.sum_weight) == ("/x/c", 13, 2)


def test_recomputation_runs_once_per_flush(env, dish):
    """Recomputed lazily, once per flush."""
    env.flush()
    parts = dish.part_ids
    CALLS.clear()
    for part in parts:
        part.cost = 77
        part.amount = 3
    assert CALLS == []
    env.flush()

    assert CALLS.count("total") == 1


def test_a_field_that_is_not_stored_is_computed_for_the_whole_set(env):
    """Not stored: computed on read, for the whole set."""
    dishes = env["dish"].create([{"price": n} for n in range(20)])
    env.clear()
    CALLS.clear()

    assert [dish.double for dish in dishes] == [2 * n for n in range(20)]
    assert CALLS.count("double") == 1


def test_a_field_that_is_not_stored_follows_its_dependencies(env, dish):
    """Not stored: computed on read."""
    assert dish.double == 10
    dish.price = 8
    assert dish.double == 16


def test_a_field_that_is_not_stored_runs_as_the_user(dish, as_role):
    """Not stored: … as the user."""
    cook = as_role("cook")

    assert dish.with_user(cook.user).who == f"{cook.uid}:False"


def test_a_stored_field_runs_as_superuser_in_a_neutral_context(env, as_role):
    """Stored: … as superuser in a neutral context (not the caller's `lang`, `tz`, `active_test`)."""
    cook = as_role("cook")
    dish = cook["dish"].with_context(active_test=False, note="mine").create({"name": "x"})

    assert dish.context_free == "True:None:None"


def test_a_method_that_leaves_a_record_unassigned_raises(env):
    """A method that leaves a record unassigned raises `ComputeError` naming method, field and id."""
    dish = env["dish"].create({"wants_break": True})
    with pytest.raises(ComputeError) as caught:
        dish.broken  # noqa: B018

    for word in ("_compute_broken", "broken", str(dish.id)):
        assert word in str(caught.value)


def test_a_write_of_the_field_runs_the_inverse(env, dish):
    """`inverse=`: create or write of the field runs the inverse and not the compute."""
    env.flush()
    CALLS.clear()
    dish.double = 40
    env.flush()

    assert dish.price == 20
    assert CALLS.count("set double") == 1


def test_a_create_with_the_field_runs_the_inverse(env):
    """`inverse=`: create."""
    dish = env["dish"].create({"double": 30})

    assert dish.price == 15
    assert "set double" in CALLS
    assert dish.double == 30


def test_a_search_method_makes_the_domain(env):
    """`search=` receives (operator, value) and returns a domain."""
    five, six = env["dish"].create([{"price": 5}, {"price": 6}])

    assert env["dish"].search([("double", "=", 10)]) == five
    assert env["dish"].search([("double", ">=", 12)]) == six
    assert env["dish"].search(["!", ("double", "=", 10)]) == six
    assert env["dish.part"].create({"dish_id": six}).search([("dish_id.double", "=", 12)])


def test_a_computed_field_without_search_is_not_searchable(env):
    """A non-stored field without `search`: `ValueError`."""
    with pytest.raises(ValueError):
        env["dish"].search([("who", "=", "x")])


def test_a_value_given_by_hand_stays_until_a_dependency_changes(env, dish):
    """`readonly=False, store=True`: a value given by hand stays until a dependency changes."""
    assert dish.suggested == 6
    dish.suggested = 99
    dish.name = "Other"
    env.clear()
    assert dish.suggested == 99
    dish.price = 7
    assert dish.suggested == 8


def test_a_value_given_at_create_wins(env):
    """A value given at create wins."""
    dish = env["dish"].create({"price": 3, "suggested": 50})
    env.clear()

    assert dish.suggested == 50
    assert env["dish"].create({"price": 3}).suggested == 4


def test_a_value_given_with_its_dependency_wins(env, dish):
    """A value given by hand in the same write as its dependency wins, as in Odoo."""
    dish.write({"price": 70, "suggested": 1})
    env.clear()

    assert dish.suggested == 1
