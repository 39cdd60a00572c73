"""Reading in process: pages by `search_read`, finding by name. The floor is psycopg with the same statements, and orjson."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import orjson
import psycopg

from app.orm.cache import is_plain
from app.orm.env import Database, Env
from bench.capture import Sent, captured, of_rows
from bench.measure import Row, seconds, timed
from bench.place import Place

COLUMNS = ["name", "inn", "city", "phone", "email", "status", "kind", "account_manager_id"]
PAGE = 80
CALLS = 20


def user(database: Database, login: str) -> int:
    """Id of one of the demonstration's users."""
    found: int = database.superuser().run(lambda env: env["user"].search([("login", "=", login)]).id)
    return found


def read_floor(connection: psycopg.Connection, sent: list[Sent]) -> Callable[[], bytes]:
    """The same statements with the same parameters; rows become dicts, dicts JSON."""
    cursor = connection.cursor()

    def once() -> bytes:
        done = []
        for each in sent:
            rows = cursor.execute(each.sql.encode(), each.params).fetchall()
            names = [column.name for column in cursor.description or ()]
            done += [dict(zip(names, row, strict=True)) for row in rows]
        return orjson.dumps(done, default=str)

    return once


def page_row(database: Database, place: Place, row: Row, login: str | None, domain: list[Any]) -> Row:
    """One page of 80 records with eight columns, ordered by name."""
    uid = user(database, login) if login else None
    with (
        database.env(uid=uid, su=login is None).unit_of_work(readonly=True) as env,
        psycopg.connect(place.dsn) as connection,
    ):

        def ours() -> bytes:
            return orjson.dumps(env["party"].search_read(domain, COLUMNS, limit=PAGE, order="name"), default=str)

        with captured() as sent:
            ours()
        floor = read_floor(connection, of_rows(sent))
        return timed(row, lambda: seconds(ours, CALLS), lambda: seconds(floor, CALLS))


def pages(database: Database, place: Place) -> Iterator[Row]:
    """`search_read` with and without rules, and with a piece of a name."""
    title = "search_read, 80 × 8, by name"
    yield page_row(database, place, Row("read_su", f"{title}, superuser", "ms", 0, reach="≤ 2 × floor"), None, [])
    yield page_row(database, place, Row("read_rules", f"{title}, rules of `sales`", "ms", 0, reach="≤ 2 × floor"), "sales", [])
    rare = database.superuser().run(_rare_piece)
    row = Row("read_ilike", "search_read, `ilike`, some 30 hits", "ms", 0, reach="≤ 3 ms", note=f"“{rare}”")
    yield page_row(database, place, row, "clerk", [("name", "ilike", rare)])


def _rare_piece(env: Env) -> str:
    """A piece of a name, of four letters or more, that some thirty parties share."""
    names: list[str] = [
        row["name"] for row in env["party"].search_read([("kind", "=", "organisation")], ["name"], limit=40, order="id")
    ]
    pieces = {name.partition("«")[2][start : start + 7].strip() for name in names for start in (0, 3, 6)}
    sized = [piece for piece in pieces if len(piece) >= 4]
    counts = {piece: env["party"].search_count([("name", "ilike", piece)], limit=500) for piece in sorted(sized)}
    return min(counts, key=lambda piece: abs(counts[piece] - 30))


def names(database: Database) -> Iterator[Row]:
    """`name_search` as a clerk types: the whole name, its beginning, a piece of it, nonsense, a slip of the fingers."""
    with database.env(uid=user(database, "clerk")).unit_of_work(readonly=True) as env:
        some = env["party"].search([("kind", "=", "organisation")], limit=1, offset=100, order="id")
        title = some.name.partition("«")[2].rstrip("»")
        texts = {
            "exact": some.name,
            "prefix": some.name[:-4],
            "contains": title[2:9].strip(),
            "nonsense": "ъщыфжх",
            "misspelt": title[:3] + title[4] + title[3] + title[5:],
        }
        for kind, text in texts.items():
            reach = "≤ 10 ms" if kind == "misspelt" else "≤ 1.5 ms"
            hits = len(env["party"].name_search(text))
            row = Row(f"names_{kind}", f"name_search, {kind}", "ms", 0, reach=reach, note=f"“{text}”: {hits} hits")
            yield timed(row, partial(seconds, partial(env["party"].name_search, text), CALLS))


def groups(database: Database, place: Place) -> Row:
    """Parties by town: how many, and the sum of a number that all have."""
    row = Row("read_group", "read_group by town, count and sum", "ms", 0, reach="≤ 1.1 × floor")
    with (
        database.env(uid=user(database, "clerk")).unit_of_work(readonly=True) as env,
        psycopg.connect(place.dsn) as connection,
    ):

        def ours() -> bytes:
            return orjson.dumps(env["party"].read_group([], ["city"], ["__count", "revision:sum"]), default=str)

        with captured() as sent:
            ours()
        floor = read_floor(connection, of_rows(sent))
        return timed(row, lambda: seconds(ours), lambda: seconds(floor))


def iteration(database: Database, place: Place) -> Row:
    """All parties one after the other; the floor is a cursor over the columns that the portal reads."""
    with (
        database.env(su=True).unit_of_work(readonly=True) as env,
        psycopg.connect(place.dsn) as connection,
    ):
        party: Any = env["party"]
        count = party.search_count([])
        columns = [field for field in party._fields.values() if is_plain(field)]
        names = ", ".join(f'"{field.column}"' for field in columns)
        at = [field.name for field in columns].index("name")

        def ours() -> int:
            return sum(len(each.name) for chunk in party.search_iter([], chunk=1000) for each in chunk)

        def floor() -> int:
            with connection.cursor(name="all") as cursor:
                cursor.itersize = 1000
                cursor.execute(f"SELECT {names} FROM party WHERE active ORDER BY id".encode())
                return sum(len(row[at]) for row in cursor)

        row = Row("iterate", f"iterate over {count:,} parties", "/s", count, reach="≥ 0.25 floor")
        return timed(row, lambda: seconds(ours), lambda: seconds(floor))
