"""The floor over HTTP: a bare WSGI application that sends the portal's own statements by psycopg and dumps rows by orjson.

No rights, no validation, no framework: nothing that does the same work on this server can be much faster. The statements
come from a file that `bench.http` wrote; each thread has one connection.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import orjson
import psycopg

_PLAN: dict[str, Any] = orjson.loads(Path(os.environ["BENCH_PLAN"]).read_bytes())
_local = threading.local()


def _connection() -> psycopg.Connection:
    found: psycopg.Connection | None = getattr(_local, "connection", None)
    if found is None:
        found = _local.connection = psycopg.connect(os.environ["BENCH_DSN"])
    return found


def _page(connection: psycopg.Connection, *, count: bool) -> bytes:
    cursor = connection.cursor()
    page = _PLAN["page"]
    rows = cursor.execute(page["sql"], page["params"]).fetchall()
    names = [column.name for column in cursor.description or ()]
    records = {row[0]: dict(zip(names, row, strict=True)) for row in rows}
    for many in _PLAN["many"]:
        for record in records.values():
            record[many["name"]] = []
        for own, other in cursor.execute(many["sql"], {**many["params"], many["ids"]: list(records)}):
            records[own][many["name"]].append(other)
    body: dict[str, Any] = {"ids": list(records), "result": list(records.values())}
    if count:
        body["count"] = cursor.execute(_PLAN["count"]["sql"], _PLAN["count"]["params"]).fetchall()[0][0]
    connection.rollback()
    return orjson.dumps(body, default=str)


def _post(connection: psycopg.Connection, body: bytes) -> bytes:
    given = orjson.loads(body)
    cursor = connection.cursor()
    new = cursor.execute(_PLAN["insert"], given).fetchall()[0][0]
    cursor.execute(_PLAN["link"], {"id": new, "codes": given["code_ids"]})
    connection.commit()
    return orjson.dumps({"id": new, "result": given})


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """`GET /page`, `GET /counted`, `POST /`."""
    if environ["REQUEST_METHOD"] == "POST":
        status, answer = "201 CREATED", _post(_connection(), environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    else:
        status, answer = "200 OK", _page(_connection(), count=environ["PATH_INFO"] == "/counted")
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
    return [answer]
