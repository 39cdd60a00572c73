"""orm.md, section 9: envs, savepoints and optimistic locking."""

from __future__ import annotations

import itertools
import pickle
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC

import pytest

from app.orm import Command, ConflictError, ValidationError
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


def test_a_record_refuses_use_after_its_unit(env, saved):
    """A record or env refuses use after its unit is closed."""
    kept = env.run(lambda unit: (unit, unit["account"].browse(saved)))

    for attempt in (lambda: kept[1].balance, lambda: kept[0]["account"].search([]), lambda: kept[1].write({"note": "x"})):
        with pytest.raises(Exception) as caught:
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
    account = (
        env["account"].with_context(default_title="mine").create({"name": "x", "entry_ids": [Command.create({"name": "e"})]})
    )

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
