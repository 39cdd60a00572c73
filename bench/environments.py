"""The peers' environments: virtual environments below `var/bench`, made from hashed requirements at the first run."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from bench.place import PASSWORD, Place
from bench.servers import Server, serving

PEERS = Path(__file__).parent / "peers"
NAMES = {"fab": "Flask-AppBuilder", "drf": "Django REST framework"}


def python_of(peer: str, home: Path) -> Path | None:
    """The peer's Python, installed when it is not there; `None` when that fails."""
    requirements = PEERS / peer / "requirements.txt"
    folder = home.parent / peer
    stamp, wanted = folder / "installed", hashlib.sha256(requirements.read_bytes()).hexdigest()
    python = folder / "bin" / "python"
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    print(f"Installing {NAMES[peer]} …", flush=True)
    make = [sys.executable, "-m", "venv", "--clear", str(folder)]
    install = [str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", str(requirements)]
    for command in (make, install):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{NAMES[peer]} is left out: {done.stderr.strip()[-500:]}", file=sys.stderr)
            return None
    stamp.write_text(wanted)
    return python


def versions(peer: str, python: Path) -> str:
    """What was measured, for the report."""
    package = {"fab": "Flask-AppBuilder", "drf": "djangorestframework"}[peer]
    code = f"import importlib.metadata as m; print(m.version({package!r}))"
    return subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def _environ(place: Place) -> Mapping[str, str]:
    url = make_url(place.owner)
    given = {
        "BENCH_URL": place.owner,
        "BENCH_PASSWORD": PASSWORD,
        "BENCH_DATABASE": str(url.database),
        "BENCH_USER": str(url.username or ""),
        "BENCH_HOST": str(url.host or url.query.get("host", "")),
    }
    return {**os.environ, **given}


@contextmanager
def peers(place: Place, home: Path, *, wanted: bool = True) -> Iterator[tuple[dict[str, Server], dict[str, str]]]:
    """Servers and versions of those peers that can be had, over tables of their own beside ours."""
    pythons = {peer: python_of(peer, home) for peer in NAMES} if wanted else {}
    there = {peer: python for peer, python in pythons.items() if python is not None}
    if there:
        with psycopg.connect(place.dsn) as connection:
            connection.execute((PEERS / "tables.sql").read_bytes())
    with ExitStack() as stack:
        servers = {}
        for peer, python in there.items():
            log = home.parent / f"{peer}.log"
            servers[peer] = stack.enter_context(
                serving(peer, "serve:app", _environ(place), log, python=python, folder=PEERS / peer)
            )
        yield servers, {peer: versions(peer, python) for peer, python in there.items()}
