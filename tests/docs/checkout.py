"""A copy of the checkout in which a reader does what a page says, and the portal started from it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.local.places import CHECKOUT
from tests.newcomer import Visitor
from tests.support.databases import PASSWORD, Place

PARTS = ("app", "models", "views", "babel", "run.py", "config.py")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "vendor")
START_SECONDS = 150
# `python -m app.local run`, which `make run` runs, but for the towns of the world: no page here needs them.
START = """
import sys
from app.local.supervisor import Supervisor, run
step = Supervisor.step
Supervisor.step = lambda self, title, *module: title == "Gazetteer" or step(self, title, *module)
sys.exit(run())
"""


class Checkout:
    """A copy of the sources with a database of its own."""

    def __init__(self, folder: Path, place: Place, redis_url: str) -> None:
        self.folder = folder
        for name in PARTS:
            source, target = CHECKOUT / name, folder / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=LEFT_OUT)
            else:
                shutil.copy(source, target)
        # The assets of the screens were installed once; they are served from there.
        (folder / "app" / "static" / "vendor").symlink_to(CHECKOUT / "app" / "static" / "vendor")
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("KARTOTEKA")},
            "KARTOTEKA_HOME": str(folder / "var"),
            "DATABASE_URL": place.web,
            "DATABASE_OWNER_URL": place.owner,
            "REDIS_URL": redis_url,
            "DEMO": "0",
            "DEMO_PASSWORD": PASSWORD,
        }
        # The demonstration's users without its two thousand contacts.
        done = self.run("flask", "--app", "run", "demo", "--parties", "0")
        assert done.returncode == 0, done.stderr

    def install(self, addon: str, path: Path) -> None:
        """Put a package below `path` where Python finds it, and name it."""
        self.environ |= {"KARTOTEKA_ADDONS": addon, "PYTHONPATH": str(path)}

    def run(self, *module: str) -> subprocess.CompletedProcess[str]:
        """Run a Python module in the copy."""
        return subprocess.run(
            [sys.executable, "-m", *module], cwd=self.folder, env=self.environ, capture_output=True, text=True, check=False
        )

    @contextmanager
    def started(self) -> Iterator[Visitor]:
        """What `make run` runs once all is installed; ended by Ctrl-C."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        output = self.folder / "output.txt"
        with output.open("wb") as sink:
            process = subprocess.Popen(
                ["setpriv", "--pdeathsig=TERM", "--", sys.executable, "-c", START],
                cwd=self.folder, env={**self.environ, "PORT": str(port)}, stdout=sink, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
        try:
            self._wait(process, output)
            yield Visitor(f"http://127.0.0.1:{port}")
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)

    @staticmethod
    def _wait(process: subprocess.Popen[bytes], output: Path) -> None:
        end = time.monotonic() + START_SECONDS
        while not re.search("^Ready", output.read_text(), re.MULTILINE):
            assert process.poll() is None, output.read_text()
            assert time.monotonic() < end, output.read_text()
            try:
                process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue


def sign_in(portal: Visitor, login: str) -> Visitor:
    """A browser of that user."""
    visitor = Visitor(portal.address)
    status, page, url = visitor.submit("/login/", "*", username=login, password=PASSWORD)
    assert status == 200, page[:500]
    assert "/login" not in url
    return visitor


def token(portal: Visitor, login: str) -> str:
    """A token for REST."""
    found: str = portal.rest("/api/v1/security/login", username=login, password=PASSWORD)["access_token"]
    return found
