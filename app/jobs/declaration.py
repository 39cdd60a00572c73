"""`@job`: which functions can be run by a worker, under which names, and how one is put into the queue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from app.jobs.broker import QUEUES, Broker, NoBroker

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.recordset import Recordset

DEFAULT_TRIES: Final = 5
DEFAULT_LEASE: Final = 30


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
        env.after_commit(partial(broker.push, self.queue, row.ids[0], 0))
        return row.with_env(env)


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
