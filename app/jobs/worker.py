"""The worker process: ``python -m app.jobs.worker``.

RQ's worker with three things changed. It serves the portal's database, made by `create_app`. A thread
reconciles. And SIGTERM reaches the running job too, which then stops after its current unit and gives
the rest back, rather than keeping everybody waiting until it is through.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from types import FrameType
from typing import TYPE_CHECKING, Final

from redis import Redis
from redis.exceptions import RedisError
from rq import Worker
from rq.serializers import JSONSerializer

from app import create_app
from app.jobs import runner
from app.jobs.broker import QUEUES, RedisBroker
from app.jobs.reconciler import Reconciler

if TYPE_CHECKING:
    from app.orm.env import Database

log = logging.getLogger(__name__)

WORKER_TTL: Final = 30
MAINTENANCE_INTERVAL: Final = 5
"""With RQ's defaults the messages of a dead worker stay "started" for up to eight minutes."""

REDIS_PAUSE: Final = 1.0
STOP_AFTER_UNIT: Final = signal.SIGUSR1


class PortalWorker(Worker):
    """RQ's worker, which hands a request to stop on to the job that runs."""

    max_connection_wait_time = 5
    was_stopped = False

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Asks the child to stop after its unit, then lets RQ wait for it."""
        PortalWorker.was_stopped = True
        if self.horse_pid:
            try:
                os.kill(self.horse_pid, STOP_AFTER_UNIT)
            except ProcessLookupError:
                log.info("The job ended by itself.")
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]  # RQ is typed in part


def serve(database: Database, redis_url: str) -> None:
    """Works until it is told to stop; starts anew when Redis went away or lost its data."""
    stopping = runner.serve(database)
    signal.signal(STOP_AFTER_UNIT, lambda *_signal: stopping.set())
    # Between two workers, while Redis is away, nobody else listens to these.
    pause = threading.Event()
    reconciler = Reconciler(database, RedisBroker(redis_url))
    reconciler.start()
    while not PortalWorker.was_stopped:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_signal: _stop(pause))
        try:
            _work(redis_url)
        except RedisError as error:
            log.warning("Redis does not answer (%s); trying again.", error)
        if not PortalWorker.was_stopped:
            pause.wait(REDIS_PAUSE)
    reconciler.stopped.set()


def _stop(pause: threading.Event) -> None:
    PortalWorker.was_stopped = True
    pause.set()


def _work(redis_url: str) -> None:
    worker = PortalWorker(
        list(QUEUES),
        connection=Redis.from_url(redis_url),
        serializer=JSONSerializer,
        worker_ttl=WORKER_TTL,
        maintenance_interval=MAINTENANCE_INTERVAL,
        log_job_description=False,
    )
    worker.work(logging_level="WARNING")


def main() -> None:
    """Builds the portal and serves its jobs."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    app = create_app()
    serve(app.extensions["kartoteka"].database, app.config["REDIS_URL"])


if __name__ == "__main__":
    main()
