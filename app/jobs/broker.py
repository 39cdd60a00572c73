"""The messenger to the workers: it carries the number of a job row and nothing else.

A message may get lost or come twice; both are harmless, because the row decides. Payloads are JSON:
pickle in Redis would let whoever writes to Redis run code. RQ's own `Retry` is not used: when a job
is tried again stands in its row (`run_after`), which a restart of Redis does not forget.
"""

from __future__ import annotations

import logging
import time
from typing import Final, Protocol

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job as Message
from rq.job import JobStatus
from rq.serializers import JSONSerializer

log = logging.getLogger(__name__)

QUEUES: Final = ("urgent", "default", "slow")
"""In the order in which a worker serves them."""

ENTRY: Final = "app.jobs.runner.run"
MESSAGE_TTL: Final = 60
"""Seconds after which an unread message is void, and the reconciler sends another."""

LONGEST_RUN: Final = 3600
"""Seconds after which RQ stops a job; it goes on from its last unit at the next try."""


class Broker(Protocol):
    """Tells some worker to look at a job."""

    def push(self, queue: str, job_id: int, attempt: int) -> bool:
        """Whether the message went out; never raises, for the row is committed already."""


class NoBroker:
    """Sends nothing: the reconciler of some worker finds the job by itself."""

    def push(self, queue: str, job_id: int, attempt: int) -> bool:
        """Leaves it to the reconciler."""
        return False


class RedisBroker:
    """Messages by RQ. Timeouts are short: a request must not hang on a Redis that does not answer."""

    def __init__(self, url: str) -> None:
        self.redis = Redis.from_url(url, socket_connect_timeout=1, socket_timeout=2)

    def push(self, queue: str, job_id: int, attempt: int) -> bool:
        """Sends unless the same message is on its way."""
        try:
            return self._push(queue, f"job-{job_id}-{attempt}", job_id)
        except RedisError as error:
            log.warning("Job %s waits for the reconciler: Redis does not answer (%s).", job_id, error)
            return False

    def _push(self, queue: str, message_id: str, job_id: int) -> bool:
        status = self._status(message_id)
        if status == JobStatus.QUEUED:
            return False
        if status is not None:
            # Somebody took the message and died before he claimed the row: its id is spent.
            message_id = f"{message_id}-{time.time_ns()}"
        Queue(queue, connection=self.redis, serializer=JSONSerializer).enqueue(
            ENTRY,
            job_id,
            job_id=message_id,
            ttl=MESSAGE_TTL,
            result_ttl=0,
            failure_ttl=MESSAGE_TTL,
            job_timeout=LONGEST_RUN,
        )
        return True

    def _status(self, message_id: str) -> JobStatus | None:
        try:
            message = Message.fetch(message_id, connection=self.redis, serializer=JSONSerializer)
        except NoSuchJobError:
            return None
        return message.get_status(refresh=False)
