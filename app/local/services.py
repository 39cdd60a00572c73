"""Bringing the private services up and down, for several users of one checkout at once.

Two files in `var` decide who may stop what. `services.lock` is held while something is started or stopped.
`services.lease` is held, shared, by every process that uses the services; the kernel drops it when a process dies,
however it dies. Whoever ends as the last one stops what is running, unless `up` asked for it to stay.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from app.local.cluster import DATABASE, OWNER, TEST_DATABASE, WEB, Cluster
from app.local.places import Places, home_folder, read_record, write_record
from app.local.redisserver import RedisServer


@dataclass(frozen=True, slots=True)
class Services:
    """Where the database and Redis are, as URLs of SQLAlchemy and of redis-py.

    `dsn_owner` migrates, `dsn_web` serves, `dsn_test` (an owner too) is for tests, which leave the data alone.
    """

    dsn_owner: str
    dsn_web: str
    dsn_test: str
    redis_url: str


class Local:
    """The private services of one home folder."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self.environ = environ
        self.places = Places.of(home_folder(environ))
        self.lease: IO[bytes] | None = None

    @property
    def needs_cluster(self) -> bool:
        return "DATABASE_URL" not in self.environ

    @property
    def needs_redis(self) -> bool:
        return "REDIS_URL" not in self.environ

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep others from starting and stopping meanwhile."""
        with (self.places.home / "services.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def up(self, *, keep: bool = False) -> Services:
        """Start what is missing and hold a lease on it; with `keep` it runs until `down`."""
        services = given(self.environ)
        if services is not None:
            return services
        with self.locked():
            self.places.make()
            if self.lease is None:
                self.lease = (self.places.home / "services.lease").open("ab")
                fcntl.flock(self.lease, fcntl.LOCK_SH)
            return self.start(keep=keep)

    def start(self, *, keep: bool) -> Services:
        """Start the parts that are down and record where everything is; the caller holds the lock."""
        dsn_owner = dsn_web = self.environ.get("DATABASE_URL", "")
        dsn_test, redis_url = dsn_owner, self.environ.get("REDIS_URL", "")
        if self.needs_cluster:
            cluster = Cluster(self.places)
            cluster.up()
            dsn_owner, dsn_web = cluster.url(OWNER, DATABASE), cluster.url(WEB, DATABASE)
            dsn_test = cluster.url(OWNER, TEST_DATABASE)
        if self.needs_redis:
            redis = RedisServer(self.places)
            if not redis.running:
                redis.start()
            redis_url = redis.url
        services = Services(
            dsn_owner=self.environ.get("DATABASE_OWNER_URL", dsn_owner),
            dsn_web=dsn_web,
            dsn_test=self.environ.get("KARTOTEKA_TEST_DATABASE_URL", dsn_test),
            redis_url=redis_url,
        )
        former = read_record(self.places.record)
        record = {"home": str(self.places.home), "data": str(self.places.data), **asdict(services)}
        record["keep"] = keep or bool(former.get("keep"))
        if record != former:
            write_record(self.places.record, record)
        return services

    def release(self) -> bool:
        """Give the lease back; stop the services when nobody else holds one. Tells whether they were stopped."""
        if self.lease is None:
            return False
        self.lease.close()
        self.lease = None
        with self.locked(), (self.places.home / "services.lease").open("ab") as lease:
            try:
                fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            if read_record(self.places.record).get("keep"):
                return False
            self.stop()
            return True

    def down(self) -> None:
        """Stop the services whoever uses them."""
        with self.locked():
            self.stop()

    def stop(self) -> None:
        """Stop Redis, then PostgreSQL; the caller holds the lock."""
        write_record(self.places.record, {**read_record(self.places.record), "keep": False})
        RedisServer(self.places).stop()
        if (self.places.cluster / "PG_VERSION").exists():
            Cluster(self.places).stop()
        # Empty by now, unless something in it is not ours.
        with suppress(OSError):
            self.places.sockets.rmdir()

    def destroy(self) -> None:
        """Stop the services and delete their data."""
        self.down()
        for folder in (self.places.data, self.places.sockets):
            shutil.rmtree(folder, ignore_errors=True)
        for name in ("local.json", "prepared.json"):
            (self.places.home / name).unlink(missing_ok=True)

    def status(self) -> dict[str, str]:
        """Say of each part whether it runs, and where the data is."""
        exists = (self.places.cluster / "PG_VERSION").exists()
        running = {True: "running", False: "stopped"}
        return {
            "postgresql": running[exists and Cluster(self.places).running],
            "redis": running[RedisServer(self.places).running],
            "data": str(self.places.data),
            "sockets": str(self.places.sockets),
        }


def given(environ: Mapping[str, str]) -> Services | None:
    """Return the services that the environment names, when it names both."""
    database, redis = environ.get("DATABASE_URL"), environ.get("REDIS_URL")
    if not database or not redis:
        return None
    owner = environ.get("DATABASE_OWNER_URL", database)
    return Services(owner, database, environ.get("KARTOTEKA_TEST_DATABASE_URL", owner), redis)


_held: dict[Path, Local] = {}


def ensure(environ: Mapping[str, str] = os.environ) -> Services:
    """Return running services, starting them if they are down.

    The process holds a lease until it ends, so that nobody stops them under its feet.
    """
    services = given(environ)
    if services is not None:
        return services
    local = Local(environ)
    return _held.setdefault(local.places.home, local).up()
