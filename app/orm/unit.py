"""One unit of work: a connection in a transaction, the store that all envs of it share, and what happens at its end.

Only here a transaction begins, commits or rolls back, and only here statements are sent. PostgreSQL runs at REPEATABLE READ:
the first statement fixes what the unit sees, and two units that change the same row can't both win.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import IsolationLevel
from sqlalchemy.exc import SQLAlchemyError

from app.orm import failures
from app.orm.i18n import _
from app.orm.store import Store

if TYPE_CHECKING:
    from app.orm.audit import AuditTrail
    from app.orm.env import Database, Env
    from app.orm.registry import Registry


class QueryCount:
    """How many statements were sent while it was open."""

    def __init__(self) -> None:
        self.total = 0
        self.statements: list[str] = []


class Unit:
    """A transaction and everything that lives as long as it."""

    def __init__(
        self, database: Database, readonly: bool = False, locks: Iterable[str] = (), safe: bool = False, repeatable: bool = False
    ) -> None:
        self.database, self.readonly, self.safe = database, readonly, safe
        self.registry = database.registry
        """The declarations of this unit, custom fields among them; another one's change of them does not touch it."""
        self.locks = tuple(sorted(set(locks)))
        """Names, in one order everywhere, so that two units never wait for each other."""
        self.repeatable = repeatable
        """Whether whoever opened it calls its function again after a `Retry`."""
        self.lost: failures.Retry | None = None
        self.thread = threading.get_ident()
        self.closed = self.committed = False
        self.store = Store()
        self.envs: dict[Any, Env] = {}
        self.users: dict[int | None, Any] = {}
        self.after_commit: list[Callable[[], Any]] = []
        self.on_rollback: list[Callable[[], Any]] = []
        self.counts: list[QueryCount] = []
        self.depth = 0
        self.guarding = False
        self.spoilt: int | None = None
        self.trail: AuditTrail | None = None
        self._now: datetime | None = None
        try:
            self._fairy = database.engine.raw_connection()
        except (SQLAlchemyError, psycopg.Error) as error:
            raise failures.Unreachable from error
        driver: Any = self._fairy.dbapi_connection
        self.connection: psycopg.Connection[Any] = driver
        self.connection.rollback()
        self.connection.isolation_level = IsolationLevel.REPEATABLE_READ
        self.connection.read_only = True if readonly else None
        self.cursor: psycopg.Cursor[Any] = self.connection.cursor()

    def take_locks(self) -> None:
        """Take the named locks before the transaction begins: its first SELECT, theirs included, would fix the snapshot."""
        if not self.locks:
            return
        try:
            self.connection.autocommit = True
            for lock in self.locks:
                self.connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (lock,))
            self.connection.autocommit = False
        except psycopg.Error as error:
            raise self._translated(error) from error

    # ---- statements -----------------------------------------------------------------------------------------------

    def check_open(self) -> None:
        """Refuse use after the end and from another thread."""
        if self.closed:
            raise RuntimeError("this unit of work is closed; its records and envs can't be used any more")
        if self.thread != threading.get_ident():
            raise RuntimeError("a unit of work belongs to the thread that opened it")

    def check_won(self) -> None:
        """`Retry` when another unit won and whoever opened this one may call its function again."""
        if self.repeatable and self.lost is not None:
            raise self.lost

    def run(self, statement: str, params: Mapping[str, Any] | None = None) -> psycopg.Cursor[Any]:
        """Send one statement; driver errors come out as the ORM's errors."""
        for count in self.counts:
            count.total += 1
            count.statements.append(statement)
        if self.store.owners and not statement.startswith("SELECT"):
            self.store.owners.clear()
        try:
            self.cursor.execute(statement, params)
        except psycopg.Error as error:
            raise self._translated(error) from error
        return self.cursor

    def _translated(self, error: psycopg.Error) -> Exception:
        """The ORM's error; that another unit won is remembered, whoever swallows it."""
        if self.connection.closed:
            return failures.Unavailable()
        found = failures.translated(error, self.registry)
        if isinstance(found, failures.Retry) and not self.safe:
            self.lost = found
        return found

    def rows(self, statement: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Send one statement and fetch all its rows."""
        return self.run(statement, params).fetchall()

    @property
    def now(self) -> datetime:
        """The transaction's time, aware, in UTC."""
        if self._now is None:
            moment: datetime = self.rows("SELECT now()")[0][0]
            self._now = moment.astimezone(UTC)
        return self._now

    @now.setter
    def now(self, moment: datetime) -> None:
        self._now = moment.astimezone(UTC)

    # ---- savepoints -----------------------------------------------------------------------------------------------

    @contextmanager
    def savepoint(self, flush: Callable[[], None]) -> Iterator[None]:
        """Undo rows, pending values and recomputations of the inside when it raises."""
        flush()
        self.depth += 1
        name = f"s{self.depth}"
        self._mark(f"SAVEPOINT {name}")
        marks = len(self.after_commit), len(self.on_rollback)
        trail = self.trail.snapshot() if self.trail else None
        registry = self.registry
        try:
            yield
            flush()
        except BaseException:
            if not self.connection.closed:  # else what cut the connection is what has to be told
                self._mark(f"ROLLBACK TO SAVEPOINT {name}")
            self._forget(marks, trail)
            self.adopt(registry)
            if self.spoilt is not None and self.spoilt >= self.depth:
                self.spoilt = None
            raise
        finally:
            if not self.connection.closed:
                self._mark(f"RELEASE SAVEPOINT {name}")
            self.depth -= 1

    def _mark(self, statement: str) -> None:
        """A statement about savepoints; it is not counted."""
        try:
            self.cursor.execute(statement.encode())
        except psycopg.Error as error:
            raise self._translated(error) from error

    @contextmanager
    def guard(self) -> Iterator[None]:
        """One step that must leave nothing behind when it fails.

        In a test's unit it has a savepoint of its own, so that the test may go on; elsewhere the unit is spoilt and can't be
        committed any more, even if somebody swallows the error.
        """
        if self.guarding:
            yield
            return
        self.guarding = True
        try:
            if self.safe:
                with self.savepoint(lambda: None):
                    yield
            else:
                yield
        except BaseException:
            if not self.safe:
                self.spoilt = self.depth
            raise
        finally:
            self.guarding = False

    def _forget(self, marks: tuple[int, int], trail: Any) -> None:
        self.store.clear()
        for env in self.envs.values():
            env.forget()
        self.users.clear()
        del self.after_commit[marks[0] :]
        del self.on_rollback[marks[1] :]
        if self.trail:
            self.trail.restore(trail)

    def adopt(self, registry: Registry) -> None:
        """Go on with other declarations: custom fields were read anew, defined or undone."""
        if registry is not self.registry:
            self.registry = registry
            self.store.taker = None
            for env in self.envs.values():
                env.adopt(registry)

    # ---- the end --------------------------------------------------------------------------------------------------

    def commit(self) -> None:
        """Commit, close, then do what waited for the commit."""
        if self.spoilt is not None:
            raise RuntimeError(
                "a step of this unit failed and the error was swallowed: it can't be committed (use env.savepoint())"
            )
        try:
            self.connection.commit()
        except psycopg.Error as error:
            raise self._translated(error) from error
        self.committed = True
        self._close()
        _call_all(self.after_commit)

    def rollback(self) -> None:
        """Undo everything, close, then do what waited for that; a broken connection leaves the pool."""
        try:
            if not self.connection.closed:
                self.connection.rollback()
        except psycopg.Error:
            self.connection.close()
        self._close()
        _call_all(self.on_rollback)

    def _close(self) -> None:
        """Give the connection back as it came, or throw it away: locks that can't be given back end with it."""
        self.closed = True
        connection = self.connection
        try:
            if self.locks and not connection.closed:
                connection.autocommit = True
                connection.execute("SELECT pg_advisory_unlock_all()")
                connection.autocommit = False
            if not connection.closed:
                connection.isolation_level = None
                connection.read_only = None
        except psycopg.Error:
            connection.close()
        if connection.closed:
            self._fairy.invalidate()
        else:
            self._fairy.close()

    def __reduce__(self) -> Any:
        raise TypeError(str(_("A unit of work can't be pickled.")))


def _call_all(callbacks: list[Callable[[], Any]]) -> None:
    """Call them all in order, also when one fails; its error comes out at the end."""
    with ExitStack() as stack:
        for callback in reversed(callbacks):
            stack.callback(callback)
