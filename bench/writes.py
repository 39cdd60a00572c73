"""Writing in process, each time with its commit. The floor is `INSERT … SELECT FROM unnest` and its like, by psycopg."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any

import orjson
import psycopg

from app.orm import Command, Model, api, fields
from app.orm.env import Database, Env
from app.orm.registry import Registry
from app.orm.testing import base_declarations, scratch_database
from bench.capture import Sent, captured
from bench.measure import Row, seconds, timed
from bench.place import Place
from bench.reads import user

COUNT = 10_000
SINGLES = 20
_number = itertools.count(1)


class Plain(Model):
    """Five fields and nothing else."""

    _name = "plain"
    _audit = False

    name = fields.Char(required=True)
    number = fields.Integer()
    amount = fields.Float()
    day = fields.Date()
    flag = fields.Boolean()


class Head(Model):
    """A record that others show the name of."""

    _name = "head"

    name = fields.Char(required=True, tracking=True)
    line_ids = fields.One2many("head.line", "head_id")


class HeadLine(Model):
    """A record with a stored field that hangs on its head's."""

    _name = "head.line"

    head_id = fields.Many2one("head", required=True, index=True)
    number = fields.Integer()
    title = fields.Char(compute="_compute_title", store=True, expose=True)

    @api.depends("head_id.name", "number")
    def _compute_title(self) -> None:
        for line in self:
            line.title = f"{line.head_id.name}, {line.number}"


_INSERT = """
INSERT INTO plain (name, number, amount, day, flag, revision, create_date, write_date, custom)
SELECT u.*, 1, now(), now(), '{}'
FROM unnest(%(name)s::text[], %(number)s::int4[], %(amount)s::float8[], %(day)s::date[], %(flag)s::bool[]) AS u
RETURNING id
"""
_ONE = "UPDATE plain SET number = %(number)s, revision = revision + 1, write_date = now() WHERE id = ANY(%(ids)s)"
_MANY = """
UPDATE plain SET number = u.number, revision = plain.revision + 1, write_date = now()
FROM unnest(%(ids)s::int8[], %(numbers)s::int4[]) AS u(id, number) WHERE plain.id = u.id
"""


def _plain_rows(count: int) -> list[dict[str, Any]]:
    return [
        {
            "name": f"row {number}",
            "number": number,
            "amount": number / 4,
            "day": date(2026, 1, 1 + number % 28),
            "flag": number % 2 == 0,
        }
        for number in range(count)
    ]


def plain(count: int = COUNT) -> Iterator[Row]:
    """Creating and writing records of a model that has nothing but fields, as superuser."""
    with scratch_database(Registry.build([*base_declarations(), Plain])) as database:
        url = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url) as connection:
            connection.execute(f'SET search_path TO "{database.schema}", public'.encode())
            connection.commit()
            yield _creating(database, connection, count)
            yield _one_value(database, connection, count)
            yield _distinct(database, connection, count)


def _creating(database: Database, connection: psycopg.Connection, count: int) -> Row:
    rows = _plain_rows(count)
    columns = {name: [row[name] for row in rows] for name in rows[0]}

    def floor() -> None:
        connection.execute(_INSERT, columns).fetchall()
        connection.commit()

    def ours() -> None:
        database.superuser().run(lambda env: env["plain"].create(rows).ids)

    row = Row("create_plain", f"create {count:,}, plain model, 5 fields, superuser", "/s", count, reach="≥ 0.55 floor")
    return timed(row, lambda: seconds(ours), lambda: seconds(floor))


def _ids(database: Database, count: int) -> list[int]:
    found: list[int] = database.superuser().run(lambda env: env["plain"].search([], limit=count, order="id").ids)
    return found


def _one_value(database: Database, connection: psycopg.Connection, count: int) -> Row:
    ids = _ids(database, count)

    def floor() -> None:
        connection.execute(_ONE, {"number": next(_number), "ids": ids})
        connection.commit()

    def ours() -> None:
        database.superuser().run(lambda env: env["plain"].browse(ids).write({"number": next(_number)}))

    row = Row("write_one", f"write {count:,} plain, one value", "/s", count, reach="≥ 0.85 floor")
    return timed(row, lambda: seconds(ours), lambda: seconds(floor))


def _distinct(database: Database, connection: psycopg.Connection, count: int) -> Row:
    ids = _ids(database, count)

    def floor() -> None:
        start = next(_number)
        connection.execute(_MANY, {"ids": ids, "numbers": list(range(start, start + count))})
        connection.commit()

    def assign(env: Env) -> None:
        start = next(_number)
        record: Any
        for number, record in enumerate(env["plain"].browse(ids), start):
            record.number = number

    row = Row("write_distinct", f"write {count:,} plain, distinct values", "/s", count, reach="≥ 0.6 floor")
    return timed(row, lambda: seconds(lambda: database.superuser().run(assign)), lambda: seconds(floor))


def dependents(count: int = COUNT) -> Row:
    """Writing a field on which a stored field of three other records each depends, audited, as superuser."""
    with scratch_database(Registry.build([*base_declarations(), Head, HeadLine])) as database:
        lines = [Command.create({"number": number}) for number in range(3)]
        rows = [{"name": f"head {number}", "line_ids": lines} for number in range(count)]
        ids = database.superuser().run(lambda env: env["head"].create(rows).ids)

        def assign(env: Env) -> None:
            start = next(_number)
            record: Any
            for record in env["head"].browse(ids):
                record.name = f"head {start} {record.id}"

        title = f"write {count:,} records, a field that one stored field of three others each hangs on"
        row = Row("write_dependents", title, "/s", count, reach="≥ 6,000/s")
        return timed(row, lambda: seconds(lambda: database.superuser().run(assign)))


