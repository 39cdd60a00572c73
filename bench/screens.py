"""The list screen, what a request sends to the database, and the worker itself: its start, its memory."""

from __future__ import annotations

import gzip
import re
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from bench.capture import captured
from bench.http import SCREEN, Asked, drive, query, session
from bench.load import Connection, request_bytes
from bench.measure import PAIRS, Row
from bench.place import PASSWORD, Place
from bench.servers import Server, serving

SECONDS = 1.0


def screen(portal: Server) -> Iterator[Row]:
    """The list of organisations as a browser gets it, one request after the other."""
    spent, page, packed = _opened(portal, SCREEN)
    note = f"{page.count(b'<tr'):,} table rows" if packed is not page else ""
    yield Row("screen_ms", "list screen, 80 rows", "ms", spent * 1000, reach="≤ 12 ms", note=note)
    yield Row("screen_kb", "list screen, gzipped", "KB", len(packed) / 1024, reach="≤ 15 KB")


def form(place: Place, portal: Server) -> Row:
    """The form of an organisation with its addresses, people, codes and history."""
    with psycopg.connect(place.dsn) as connection:
        (key,) = connection.execute("SELECT id FROM party WHERE kind = 'organisation' ORDER BY id LIMIT 1").fetchall()[0]
    return Row("form_ms", "form screen", "ms", _opened(portal, f"/party/{key}")[0] * 1000, reach="≤ 10 ms")


def _opened(portal: Server, target: str) -> tuple[float, bytes, bytes]:
    """Seconds per request, the page, and the page as it travels."""
    request = request_bytes("GET", target, {**session(portal, "clerk"), "Accept-Encoding": "gzip"})
    head, page = Connection(portal.port).ask(request)
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"{target} does not open: {head.decode()}")
    packed = page if b"content-encoding: gzip" in head.lower() else gzip.compress(page, 6)
    drive(Asked(portal, request), connections=1, seconds=SECONDS)
    answers = [drive(Asked(portal, request), connections=1, seconds=SECONDS) for _round in range(PAIRS)]
    return statistics.median(answer["seconds"] / answer["total"] for answer in answers), page, packed


def statements(app: Any) -> Iterator[Row]:
    """How many statements a request sends, the unit's first included."""
    client = app.test_client()
    mark = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login/").text)
    client.post("/login/", data={"username": "clerk", "password": PASSWORD, "csrf_token": mark[1] if mark else ""})
    for key, title, target, reach in (
        ("screen_statements", "list screen", SCREEN, "≤ 5"),
        ("form_statements", "form screen", "/party/1", "≤ 5"),
        ("rest_statements", "REST list without count", query(count=False), "≤ 3"),
        ("rest_counted_statements", "REST list with count", query(count=True), ""),
    ):
        client.get(target)
        with captured() as sent:
            answer = client.get(target)
        if answer.status_code != 200:
            raise SystemExit(f"{target}: {answer.status}\n{answer.text[:1000]}")
        yield Row(key, f"{title}, statements", "", len(sent), reach=reach)


def start(place: Place, home: Path) -> Row:
    """From the command to the first answer, with gunicorn and Python's own start."""
    spent = []
    for _round in range(PAIRS):
        begun = time.perf_counter()
        with serving("start", "run:app", place.environ(home), home.parent / "start.log", python=Path(sys.executable)):
            spent.append(time.perf_counter() - begun)
    return Row("start", "start of a worker, until it answers", "s", statistics.median(spent), reach="≤ 1.5 s")


def memory(portal: Server, peers: dict[str, Server]) -> Row:
    """After all the load of this run."""
    row = Row("memory", "memory of a worker after load", "MiB", portal.memory(), reach="≤ 140 MiB")
    row.peers = {name: server.memory() for name, server in peers.items()}
    return row
