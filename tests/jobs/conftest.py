"""A portal of one's own for jobs, a Redis that may be killed, and workers as processes."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest
from redis import Redis
from redis.exceptions import RedisError

from app.geo import ensure_tables

CHECKOUT = Path(__file__).parents[2]
TOWNS = (("Самара", "RU-SAM", 50.15, 53.2), ("Казань", "RU-TA", 49.12, 55.79), ("Псков", "RU-PSK", 28.33, 57.81))


def until(condition, seconds=60, what="the condition"):
    """Waits until the condition holds and returns its value; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    tick = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            pytest.fail(f"{what} did not come about within {seconds} s", pytrace=False)
        tick.wait(0.05)


class OwnRedis:
    """A Redis that tests may kill together with its data."""

    def __init__(self, folder):
        self.folder = folder
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}?db=0"
        self.process = None

    def start(self):
        settings = (
            "--port",
            "0",
            "--unixsocket",
            str(self.socket),
            "--dir",
            str(self.folder),
            "--appendonly",
            "yes",
            "--save",
            "",
        )
        self.process = subprocess.Popen(["redis-server", *settings], stdout=subprocess.DEVNULL)
        until(self.answers, 20, "an answer of Redis")

    def answers(self):
        try:
            with Redis.from_url(self.url) as client:
                return client.ping()
        except RedisError:
            return False

    def kill(self):
        """Like a crash that takes the disk with it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
        self.socket.unlink(missing_ok=True)
        for file in self.folder.rglob("*.aof*"):
            file.unlink(missing_ok=True)


class OwnWorker:
    """A worker process on this portal."""

    def __init__(self, settings, redis_url, log):
        environment = {
            **os.environ,
            "DATABASE_URL": settings.database_url.replace("postgresql+psycopg://", "postgresql://", 1),
            "DATABASE_OWNER_URL": settings.database_owner_url.replace("postgresql+psycopg://", "postgresql://", 1),
            "REDIS_URL": redis_url,
            "KARTOTEKA_HOME": str(settings.home),
        }
        command = [sys.executable, "-m", "app.jobs.worker"]
        with log.open("ab") as output:
            self.process = subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=output, stderr=output)

    def children(self):
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(number) for number in listed.split()]

    def kill(self):
        """-9 for the worker and the child that does the job."""
        children = self.children() if self.process.poll() is None else []
        self.process.kill()
        for child in children:
            os.kill(child, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """As the supervisor does; the time limit is what a person waits."""
        self.process.terminate()
        return self.process.wait(timeout=30)


@pytest.fixture(scope="session")
def portal(new_app):
    """The application on a database with a gazetteer of three towns."""
    app = new_app("jobs")
    owner = app.config["DATABASE_OWNER_URL"].replace("postgresql+psycopg://", "postgresql://", 1)
    with psycopg.connect(owner, autocommit=True) as connection:
        ensure_tables(connection)
        for number, (name, region, lon, lat) in enumerate(TOWNS, 1):
            connection.execute(
                "INSERT INTO geo.town (id, source, country, region, name, name_ru, population, geom)"
                " VALUES (%s, 'test', 'RU', %s, %s, %s, 1000, ST_SetSRID(ST_MakePoint(%s, %s), 4326))",
                (number, region, name, name, lon, lat),
            )
            connection.execute("INSERT INTO geo.town_name VALUES (fold(%s), %s, %s, true)", (name, number, name))
            connection.execute("INSERT INTO geo.place_key VALUES ('RU', fold(%s))", (name,))
    return app


@pytest.fixture(scope="session")
def database(portal):
    return portal.extensions["kartoteka"].database


@pytest.fixture
def own_redis(tmp_path):
    redis = OwnRedis(tmp_path)
    redis.start()
    yield redis
    redis.kill()


@pytest.fixture
def new_worker(portal, own_redis, tmp_path):
    started = []

    def start():
        started.append(OwnWorker(portal.config["SETTINGS"], own_redis.url, tmp_path / "worker.log"))
        return started[-1]

    yield start
    for worker in started:
        if worker.process.poll() is None:
            worker.kill()
    if log := (tmp_path / "worker.log"):
        print(log.read_text() if log.exists() else "")
