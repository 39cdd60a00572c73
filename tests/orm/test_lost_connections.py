"""orm.md, section 9, and security.md, faults: connections that are cut or go silent, and units that lose to others.

Whatever happens to a connection, its unit ends within a bounded time with an error that says so, nothing of it is saved, and
the next unit works.
"""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from app.orm import AppError, ConflictError
from app.orm.env import SILENCE, Database
from app.orm.failures import Retry, Unavailable
from app.orm.testing import test_url as database_url
from tests.orm.bank import MODELS, ROLES
from tests.support.blackhole import Proxy, proxy

__all__ = ["MODELS", "ROLES"]

NUMBERS = itertools.count(1)
QUICK = {"connect_timeout": 2, "tcp_user_timeout": 1500, "keepalives_idle": 1, "keepalives_interval": 1, "keepalives_count": 1}
BOUND = 10
"""Seconds within which a unit on a silent connection must have ended; its time-outs add up to less than half of that."""


@pytest.fixture
def database(scratch: Any) -> Iterator[Database]:
    """The scratch database by a pool of its own."""
    engine = sa.create_engine(database_url(), pool_size=3)
    yield Database(engine, scratch.registry, schema=scratch.database.schema)
    assert engine.pool.checkedout() == 0, "a connection was not given back"
    engine.dispose()


@pytest.fixture
def account(scratch: Any) -> int:
    """The id of a committed account with balance 100."""
    return int(scratch.run(lambda unit: unit["account"].create({"name": f"lost{next(NUMBERS)}", "balance": 100}).id))


def balance(scratch, account):
    return scratch.run(lambda unit: unit["account"].browse(account).balance)


def cut(scratch: Any, *pids: int) -> None:
    """End server processes, and wait until they are gone."""
    with scratch.database.engine.connect() as connection:
        for pid in pids:
            gone = connection.exec_driver_sql(f"SELECT pg_terminate_backend({pid}, 20000)").scalar()
            assert gone


def pid_of(unit: Any) -> int:
    return int(unit.unit.connection.info.backend_pid)


# ---- cut --------------------------------------------------------------------------------------------------------------


def in_a_read(unit, account):
    unit.clear()
    return unit["account"].browse(account).name


def in_a_flush(unit, account):
    unit["account"].browse(account).balance = 1
    unit.flush()


def in_a_savepoint(unit, account):
    with unit.savepoint():
        in_a_flush(unit, account)


def in_a_savepoint_whose_error_is_swallowed(unit, account):
    try:
        in_a_savepoint(unit, account)
    except AppError:
        unit.clear()
        in_a_read(unit, account)


def at_the_commit(unit, account):
    unit["account"].browse(account).balance = 1


@pytest.mark.parametrize(
    "moment", [in_a_read, in_a_flush, in_a_savepoint, in_a_savepoint_whose_error_is_swallowed, at_the_commit]
)
def test_a_cut_connection_ends_its_unit_and_the_next_works(scratch, database, account, moment):
    """A clear error with code and status, no second try, nothing saved; the pool recovers."""
    calls, undone = [], []

    def work(unit):
        calls.append(1)
        unit.on_rollback(lambda: undone.append(1))
        assert unit["account"].browse(account).balance == 100
        cut(scratch, pid_of(unit))
        moment(unit, account)

    with pytest.raises(Unavailable) as caught:
        database.superuser().run(work)

    assert (caught.value.code, caught.value.status) == ("database-unavailable", 503)
    assert (calls, undone) == ([1], [1])
    assert balance(scratch, account) == 100
    assert database.superuser().run(lambda unit: unit["account"].browse(account).balance) == 100


def test_a_unit_with_a_lock_that_is_cut_lets_go_of_it(scratch, database, account):
    """Locks end with their unit, however it ended."""

    def work(unit):
        cut(scratch, pid_of(unit))
        in_a_read(unit, account)

    with pytest.raises(Unavailable):
        database.superuser().run(work, lock="cut till")
    assert scratch.run(lambda unit: 1, lock="cut till") == 1


@pytest.mark.parametrize("lock", [None, "till of the dead"])
def test_connections_that_died_in_the_pool_are_not_noticed_by_anybody(scratch, database, account, lock):
    """The database was started anew, say: every unit afterwards works at the first try."""
    envs = [database.superuser().unit_of_work() for _number in range(3)]
    pids = [pid_of(each.__enter__()) for each in envs]
    for each in envs:
        each.__exit__(None, None, None)
    cut(scratch, *pids)
    calls = []

    for _number in range(3):
        database.superuser().run(lambda unit: calls.append(unit["account"].browse(account).balance), lock=lock)
    assert calls == [100, 100, 100]


