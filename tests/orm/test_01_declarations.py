"""orm.md, section 1: what a declaration gives, and how merged declarations behave."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.orm import (
    AbstractModel,
    Access,
    AccessError,
    Constraint,
    Index,
    Model,
    Rule,
    TransientModel,
    ValidationError,
    _,
    api,
    fields,
)

ROLES = ("grower", "picker")


class Labelled(AbstractModel):
    """Whatever has a label."""

    _name = "labelled"

    label = fields.Char(size=20)
    label_length = fields.Integer(compute="_compute_label_length")

    @api.depends("label")
    def _compute_label_length(self):
        for record in self:
            record.label_length = len(record.label or "")

    def greet(self):
        return "labelled"


class Countable(AbstractModel):
    """Names fields that its heirs bring."""

    _name = "countable"
    _order = "pieces desc"

    doubled = fields.Integer(compute="_compute_doubled")

    @api.depends("pieces")
    def _compute_doubled(self):
        for record in self:
            record.doubled = record.pieces * 2

    def greet(self):
        return "countable+" + super().greet()


class Tree(Model):
    """A tree of the orchard. It bears fruit."""

    _name = "orchard.tree"
    _inherit = ["countable", "labelled"]
    _rec_name = "label"
    access = Access(grower="crud", everyone="r")
    rules = [Rule("grower", [("pieces", "<", 100)], "u")]
    _code_once = Constraint("UNIQUE (code)", _("This code is taken."))
    _height_range = Constraint("CHECK (height >= 0)", _("A height is not negative."))
    _by_label = Index("(lower(label))", unique=True, where="active")

    code = fields.Char()
    height = fields.Float()
    pieces = fields.Integer()
    active = fields.Boolean(default=True)

    def greet(self):
        return "tree+" + super().greet()

    def rename(self, label):
        self.label = label
        return ["tree"]


class TallerTree(Model):
    """Extends the tree in place."""

    _inherit = "orchard.tree"

    height = fields.Float(string=_("Height, m"), help="From the ground")
    pieces = fields.Integer(default=3)
    planted = fields.Date()

    def greet(self):
        return "taller+" + super().greet()


class RenamingTree(Model):
    """Extends it once more."""

    _inherit = "orchard.tree"

    def rename(self, label):
        return [*super().rename(label + "!"), "renaming"]


class Bush(Model):
    """A copy of the tree under its own name."""

    _name = "orchard.bush"
    _inherit = "orchard.tree"
    access = Access(picker="r")

    thorns = fields.Integer()

    def greet(self):
        return "bush+" + super().greet()


class Plot(Model):
    """Where trees stand"""

    _name = "plot"
    _order = "size desc, name"
    access = Access()

    name = fields.Char()
    size = fields.Integer()


class Deed(Model):
    """A paper about a plot."""

    _name = "deed"
    _inherits = {"plot": "plot_id"}
    _description = "Title deed"
    access = Access(everyone="r")

    plot_id = fields.Many2one("plot", required=True, ondelete="restrict")
    number = fields.Char()


class Wizard(TransientModel):
    """Asks what to plant."""

    _name = "plant.wizard"
    access = Access(everyone="crud")

    count = fields.Integer()


class Unlisted(Model):
    """Has no access entry at all."""

    _name = "unlisted"

    name = fields.Char()


MODELS = (Labelled, Countable, Tree, TallerTree, RenamingTree, Bush, Plot, Deed, Wizard, Unlisted)


def test_a_model_brings_its_base_fields(env):
    """`Model`: table, `id`, `create_uid`, `create_date`, `write_uid`, `write_date`, `revision`, `custom`."""
    tree = env["orchard.tree"].create({"label": "Oak"})
    env.flush()

    assert tree.id > 0
    assert tree.create_uid == tree.write_uid == env.user
    assert tree.create_date == tree.write_date == env.now
    assert abs((tree.create_date - datetime.now(UTC)).total_seconds()) < 600
    assert isinstance(tree.revision, int)
    assert {"id", "create_uid", "create_date", "write_uid", "write_date"} <= set(tree.fields_get())


def test_base_fields_name_who_created_and_who_wrote(env, as_role):
    """`create_uid`, `write_uid`."""
    ann, bob = as_role("grower", login="ann"), as_role("grower", login="bob")
    tree = ann["orchard.tree"].create({"label": "Oak"})
    tree.with_user(bob.user).height = 4
    env.flush()

    assert tree.create_uid.id == ann.user.id
    assert tree.write_uid.id == bob.user.id


def test_active_is_there_only_where_declared(env):
    """`active` where declared."""
    assert "active" in env["orchard.tree"].fields_get()
    assert "active" not in env["plot"].fields_get()


def test_an_abstract_model_gives_its_fields_and_methods_to_its_heirs(env):
    """`AbstractModel`: no table, to be inherited."""
    tree = env["orchard.tree"].create({"label": "Oak"})

    assert tree.label_length == 3


def test_an_abstract_model_holds_no_rows(env):
    """`AbstractModel`: no table."""
    with pytest.raises((TypeError, ValueError, AttributeError)):
        env["labelled"].create({"label": "x"})
        env.flush()


def test_an_abstract_model_may_name_fields_that_its_heirs_bring(env):
    """Wrong declarations … of concrete models; an abstract one may name fields that its heirs bring."""
    small, big = env["orchard.tree"].create([{"pieces": 1}, {"pieces": 9}])

    assert small.doubled == 2
    assert env["orchard.tree"].search([]).ids == [big.id, small.id]


def test_a_transient_model_is_a_model_with_rows(env, as_role):
    """`TransientModel`: rows."""
    wizard = as_role("picker")["plant.wizard"].create({"count": 2})

    assert wizard.search([("count", "=", 2)]) == wizard


def test_extending_in_place_adds_to_the_same_model(env):
    """`_inherit` without `_name` extends in place."""
    tree = env["orchard.tree"].create({"planted": "2026-05-01"})

    assert tree.planted.year == 2026
    assert tree._name == "orchard.tree"


def test_a_redeclared_field_merges_its_attributes_over_the_former_ones(env):
    """A redeclared field merges its attributes over the former ones."""
    described = env["orchard.tree"].fields_get(["label", "height", "pieces"])

    assert str(described["height"]["string"]) == "Height, m"
    assert str(described["height"]["help"]) == "From the ground"
    assert env["orchard.tree"].create({}).pieces == 3


def test_methods_call_super_along_the_merged_order(env):
    """Methods call `super()` along the merged MRO."""
    assert env["orchard.tree"].greet() == "taller+tree+countable+labelled"


def test_an_extension_of_an_extension_sees_both(env):
    """Methods call `super()` along the merged MRO: the last declared comes first."""
    tree = env["orchard.tree"].create({"label": "Oak"})

    assert tree.rename("Elm") == ["tree", "renaming"]
    assert tree.label == "Elm!"


def test_inherit_with_a_name_copies(env):
    """`_inherit` with `_name` copies."""
    bush = env["orchard.bush"].create({"label": "Rose", "thorns": 7, "height": 1.5})
    env.flush()

    assert env["orchard.tree"].search_count([]) == 0
    assert bush.planted is None
    assert bush.greet() == "bush+taller+tree+countable+labelled"
    assert "thorns" not in env["orchard.tree"].fields_get()


def test_a_copy_has_constraints_of_its_own(env):
    """`_inherit` with `_name` copies: constraints too, for the new table."""
    env["orchard.tree"].create({"code": "a"})
    env["orchard.bush"].create({"code": "a"})
    env.flush()

    with pytest.raises(ValidationError), env.savepoint():
        env["orchard.bush"].create({"code": "a"})
        env.flush()


def test_inherits_names_the_parent_by_its_field(env):
    """`_inherits = {"party": "party_id"}`."""
    deed = env["deed"].create({"number": "7", "name": "South", "size": 4})

    assert deed.plot_id.name == "South"
    assert deed.size == 4


def test_order_is_the_models(env):
    """`_order`."""
    env["plot"].create([{"name": "b", "size": 1}, {"name": "c", "size": 5}, {"name": "a", "size": 1}])

    assert env["plot"].search([]).mapped("name") == ["c", "a", "b"]


def test_rec_name_defaults_to_name(env):
    """`_rec_name` (default `name`)."""
    assert env["plot"].create({"name": "South"}).display_name == "South"
    assert env["orchard.tree"].create({"label": "Oak"}).display_name == "Oak"


def test_description_defaults_to_the_docstrings_first_sentence(env):
    """`_description` (default: the class docstring's first sentence)."""
    assert str(env["orchard.tree"]._description).rstrip(".") == "A tree of the orchard"
    assert str(env["plot"]._description).rstrip(".") == "Where trees stand"
    assert str(env["deed"]._description) == "Title deed"


def test_letters_of_access_are_granted_to_roles_and_everyone(env, as_role):
    """`access = Access(role="crud…", everyone="r")`."""
    grower, picker = as_role("grower"), as_role("picker")

    assert all(grower["orchard.tree"].has_access(name) for name in ("create", "read", "write", "unlink"))
    assert not grower["orchard.tree"].has_access("export")
    assert picker["orchard.tree"].has_access("read")
    assert not picker["orchard.tree"].has_access("write")


def test_no_entry_is_denied(as_role):
    """No entry: denied."""
    picker = as_role("picker")

    for model in ("plot", "unlisted"):
        with pytest.raises(AccessError):
            picker[model].search([])


def test_a_rule_may_be_limited_to_letters(env, as_role):
    """`rules = [Rule(role | None, domain, "crud" subset)]`."""
    tree = env["orchard.tree"].create({"label": "Oak", "pieces": 500})
    mine = tree.with_user(as_role("grower").user)

    assert mine.label == "Oak"
    with pytest.raises(AccessError), env.savepoint():
        mine.label = "Elm"
        mine.env.flush()


def test_a_check_constraint_speaks_its_message(env):
    """`Constraint("CHECK (…)", message)`."""
    with pytest.raises(ValidationError) as caught, env.savepoint():
        env["orchard.tree"].create({"height": -1})
        env.flush()

    assert "A height is not negative." in str(caught.value)
    assert "height" in caught.value.fields


def test_a_unique_constraint_speaks_its_message(env):
    """`Constraint("UNIQUE (code)", message)`."""
    env["orchard.tree"].create({"code": "a"})
    with pytest.raises(ValidationError) as caught, env.savepoint():
        env["orchard.tree"].create({"code": "a"})
        env.flush()

    assert "This code is taken." in str(caught.value)
    assert caught.value.field == "code"


def test_a_unique_index_with_a_condition_counts_active_rows_only(env):
    """`Index("(a, lower(b))", unique=…, where=…)` as attributes."""
    env["orchard.tree"].create({"label": "Oak", "active": False})
    env["orchard.tree"].create({"label": "OAK"})
    env.flush()

    with pytest.raises(ValidationError), env.savepoint():
        env["orchard.tree"].create({"label": "oak"})
        env.flush()
