"""orm.md, sections 9 and 10: several processes on one database."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from app.orm import UserError
from app.orm.env import Database
from app.orm.testing import test_url as database_url
from tests.orm import actors
from tests.orm.actors import CONTEXT, MODELS, Failure, Stage
from tests.orm.bank import ROLES

__all__ = ["MODELS", "ROLES"]

NUMBERS = itertools.count(1)


@pytest.fixture
def stage(scratch: Any) -> Iterator[Stage]:
    """Where other processes play, on the schema of this file."""
    made = Stage(database_url(), scratch.database.schema)
    yield made
    made.close()


@pytest.fixture
def account(scratch: Any) -> int:
    """The id of a committed account."""
    return int(scratch.run(lambda unit: unit["account"].create({"name": f"a{next(NUMBERS)}", "balance": 100}).id))


def values_of(env, account, *names):
    """Committed values."""
    return env.run(lambda unit: tuple(unit["account"].browse(account)[name] for name in names))


# ---- one record, two writers ------------------------------------------------------------------------------------------


def test_different_fields_of_one_record_are_both_kept(scratch, stage, account):
    """Two units that change one row can't both win at once: one is called again, and both changes stay."""
    barrier = CONTEXT.Barrier(2)
    before = values_of(scratch, account, "revision")[0]
    calls = stage.play(
        (actors.write_after_both_read, (barrier, account, {"note": "one"})),
        (actors.write_after_both_read, (barrier, account, {"balance": 7})),
    )

    assert sorted(calls) == [1, 2]
    assert values_of(scratch, account, "note", "balance", "double", "revision") == ("one", 7, 14, before + 2)


def test_the_same_field_goes_to_the_one_who_came_last(scratch, stage, account):
    """Without an expected revision, the unit that lost is called again and overwrites."""
    barrier = CONTEXT.Barrier(2)
    calls = stage.play(
        (actors.write_after_both_read, (barrier, account, {"balance": 1})),
        (actors.write_after_both_read, (barrier, account, {"balance": 2})),
    )

    assert sorted(calls) == [1, 2]
    assert values_of(scratch, account, "balance", "double") == (calls.index(2) + 1, (calls.index(2) + 1) * 2)


def test_of_two_with_one_revision_the_second_learns_both_values(scratch, stage, account):
    """`write(vals, expected=revision)` raises `ConflictError` with both values when the field was changed since."""
    barrier = CONTEXT.Barrier(2)
    revision = values_of(scratch, account, "revision")[0]
    outcomes = stage.play(
        (actors.write_expecting, (barrier, account, {"note": "mine"}, revision)),
        (actors.write_expecting, (barrier, account, {"note": "yours"}, revision)),
    )

    assert outcomes.count(None) == 1
    kept = ("mine", "yours")[outcomes.index(None)]
    lost = ("mine", "yours")[1 - outcomes.index(None)]
    assert outcomes[1 - outcomes.index(None)] == ("ConflictError", {"note": {"yours": lost, "theirs": kept}}, 409)
    assert values_of(scratch, account, "note") == (kept,)


def test_other_fields_merge_with_one_revision(scratch, stage, account):
    """Other fields merge."""
    barrier = CONTEXT.Barrier(2)
    revision = values_of(scratch, account, "revision")[0]
    outcomes = stage.play(
        (actors.write_expecting, (barrier, account, {"note": "mine"}, revision)),
        (actors.write_expecting, (barrier, account, {"balance": 5}, revision)),
    )

    assert outcomes == [None, None]
    assert values_of(scratch, account, "note", "balance") == ("mine", 5)


def test_nothing_is_lost_by_adding_at_once(scratch, stage, account):
    """security.md: read-modify-write at REPEATABLE READ with retry lost none, without any lock."""
    barrier = CONTEXT.Barrier(2)
    stage.play(*[(actors.increment, (barrier, account, 40))] * 2)

    assert values_of(scratch, account, "balance", "double") == (180, 360)


