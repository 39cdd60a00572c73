"""Sends messages for what PostgreSQL says is due: jobs whose message was lost, whose time has come, or whose worker died."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import SQLAlchemyError

from app.base import retention
from app.jobs.runner import due
from app.orm import transient
from app.orm.errors import AppError

if TYPE_CHECKING:
    from app.jobs.broker import Broker
    from app.orm.env import Database, Env

log = logging.getLogger(__name__)

INTERVAL: Final = 5
PURGE_ROUNDS: Final = 60
MOST_AT_ONCE: Final = 1000


def reconcile(database: Database, broker: Broker) -> int:
    """Sends what is due; how many messages went out."""
    rows = database.superuser(source="job").run(_due_rows, readonly=True)
    return sum(broker.push(queue, job_id, attempts) for job_id, queue, attempts in rows)


def purge(database: Database) -> int:
    """Deletes the rows of transient models that nobody used for an hour, and old notes of the portal's own; how many."""
    env = database.superuser(source="job", tracking=False)
    return env.run(transient.purge) + env.run(retention.purge)


def _due_rows(env: Env) -> list[tuple[int, str, int]]:
    rows = env["job"].search(due(env), limit=MOST_AT_ONCE, order="run_after, id")
    return [(row.id, row.queue, row.attempts) for row in rows]


class Reconciler(threading.Thread):
    """Reconciles every few seconds, in the worker's process, until it is told to stop."""

    def __init__(self, database: Database, broker: Broker) -> None:
        super().__init__(name="reconciler", daemon=True)
        self.database = database
        self.broker = broker
        self.stopped = threading.Event()

    def run(self) -> None:
        """The thread's loop; a database that is down is asked again."""
        rounds = 0
        while not self.stopped.wait(INTERVAL):
            rounds += 1
            try:
                reconcile(self.database, self.broker)
                if rounds % PURGE_ROUNDS == 0:
                    purge(self.database)
            except (AppError, SQLAlchemyError) as error:
                log.warning("The reconciler will try again: %s", error)
