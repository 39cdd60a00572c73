"""Sending: what the other tests did not notice when it was wrong (`make mutants`)."""

from __future__ import annotations

import pytest

from app.orm import Access, MissingError, Model, Rule, ValidationError, api, fields

ROLES = ("packer",)


class Sack(Model):
    """A sack with grains in it."""

    _name = "sack"
    access = Access(packer="crud")
    rules = [Rule("packer", [("mark_ids.name", "=", "open")])]

    name = fields.Char()
    weight = fields.Float()
    mark_ids = fields.Many2many("sack.mark")
    grain_ids = fields.One2many("sack.grain", "sack_id")


class Mark(Model):
    """A mark on a sack."""

    _name = "sack.mark"
    access = Access(packer="crud")

    name = fields.Char()


class Grain(Model):
    """A grain belongs to its sack."""

    _name = "sack.grain"
    access = Access(packer="crud")

    sack_id = fields.Many2one("sack", ondelete="cascade", required=True)
    size = fields.Integer()


class Restless(Model):
    """Grows whenever its count was checked."""

    _name = "restless"
    access = Access(packer="crud")

    seed = fields.Integer()
    count = fields.Integer(compute="_compute_count", store=True)

    @api.depends("seed")
    def _compute_count(self):
        for each in self:
            each.count = each.seed

    @api.constrains("count")
    def _check_count(self):
        for each in self:
            each.seed = each.count + 1


MODELS = [Sack, Mark, Grain, Restless]


@pytest.fixture
def sacks(env):
    """Two sacks that the database has."""
    made = env["sack"].create([{"name": "a"}, {"name": "b"}])
    env.flush()
    made.invalidate()
    return made


def in_database(env, name, ids):
    """The column of these rows, past the store."""
    table = env.registry["sack"]._table.name
    found = dict(env.unit.rows(f'SELECT id, "{name}" FROM "{table}" WHERE id = ANY(%(ids)s)', {"ids": list(ids)}))
    return [found[each] for each in ids]


def test_the_revision_that_was_read_is_that_of_the_row(env, sacks):
    before = sacks.mapped("revision")
    sacks[0].name = "x"
    env.flush()
    assert sacks.mapped("revision") == in_database(env, "revision", sacks.ids)
    assert sacks[0].revision - before[0] in (0, 1)
    assert sacks[1].revision == before[1]


def test_a_revision_rises_once_however_often_a_row_is_sent(env, sacks):
    before = in_database(env, "revision", sacks.ids)
    sacks[0].name = "x"
    env.flush()
    sacks.write({"weight": 2.5})
    env.flush()
    sacks.write({"weight": 3.5})
    env.flush()
    after = in_database(env, "revision", sacks.ids)
    assert after[0] == after[1]
    assert after[0] - before[0] <= 1
    assert sacks.mapped("revision") == after


def test_lines_raise_the_revision_of_their_owner_once_and_of_no_other(env):
    first, second = env["sack"].create([{"name": "a"}, {"name": "b"}])
    env.flush()
    env.unit.store.raised.clear()
    env.unit.store.born.clear()
    ids = [first.id, second.id]
    before = in_database(env, "revision", ids)
    assert [first.revision, second.revision] == before
    grain = env["sack.grain"].create({"sack_id": first.id, "size": 1})
    env.flush()
    grain.size = 2
    env.flush()
    grain.size = 3
    second.name = "c"
    env.flush()
    assert in_database(env, "revision", ids) == [each + 1 for each in before]
    assert [first.revision, second.revision] == [each + 1 for each in before]


def test_a_row_that_is_gone_is_told_by_its_id(env, sacks):
    sacks.mapped("name")
    gone = sacks[0].id
    env.unit.run(f'DELETE FROM "{env.registry["sack"]._table.name}" WHERE id = %(id)s', {"id": gone})
    with pytest.raises(MissingError, match=str(gone)), env.savepoint():
        sacks[0].name = "x"
        env.flush()


def test_a_link_that_a_rule_looks_at_changes_what_is_seen(env, as_role, sacks):
    packer = as_role("packer")
    mark = env["sack.mark"].create({"name": "open"})
    sacks[0].mark_ids = mark
    env.flush()
    mine = packer["sack"].browse(sacks[0].id)
    assert mine.name == "a"
    sacks[0].mark_ids = []
    env.flush()
    with pytest.raises(MissingError):
        mine.name  # noqa: B018 - reading is the test


def test_rows_with_equal_and_with_different_values_are_both_sent_as_they_are(env, sacks):
    sacks.write({"weight": 1.5})
    sacks[0].name, sacks[1].name = "one", "two"
    env.flush()
    assert in_database(env, "weight", sacks.ids) == [1.5, 1.5]
    assert in_database(env, "name", sacks.ids) == ["one", "two"]


def test_a_text_is_made_once_for_rows_of_one_form(env, sacks):
    sacks[0].name = "x"
    env.flush()
    known = {key: text for key, text in env.registry.statements.items() if key[0] == "update"}
    assert known
    sacks[1].name = "y"
    env.flush()
    assert {key: text for key, text in env.registry.statements.items() if key[0] == "update"} == known
    assert in_database(env, "name", sacks.ids) == ["x", "y"]


def test_computations_that_never_come_to_rest_are_an_error(env):
    with pytest.raises(RuntimeError, match="never come to rest"), env.savepoint():
        env["restless"].create({"seed": 1}).seed = 2
        env.flush()


def test_a_step_that_fails_leaves_what_was_pending_before(env, sacks):
    sacks[0].name = "kept"
    with pytest.raises(ValidationError):
        env["sack.grain"].create({"size": 1})
    assert sacks[0].name == "kept"
    env.flush()
    assert in_database(env, "name", sacks.ids)[0] == "kept"


def test_who_and_when_are_those_of_the_row_after_it_was_sent(env, as_role, sacks):
    sacks[0].mark_ids = env["sack.mark"].create({"name": "open"})
    env.flush()
    packer = as_role("packer")
    mine = packer["sack"].browse(sacks[0].id)
    assert mine.write_uid != packer.user
    mine.name = "x"
    packer.flush()
    assert mine.write_uid == packer.user
    assert mine.write_date == env.now
    assert in_database(env, "write_uid", [mine.id]) == [packer.uid]


def test_links_that_are_taken_away_are_gone_from_their_table(env, sacks):
    mark = env["sack.mark"].create({"name": "m"})
    sacks[0].mark_ids = mark
    env.flush()
    sacks[0].mark_ids = []
    env.flush()
    assert not sacks[0].mark_ids
    table = env.registry["sack"]._fields["mark_ids"].relation_table.name
    assert env.unit.rows(f'SELECT * FROM "{table}"') == []