def test_deadlocks_are_resolved(scratch, stage):
    """Five tries on deadlock: two that go A then B against two that go B then A, and nobody gives up."""
    ids = scratch.run(lambda unit: unit["account"].create([{"name": f"d{next(NUMBERS)}"} for _n in range(2)]).ids)
    pairs = CONTEXT.Barrier(2)
    others = scratch.run(lambda unit: unit["account"].create([{"name": f"d{next(NUMBERS)}"} for _n in range(2)]).ids)
    other_pairs = CONTEXT.Barrier(2)
    calls = stage.play(
        (actors.write_in_turn, (pairs, [*ids, *others], 1)),
        (actors.write_in_turn, (pairs, [*ids[::-1], *others], 2)),
        (actors.write_in_turn, (other_pairs, [*others, *ids], 3)),
        (actors.write_in_turn, (other_pairs, [*others[::-1], *ids], 4)),
    )

    assert all(isinstance(each, int) for each in calls), calls
    assert sum(calls) > 4
    assert len({values_of(scratch, each, "balance") for each in (*ids, *others)}) == 1


def test_moves_of_two_processes_make_no_cycle(scratch, stage):
    """A tree refuses cycles, also when two units move at once, and also through records between them."""
    moves: list[list[tuple[int, int]]] = [[], []]
    for _round in range(3):
        (top, low), (other_top, other_low) = (scratch.run(_chain) for _tree in range(2))
        moves[0].append((top, other_low))
        moves[1].append((other_top, low))
    barrier = CONTEXT.Barrier(2)
    first, second = stage.play(*((actors.move, (barrier, part)) for part in moves))

    for one, other in zip(first, second, strict=True):
        assert sorted([str(one), str(other)]) == ["None", "ValidationError"]
    scratch.run(_assert_no_cycle)


def _chain(unit):
    top = unit["knot"].create({"name": "top"})
    middle = unit["knot"].create({"name": "middle", "parent_id": top})
    return top.id, unit["knot"].create({"name": "low", "parent_id": middle}).id


def _assert_no_cycle(unit):
    for knot in unit["knot"].search([]):
        seen = set()
        while knot:
            assert knot.id not in seen
            seen.add(knot.id)
            knot = knot.parent_id  # noqa: PLW2901 - walks up


# ---- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_twenty_processes_draw_six_hundred_numbers_without_a_gap(scratch, stage):
    """`gapless=True` holds under parallel issue, whether or not the unit declared the lock, and failed units give back."""
    code = f"invoice{next(NUMBERS)}"
    scratch.run(lambda unit: unit.sequence(code, gapless=True))
    barrier = CONTEXT.Barrier(20)
    parts = [(actors.draw, (barrier, code, 30, f"sequence.{code}" if actor % 2 else None)) for actor in range(20)]
    drawn = stage.play(*parts)

    assert not [each for each in drawn if isinstance(each, Failure)]
    assert sorted(number for numbers in drawn for number in numbers) == list(range(1, 601))
    assert all(numbers == sorted(numbers) for numbers in drawn)
    kept = scratch.run(lambda unit: unit["account"].search([("name", "=like", f"{code} %")]).mapped("balance"))
    assert sorted(kept) == list(range(1, 601))


# ---- what others see --------------------------------------------------------------------------------------------------


@pytest.fixture
def teller(scratch: Any) -> int:
    """The id of a committed user."""
    return int(scratch.run(lambda unit: unit.new_user(f"u{next(NUMBERS)}", roles=["teller"]).id))


def test_changes_of_roles_and_of_what_rules_look_at_are_seen_elsewhere_at_once(scratch, stage, teller):
    """Registry changes (roles, rules) are seen everywhere by the next unit: they are read in its first statement."""
    safe = scratch.run(lambda unit: unit["safe"].create({"name": "s", "owner_id": teller}).id)
    watcher = stage.start(actors.watch, teller, safe)
    assert (seen := watcher.answer())["roles"] == ["teller"], seen
    assert seen["named"]

    scratch.run(lambda unit: unit["safe"].browse(safe).write({"owner_id": None}))
    watcher.tell()
    assert watcher.answer()["seen"] == []

    scratch.run(lambda unit: unit["user"].browse(teller).write({"role_ids": []}))
    watcher.tell()
    assert watcher.answer()["roles"] == []

    scratch.run(lambda unit: unit["user"].browse(teller).write({"active": False}))
    watcher.tell()
    assert watcher.answer()["active"] is False