def test_a_server_that_is_not_there_is_a_clear_error(scratch):
    """No connection to be had: the same error."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    engine = sa.create_engine(f"postgresql+psycopg://nobody@127.0.0.1:{port}/nothing")

    with pytest.raises(Unavailable) as caught:
        Database(engine, scratch.registry).superuser().run(lambda unit: 1)
    assert caught.value.status == 503
    assert str(port) not in str(caught.value)


# ---- silent -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def way() -> Iterator[Proxy]:
    """A way to the database that can go silent."""
    with proxy(database_url()) as made:
        yield made


@pytest.fixture
def far(scratch: Any, way: Proxy) -> Iterator[Database]:
    """The scratch database by that way, with short time-outs."""
    engine = sa.create_engine(way.url(**QUICK), pool_size=3)
    yield Database(engine, scratch.registry, schema=scratch.database.schema)
    assert engine.pool.checkedout() == 0
    engine.dispose()


def refused_in_time(attempt: Callable[[], Any]) -> None:
    """`Unavailable`, and not later than `BOUND`."""
    began = time.monotonic()
    with pytest.raises(Unavailable) as caught:
        attempt()
    assert time.monotonic() - began < BOUND
    assert caught.value.status == 503


def test_a_unit_whose_connection_goes_silent_ends_in_time(scratch, far, way, account):
    """Black-holed in a unit: bounded time, clear error, nothing saved, and the pool recovers."""

    def work(unit):
        in_a_flush(unit, account)
        way.go_silent()
        return in_a_read(unit, account)

    refused_in_time(lambda: far.superuser().run(work))
    way.speak()
    assert far.superuser().run(lambda unit: unit["account"].browse(account).name)
    assert balance(scratch, account) == 100


def test_a_server_that_goes_silent_while_it_works_is_given_up(scratch, far, way):
    """Nothing is under way that could go unconfirmed: keep-alives find out."""
    pids = []

    def work(unit):
        pids.append(pid_of(unit))
        unit.unit.connection.add_notice_handler(lambda _notice: way.go_silent())
        unit.unit.run("DO $$ BEGIN RAISE WARNING 'it has begun'; PERFORM pg_sleep(60); END $$")

    refused_in_time(lambda: far.superuser().run(work))
    assert len(pids) == 1  # it was under way, and not begun again
    cut(scratch, *pids)


def test_a_pool_of_silent_connections_recovers(scratch, far, way, account):
    """The first unit afterwards waits for its time-out, throws the others away and takes a new connection."""
    opened = [far.superuser().unit_of_work() for _number in range(3)]
    for each in opened:
        each.__enter__()
    for each in opened:
        each.__exit__(None, None, None)
    way.go_silent()
    way.speak()
    began = time.monotonic()

    for _number in range(3):
        assert far.superuser().run(lambda unit: unit["account"].browse(account).balance) == 100
    assert time.monotonic() - began < BOUND


def test_a_silent_server_refuses_new_connections_in_time(far, way):
    """`connect_timeout`: somebody takes the call and says nothing."""
    reached = []
    way.go_silent()
    refused_in_time(lambda: far.superuser().run(reached.append))
    assert not reached


@pytest.mark.parametrize("options", [{}, QUICK])
def test_every_connection_knows_when_to_give_up(scratch, way, options):
    """Without a word in the URL the time-outs are there, at both ends; a URL may say otherwise."""
    engine = sa.create_engine(way.url(**options))
    expected = {name: str(value) for name, value in {**SILENCE, **options}.items()}
    with Database(engine, scratch.registry, schema=scratch.database.schema).superuser().unit_of_work() as unit:
        known = unit.unit.connection.info.get_parameters()
        watchful = unit.unit.rows("SELECT current_setting('client_connection_check_interval')")
    engine.dispose()

    assert known.items() >= expected.items()
    assert watchful == [("10s",)]


# ---- lost to another unit ---------------------------------------------------------------------------------------------


def lose(scratch, unit, account):
    """Read, let another unit change the same row, then change it, too: PostgreSQL refuses."""
    record = unit["account"].browse(account)
    seen = record.balance
    scratch.run(lambda other: other["account"].browse(account).write({"balance": seen + 100}))
    record.balance = seen + 1
    unit.flush()


@pytest.mark.parametrize("answer", ["returns", "raises"])
def test_a_lost_unit_is_called_again_whatever_was_made_of_it(scratch, account, answer):
    """Up to five tries: also when somebody caught the error, as a form does that shows what is wrong."""
    calls = []

    def work(unit):
        calls.append(1)
        if len(calls) > 1:
            unit["account"].browse(account).balance += 1
            return "saved"
        try:
            with unit.savepoint():
                lose(scratch, unit, account)
        except ConflictError:
            if answer == "raises":
                raise KeyError("the form is shown again") from None
        return "shown again"

    assert scratch.run(work) == "saved"
    assert balance(scratch, account) == 201
    assert calls == [1, 1]


def test_at_the_last_try_the_answer_is_the_functions(scratch, account):
    """After five tries what the function made of it comes out."""
    calls = []

    def work(unit):
        calls.append(1)
        try:
            lose(scratch, unit, account)
        except ConflictError:
            raise KeyError("the form is shown again") from None

    with pytest.raises(KeyError):
        scratch.run(work)
    assert len(calls) == 5


def test_what_was_committed_is_not_called_again(scratch, account):
    """A callback after the commit that loses to others does not make the unit run a second time; the others are called."""
    calls, effects = [], []

    def after():
        effects.append(1)
        raise Retry

    def work(unit):
        calls.append(1)
        unit["account"].browse(account).balance += 1
        unit.after_commit(after)
        unit.after_commit(lambda: effects.append(2))

    with pytest.raises(Retry):
        scratch.run(work)
    assert (calls, effects) == ([1], [1, 2])
    assert balance(scratch, account) == 101


def test_several_locks_are_taken_in_one_order(scratch):
    """A unit may declare locks: two units that name them the other way round do not wait for each other."""
    taken = []
    scratch.run(lambda unit: taken.append(unit.unit.locks), lock=("b", "a"))
    scratch.run(lambda unit: taken.append(unit.unit.locks), lock=["a", "b"])

    assert taken == [("a", "b"), ("a", "b")]
    scratch.run(lambda unit: None, lock="a")
