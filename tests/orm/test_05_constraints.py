"""orm.md, section 5: constraints, onchange, trees, names and unsaved records."""

from __future__ import annotations

import pytest

from app.orm import (
    Access,
    Command,
    DeclarationError,
    Domain,
    Model,
    Rule,
    ValidationError,
    api,
    fields,
)
from app.orm.testing import scratch_env
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


def test_a_constraint_runs_after_a_write_that_touches_it(env, dish):
    """`@api.constrains("a", "b")` runs after any write that touches them."""
    with pytest.raises(ValidationError, match="not negative") as caught, env.savepoint():
        dish.price = -1
        env.flush()

    assert caught.value.field == "price"
    assert dish.price == 5


def test_a_constraint_runs_on_create(env):
    """`@api.constrains`: also on create."""
    with pytest.raises(ValidationError), env.savepoint():
        env["dish"].create({"price": -1})
        env.flush()


def test_a_constraint_runs_after_recomputation(env, dish):
    """Also by recomputation."""
    with pytest.raises(ValidationError, match="too dear"), env.savepoint():
        dish.part_ids[0].cost = 9000
        env.flush()
    assert dish.total == 60


def test_a_check_constraint_names_message_and_field(env, dish):
    """`Constraint` violations surface as `ValidationError` with the declared message and the field names."""
    with pytest.raises(ValidationError, match="No dish costs a thousand") as caught, env.savepoint():
        dish.price = 1000
        env.flush()

    assert caught.value.fields == ("price",) or list(caught.value.fields) == ["price"]


def test_an_onchange_returns_only_what_differs(env):
    """`@api.onchange("a")` works on an unsaved record; the call returns only what differs."""
    grocer = env["grocer"].create({"name": "Ann", "discount": 4})
    before = env["dish"].search_count([])
    answer = env["dish"].onchange({"name": "x", "grocer_id": grocer.id, "margin": 10}, ["grocer_id"])
    values = answer.get("value", answer)

    assert values["margin"] == 6
    assert "name" not in values
    assert env["dish"].search_count([]) == before


def test_a_tree_refuses_cycles(env):
    """A tree (`parent_id`) refuses cycles with `ValidationError` when `_parent_store = True`."""
    top = env["course"].create({"name": "a"})
    leaf = env["course"].create({"name": "b", "parent_id": env["course"].create({"name": "m", "parent_id": top})})

    for parent in (leaf, top):
        with pytest.raises(ValidationError), env.savepoint():
            top.parent_id = parent
            env.flush()
    assert not top.parent_id


def test_a_swap_inside_one_flush_is_no_cycle(env):
    """A tree refuses cycles: only what is one at the end."""
    top = env["course"].create({"name": "a"})
    leaf = env["course"].create({"name": "b", "parent_id": top})
    leaf.parent_id = None
    top.parent_id = leaf
    env.clear()

    assert top.path == "/b/a"


def test_a_value_may_depend_on_the_context(dish):
    """`@api.depends_context("lang", "uid")`."""
    assert dish.with_context(lang="en").greeting == "Hello"
    assert dish.with_context(lang="ru").greeting == "Привет"
    assert dish.with_context(lang="en").greeting == "Hello"


def test_display_name_can_be_overridden_and_searched(env):
    """`display_name` is a field that can be overridden and searched."""
    one, two = env["coin"].create([{"value": 1, "unit": "rouble"}, {"value": 2, "unit": "euro"}])

    assert one.display_name == "1 rouble"
    assert env["coin"].search([("display_name", "=", "euro")]) == two
    assert env["dish"].search([("display_name", "=", "nothing")]) == env["dish"]


def test_display_name_is_searched_by_the_rec_name(env, dish):
    """`display_name` is a field that can be … searched."""
    assert env["dish"].search([("display_name", "=", "Soup")]) == dish
    assert env["dish.part"].search([("dish_id.display_name", "ilike", "sou")]) == dish.part_ids


def test_an_unsaved_record_computes_and_is_not_saved(env):
    """Unsaved records: `new()`."""
    grocer = env["grocer"].create({"name": "Ann"})
    before = env["dish"].search_count([])
    draft = env["dish"].new({"name": "x", "grocer_id": grocer.id, "price": 4, "part_ids": [Command.create({"cost": 7})]})

    assert not draft.id
    assert (draft.double, draft.total, draft.margin) == (8, 17, 10)
    assert draft.title == "x / Ann / low"
    draft.part_ids.cost = 8
    assert draft.total == 18
    env.flush()
    assert env["dish"].search_count([]) == before


def test_an_unsaved_record_knows_its_origin(env, dish):
    """`_origin`."""
    draft = env["dish"].new({"price": 50}, origin=dish)

    assert draft._origin == dish
    assert draft.price == 50
    assert draft.name == "Soup"
    assert dish.price == 5
    assert not env["dish"].new({})._origin
    assert dish._origin == dish


def test_callbacks_of_a_rolled_back_savepoint_do_not_run(env):
    """`env.after_commit(f)`, `env.on_rollback(f)`."""
    done = []

    def work(inner):
        inner.after_commit(lambda: done.append("commit"))
        inner.on_rollback(lambda: done.append("rollback"))
        assert done == []

    env.run(work)
    assert done == ["commit"]

    def fail(inner):
        work(inner)
        raise KeyError("x")

    done.clear()
    with pytest.raises(KeyError):
        env.run(fail)
    assert done == ["rollback"]


def guarded_path(**attributes):
    """Two models; the second stores a value along a path into the first, which has rules."""

    class Safe(Model):
        _name = "safe"
        access = Access(everyone="r")
        rules = [Rule(None, [("code", "!=", "x")])]
        code = fields.Char()

    class Key(Model):
        _name = "safe.key"
        access = Access(everyone="r")
        safe_id = fields.Many2one("safe")
        label = fields.Char(compute="_compute_label", store=True, **attributes)

        @api.depends("safe_id.code")
        def _compute_label(self):
            for key in self:
                key.label = key.safe_id.code

    return Safe, Key


def test_a_stored_path_into_a_model_with_rules_has_to_be_declared():
    """A stored path into a model with rules needs `roles=` or `expose=True` on the field, checked at start."""
    with pytest.raises(DeclarationError) as caught, scratch_env(*guarded_path()):
        pass

    for word in ("safe.key", "label", "expose"):
        assert word in str(caught.value)


@pytest.mark.parametrize("attributes", [{"expose": True}, {"roles": "cook"}])
def test_a_declared_stored_path_is_sound(attributes):
    """… needs `roles=` or `expose=True`: with either it is sound."""
    with scratch_env(*guarded_path(**attributes), roles=("cook",)) as env:
        key = env["safe.key"].create({"safe_id": env["safe"].create({"code": "7"})})
        assert key.label == "7"


def test_domain_objects_serve_as_answers_of_search_methods(env, dish):
    """`search=` … returns a domain: a Domain as well."""
    assert Domain("double", "=", 10)
    assert env["dish"].search(Domain("double", "=", 10) & Domain("name", "=", "Soup")) == dish
