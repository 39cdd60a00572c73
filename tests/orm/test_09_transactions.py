"""orm.md, section 9: units of work and locks, with real second connections.

Units begun by ``env.run`` commit, so these tests use names of their own and look only at them.
"""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.orm import ConflictError, ValidationError, _
from tests.orm.bank import MODELS, ROLES

__all__ = ["MODELS", "ROLES"]


NUMBERS = itertools.count(1)


@pytest.fixture
def name():
    """A name that no other test uses."""
    return f"account-{next(NUMBERS)}"


@pytest.fixture
def saved(env, name):
    """The id of a committed account with balance 100."""
    return env.run(lambda unit: unit["account"].create({"name": name, "balance": 100}).id)


def balance(env, account):
    """The committed balance, read in a unit of its own."""
    return env.run(lambda unit: unit["account"].browse(account).balance)


def test_a_unit_commits_at_its_end(env, name):
    """`env.run(function)` runs a unit of work: commit at the end."""
    made = env.run(lambda unit: unit["account"].create({"name": name, "balance": 3}).id)

    assert balance(env, made) == 3


def test_a_unit_gives_the_functions_answer(env):
    """`env.run(function)`: what the function returns."""
    assert env.run(lambda unit: (unit.su, 5))[1] == 5


def test_a_unit_rolls_back_on_error(env, saved):
    """Roll back on error."""

    def work(unit):
        unit["account"].browse(saved).balance = 1
        unit.flush()
        raise KeyError("no")

    with pytest.raises(KeyError):
        env.run(work)
    assert balance(env, saved) == 100


def test_a_unit_that_conflicts_is_called_again(env, saved):
    """Up to five tries … on serialisation failure (the function is called again)."""
    calls = []

    def work(unit):
        account = unit["account"].browse(saved)
        seen = account.balance
        calls.append(seen)
        if len(calls) == 1:
            env.run(lambda other: other["account"].browse(saved).write({"balance": 500}))
        account.balance = seen + 1

    env.run(work)

    assert calls == [100, 500]
    assert balance(env, saved) == 501


def test_a_unit_gives_up_after_five_tries(env, saved):
    """Up to five tries."""
    calls = []

    def work(unit):
        account = unit["account"].browse(saved)
        seen = account.balance
        calls.append(seen)
        env.run(lambda other: other["account"].browse(saved).write({"balance": seen + 10}))
        account.balance = seen + 1

    with pytest.raises(ConflictError):
        env.run(work)
    assert len(calls) == 5


def test_one_unit_of_work_is_one_try(env, saved):
    """`with env.unit_of_work():` is one try."""
    with pytest.raises(ConflictError), env.unit_of_work() as unit:
        account = unit["account"].browse(saved)
        assert account.balance == 100
        env.run(lambda other: other["account"].browse(saved).write({"balance": 500}))
        account.balance = 7
    assert balance(env, saved) == 500


def test_other_errors_are_not_tried_again(env):
    """On serialisation failure or deadlock, and on nothing else."""
    calls = []

    def work(unit):
        calls.append(1)
        raise ValidationError(_("no"))

    with pytest.raises(ValidationError):
        env.run(work)
    assert calls == [1]


