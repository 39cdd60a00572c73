"""Statements: what the other tests did not notice when it was wrong (`make mutants`)."""

from __future__ import annotations

import pytest

from app.orm import Access, Model, Rule, fields

ROLES = ("diver",)


class Reef(Model):
    """A reef; it may lie in another one."""

    _name = "reef"
    _order = "name"
    access = Access(diver="r")
    rules = [Rule("diver", [("depth", "<=", 10)])]

    name = fields.Char(search=True)
    depth = fields.Integer()
    motto = fields.Char(translate=True)
    parent_id = fields.Many2one("reef")
    fish_ids = fields.One2many("fish", "reef_id", order="size desc")
    log_ids = fields.One2many("dive.log", "about")


class Fish(Model):
    """A fish at a reef."""

    _name = "fish"
    access = Access(diver="r")

    name = fields.Char(search=True)
    size = fields.Integer(nullable=True)
    weight = fields.Float()
    born = fields.Date()
    active = fields.Boolean(default=True)
    reef_id = fields.Many2one("reef")
    food_id = fields.Many2one("fish")
    reef_name = fields.Char(related="reef_id.name")
    open_depth = fields.Integer(related="reef_id.depth", related_sudo=True)
    kept_depth = fields.Integer(related="reef_id.depth", related_sudo=False)


class Log(Model):
    """A line about a reef or a fish."""

    _name = "dive.log"
    access = Access(diver="r")

    name = fields.Char()
    about = fields.Reference(["reef", "fish"])


MODELS = [Reef, Fish, Log]


@pytest.fixture
def reefs(env):
    """A shallow one, a deep one that is hidden from divers, and one inside of the deep one."""
    shallow, deep = env["reef"].create([{"name": "b shallow", "depth": 10}, {"name": "a deep", "depth": 11}])
    inner = env["reef"].create({"name": "c inner", "depth": 5, "parent_id": deep.id})
    return shallow | deep | inner


@pytest.fixture
def fish(env, reefs):
    """One in the shallow reef, one in the deep, one in none."""
    rows = [("cod", 1, reefs[0].id), ("eel", 2, reefs[1].id), ("ray", None, None)]
    made = env["fish"].create([{"name": name, "size": size, "reef_id": reef} for name, size, reef in rows])
    env.flush()
    return made


@pytest.mark.parametrize(
    ("operator", "names"),
    [("<", "c"), ("<=", "b c"), (">", "a"), (">=", "a b"), ("=", "b"), ("!=", "a c")],
)
def test_comparisons_at_the_value_itself(env, reefs, operator, names):
    assert " ".join(each.name[0] for each in env["reef"].search([("depth", operator, 10)])) == names


def test_an_empty_list_matches_nothing_and_its_complement_everything(env, fish):
    assert env["fish"].search_count([("size", "in", [])]) == 0
    assert env["fish"].search_count(["!", ("size", "in", [])]) == 3
    assert env["fish"].search_count(["|", ("size", "in", []), ("name", "=", "cod")]) == 1


def test_hidden_records_bound_every_way_to_them(as_role, fish, reefs):
    diver = as_role("diver")
    seen = diver["fish"].with_context(lang="en")
    assert seen.search([("reef_id", "!=", None)]).ids == [fish[0].id]
    assert seen.search([("reef_id", "=", None)]).ids == fish[1:].ids
    assert seen.search([("reef_id.name", "like", "deep")]).ids == []
    assert seen.search([("kept_depth", "=", 11)]).ids == []
    assert seen.search([("open_depth", "=", 11)]).ids == [fish[1].id]
    assert seen.search([("open_depth", "=", 11), ("reef_id.depth", "=", 11)]).ids == []
    assert diver["reef"].search([]).ids == [reefs[0].id, reefs[2].id]


def test_an_order_by_a_link_tells_nothing_of_hidden_records(as_role, fish):
    found = as_role("diver")["fish"]
    assert found.search([], order="reef_id, id").ids == fish.ids
    assert found.search([], order="reef_id desc, id").ids == [fish[1].id, fish[2].id, fish[0].id]


def test_an_order_by_a_link_is_that_of_the_other_model_and_the_empty_come_last_or_first(env, fish):
    cod, eel, ray = fish.ids
    orders = {
        "reef_id": [eel, cod, ray],
        "reef_id desc": [ray, cod, eel],
        "reef_id nulls first": [ray, eel, cod],
        "reef_id desc nulls last": [cod, eel, ray],
        "size nulls first": [ray, cod, eel],
        "size desc nulls last": [eel, cod, ray],
        "size": [cod, eel, ray],
        "size desc": [ray, eel, cod],
        "reef_name": [eel, cod, ray],
    }
    assert {order: env["fish"].search([], order=order).ids for order in orders} == orders


