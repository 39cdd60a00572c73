"""orm.md, section 4: writes of more records than are loaded together, and of single plain values."""

from __future__ import annotations

import pytest

from app.orm import Access, MissingError, Model, ValidationError, api, fields
from app.orm.cache import PREFETCH_MAX

COUNT = PREFETCH_MAX + 200


class Leaf(Model):
    """A record of which nothing is audited."""

    _name = "leaf"
    _audit = False

    name = fields.Char(required=True)
    number = fields.Integer()
    flag = fields.Boolean()
    weight = fields.Float(digits=(10, 2))

    access = Access(everyone="crud")


class Page(Model):
    """A record with an audit, and a value that hangs on another."""

    _name = "page"

    name = fields.Char(required=True)
    number = fields.Integer(tracking=True)
    twice = fields.Integer(compute="_compute_twice", store=True)
    small = fields.Integer()

    access = Access(everyone="crud")

    @api.depends("number")
    def _compute_twice(self):
        for page in self:
            page.twice = 2 * page.number

    @api.constrains("small")
    def _check_small(self):
        if any(page.small > 9 for page in self):
            raise ValidationError("too large")


MODELS = [Leaf, Page]


@pytest.fixture(params=["leaf", "page"])
def many(env, request):
    """More records than are loaded together, none of them loaded."""
    records = env[request.param].create([{"name": f"r{number}", "number": number} for number in range(COUNT)])
    env.flush()
    env.clear()
    return records


def stored(records, column="number"):
    """What the database has, by id."""
    records.env.flush()
    rows = records.env.unit.rows(f'SELECT id, "{column}" FROM "{records._table.name}"')
    return dict(rows)


def test_one_value_for_many_reaches_all_of_them(many):
    """`write(dict)` on a set assigns to all."""
    many.write({"number": 7})

    assert set(stored(many).values()) == {7}
    assert many[-1].number == 7


def test_many_writes_cost_a_fixed_number_of_statements(env, many):
    """Per 1,000 rows, not per row."""
    with env.count_queries() as queries:
        many.write({"number": 7})
        env.flush()

    assert queries.total <= 4


def test_the_same_value_for_many_sends_nothing(env, many):
    """Setting the same value sends nothing and leaves `write_date`."""
    many.write({"number": 7})
    env.flush()
    env.clear()
    with env.count_queries() as queries:
        many.write({"number": 7})
        env.flush()

    assert not [each for each in queries.statements if each.startswith("UPDATE")]


def test_rows_that_have_the_value_are_not_sent(env, many):
    """Of many, only those that differ are written."""
    many[:5].write({"number": -1})
    env.flush()
    env.clear()
    places = stored(many, "ctid")

    many.write({"number": -1})

    assert stored(many) == dict.fromkeys(many.ids, -1)
    assert {own for own, place in stored(many, "ctid").items() if place == places[own]} == set(many[:5].ids)
    assert many[0].number == -1


def test_a_missing_one_among_many_is_named_before_anything_is_pending(env, many):
    """Writing to a record that is gone raises `MissingError`."""
    gone = many[17]
    gone.unlink()
    before = stored(many)
    env.clear()

    with pytest.raises(MissingError) as error:
        many.write({"number": 7})

    assert error.value.params["id"] == gone.id
    assert stored(many) == before


def test_a_loop_over_many_writes_each_its_own_value(env, many):
    """Assignment is the same thing as `write`, and loads old values together."""
    with env.count_queries() as queries:
        for number, record in enumerate(many):
            record.number = 3 * number
        env.flush()

    assert list(stored(many).values()) == [3 * number for number in range(COUNT)]
    assert queries.total <= 8


def test_what_hangs_on_the_value_follows(env):
    """Changing a field updates every stored dependent."""
    pages = env["page"].create([{"name": str(number), "number": number} for number in range(COUNT)])
    env.clear()

    pages.write({"number": 5})

    assert set(stored(pages, "twice").values()) == {10}


def test_the_audit_has_old_and_new_of_each(env):
    """The audit collects old and new per transaction."""
    pages = env["page"].create([{"name": str(number), "number": number} for number in range(COUNT)])
    env.clear()
    env.unit.trail.entries.clear()

    pages.write({"number": 5})
    env.flush()

    changes = {own: entry.changes.get("number") for (_model, own), entry in env.unit.trail.entries.items()}
    assert changes[pages[0].id] == (0, 5)
    assert changes[pages[9].id] == (9, 5)
    assert pages[5].id not in changes


def test_constraint_methods_watch_single_values(env):
    """`@api.constrains` runs after any write that touches its fields."""
    page = env["page"].create({"name": "a"})
    page.number = 1

    with pytest.raises(ValidationError):
        page.small = 10

    assert page.small == 0


def test_an_empty_required_value_is_refused(env):
    """A missing required value: `ValidationError` naming the field."""
    leaf = env["leaf"].create({"name": "a"})
    leaf.number = 1

    with pytest.raises(ValidationError) as error:
        leaf.name = ""

    assert error.value.field == "name"
    assert leaf.name == "a"


def test_numbers_are_rounded_before_they_are_compared(env):
    """Values are normalised on assignment; what is the same then sends nothing."""
    leaves = env["leaf"].create([{"name": str(number), "weight": 2.5} for number in range(COUNT)])
    env.clear()
    before = stored(leaves, "revision")

    leaves.write({"weight": 2.49609375})
    assert stored(leaves, "revision") == before

    leaves.write({"weight": 2.51})
    assert {float(weight) for weight in stored(leaves, "weight").values()} == {2.51}


def test_values_of_two_writers_keep_their_authors(env, as_role):
    """Pending values carry their author: writing as another user flushes first."""
    anna, boris = as_role(login="anna"), as_role(login="boris")
    leaf = env["leaf"].create({"name": "a"})
    env.flush()

    anna["leaf"].browse(leaf.id).number = 1
    boris["leaf"].browse(leaf.id).flag = True
    env.flush()
    anna["leaf"].browse(leaf.id).number = 2
    assert leaf.number == 2
    env.flush()

    assert stored(leaf, "write_uid")[leaf.id] == anna.uid


def test_a_change_in_two_steps_is_sent_once(env):
    """Assignments of several fields wait together, in whatever order they came."""
    one, other = env["leaf"].create([{"name": "a"}, {"name": "b"}])
    env.flush()
    with env.count_queries() as queries:
        one.number, one.flag = 1, True
        other.flag, other.number = True, 1
        env.flush()

    assert len([each for each in queries.statements if each.startswith("UPDATE")]) == 1
