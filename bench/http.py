"""Over HTTP: one worker of the portal, beside it the floor and the peers, each asked in turns by the same generator.

The users' rights are real: a clerk's token for REST, a clerk's session for the screens.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import psycopg

from app.local.places import CHECKOUT
from app.orm.env import Database
from bench.capture import Sent, captured, of_rows
from bench.load import Connection, request_bytes
from bench.measure import PAIRS, Row, in_turns, median_ratio
from bench.place import PASSWORD, Place
from bench.reads import PAGE, user
from bench.servers import Server, serving

CONNECTIONS, SECONDS = 4, 1.0
COLUMNS = ["name", "inn", "city", "phone", "email", "status", "account_manager_id", "code_ids"]
SCREEN = "/party/list?menu=organisations"
_LINK = "INSERT INTO party_code_rel (party_id, code_id) SELECT %(id)s, unnest(%(codes)s::int8[])"
_INSERT = """
INSERT INTO party (kind, name, status, active, create_uid, write_uid) VALUES (%(kind)s, %(name)s, 'active', true, {uid}, {uid})
RETURNING id
"""


@dataclass(slots=True)
class Asked:
    """One request to one server."""

    server: Server
    request: bytes


def query(*, count: bool) -> str:
    """The target of a page of the portal's REST interface."""
    columns = ",".join(COLUMNS)
    flag = "!t" if count else "!f"
    rison = f"(columns:!({columns}),count:{flag},keys:!(none),order_column:name,order_direction:asc,page:0,page_size:{PAGE})"
    return f"/api/v1/party/?q={urllib.parse.quote(rison)}"


def plan(database: Database) -> dict[str, Any]:
    """The statements of the floor: those that the portal itself sends for the same page."""
    with database.env(uid=user(database, "clerk")).unit_of_work(readonly=True) as env:
        party = env["party"]

        def page() -> list[dict[str, Any]]:
            return party.search_read([], COLUMNS, limit=PAGE, order="name")

        page()
        with captured() as sent:
            ids = [row["id"] for row in page()]
        with captured() as counting:
            party.search_count([])
    first, *others = of_rows(sent)
    return {
        "page": _plain(first),
        "many": [many for each in others if (many := _many(each, ids)) is not None],
        "count": _plain(of_rows(counting)[0]),
        "insert": _INSERT.format(uid=user(database, "clerk")),
        "link": _LINK,
    }


def _plain(sent: Sent) -> dict[str, Any]:
    return {"sql": sent.sql, "params": sent.params or {}}


def _many(sent: Sent, ids: list[int]) -> dict[str, Any] | None:
    """A statement for the members of all records of the page; its list of ids is filled in anew each time."""
    for name, value in (sent.params or {}).items():
        if isinstance(value, list) and set(value) == set(ids):
            return {**_plain(sent), "name": "code_ids", "ids": name}
    return None


@contextmanager
def ours_and_floor(database: Database, place: Place, home: Path) -> Iterator[tuple[Server, Server]]:
    """The portal and the floor, serving the same database."""
    file = home / "plan.json"
    file.write_bytes(orjson.dumps(plan(database)))
    environ = place.environ(home)
    bare = {**environ, "BENCH_PLAN": str(file), "BENCH_DSN": place.dsn}
    with (
        serving("ours", "run:app", environ, home.parent / "ours.log") as portal,
        serving("floor", "bench.floor:app", bare, home.parent / "floor.log") as floor,
    ):
        yield portal, floor


def token(server: Server, login: str, prefix: str = "/api/v1/security/login") -> dict[str, str]:
    """The header of somebody who signed in by REST."""
    body = orjson.dumps({"username": login, "password": PASSWORD, "provider": "db"})
    answer = orjson.loads(server.get(prefix, {"Content-Type": "application/json"}, body))
    return {"Authorization": f"Bearer {answer['access_token']}"}


def session(server: Server, login: str) -> dict[str, str]:
    """The header of somebody who signed in by the form."""
    connection = Connection(server.port)
    head, page = connection.ask(request_bytes("GET", "/login/", {}))
    cookie = _cookie(head)
    mark = re.search(rb'name="csrf_token" value="([^"]+)"', page)
    form = urllib.parse.urlencode(
        {"username": login, "password": PASSWORD, "csrf_token": mark[1].decode() if mark else ""}
    ).encode()
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(form))}
    head, page = connection.ask(request_bytes("POST", "/login/", headers) + form)
    if not head.split()[1].startswith(b"30"):
        raise SystemExit(f"{login} could not sign in: {head.decode()}\n{page[:2000].decode()}")
    return {"Cookie": _cookie(head)}


def _cookie(head: bytes) -> str:
    found = re.search(rb"(?mi)^set-cookie: ([^;\r]+)", head)
    if found is None:
        raise SystemExit("no session was opened")
    return found[1].decode()