def test_a_new_version_of_the_registry_is_read_once_elsewhere(scratch, stage, teller):
    """Their version is read in each unit's first statement; who has an older one loads what has changed."""
    watcher = stage.start(actors.watch, teller, 0)
    before = watcher.answer()["reloads"]
    scratch.run(lambda unit: unit["registry.version"].create({"reason": "a test"}))
    seen = []
    for _unit in range(3):
        watcher.tell()
        seen.append(watcher.answer()["reloads"])

    assert seen == [before + 1] * 3


def test_a_killed_process_leaves_no_lock_behind(scratch, stage, account):
    """Locks end with the connection: nobody waits for a process that was killed."""
    holder = stage.start(actors.hold, account, "till")
    assert holder.answer() == "held"
    assert not scratch.run(lambda unit: unit["account"].browse(account).try_lock_for_update())
    holder.end()

    scratch.run(lambda unit: unit["account"].browse(account).lock_for_update(), lock="till")


# ---- waiting has an end -----------------------------------------------------------------------------------------------


def test_waiting_for_a_row_ends_with_an_error_of_its_own(scratch, stage, account):
    """`lock_timeout`: `UserError` 422 "locked", nothing is saved, and the unit goes on after a savepoint."""
    holder = stage.start(actors.hold, account, "other till")
    assert holder.answer() == "held"

    def work(unit):
        unit.unit.run("SET LOCAL lock_timeout = '50ms'")
        with pytest.raises(UserError) as caught, unit.savepoint():
            unit["account"].browse(account).balance = 1
            unit.flush()
        assert (caught.value.reason, caught.value.status) == ("locked", 422)
        return unit["account"].search_count([("id", "=", account)])

    assert scratch.run(work) == 1
    holder.tell()
    assert holder.answer() is None
    assert values_of(scratch, account, "balance") == (100,)


def test_waiting_for_a_named_lock_ends_with_an_error_of_its_own(scratch, stage, account):
    """`lock_timeout` holds for the locks that a unit declares, too; the pool gives a good connection afterwards."""
    holder = stage.start(actors.hold, account, "third till")
    assert holder.answer() == "held"
    calls = []
    engine = sa.create_engine(database_url(), pool_size=1, max_overflow=0, pool_timeout=1)
    impatient = Database(engine, scratch.registry, schema=scratch.database.schema)
    with engine.connect() as connection:
        former = connection.exec_driver_sql("SHOW lock_timeout").scalar()
        connection.exec_driver_sql("SET lock_timeout = '50ms'")
        connection.commit()
    with pytest.raises(UserError) as caught:
        impatient.superuser().run(lambda unit: calls.append(1), lock="third till")
    assert (former, caught.value.reason, caught.value.status, calls) == ("15s", "locked", 422, [])
    impatient.superuser().run(lambda unit: calls.append(1))

    holder.tell()
    assert holder.answer() is None
    impatient.superuser().run(lambda unit: calls.append(2), lock="third till")
    engine.dispose()
    assert calls == [1, 2]


def test_a_statement_that_takes_too_long_is_stopped_with_an_error_of_its_own(scratch, account):
    """`statement_timeout`: `UserError` 422 "time-out"; nothing is saved."""

    def work(unit):
        unit["account"].browse(account).balance = 1
        unit.flush()
        unit.unit.run("SET LOCAL statement_timeout = '50ms'")
        unit.unit.rows("SELECT count(*) FROM generate_series(1, 1000000000)")

    with pytest.raises(UserError) as caught:
        scratch.run(work)
    assert (caught.value.reason, caught.value.status) == ("time-out", 422)
    assert values_of(scratch, account, "balance") == (100,)
