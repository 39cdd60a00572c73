"""`flask demo`: steps side by side, committed in their order."""

from __future__ import annotations

import threading

import pytest

from app.cli.demo import _in_order
from app.orm import Model, fields
from app.orm.registry import Registry
from app.orm.testing import base_declarations, scratch_database


class Pebble(Model):
    """A record of a step."""

    _name = "pebble"

    number = fields.Integer()


@pytest.fixture(scope="module")
def database():
    """Tables of their own."""
    with scratch_database(Registry.build([*base_declarations(), Pebble])) as made:
        yield made


def numbers(database):
    """What is committed."""
    return database.superuser().run(lambda env: env["pebble"].search([], order="id").mapped("number"))


@pytest.fixture(autouse=True)
def _empty(database):
    database.superuser().run(lambda env: env["pebble"].search([]).unlink())


def test_a_quick_step_waits_for_the_slow_one_before_it(database):
    """Whatever stops the command leaves the first n steps."""
    second_is_done, seen = threading.Event(), []

    def slow(env):
        assert second_is_done.wait(30)
        env["pebble"].create({"number": 1})

    def quick(env):
        env["pebble"].create({"number": 2})
        env.flush()
        second_is_done.set()

    def last(env):
        seen.extend(env["pebble"].search([]).mapped("number"))

    _in_order(database, [slow, quick, last])

    assert sorted(numbers(database)) == [1, 2]
    assert 2 not in seen or 1 in seen


def test_nothing_after_a_failed_step_is_committed(database):
    """The next call goes on where this one ended."""

    def step(number):
        def make(env):
            env["pebble"].create({"number": number})
            if number == 3:
                raise LookupError("three")

        return make

    with pytest.raises(LookupError, match="three"):
        _in_order(database, [step(number) for number in range(1, 8)])

    assert sorted(numbers(database)) == [1, 2]


def test_no_steps_are_no_work(database):
    """A second call of `flask demo` finds everything there."""
    _in_order(database, [])

    assert numbers(database) == []
