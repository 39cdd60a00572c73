"""Other processes for the tests of concurrency: they fork from a server that has the models built, so many cost little.

An actor is a function of this module or of a test file's helpers that gets a `Database` on the test's schema. `Stage.play`
starts one process for each, all at once, and gives what they returned; `Stage.start` gives one that the test talks with.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.orm import Access, AppError, ConflictError, CurrentUser, Model, Rule, fields
from app.orm.env import Database
from app.orm.registry import Registry
from app.orm.testing import base_declarations
from tests.orm import bank

PATIENCE = 60
"""Seconds after which an actor that has not answered has failed."""


class Safe(Model):
    """A safe that only its owner sees."""

    _name = "safe"
    access = Access(teller="crud")
    rules = [Rule("teller", [("owner_id", "=", CurrentUser)])]

    name = fields.Char()
    owner_id = fields.Many2one("user")


MODELS = (*bank.MODELS, Safe)
REGISTRY = Registry.build([*base_declarations(), *MODELS])
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload([__name__])


@dataclass
class Failure:
    """The error of the ORM that an actor raised."""

    name: str
    text: str


class Actor:
    """A running process."""

    def __init__(self, place: tuple[str, str], work: Callable[..., Any], arguments: Sequence[Any]) -> None:
        self.pipe, theirs = CONTEXT.Pipe()
        self.process = CONTEXT.Process(target=_act, args=(place, work, arguments, theirs), daemon=True)
        self.process.start()
        theirs.close()

    def answer(self) -> Any:
        """What it returned or said, or a `Failure`."""
        if not self.pipe.poll(PATIENCE):
            raise AssertionError("an actor does not answer")
        try:
            return self.pipe.recv()
        except EOFError:
            raise AssertionError("an actor died; its traceback is on standard error") from None

    def tell(self, something: Any = None) -> None:
        self.pipe.send(something)

    def end(self) -> None:
        self.process.kill()
        self.process.join(PATIENCE)
        self.pipe.close()


class Stage:
    """Where actors of one test play."""

    def __init__(self, url: str, schema: str) -> None:
        self.place = (url, schema)
        self.actors: list[Actor] = []

    def start(self, work: Callable[..., Any], *arguments: Any) -> Actor:
        """One more process; `work(database, pipe, *arguments)` when the test wants to talk with it."""
        self.actors.append(Actor(self.place, work, arguments))
        return self.actors[-1]

    def play(self, *parts: tuple[Callable[..., Any], Sequence[Any]]) -> list[Any]:
        """All at once; what they returned, in the order of the parts."""
        return [each.answer() for each in [self.start(work, *arguments) for work, arguments in parts]]

    def close(self) -> None:
        for actor in self.actors:
            actor.end()


def _act(place: tuple[str, str], work: Callable[..., Any], arguments: Sequence[Any], pipe: Any) -> None:
    url, schema = place
    database = Database(sa.create_engine(url, pool_size=2), REGISTRY, schema=schema)
    talking = (pipe,) if getattr(work, "talks", False) else ()
    try:
        pipe.send(work(database, *talking, *arguments))
    except AppError as error:
        pipe.send(Failure(type(error).__name__, str(error)))
    finally:
        database.engine.dispose()


def talks(work: Callable[..., Any]) -> Callable[..., Any]:
    """Mark an actor that gets its pipe and says something before it returns."""
    work.talks = True  # type: ignore[attr-defined]
    return work


# ---- the parts ------------------------------------------------------------------------------------------------------


def write_after_both_read(database: Database, barrier: Any, account: int, values: dict[str, Any]) -> int:
    """Write when the other one has read the record, too; how often the function was called."""
    calls: list[int] = []

    def work(env: Any) -> None:
        record = env["account"].browse(account)
        assert record.name
        calls.append(1)
        if len(calls) == 1:
            barrier.wait(PATIENCE)
        record.write(values)

    database.superuser().run(work)
    return len(calls)


def write_expecting(database: Database, barrier: Any, account: int, values: dict[str, Any], revision: int) -> Any:
    """Write with the revision that was seen; the conflicting values."""
    barrier.wait(PATIENCE)
    try:
        database.superuser().run(lambda env: env["account"].browse(account).write(values, expected=revision))
    except ConflictError as error:
        return type(error).__name__, error.conflicts, error.status
    return None


def increment(database: Database, barrier: Any, account: int, times: int) -> int:
    """Add one, that often, without any lock; how many units were lost to others on the way."""
    lost: list[int] = []

    def work(env: Any) -> None:
        lost.append(1)
        env["account"].browse(account).balance += 1

    barrier.wait(PATIENCE)
    for _number in range(times):
        database.superuser().run(work)
    return len(lost) - times


def write_in_turn(database: Database, barrier: Any, ids: list[int], value: int) -> int:
    """Change several records one after the other, each sent at once; the first time all actors have begun."""
    calls: list[int] = []

    def work(env: Any) -> None:
        calls.append(1)
        for place, each in enumerate(ids):
            env["account"].browse(each).balance = value
            env.flush()
            if place == 0 and len(calls) == 1:
                barrier.wait(PATIENCE)

    database.superuser().run(work)
    return len(calls)


def move(database: Database, barrier: Any, moves: list[tuple[int, int]]) -> list[str | None]:
    """Put records below others, each move in a unit of its own begun together with those of the others."""
    outcomes: list[str | None] = []
    for child, parent in moves:
        barrier.wait(PATIENCE)
        try:
            database.superuser().run(
                lambda env, child=child, parent=parent: env["knot"].browse(child).write({"parent_id": parent})
            )
            outcomes.append(None)
        except AppError as error:
            outcomes.append(type(error).__name__)
    return outcomes


class Changed(Exception):
    """Somebody thinks better of it."""


def draw(database: Database, barrier: Any, code: str, times: int, lock: str | None) -> list[int]:
    """Draw that many numbers, each in a unit of its own with a record; every tenth unit fails after it has drawn."""
    drawn: list[int] = []

    def work(env: Any) -> int:
        number = env.sequence(code).next()
        env["account"].create({"name": f"{code} {number}", "balance": int(number)})
        return int(number)

    def fail(env: Any) -> None:
        work(env)
        raise Changed

    barrier.wait(PATIENCE)
    for attempt in range(times):
        if attempt % 10 == 5:
            with suppress(Changed):
                database.superuser().run(fail, lock=lock)
        drawn.append(database.superuser().run(work, lock=lock))
    return drawn


@talks
def watch(database: Database, pipe: Any, uid: int, safe: int) -> None:
    """Tell, each time the test asks, what a unit of this process sees."""
    reloads: list[int] = []
    database.registry.reloaders.append(lambda env: reloads.append(env.uid))

    def look(env: Any) -> dict[str, Any]:
        seen = env["safe"].search([]).ids if "teller" in env.roles else None
        return {
            "roles": sorted(env.roles),
            "seen": seen,
            "active": env.info.active,
            "reloads": len(reloads),
            "named": safe in (seen or ()),
        }

    while True:
        pipe.send(database.env(uid=uid).run(look))
        pipe.recv()


@talks
def hold(database: Database, pipe: Any, account: int, lock: str) -> None:
    """Keep a named lock and a row until killed or told."""

    def work(env: Any) -> None:
        env["account"].browse(account).lock_for_update()
        pipe.send("held")
        pipe.recv()

    database.superuser().run(work, lock=lock)
