"""Runs one job: claims its row, does its units as its user, writes down how it ended.

How nothing gets lost and nothing is done twice. A claim counts the row's attempts up and takes a
lease on the database's clock. Each unit of the job writes progress and lease into the row in its own
transaction, at REPEATABLE READ: if meanwhile somebody cancelled the job, or another worker took it
over, this write fails and undoes the unit with it. So an effect is there exactly when the progress
says so, whichever process died at whatever moment.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from app.jobs.declaration import DEFAULT_LEASE, JobFunction, known_jobs
from app.orm.errors import AccessError, AppError, ConflictError
from app.orm.i18n import _

if TYPE_CHECKING:
    from app.orm.env import Database, Env
    from app.orm.recordset import Recordset

log = logging.getLogger(__name__)

INTERVALS: Final = (5, 30, 120, 600, 3600)
"""Seconds before the next try, by how many there were."""

RETRIED: Final = (ConflictError,)
"""The only errors for people that time may heal."""


class Superseded(Exception):
    """The job was cancelled, or another worker took it over: this one has nothing more to say."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work at a job until the lease ends; ``attempt`` tells it from earlier claims."""

    job_id: int
    name: str
    uid: int | None
    attempt: int


def due(env: Env) -> list[Any]:
    """The domain of jobs that some worker should look at now."""
    waiting = ["&", ("state", "=", "waiting"), ("run_after", "<=", env.now)]
    abandoned = ["&", ("state", "=", "running"), ("lease_until", "<", env.now)]
    return ["|", *waiting, *abandoned]


def perform(database: Database, job_id: int, stopping: threading.Event | None = None) -> None:
    """Does the job if it is due; returns when it is done, failed, cancelled, or ``stopping`` is set."""
    claim = database.superuser(source="job").run(lambda env: _claim(env, job_id))
    if claim is None:
        return
    try:
        _work(database, claim, stopping or threading.Event())
    except Superseded:
        log.info("Job %s was cancelled or taken over.", job_id)
    except Exception as error:  # whatever the job's own code raises belongs into its row; the worker goes on
        log.warning("Job %s (%s) failed: %s", job_id, claim.name, error, exc_info=not isinstance(error, AppError))
        failure = error
        database.superuser(source="job").run(lambda env: _record_failure(env, claim, failure))


def _claim(env: Env, job_id: int) -> Claim | None:
    row = env["job"].search(["&", ("id", "=", job_id), *due(env)]).try_lock_for_update()
    if not row:
        return None
    known = known_jobs.get(row.name)
    if row.attempts >= (known.tries if known else 1):
        died = str(_("The worker died or took too long, as often as this job may be tried."))
        row.write({"state": "failed", "error": row.error or died, "lease_until": None, "finished_at": env.now})
        return None
    lease = known.lease if known else DEFAULT_LEASE
    attempt = row.attempts + 1
    row.write({"state": "running", "attempts": attempt, "lease_until": env.now + timedelta(seconds=lease)})
    return Claim(job_id, row.name, row.uid.id or None, attempt)


def _work(database: Database, claim: Claim, stopping: threading.Event) -> None:
    function = known_jobs.get(claim.name)
    if function is None:
        raise LookupError(f"There is no job {claim.name!r} in this release.")
    env = database.env(claim.uid, su=claim.uid is None, context={"source": "job"})
    while not env.run(lambda unit: _do_unit(unit, claim, function)):
        if stopping.is_set():
            database.superuser(source="job").run(lambda unit: _give_back(unit, claim))
            return


def _own_row(env: Env, claim: Claim) -> Recordset:
    """The job's row as its holder sees it; `Superseded` when it is not his any more."""
    row = env.sudo("the progress of a job is written by the job itself")["job"].browse(claim.job_id)
    if not row.exists() or row.state != "running" or row.attempts != claim.attempt:
        raise Superseded
    return row


def _do_unit(env: Env, claim: Claim, function: JobFunction) -> bool:
    """Does the next piece; whether it was the last."""
    row = _own_row(env, claim)
    if not env.su and not env.info.active:
        raise AccessError(_("The user who started this job may not sign in any more."))
    arguments = dict(row.args or {})
    done = 1
    if function.chunk:
        arguments["ids"] = arguments["ids"][row.progress : row.progress + function.chunk]
        done = row.progress + len(arguments["ids"])
    result = function(env, **arguments)
    row.write({"progress": done, "lease_until": env.now + timedelta(seconds=function.lease)})
    is_last: bool = done >= row.total
    if is_last:
        row.write({"state": "done", "result": result, "error": None, "lease_until": None, "finished_at": env.now})
    return is_last


def _give_back(env: Env, claim: Claim) -> None:
    """Leaves the rest to another worker, without counting this as a try."""
    row = _own_row(env, claim)
    row.write({"state": "waiting", "attempts": claim.attempt - 1, "run_after": env.now, "lease_until": None})


def _record_failure(env: Env, claim: Claim, error: Exception) -> None:
    try:
        row = _own_row(env, claim)
    except Superseded:
        return
    function = known_jobs.get(claim.name)
    is_final = isinstance(error, AppError) and not isinstance(error, RETRIED)
    text = str(error) if isinstance(error, AppError) else f"{type(error).__name__}: {error}"
    values: dict[str, Any] = {"error": text, "lease_until": None}
    if is_final or function is None or claim.attempt >= function.tries:
        values |= {"state": "failed", "finished_at": env.now}
    else:
        wait = INTERVALS[min(claim.attempt, len(INTERVALS)) - 1]
        values |= {"state": "waiting", "run_after": env.now + timedelta(seconds=wait)}
    row.write(values)


class _Process:
    """What the worker hands to the jobs of its process: RQ calls `run` with the job's number only."""

    database: Database | None = None
    stopping = threading.Event()


def serve(database: Database) -> threading.Event:
    """Makes `run` work on this database; the event returned asks the running job to stop after its unit."""
    _Process.database = database
    return _Process.stopping


def run(job_id: int) -> None:
    """What a message makes RQ call, in a forked child: the parent's connections are not its own."""
    database = _Process.database
    if database is None:
        raise RuntimeError("Jobs run in the portal's own worker: python -m app.jobs.worker")
    database.engine.dispose(close=False)
    perform(database, job_id, _Process.stopping)
