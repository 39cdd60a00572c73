"""orm.md, section 9: env, units of work, locks, savepoints and optimistic locking, with real second connections.

Units begun by ``env.run`` commit, so these tests use names of their own and look only at them.
"""

from __future__ import annotations

import itertools
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC

import pytest

from app.orm import Access, Command, ConflictError, Model, ValidationError, _, api, fields

ROLES = ("teller",)
NUMBERS = itertools.count(1)


class Account(Model):
    """An account with a balance."""

    _name = "account"
    access = Access(teller="crud")

    name = fields.Char(required=True, unique=True)
    balance = fields.Integer()
    note = fields.Char()
    title = fields.Char(default="none")
    double = fields.Integer(compute="_compute_double", store=True)
    entry_ids = fields.One2many("entry", "account_id")
    active = fields.Boolean(default=True)

    @api.depends("balance")
    def _compute_double(self):
        for account in self:
            account.double = account.balance * 2


class Entry(Model):
    """A line of an account."""

    _name = "entry"
    access = Access(teller="crud")

    name = fields.Char()
    title = fields.Char()
    account_id = fields.Many2one("account", ondelete="cascade")


class Knot(Model):
    """A tree that refuses cycles."""

    _name = "knot"
    _parent_store = True
    access = Access(teller="crud")

    name = fields.Char()
    parent_id = fields.Many2one("knot")


MODELS = (Account, Entry, Knot)


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

    outcomes = []
    with ThreadPoolExecutor(2) as pool:
        for answer in [pool.submit(move(a, b)), pool.submit(move(b, a))]:
            outcomes.append(type(answer.exception(60)))

    assert sorted(outcome.__name__ for outcome in outcomes) in (["NoneType", "ValidationError"], ["ConflictError", "NoneType"])
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
    with pytest.raises(Exception):  # noqa: B017, PT011
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


def test_a_record_refuses_use_after_its_unit(env, saved):
    """A record or env refuses use after its unit is closed."""
    kept = env.run(lambda unit: (unit, unit["account"].browse(saved)))

    for attempt in (lambda: kept[1].balance, lambda: kept[0]["account"].search([]), lambda: kept[1].write({"note": "x"})):
        with pytest.raises(Exception) as caught:  # noqa: PT011
            attempt()
        assert not isinstance(caught.value, AssertionError)


def test_a_record_refuses_use_in_another_thread(env):
    """In another thread."""
    account = env["account"].create({"name": "threaded"})
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(lambda: account.balance)

    assert answer.exception(20) is not None


def test_records_and_envs_are_not_pickled(env):
    """In pickle."""
    for thing in (env["account"].create({"name": "pickled"}), env):
        with pytest.raises((TypeError, pickle.PicklingError)):
            pickle.dumps(thing)


def test_context_keys(env):
    """Context keys … `env.lang`, `env.tz`, `env.context`."""
    other = env(context={**env.context, "lang": "en", "tz": "Europe/Brussels"})

    assert (other.lang, other.tz) == ("en", "Europe/Brussels")
    assert other.context["lang"] == "en"
    with pytest.raises(TypeError):
        other.context["lang"] = "ru"
    assert env["account"].with_context(lang="en").env.lang == "en"


def test_now_is_the_transactions_time(env):
    """`env.now` (the transaction's time)."""
    first = env.now
    env["account"].create({"name": "timed"})
    env.flush()

    assert env.now == first
    assert first.tzinfo == UTC or first.utcoffset().total_seconds() == 0


def test_default_x_is_not_handed_to_nested_creates(env):
    """`default_x` applies to the called model, not to nested creates."""
    account = env["account"].with_context(default_title="mine").create({"name": "x", "entry_ids": [Command.create({"name": "e"})]})

    assert account.title == "mine"
    assert account.entry_ids.title is None


def test_all_envs_of_a_transaction_share_values(env):
    """All envs of one transaction share one store of raw values and pending writes."""
    account = env["account"].create({"name": "shared"})
    user = env.new_user("tina", roles=["teller"])
    account.balance = 5

    assert account.with_user(user).balance == 5
    account.with_user(user).balance = 6
    assert account.balance == 6
    assert account.with_context(lang="en").balance == 6


def test_a_savepoint_undoes_rows_and_pending_values(env):
    """`with env.savepoint():` undoes rows and every pending assignment and recomputation of its inside."""
    account = env["account"].create({"name": "safe", "balance": 1})
    account.note = "before"
    with pytest.raises(KeyError), env.savepoint():
        account.balance = 9
        account.note = "inside"
        assert account.double == 18
        inner = env["account"].create({"name": "inner"})
        raise KeyError

    assert (account.balance, account.note, account.double) == (1, "before", 2)
    assert not inner.exists()
    env.clear()
    assert (account.balance, account.note, account.double) == (1, "before", 2)


