"""Servers under measure: each a gunicorn with one worker and some threads, on a free port of the loop-back."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg

from app.local.places import CHECKOUT
from bench.load import Connection

THREADS = 4
READY_SECONDS = 60
_TICK = os.sysconf("SC_CLK_TCK")


class Server:
    """One running gunicorn."""

    def __init__(self, name: str, port: int, process: subprocess.Popen[bytes]) -> None:
        self.name, self.port, self.process = name, port, process

    @property
    def application_name(self) -> str:
        """Under which its connections are listed in `pg_stat_activity`."""
        return f"bench {self.name}"

    def worker(self) -> int:
        """Process id of the one worker."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def memory(self) -> float:
        """Proportional set size of the worker in MiB: shared pages count by share."""
        for line in Path(f"/proc/{self.worker()}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
        raise ValueError("the kernel does not tell the worker's memory")

    def cpu(self, dsn: str) -> tuple[float, float]:
        """Seconds of processor time so far: of the worker, and of its PostgreSQL backends."""
        with psycopg.connect(dsn) as connection:
            found = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE application_name = %s", [self.application_name]
            ).fetchall()
        return _spent(self.worker()), sum(_spent(pid) for (pid,) in found)

    def get(self, target: str, headers: Mapping[str, str] | None = None, body: bytes | None = None) -> bytes:
        """One request outside of the measuring."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{target}", data=body, headers=dict(headers or {}))
        with _opener().open(request, timeout=60) as answer:
            return bytes(answer.read())


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _spent(process: int) -> float:
    try:
        text = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return 0.0
    numbers = text.rpartition(")")[2].split()
    return (int(numbers[11]) + int(numbers[12])) / _TICK


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(
    name: str, module: str, environ: Mapping[str, str], log: Path, python: Path = Path(sys.executable), folder: Path = CHECKOUT
) -> Iterator[Server]:
    """Serve `module` while the block runs."""
    port = _free_port()
    command = [str(python), "-m", "gunicorn", module, "--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", str(THREADS)]
    command += ["--worker-class", "gthread", "--keep-alive", "75", "--log-level", "warning", "--timeout", "120"]
    with log.open("ab") as sink:
        process = subprocess.Popen(
            command, cwd=folder, env={**environ, "PGAPPNAME": f"bench {name}"}, stdout=sink, stderr=subprocess.STDOUT
        )
    server = Server(name, port, process)
    try:
        wait_ready(server, log)
        yield server
    finally:
        process.terminate()
        process.wait(30)


def wait_ready(server: Server, log: Path) -> None:
    """Return when the worker answers anything at all."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            break
        try:
            Connection(server.port).ask(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        except (ConnectionError, OSError):
            time.sleep(0.02)
        except ValueError:
            return
        else:
            return
    raise SystemExit(f"{server.name} did not start:\n{log.read_text(errors='replace')[-3000:]}")
