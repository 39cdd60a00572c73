"""orm.md, section 10: the audit collects old and new per transaction.

Entries are written with their unit, so these tests commit and look only at records of their own.
"""

from __future__ import annotations

import contextlib

import pytest

from app.orm import Access, Command, Model, fields

ROLES = ("editor",)


class Page(Model):
    """A page of a book that is watched."""

    _name = "page"
    access = Access(editor="crud")

    name = fields.Char(tracking=True)
    number = fields.Integer(tracking=True)
    line_ids = fields.One2many("page.line", "page_id")


class Line(Model):
    """A line that goes with its page."""

    _name = "page.line"
    access = Access(editor="crud")

    name = fields.Char(tracking=True)
    page_id = fields.Many2one("page", ondelete="cascade")


MODELS = (Page, Line)


@pytest.fixture
def page(env):
    """The id of a committed page with number 0."""
    return env.run(lambda unit: unit["page"].create({"name": "p"}).id)


def entries(env, record, operation=None, model="page"):
    """The committed audit entries of a record, oldest first: (operation, changes, uid, reason)."""

    def read(unit):
        found = unit["audit"].search([("model", "=", model), ("res_id", "=", record)], order="id")
        return [(one.operation, one.changes, one.uid.id if hasattr(one.uid, "ids") else one.uid, one.reason) for one in found]

    return [entry for entry in env.run(read) if operation in (None, entry[0])]


def change(env, page, *numbers, **context):
    """One unit that writes these numbers one after the other, each flushed."""

    def work(unit):
        for number in numbers:
            unit["page"].browse(page).with_context(**context).number = number
            unit.flush()

    env.run(work)


def test_steps_of_one_unit_are_one_entry(env, page):
    """0 → 10 → 25 is one entry 0 → 25."""
    change(env, page, 10, 25)

    assert [changes for _operation, changes, *_rest in entries(env, page, "write")] == [{"number": [0, 25]}]


def test_a_change_and_back_is_no_entry(env, page):
    """A change and back none."""
    change(env, page, 10, 0)

    assert entries(env, page, "write") == []


def test_two_units_are_two_entries(env, page):
    """The audit collects old and new per transaction."""
    change(env, page, 10)
    change(env, page, 25)

    assert [changes for _operation, changes, *_rest in entries(env, page, "write")] == [{"number": [0, 10]}, {"number": [10, 25]}]


def test_two_fields_are_one_entry(env, page):
    """design.md 7: one row per record and unit."""
    env.run(lambda unit: unit["page"].browse(page).write({"number": 4, "name": "q"}))

    assert [changes for _operation, changes, *_rest in entries(env, page, "write")] == [{"number": [0, 4], "name": ["p", "q"]}]


def test_a_create_is_one_entry_without_values(env, page):
    """design.md 7: creates without values."""
    ((operation, changes, *_rest),) = entries(env, page)

    assert operation == "create"
    assert not changes


def test_a_change_in_the_unit_of_the_create_is_no_entry_of_its_own(env):
    """One row per record and unit."""

    def work(unit):
        made = unit["page"].create({"name": "p"})
        unit.flush()
        made.number = 5
        return made.id

    assert [operation for operation, *_rest in entries(env, env.run(work))] == ["create"]


def test_a_rolled_back_change_leaves_no_entry(env, page):
    """`with env.savepoint():` undoes … of its inside: its audit too."""

    def work(unit):
        with contextlib.suppress(KeyError), unit.savepoint():
            unit["page"].browse(page).number = 10
            unit.flush()
            raise KeyError
        unit["page"].browse(page).name = "kept"

    env.run(work)
    assert [changes for _operation, changes, *_rest in entries(env, page, "write")] == [{"name": ["p", "kept"]}]


def test_tracking_false_says_only_that_it_was_done(env, page):
    """`tracking` (False: no audit entry for values, only that it was done)."""
    change(env, page, 10, tracking=False)

    ((_operation, changes, *_rest),) = entries(env, page, "write")
    assert not changes


def test_a_delete_is_an_entry_for_every_record_of_the_closure(env):
    """`unlink` walks the closure of cascades itself (… audit …)."""
    made = env.run(lambda unit: unit["page"].create({"name": "p", "line_ids": [Command.create({"name": "l"})]}).id)
    line = env.run(lambda unit: unit["page"].browse(made).line_ids.id)
    env.run(lambda unit: unit["page"].browse(made).unlink())

    assert entries(env, made)[-1][0] == entries(env, line, model="page.line")[-1][0]
    assert entries(env, made)[-1][0] in ("unlink", "delete")


def test_sudo_is_audited_under_the_user_with_its_reason(env, page):
    """`sudo("why")` … keeps the user for audit."""

    def work(unit):
        user = unit.new_user(f"editor-{page}", roles=["editor"])
        unit["page"].browse(page).with_user(user).sudo("the test says so").number = 9
        return user.id

    uid = env.run(work)
    assert entries(env, page, "write")[-1][2:] == (uid, "the test says so")