def drive(asked: Asked, connections: int = CONNECTIONS, seconds: float = SECONDS) -> dict[str, Any]:
    """Load one server from a process of its own."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(asked.request)
        file.flush()
        command = [sys.executable, "-m", "bench.load", str(asked.server.port), file.name]
        command += ["--connections", str(connections), "--seconds", str(seconds)]
        done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, check=True)
    answer: dict[str, Any] = orjson.loads(done.stdout)
    if answer["failed"]:
        raise SystemExit(f"{asked.server.name}: {answer['failed'][0]}")
    return answer


def rates(row: Row, asked: Mapping[str, Asked], dsn: str) -> Row:
    """Requests per second of everybody in turns, and what each request costs in processor time."""
    costs: dict[str, list[tuple[float, float]]] = {name: [] for name in asked}

    def contestant(name: str) -> float:
        before = asked[name].server.cpu(dsn)
        answer = drive(asked[name])
        after = asked[name].server.cpu(dsn)
        total = answer["total"]
        costs[name].append(((after[0] - before[0]) * 1000 / total, (after[1] - before[1]) * 1000 / total))
        return float(total / answer["seconds"])

    figures = in_turns({name: partial(contestant, name) for name in asked})
    row.ours = statistics.median(figures.pop("ours"))
    floor = figures.pop("floor")
    row.floor = statistics.median(floor)
    row.ratio = row.ours / row.floor
    for name, figure in figures.items():
        row.peers[name] = statistics.median(figure)
        row.peer_ratios[name] = median_ratio(figure, floor)
    row.cpu = {name: [statistics.median(part) for part in zip(*spent, strict=True)] for name, spent in costs.items()}
    return row


def rest(place: Place, portal: Server, floor: Server, peers: Mapping[str, Server]) -> Iterator[Row]:
    """Pages and a POST, as a program asks for them."""
    mine = token(portal, "clerk")
    fab = token(peers["fab"], "clerk") if "fab" in peers else {}
    rison = urllib.parse.quote(f"(order_column:name,order_direction:asc,page:0,page_size:{PAGE},keys:!(none))")
    targets = {"fab": (f"/api/v1/party/?q={rison}", fab), "drf": ("/party/?ordering=name", {})}
    others = {name: Asked(server, request_bytes("GET", *targets[name])) for name, server in peers.items()}
    for counted in (True, False):
        asked = {
            "ours": Asked(portal, request_bytes("GET", query(count=counted), mine)),
            "floor": Asked(floor, request_bytes("GET", "/counted" if counted else "/page", {})),
            **(others if counted else {}),
        }
        title = f"REST, page of {PAGE}, {'with' if counted else 'without'} count"
        reach = "≥ 0.7 floor" if counted else "≥ 0.5 floor"
        yield rates(Row(f"rest_{'counted' if counted else 'page'}", title, "/s", 0, reach=reach), asked, place.dsn)
    yield _posts(place, {"ours": portal, "floor": floor, **peers}, {"ours": mine, "fab": fab})


def more(place: Place, portal: Server) -> Iterator[Row]:
    """What the floor does not do: a page of names that contain a text, and a thousand new records in one request."""
    mine = token(portal, "clerk")
    rison = f"(columns:!({','.join(COLUMNS)}),filters:!((col:name,opr:ct,value:Авто-Се)),count:!f,keys:!(none),page_size:{PAGE})"
    page = request_bytes("GET", f"/api/v1/party/?q={urllib.parse.quote(rison, safe='')}", mine)
    yield _alone(
        Row("rest_contains", "REST, page of names that contain “Авто-Се”", "/s", 1, reach="≥ 250/s"), portal, page, place.dsn
    )
    operations = [{"op": "create", "values": {"kind": "organisation", "name": f"ООО «Пакет {number}»"}} for number in range(1000)]
    batch = request_bytes("POST", "/api/v1/party/_batch", mine, orjson.dumps({"operations": operations}))
    yield _alone(Row("rest_batch", "REST, batch of 1,000 new parties", " rows/s", 1000), portal, batch, place.dsn, connections=1)


def _alone(row: Row, server: Server, request: bytes, dsn: str, connections: int = CONNECTIONS) -> Row:
    """A rate without a contestant; `row.ours` says how many things one request does."""
    things, rounds = row.ours, []
    for _round in range(PAIRS):
        before = server.cpu(dsn)
        answer = drive(Asked(server, request), connections)
        after = server.cpu(dsn)
        total = answer["total"]
        rounds.append(
            (
                total * things / answer["seconds"],
                *((end - begin) * 1000 / total for begin, end in zip(before, after, strict=True)),
            )
        )
    rate, *spent = (statistics.median(part) for part in zip(*rounds, strict=True))
    row.ours, row.cpu = rate, {"ours": spent}
    return row


def _posts(place: Place, servers: Mapping[str, Server], headers: Mapping[str, dict[str, str]]) -> Row:
    with psycopg.connect(place.dsn) as connection:
        codes = [row[0] for row in connection.execute("SELECT id FROM code ORDER BY id LIMIT 2")]
    targets = {"ours": "/api/v1/party/", "floor": "/", "fab": "/api/v1/party/", "drf": "/party/"}
    asked = {}
    for name, server in servers.items():
        values = {"kind": "organisation", "name": "ООО «Проба»", "codes" if name in ("fab", "drf") else "code_ids": codes}
        asked[name] = Asked(server, request_bytes("POST", targets[name], headers.get(name, {}), orjson.dumps(values)))
    return rates(Row("rest_post", "REST, POST one with two codes", "/s", 0, reach="≥ 0.3 floor"), asked, place.dsn)