def test_an_order_may_join_one_link_twice(env, fish):
    assert env["fish"].search([], order="reef_name desc, reef_id, id").ids[1:] == [fish[0].id, fish[1].id]


def test_members_come_in_the_order_of_the_field_without_archived_ones(env, fish, reefs):
    big, gone = env["fish"].create([{"name": "big", "size": 9, "reef_id": reefs[0].id}, {"name": "gone", "reef_id": reefs[0].id}])
    gone.active = False
    env.flush()
    rows = env["reef"].search_read([("id", "=", reefs[0].id)], ["fish_ids"])
    assert rows[0]["fish_ids"] == [big.id, fish[0].id]
    assert env["reef"].search([("fish_ids.name", "=", "gone")]).ids == []
    assert env["reef"].search([("fish_ids.name", "=", "big")]).ids == [reefs[0].id]


def test_trees_go_by_visible_records(env, as_role, reefs):
    shallow, deep, inner = reefs.ids
    assert env["reef"].search([("id", "child_of", deep)]).ids == [deep, inner]
    assert env["reef"].search([("id", "parent_of", inner)]).ids == [deep, inner]
    assert env["reef"].search(["|", ("id", "child_of", deep), ("id", "child_of", shallow)]).ids == [deep, shallow, inner]
    assert as_role("diver")["reef"].search([("id", "child_of", deep)]).ids == []


def test_a_tree_may_be_asked_for_through_a_link(env, fish, reefs):
    fish[2].reef_id = reefs[2]
    assert env["fish"].search([("reef_id", "child_of", reefs[1].id)]).ids == [fish[1].id, fish[2].id]


def test_references_are_found_from_both_ends_and_hide_what_is_hidden(env, as_role, reefs, fish):
    logs = env["dive.log"].create([{"name": str(n), "about": each} for n, each in enumerate([reefs[0], reefs[1], fish[0]])])
    env.flush()
    assert env["reef"].search([("log_ids.name", "=", "1")]).ids == [reefs[1].id]
    assert env["dive.log"].search([("about", "!=", None)]).ids == logs.ids
    diver = as_role("diver")
    assert diver["dive.log"].search([("about", "!=", None)]).ids == [logs[0].id, logs[2].id]
    assert diver["dive.log"].search([("about", "=", None)]).ids == [logs[1].id]


def test_parts_of_dates_and_texts_of_numbers(env, fish):
    fish[0].write({"born": "2026-03-04", "weight": 12.5})
    env.flush()
    assert env["fish"].search([("born.month_number", "=", 3)]).ids == [fish[0].id]
    assert env["fish"].search([("born.month_number", "in", [2, 3])]).ids == [fish[0].id]


def test_a_translated_text_shows_one_of_its_languages_when_there_is_none_of_the_readers(env, reefs):
    table = env.registry["reef"]._table.name
    env.unit.run(f"""UPDATE "{table}" SET motto = '{{"de": "eins", "fr": "un"}}' WHERE id = %(id)s""", {"id": reefs[0].id})
    env["reef"].invalidate()
    assert env["reef"].search([("motto", "in", ["eins", "un"])]).ids == [reefs[0].id]
    reefs[1].motto = "two"
    assert env["reef"].search([("motto", "=", "two")]).ids == [reefs[1].id]


def test_numbers_are_searched_as_texts(env, fish):
    assert env["fish"].search([("size", "=like", "1")]).ids == [fish[0].id]
    assert env["fish"].search([("size", "ilike", "2")]).ids == [fish[1].id]


def test_a_link_by_which_an_order_goes_round_ends(env, fish):
    fish[0].food_id, fish[1].food_id = fish[1], fish[0]
    assert set(env["fish"].search([], order="food_id desc").ids) == set(fish.ids)


def test_searched_texts_of_a_record_and_of_its_link_are_one_question(env, fish):
    words = ["|", ("name", "ilike", "EEL"), ("reef_id.name", "ilike", "Shallow")]
    assert env["fish"].search(words).ids == fish[:2].ids
    assert env["fish"].search(["|", ("name", "ilike", "eel"), ("size", "=", 1)]).ids == fish[:2].ids
