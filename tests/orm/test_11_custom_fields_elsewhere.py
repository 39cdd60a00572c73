"""orm.md, section 11, with units that commit: custom fields in other processes, at the same time, in the audit, with indexes."""

from __future__ import annotations

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
import sqlalchemy as sa

from app.base.custom_field import build_indexes
from app.jobs.runner import perform
from app.local.cluster import BLANK_DATABASE
from app.orm import ConflictError, ValidationError
from app.orm.env import Database
from app.orm.fields.custom import sql
from app.orm.registry import Registry
from app.orm.testing import base_declarations, scratch_database
from tests.orm.garden import MODELS, ROLES

NUMBERS = itertools.count(1)


def registry():
    return Registry.build([*base_declarations(), *MODELS])


@pytest.fixture(scope="module")
def place(databases):
    """A database of one's own: an index that is made concurrently waits for every transaction that is open in its database."""
    made = databases.copy(BLANK_DATABASE, "garden")
    yield made
    databases.drop(made)


@pytest.fixture(scope="module")
def database(place):
    """A process's database; what its units write is committed."""
    with scratch_database(registry(), url=place.owner) as made:
        made.superuser().run(lambda env: env["role"].create([{"name": name} for name in ROLES]).ids)
        yield made


@pytest.fixture
def elsewhere(database, place):
    """Another process on the same database, with a registry of its own."""
    engine = sa.create_engine(place.owner)
    yield Database(engine, registry(), schema=database.schema)
    engine.dispose()


@pytest.fixture
def run(database):
    """`run(function)`: a unit of a superuser that commits."""
    return database.superuser().run


@pytest.fixture
def add(run):
    """Adds a custom field to plants and commits; gives its name, which no other test uses."""

    def make(kind, **values):
        name = f"x_{kind}_{next(NUMBERS)}"
        run(lambda env: env["custom.field"].create({"model": "plant", "name": name, "label": name, "type": kind, **values}).id)
        return name

    return make


def until(condition):
    """Wait for a condition, ten seconds at most."""
    moment, end = threading.Event(), time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        moment.wait(0.01)


def work_off(database):
    """Does what waits for a worker."""
    waiting = database.superuser().run(lambda env: env["job"].search([("state", "=", "waiting")]).ids)
    for job in waiting:
        perform(database, job)


def definition(env, name):
    return env["custom.field"].with_context(active_test=False).search([("name", "=", name)])


# ---- processes ----------------------------------------------------------------------------------------------------------


def test_another_process_sees_it_in_its_next_unit(add, run, elsewhere):
    """Registry changes (custom fields …) are seen within a second everywhere."""
    there = elsewhere.superuser().run
    there(lambda env: env["plant"].search_count([]))
    name = add("integer")

    made = there(lambda env: env["plant"].create({name: 5}).id)
    assert run(lambda env: env["plant"].browse(made)[name]) == 5
    run(lambda env: definition(env, name).unlink())
    assert name not in there(lambda env: env["plant"].fields_get())
    assert run(lambda env: env["plant"].browse(made).custom) == {}


def test_what_is_rolled_back_is_seen_nowhere(database, run, elsewhere):
    """Rolled back, the field is gone: from this process as well."""

    def define(env):
        env["custom.field"].create({"model": "plant", "name": "x_undone", "label": "Undone", "type": "integer"})
        assert env["plant"].create({"x_undone": 1}).x_undone == 1
        raise KeyError

    with pytest.raises(KeyError):
        run(define)
    for place in (database, elsewhere):
        assert "x_undone" not in place.superuser().run(lambda env: env["plant"].fields_get())


def test_nobody_else_sees_it_before_the_commit(database, run):
    """A unit that defines a field works with it alone until it commits."""
    with database.superuser().unit_of_work() as env:
        made = env["custom.field"].create({"model": "plant", "name": "x_mine", "label": "Mine", "type": "char", "required": True})
        assert env["plant"].create({"x_mine": "here"}).x_mine == "here"
        assert run(lambda other: "x_mine" in other["plant"].fields_get()) is False
        run(lambda other: other["plant"].create({"name": "rose"}).id)
        own = made.id

    assert run(lambda other: "x_mine" in other["plant"].fields_get()) is True
    run(lambda other: other["custom.field"].browse(own).unlink())


