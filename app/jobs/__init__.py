"""Work that a request does not wait for.

    @job(chunk=200)
    def geocode(env, ids): ...

    geocode.enqueue(env, ids=[1, 2, 3])

`enqueue` writes a row of the model ``job`` in the caller's unit: PostgreSQL says what is to be done,
Redis only carries "look there" after the commit. What Redis loses, the reconciler brings again.
"""

from app.jobs.broker import Broker, NoBroker, RedisBroker
from app.jobs.declaration import MOST_IDS, JobFunction, job

__all__ = ["MOST_IDS", "Broker", "JobFunction", "NoBroker", "RedisBroker", "job"]
