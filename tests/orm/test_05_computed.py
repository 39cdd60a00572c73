"""orm.md, section 5: computed fields, inverses, constraints, onchange, trees and unsaved records."""

from __future__ import annotations

import pytest

from app.orm import (
    Access,
    Command,
    ComputeError,
    Constraint,
    DeclarationError,
    Domain,
    Model,
    Rule,
    ValidationError,
    _,
    api,
    fields,
)
from app.orm.testing import scratch_env

ROLES = ("cook", "chef")
CALLS: list[str] = []
"""Which compute methods ran, for the tests that count them."""


class Grocer(Model):
    """Who sells ingredients."""

    _name = "grocer"
    access = Access(cook="r", chef="crud")

    name = fields.Char()
    discount = fields.Integer()


class Dish(Model):
    """A dish with ingredients; everything about it is computed."""

    _name = "dish"
    _order = "id"
    access = Access(cook="crud", chef="crud")
    _price_range = Constraint("CHECK (price < 1000)", _("No dish costs a thousand."))

    name = fields.Char()
    grocer_id = fields.Many2one("grocer")
    price = fields.Integer()
    margin = fields.Integer(default=10)
    part_ids = fields.One2many("dish.part", "dish_id")
    spice_ids = fields.Many2many("spice")
    total = fields.Integer(compute="_compute_total", store=True)
    grade = fields.Selection([("low", "Low"), ("high", "High")], compute="_compute_grade", store=True)
    title = fields.Char(compute="_compute_title", store=True)
    heat = fields.Integer(compute="_compute_heat", store=True)
    who = fields.Char(compute="_compute_who")
    context_free = fields.Char(compute="_compute_context_free", store=True)
    double = fields.Integer(compute="_compute_double", inverse="_set_double", search="_search_double")
    suggested = fields.Integer(compute="_compute_suggested", store=True, readonly=False)
    greeting = fields.Char(compute="_compute_greeting")
    broken = fields.Integer(compute="_compute_broken")
    wants_break = fields.Boolean()

    @api.depends("part_ids.cost", "part_ids.amount", "margin")
    def _compute_total(self):
        CALLS.append("total")
        for dish in self:
            dish.total = sum(part.cost * part.amount for part in dish.part_ids) + dish.margin

    @api.depends("total")
    def _compute_grade(self):
        for dish in self:
            dish.grade = "high" if dish.total > 100 else "low"

    @api.depends("name", "grocer_id.name", "grade")
    def _compute_title(self):
        for dish in self:
            dish.title = f"{dish.name} / {dish.grocer_id.name} / {dish.grade}"

    @api.depends("spice_ids.heat")
    def _compute_heat(self):
        for dish in self:
            dish.heat = max(dish.spice_ids.mapped("heat"), default=0)

    def _compute_who(self):
        for dish in self:
            dish.who = f"{dish.env.uid}:{dish.env.su}"

    @api.depends("name")
    def _compute_context_free(self):
        for dish in self:
            context = dish.env.context
            dish.context_free = f"{dish.env.su}:{context.get('active_test')}:{context.get('note')}"

    @api.depends("price")
    def _compute_double(self):
        CALLS.append("double")
        for dish in self:
            dish.double = dish.price * 2

    def _set_double(self):
        CALLS.append("set double")
        for dish in self:
            dish.price = dish.double // 2

    def _search_double(self, operator, value):
        if operator in {"in", "not in"}:
            return [("price", operator, [one // 2 for one in value])]
        return [("price", operator, value // 2)]

    @api.depends("price")
    def _compute_suggested(self):
        for dish in self:
            dish.suggested = dish.price + 1

    @api.depends_context("lang")
    def _compute_greeting(self):
        for dish in self:
            dish.greeting = {"ru": "Привет", "en": "Hello"}[dish.env.lang]

    @api.depends("wants_break")
    def _compute_broken(self):
        for dish in self:
            if not dish.wants_break:
                dish.broken = 1

    @api.constrains("price", "margin")
    def _check_price(self):
        for dish in self:
            if dish.price < 0:
                raise ValidationError(_("A price is not negative."), field="price")

    @api.constrains("total")
    def _check_total(self):
        for dish in self:
            if dish.total > 5000:
                raise ValidationError(_("That is too dear."), field="total")

    @api.onchange("grocer_id")
    def _onchange_grocer(self):
        self.margin = 10 - self.grocer_id.discount


class Part(Model):
    """An ingredient in a dish."""

    _name = "dish.part"
    _order = "id"
    access = Access(cook="crud", chef="crud")

    name = fields.Char()
    dish_id = fields.Many2one("dish", ondelete="cascade")
    cost = fields.Integer()
    amount = fields.Integer(default=1)
    share = fields.Float(compute="_compute_share", store=True)

    @api.depends("cost", "dish_id.part_ids.cost")
    def _compute_share(self):
        for part in self:
            whole = sum(part.dish_id.part_ids.mapped("cost"))
            part.share = part.cost / whole if whole else 0


class Spice(Model):
    """Makes a dish hot."""

    _name = "spice"
    access = Access(cook="r", chef="crud")

    name = fields.Char()
    heat = fields.Integer()


class Course(Model):
    """A tree of courses that refuses cycles."""

    _name = "course"
    _parent_store = True
    _order = "id"
    access = Access(cook="crud", chef="crud")

    name = fields.Char()
    parent_id = fields.Many2one("course")
    child_ids = fields.One2many("course", "parent_id")
    weight = fields.Integer()
    path = fields.Char(compute="_compute_path", store=True, recursive=True)
    sum_weight = fields.Integer(compute="_compute_sum_weight", store=True, recursive=True)

    @api.depends("name", "parent_id.path")
    def _compute_path(self):
        for course in self:
            course.path = f"{course.parent_id.path or ''}/{course.name}"

    @api.depends("weight", "child_ids.sum_weight")
    def _compute_sum_weight(self):
        for course in self:
            course.sum_weight = course.weight + sum(course.child_ids.mapped("sum_weight"))


class Coin(Model):
    """Has a name of its own making."""

    _name = "coin"
    access = Access(cook="r")

    value = fields.Integer()
    unit = fields.Char()
    display_name = fields.Char(compute="_compute_display_name", search="_search_display_name")

    @api.depends("value", "unit")
    def _compute_display_name(self):
        for coin in self:
            coin.display_name = f"{coin.value} {coin.unit}"

    def _search_display_name(self, operator, value):
        return [("unit", operator, value)]


MODELS = (Grocer, Dish, Part, Spice, Course, Coin)


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
    with pytest.raises(ValidationError, match="No dish costs a thousand.") as caught, env.savepoint():
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
