"""`make run` refuses what cannot work before it starts anything, and says what to do. `make newcomer` plays the rest."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from app.local.places import CHECKOUT
from app.local.supervisor import Child


def run(tmp_path, **environ):
    return subprocess.run(
        [sys.executable, "-m", "app.local", "run"],
        cwd=CHECKOUT,
        env={**os.environ, "KARTOTEKA_HOME": str(tmp_path), **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def child(tmp_path):
    """Makes a process that the supervisor would watch; ended with the test."""
    made = []

    def start(code):
        one = Child("child", [sys.executable, "-c", code], os.environ, tmp_path / "child.log")
        one.start()
        made.append(one)
        return one

    yield start
    for one in made:
        one.stop()
        one.process.wait()


def test_a_taken_port_is_refused_with_the_remedy(services, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = run(tmp_path, PORT=str(port), DATABASE_URL=services.dsn_test, REDIS_URL=services.redis_url)

    assert said.returncode == 1
    assert f"Port {port} cannot be used" in said.stderr
    assert f"PORT={port + 1} make run" in said.stderr


def test_a_database_that_does_not_answer_is_refused_with_the_remedy(services, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    said = run(tmp_path, PORT=port, DATABASE_URL="postgresql://nobody@127.0.0.1:9/nothing", REDIS_URL=services.redis_url)

    assert said.returncode == 1
    assert "The database cannot be reached" in said.stderr
    assert "Check DATABASE_URL" in said.stderr
    assert "Nothing was started" in said.stderr


def test_a_bad_setting_is_one_line_and_no_traceback(services, tmp_path):
    said = run(tmp_path, PORT="many", DATABASE_URL=services.dsn_test, REDIS_URL=services.redis_url)

    assert said.returncode == 1
    assert said.stderr.strip() == "PORT must be a number from 1 to 65535, not 'many'."


def test_a_child_is_asked_to_end_and_ends(child):
    one = child("import signal; signal.pause()")

    one.stop()

    assert one.process.returncode == -signal.SIGTERM