def test_a_savepoint_that_ends_well_keeps(env):
    """`with env.savepoint():` keeps what went well."""
    with env.savepoint():
        account = env["account"].create({"name": "kept", "balance": 4})
        with env.savepoint():
            account.balance = 5
    env.clear()

    assert (account.balance, account.double) == (5, 10)


def test_a_savepoint_brings_deleted_records_back(env):
    """`with env.savepoint():` undoes rows: deletes."""
    account = env["account"].create({"name": "back", "entry_ids": [Command.create({"name": "e"})]})
    entry = account.entry_ids
    with pytest.raises(KeyError), env.savepoint():
        account.unlink()
        raise KeyError

    assert account.exists()
    assert account.entry_ids == entry
    assert account.name == "back"


def test_a_failed_flush_inside_a_savepoint_leaves_a_usable_unit(env, saved, name):
    """`with env.savepoint():` after an error of the database."""
    for _n in range(3):
        with pytest.raises(ValidationError), env.savepoint():
            env["account"].create({"name": name})
            env["account"].create({"name": name})
            env.flush()
    assert env["account"].create({"name": name + "x"}).exists()


def test_a_revision_rises_once_per_unit(env, saved):
    """Every row has an integer `revision`, raised once per unit that changes it or its owned lines."""

    def work(unit):
        account = unit["account"].browse(saved)
        account.balance = 1
        unit.flush()
        account.balance = 2
        unit.flush()
        account.note = "x"

    def revision():
        return env.run(lambda unit: unit["account"].browse(saved).revision)

    before = revision()
    env.run(work)
    assert revision() == before + 1
    env.run(lambda unit: unit["account"].browse(saved).write({"note": "x"}))
    assert revision() == before + 1


def test_owned_lines_raise_the_revision(env, saved):
    """Or its owned lines (it is the ETag)."""
    before = env.run(lambda unit: unit["account"].browse(saved).revision)
    line = env.run(lambda unit: unit["entry"].create({"name": "e", "account_id": saved}).id)
    after = env.run(lambda unit: unit["account"].browse(saved).revision)
    env.run(lambda unit: unit["entry"].browse(line).write({"name": "f"}))

    assert after == before + 1
    assert env.run(lambda unit: unit["account"].browse(saved).revision) == before + 2


def test_the_current_revision_is_accepted(env, saved):
    """`write(vals, expected=revision)`."""

    def work(unit):
        account = unit["account"].browse(saved)
        account.write({"balance": 7}, expected=account.revision)

    env.run(work)
    assert balance(env, saved) == 7


def test_a_stale_revision_of_the_same_field_conflicts(env, saved):
    """Raises `ConflictError` with both values when a field of `vals` was changed since."""
    stale = env.run(lambda unit: unit["account"].browse(saved).revision)
    env.run(lambda unit: unit["account"].browse(saved).write({"balance": 5}))

    with pytest.raises(ConflictError) as caught:
        env.run(lambda unit: unit["account"].browse(saved).write({"balance": 6}, expected=stale))
    assert caught.value.status in (409, 412)
    assert {"5", "6"} <= set(repr(vars(caught.value)).replace(",", " ").replace(")", " ").replace("}", " ").split())
    assert balance(env, saved) == 5


def test_concurrent_writers_with_one_revision_do_not_both_win(env, saved):
    """Optimistic locking under a race: one wins, the other gets a `ConflictError`."""
    stale = env.run(lambda unit: unit["account"].browse(saved).revision)

    def write(value):
        return env.run(lambda unit: unit["account"].browse(saved).write({"balance": value}, expected=stale))

    with ThreadPoolExecutor(2) as pool:
        outcomes = [answer.exception(30) for answer in [pool.submit(write, 1), pool.submit(write, 2)]]
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["ConflictError", "NoneType"]


def test_lock_for_update_holds_others_off(env, saved):
    """`lock_for_update()`, `try_lock_for_update()`."""

    def outer(unit):
        account = unit["account"].browse(saved)
        account.lock_for_update()
        return env.run(lambda other: bool(other["account"].browse(saved).try_lock_for_update()))

    assert env.run(outer) is False
    assert env.run(lambda unit: bool(unit["account"].browse(saved).try_lock_for_update())) is True


def test_a_user_env_runs_units_as_that_user(env, saved):
    """`env.user`: a unit keeps the user of the env that began it."""
    uid = env.run(lambda unit: unit.new_user(f"u{next(NUMBERS)}", roles=["teller"]).id)

    with env.database.env(uid=uid).unit_of_work() as unit:
        assert (unit.uid, unit.su) == (uid, False)
        assert "teller" in unit.roles
        assert unit["account"].browse(saved).balance == 100