def test_parallel_increments_lose_nothing(env, saved):
    """security.md: REPEATABLE READ with retry lost none."""

    def increment(_n):
        def work(unit):
            account = unit["account"].browse(saved)
            account.balance += 1

        return env.run(work, lock=f"account.{saved}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(increment, range(20)))
    assert balance(env, saved) == 120


def test_a_lock_is_taken_before_the_snapshot(env, saved):
    """A unit may declare locks, taken as session advisory locks before BEGIN."""
    inside, release = threading.Event(), threading.Event()
    calls = []

    def first(unit):
        account = unit["account"].browse(saved)
        account.balance = 200
        inside.set()
        assert release.wait(20)

    def second(unit):
        calls.append(unit["account"].browse(saved).balance)

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(lambda: env.run(first, lock="till"))
        assert inside.wait(20)
        two = pool.submit(lambda: env.run(second, lock="till"))
        assert not two.done()
        release.set()
        one.result(20)
        two.result(20)
    assert calls == [200]


def test_a_lock_is_released_after_an_error(env, saved):
    """Locks end with their unit."""

    def fail(unit):
        raise KeyError("x")

    for _n in range(3):
        with pytest.raises(KeyError):
            env.run(fail, lock="till")
    assert env.run(lambda unit: 1, lock="till") == 1


def test_a_deadlock_is_tried_again(env):
    """On serialisation failure or deadlock."""
    ids = env.run(lambda unit: unit["account"].create([{"name": f"d{next(NUMBERS)}"} for _n in range(2)]).ids)
    barrier = threading.Barrier(2)
    calls = []

    def cross(first, second):
        def work(unit):
            calls.append(1)
            unit["account"].browse(first).balance = first
            unit.flush()
            if len(calls) <= 2:
                barrier.wait(20)
            unit["account"].browse(second).balance = first
            unit.flush()

        return lambda: env.run(work)

    with ThreadPoolExecutor(2) as pool:
        for answer in [pool.submit(cross(*ids)), pool.submit(cross(*ids[::-1]))]:
            answer.result(60)
    assert len(calls) >= 3
    assert len({balance(env, one) for one in ids}) == 1


def test_two_moves_at_once_make_no_cycle(env):
    """A tree refuses cycles, also when two units move at once."""
    a, b = env.run(lambda unit: unit["knot"].create([{"name": "a"}, {"name": "b"}]).ids)
    started = threading.Barrier(2)
    moved = []

    def move(child, parent):
        def work(unit):
            knot = unit["knot"].browse(child)
            assert not knot.parent_id or moved
            if not moved:
                started.wait(20)
                moved.append(1)
            knot.parent_id = parent

        return lambda: env.run(work)

    with ThreadPoolExecutor(2) as pool:
        outcomes = [answer.exception(60) for answer in [pool.submit(move(a, b)), pool.submit(move(b, a))]]

    assert sorted(type(outcome).__name__ for outcome in outcomes) in (
        ["NoneType", "ValidationError"],
        ["ConflictError", "NoneType"],
    )
    parents = env.run(lambda unit: [unit["knot"].browse(one).parent_id.id for one in (a, b)])
    assert parents.count(None) == 1


def test_what_happens_after_the_commit_runs_once(env, saved):
    """No effects outside before `after_commit`."""
    calls, effects = [], []

    def work(unit):
        calls.append(1)
        unit.after_commit(lambda: effects.append(balance(env, saved)))
        account = unit["account"].browse(saved)
        seen = account.balance
        if len(calls) == 1:
            env.run(lambda other: other["account"].browse(saved).write({"balance": 500}))
        account.balance = seen + 1

    env.run(work)
    assert len(calls) == 2
    assert effects == [501]


def test_a_readonly_unit_refuses_writes(env, saved):
    """`readonly`: a unit that writes nothing."""

    def work(unit):
        unit["account"].browse(saved).balance = 1

    assert env.run(lambda unit: unit["account"].browse(saved).balance, readonly=True) == 100
    with pytest.raises(Exception):  # noqa: B017
        env.run(work, readonly=True)
    assert balance(env, saved) == 100


def test_a_unit_does_not_see_what_is_not_committed(env, name):
    """One process or ten: a committed change is seen by the next unit elsewhere; others are not."""
    env["account"].create({"name": name})
    env.flush()

    assert env.run(lambda unit: unit["account"].search_count([("name", "=", name)])) == 0


def test_a_committed_change_is_seen_by_the_next_unit(env, saved):
    """A committed change is seen by the next unit elsewhere."""
    assert balance(env, saved) == 100
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: env.run(lambda unit: unit["account"].browse(saved).write({"balance": 5}))).result(20)

    assert balance(env, saved) == 5
