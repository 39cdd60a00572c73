"""`@job`: which functions can be run by a worker, under which names, and how one is put into the queue."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from app.jobs.broker import QUEUES, Broker, NoBroker

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.recordset import Recordset
    from app.orm.unit import Unit

DEFAULT_TRIES: Final = 5
DEFAULT_LEASE: Final = 30
MOST_IDS: Final = 5000
"""How many ids gather in one job before the next is begun."""


@dataclass(frozen=True, slots=True)
class JobFunction:
    """A function that workers run; calling it runs it here and now.

    With ``chunk`` its argument ``ids`` is handed over in pieces of that size, each piece in a unit of
    work of its own that also writes the progress: what was done stays done if the worker dies. Without
    it the whole function is one unit. ``lease`` is how many seconds a unit may take before another
    worker thinks this one dead.
    """

    function: Callable[..., Any]
    name: str
    queue: str
    tries: int
    chunk: int | None
    lease: int

    def __call__(self, env: Env, **arguments: Any) -> Any:
        return self.function(env, **arguments)

    def enqueue(self, env: Env, **arguments: Any) -> Recordset:
        """Writes the job in this unit; it runs after the commit, as this user with the rights he has then.

        Arguments must be JSON: ids rather than records. Returns the row, for its progress.
        """
        row: Recordset = self._enqueue(env, arguments)[0]
        return row.with_env(env)

    def join(self, env: Env, ids: list[int], **arguments: Any) -> Recordset:
        """Like `enqueue`, but what a unit asks for in many small steps becomes one job: its ids are added to that one's.

        Whether that job still stands is seen by its message: undoing a savepoint takes both away.
        """
        queued = _queued.setdefault(env.unit, {})
        key = (self.name, env.uid, json.dumps(arguments, sort_keys=True))
        found = queued.get(key)
        row: Any = env.sudo("ids join a job")["job"].browse(found[0] if found else ())
        if found is None or found[1] not in env.unit.after_commit or row.total + len(ids) > MOST_IDS:
            row, message = self._enqueue(env, {**arguments, "ids": ids})
            queued[key] = (row.ids[0], message)
        else:
            together = list(dict.fromkeys([*row.args["ids"], *ids]))
            row.write({"args": {**arguments, "ids": together}, "total": len(together)})
        own: Recordset = row.with_env(env)
        return own

    def _enqueue(self, env: Env, arguments: dict[str, Any]) -> tuple[Any, Callable[[], Any]]:
        """The row, and the message that goes out after the commit."""
        jobs = env.sudo("a job is put into the queue")["job"]
        row = jobs.create(
            {
                "name": self.name,
                "queue": self.queue,
                "args": arguments,
                "uid": env.uid,
                "total": len(arguments["ids"]) if self.chunk else 1,
                "run_after": env.now,
            }
        )
        broker: Broker = env.services.broker if env.services is not None else NoBroker()
        message = partial(broker.push, self.queue, row.ids[0], 0)
        env.after_commit(message)
        return row, message


_queued: Final[WeakKeyDictionary[Unit, dict[tuple[Any, ...], tuple[int, Callable[[], Any]]]]] = WeakKeyDictionary()
"""By unit, number and message of the jobs that more ids may join; no records, which would keep their unit alive."""


known_jobs: Final[dict[str, JobFunction]] = {}
"""Every declared job by the name that its rows carry."""


def job(
    *, queue: str = "default", tries: int = DEFAULT_TRIES, chunk: int | None = None, lease: int = DEFAULT_LEASE
) -> Callable[[Callable[..., Any]], JobFunction]:
    """Declares ``function(env, **arguments)`` as a job; its name is its module and its own."""
    if queue not in QUEUES:
        raise ValueError(f"There is no queue {queue!r}; choose one of {', '.join(QUEUES)}.")

    def declare(function: Callable[..., Any]) -> JobFunction:
        name = f"{function.__module__}.{function.__qualname__}"
        declared = JobFunction(function, name, queue, tries, chunk, lease)
        known_jobs[name] = declared
        return declared

    return declare