def test_a_unit_under_way_goes_on_with_what_it_began_with(database, run, add):
    """A change of the definitions does not reach into a unit that is open."""
    name = add("integer")
    with database.superuser().unit_of_work() as env:
        plant = env["plant"].create({name: 1})
        run(lambda other: definition(other, name).write({"active": False}))
        assert plant[name] == 1
        assert env["plant"].search([(name, "=", 1)]) == plant

    assert name not in run(lambda other: other["plant"].fields_get())


def test_two_definitions_at_once_are_both_seen(database, run, elsewhere):
    """Were the later version committed first, it would hide the former from every process."""

    def define(env, name):
        return env["custom.field"].create({"model": "bed", "name": name, "label": "Both", "type": "integer"}).id

    def waits():
        sql = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        return bool(run(lambda env: env.unit.rows(sql)[0][0]))

    seen = elsewhere.superuser().run
    with ThreadPoolExecutor(1) as pool:
        with database.superuser().unit_of_work() as env:
            define(env, "x_first")
            second = pool.submit(run, lambda other: define(other, "x_second"))
            until(lambda: second.done() or waits())
            seen(lambda other: other["bed"].fields_get())
        second.result(timeout=20)
    assert {"x_first", "x_second"} <= seen(lambda other: other["bed"].fields_get()).keys()


def test_the_first_statement_is_the_only_one_that_looks(database, run, add):
    """A unit pays nothing for custom fields: that there are none new is told by its first statement."""
    add("integer")
    run(lambda env: env["plant"].search_count([]))
    with database.superuser().unit_of_work() as env:
        with env.count_queries() as queries:
            env["plant"].search_count([])
        assert queries.total == 1
        assert env.registry is database.registry


# ---- two users at once --------------------------------------------------------------------------------------------------


def test_two_users_who_write_different_fields_at_once_both_win(add, run):
    """Stored in `custom` by patches (`||`, `-`), never as a whole."""
    one, two, kept = add("integer"), add("char"), add("char")
    made = run(lambda env: env["plant"].create({two: "old", kept: "kept"}).id)
    together = threading.Barrier(2)

    def write(name, value):
        def work(env):
            plant = env["plant"].browse(made)
            assert plant[name] is not None
            if not together.broken:
                together.wait(timeout=10)
                together.abort()
            plant[name] = value

        run(work)

    def guarded(pair):
        try:
            write(*pair)
        except threading.BrokenBarrierError:
            write(*pair)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(guarded, ((one, 5), (two, "new"))))
    assert run(lambda env: env["plant"].browse(made).custom) == {one: 5, two: "new", kept: "kept"}


def test_the_same_field_changed_twice_is_a_conflict(add, run):
    """Optimistic locking: other fields merge, the same one is refused with both values."""
    one, two = add("integer"), add("decimal")
    made = run(lambda env: env["plant"].create({one: 1}).id)
    seen = run(lambda env: env["plant"].browse(made).revision)
    run(lambda env: env["plant"].browse(made).write({one: 2}))

    run(lambda env: env["plant"].browse(made).write({two: 3}, expected=seen))
    with pytest.raises(ConflictError) as caught:
        run(lambda env: env["plant"].browse(made).write({one: 4}, expected=seen))
    assert caught.value.conflicts == {one: {"yours": 4, "theirs": 2}}


# ---- audit --------------------------------------------------------------------------------------------------------------