def _party_rows(count: int) -> list[dict[str, Any]]:
    mark = next(_number)
    return [
        {
            "kind": "organisation",
            "name": f"ООО «Проба {mark} {number}»",
            "phone": f"+7 812 445-{number // 100 % 100:02d}-{number % 100:02d}",
            "email": f"office{mark}x{number}@proba.example",
            "contact_ids": [
                Command.create({"kind": "phone", "value": f"+7 921 300-{number // 100 % 100:02d}-{number % 100:02d}"}),
                Command.create({"kind": "phone", "value": f"+7 921 400-{number // 100 % 100:02d}-{number % 100:02d}"}),
            ],
        }
        for number in range(count)
    ]


def parties(database: Database, place: Place, count: int = COUNT) -> Row:
    """Organisations with an e-mail address and three telephones, as a clerk: rules, constraints, computes, audit."""
    uid = user(database, "clerk")

    def create(rows: list[dict[str, Any]]) -> None:
        database.env(uid=uid).run(lambda env: env["party"].create(rows).ids)

    with captured() as sent:
        create(_party_rows(count))
    with psycopg.connect(place.dsn) as connection:
        floor = _party_floor(connection, sent)
        row = Row("create_parties", f"create {count:,} parties as `clerk`", "/s", count, reach="≥ 0.35 floor")
        fresh = iter(lambda: _party_rows(count), None)
        # The rows are made outside of what is timed.
        return timed(row, lambda: _timed_with(create, next(fresh)), lambda: seconds(floor), rounds=5)


def single(database: Database, place: Place) -> Iterator[Row]:
    """One organisation made, one changed, as a clerk, each with its commit. The floor: that statement, its audit row, a commit."""
    uid = user(database, "clerk")

    def create() -> int:
        values = {"kind": "organisation", "name": f"ООО «Один {next(_number)}»", "phone": "+7 812 445-00-01"}
        made: int = database.env(uid=uid).run(lambda env: env["party"].create(values).id)
        return made

    def change(own: int) -> None:
        database.env(uid=uid).run(lambda env: env["party"].browse(own).write({"note": f"note {next(_number)}"}))

    with captured() as sent:
        own = create()
    with captured() as changed:
        change(own)
    with psycopg.connect(place.dsn) as connection:
        for key, title, work, floor in (
            ("create_single", "create one party as `clerk`, with commit", create, _single_floor(connection, sent)),
            ("write_single", "write one party as `clerk`, with commit", lambda: change(own), _single_floor(connection, changed)),
        ):
            row = Row(key, title, "ms", 1, reach="≤ 2.5 × floor")
            yield timed(row, partial(seconds, work, SINGLES), partial(seconds, floor, SINGLES))


def _single_floor(connection: psycopg.Connection, sent: list[Sent]) -> Callable[[], None]:
    """The row's INSERT (under a new id) or UPDATE and the audit's INSERT, as we send them."""
    main = next(each for each in sent if each.inserts_into("party") or each.sql.startswith('UPDATE "party"'))
    audit = next(each for each in sent if each.inserts_into("audit"))
    params = _params(main)

    def once() -> None:
        if main.inserts_into("party"):
            params["ids"] = _drawn(connection, "party", 1)
        connection.execute(main.sql.encode(), params)
        connection.execute(audit.sql.encode(), audit.params)
        connection.commit()

    return once


def _timed_with(function: Callable[[Any], None], rows: Any) -> float:
    return seconds(lambda: function(rows))


def _party_floor(connection: psycopg.Connection, sent: list[Sent]) -> Callable[[], None]:
    """The same INSERTs with finished values under new ids: parties, their telephones, one audit row for each party."""
    head = next(each for each in sent if each.inserts_into("party"))
    lines = next(each for each in sent if each.inserts_into("party_contact"))
    audit = next(each for each in sent if each.inserts_into("audit"))
    head_params, line_params = _params(head), _params(lines)
    former, count = _ids_in(head_params["ids"]), len(_ids_in(line_params["ids"]))
    link = next(name for name, column in line_params.items() if name != "ids" and set(_ids_in(column)) == set(former))
    owners = _ids_in(line_params[link])
    log = {name: orjson.loads(f"[{column[1:-1].replace('NULL', 'null')}]") for name, column in _params(audit).items()}
    own = [place for place, model in enumerate(log["model"]) if model == "party"]
    log = {name: [column[place] for place in own] for name, column in log.items()}

    def once() -> None:
        new = dict(zip(former, _drawn(connection, "party", len(former)), strict=True))
        connection.execute(head.sql.encode(), {**head_params, "ids": list(new.values())})
        ids = _drawn(connection, "party_contact", count)
        connection.execute(lines.sql.encode(), {**line_params, "ids": ids, link: [new[old] for old in owners]})
        connection.execute(audit.sql.encode(), {**log, "res_id": list(new.values())})
        connection.commit()

    return once


def _params(sent: Sent) -> dict[str, Any]:
    if sent.params is None:
        raise ValueError(f"no parameters: {sent.sql}")
    return sent.params


def _ids_in(column: Any) -> list[int]:
    """The ids of a column that travelled as the literal of an array; nothing for any other."""
    if not isinstance(column, str) or not re.fullmatch(r"\{[\d,]+\}", column):
        return []
    return [int(each) for each in column[1:-1].split(",")]


def _drawn(connection: psycopg.Connection, table: str, count: int) -> list[int]:
    rows = connection.execute("SELECT nextval(%s) FROM generate_series(1, %s)", [f"{table}_id_seq", count]).fetchall()
    return [row[0] for row in rows]
