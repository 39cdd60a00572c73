"""One unit of work: a connection in a transaction, the store that all envs of it share, and what happens at its end.

Only here a transaction begins, commits or rolls back, and only here statements are sent. PostgreSQL runs at REPEATABLE READ:
the first statement fixes what the unit sees, and two units that change the same row can't both win.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
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


class QueryCount:
    """How many statements were sent while it was open."""

    def __init__(self) -> None:
        self.total = 0
        self.statements: list[str] = []


class Unit:
    """A transaction and everything that lives as long as it."""

    def __init__(self, database: Database, readonly: bool = False, lock: str | None = None, safe: bool = False) -> None:
        self.database, self.readonly, self.lock, self.safe = database, readonly, lock, safe
        self.thread = threading.get_ident()
        self.closed = False
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
        except SQLAlchemyError as error:
            raise failures.Unavailable from error
        driver: Any = self._fairy.dbapi_connection
        self.connection: psycopg.Connection[Any] = driver
        try:
            self._prepare(lock)
        except psycopg.Error as error:
            self._fairy.invalidate()
            raise failures.translated(error, database.registry) from error
        self.cursor: psycopg.Cursor[Any] = self.connection.cursor()

    def _prepare(self, lock: str | None) -> None:
        """Take the named lock before the transaction begins: its first SELECT would fix the snapshot."""
        connection = self.connection
        connection.rollback()
        if lock is not None:
            connection.autocommit = True
            connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (lock,))
            connection.autocommit = False
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True if self.readonly else None

    # ---- statements -----------------------------------------------------------------------------------------------

    def check_open(self) -> None:
        """Refuse use after the end and from another thread."""
        if self.closed:
            raise RuntimeError("this unit of work is closed; its records and envs can't be used any more")
        if self.thread != threading.get_ident():
            raise RuntimeError("a unit of work belongs to the thread that opened it")

    def run(self, statement: str, params: Mapping[str, Any] | None = None) -> psycopg.Cursor[Any]:
        """Send one statement; driver errors come out as the ORM's errors."""
        for count in self.counts:
            count.total += 1
            count.statements.append(statement)
        try:
            self.cursor.execute(statement, params)
        except psycopg.Error as error:
            raise failures.translated(error, self.database.registry) from error
        return self.cursor

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
        self.cursor.execute(f"SAVEPOINT {name}".encode())
        marks = len(self.after_commit), len(self.on_rollback)
        trail = self.trail.snapshot() if self.trail else None
        try:
            yield
            flush()
        except BaseException:
            self.cursor.execute(f"ROLLBACK TO SAVEPOINT {name}".encode())
            self._forget(marks, trail)
            if self.spoilt is not None and self.spoilt >= self.depth:
                self.spoilt = None
            raise
        finally:
            self.cursor.execute(f"RELEASE SAVEPOINT {name}".encode())
            self.depth -= 1

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
            raise failures.translated(error, self.database.registry) from error
        self._close()
        for callback in self.after_commit:
            callback()

    def rollback(self) -> None:
        """Undo everything, close, then do what waited for that; a broken connection leaves the pool."""
        try:
            if not self.connection.closed:
                self.connection.rollback()
            self._close()
        except psycopg.Error:
            self._fairy.invalidate()
        for callback in self.on_rollback:
            callback()

    def _close(self) -> None:
        self.closed = True
        connection = self.connection
        if connection.closed:
            self._fairy.invalidate()
        else:
            if self.lock is not None:
                connection.autocommit = True
                connection.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", (self.lock,))
                connection.autocommit = False
            connection.isolation_level = None
            connection.read_only = None
            self._fairy.close()

    def __reduce__(self) -> Any:
        raise TypeError(str(_("A unit of work can't be pickled.")))