def test_the_audit_tells_old_and_new(add, run):
    """The field works at once in …: tracking, for those who may read it."""
    open_, secret = add("decimal"), add("char", read="head")
    made = run(lambda env: env["plant"].create({open_: "1.50", secret: "canary"}).id)
    run(lambda env: env["plant"].browse(made).write({open_: 2, secret: None}))
    run(lambda env: env["plant"].browse(made).write({open_: 2}))

    def entries(env):
        return env["audit"].search([("model", "=", "plant"), ("res_id", "=", made), ("operation", "=", "write")])

    changes = run(lambda env: [entry.changes for entry in entries(env)])
    assert changes == [{open_: ["1.50", "2"], secret: ["canary", None]}]
    run(lambda env: definition(env, open_).unlink())
    assert run(lambda env: [entry.shown for entry in entries(env)]) == [{secret: ["canary", None]}]


# ---- indexes ------------------------------------------------------------------------------------------------------------


def test_unique_holds_once_its_index_is_valid(database, run, add):
    """Unique holds once its index, made concurrently, is valid."""
    name = add("char", unique=True)
    state = lambda env: definition(env, name).index_state  # noqa: E731
    assert run(state) == "waiting"
    run(lambda env: env["plant"].create([{name: "a"}, {}, {}]).ids)
    work_off(database)

    assert run(state) == "valid"
    for write in (
        lambda env: env["plant"].create({name: "a"}).id,
        lambda env: env["plant"].search([(name, "=", None)], limit=1).write({name: "a"}),
    ):
        with pytest.raises(ValidationError) as caught:
            run(write)
        assert (caught.value.field, caught.value.reason) == (name, "not-unique")
        assert "a" in caught.value.message
    run(lambda env: definition(env, name).write({"unique": False}))
    assert run(state) == "none"
    run(lambda env: env["plant"].create({name: "a"}).id)


def test_duplicates_stand_in_the_way_of_unique(database, run, add):
    """What can't become unique is told, and tried again when it was mended."""
    name = add("integer")
    twins = run(lambda env: env["plant"].create([{name: 7}, {name: 7}]).ids)
    run(lambda env: env["plant"].search([("id", "not in", twins)]).unlink())
    run(lambda env: definition(env, name).write({"unique": True}))
    work_off(database)
    assert run(lambda env: definition(env, name).index_state) == "duplicates"

    run(lambda env: env["plant"].browse(twins[0]).write({name: 8}))
    run(lambda env: definition(env, name).make_index())
    work_off(database)
    assert run(lambda env: definition(env, name).index_state) == "valid"
    run(lambda env: definition(env, name).unlink())


@pytest.mark.parametrize("kind", ["char", "integer", "decimal", "float", "boolean", "date", "datetime", "selection", "many2one"])
def test_an_index_serves_searches(database, run, add, kind):
    """An absent key is the type's empty value, in SQL and index alike: the index is over what statements compare."""
    more = {"selection": {"choices": ["a", "b"]}, "many2one": {"comodel": "bed"}}.get(kind, {})
    name = add(kind, index=True, **more)
    work_off(database)

    def plan(env):
        assert definition(env, name).index_state == "valid"
        field = env["plant"]._fields[name]
        env.unit.run("SET LOCAL enable_seqscan TO off")
        return env.unit.rows(
            f"EXPLAIN SELECT id FROM plant AS t1 WHERE {sql(field, 't1')} IS NULL OR {sql(field, 't1')} IS NOT NULL"
        )

    rows = run(plan)
    index = f"x_plant_{name}_idx"
    assert any(index in row[0] for row in rows), rows
    values = {"integer": 5, "decimal": Decimal("1.5")}
    if kind in values:
        made = run(lambda env: env["plant"].create({name: values[kind]}).id)
        assert run(lambda env: env["plant"].search([(name, "=", values[kind])]).ids) == [made]


def test_an_index_is_asked_for_once(database, run, add):
    """A job is written only where an index is missing."""
    name = add("char", index=True)
    work_off(database)
    run(lambda env: definition(env, name).write({"label": "Other"}))

    assert build_indexes.name.endswith("build_indexes")
    assert run(lambda env: env["job"].search_count([("state", "=", "waiting")])) == 0
