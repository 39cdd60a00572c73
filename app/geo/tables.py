"""The gazetteer's tables: one schema, built anew beside the old one and put in its place by a rename.

Not here: what fills them (``loader``) and what asks them (``matcher``). They are no part of the
registry, so migrations leave them alone, as they leave every schema but the portal's.

``place_key`` is the small dictionary that typing errors are looked up in: distinct keys by country,
indexed by how they begin and end. The names themselves are only ever joined by equality, so keys
compare byte by byte: by the rules of a language every sort and index would take several times as long.
"""

from __future__ import annotations

from typing import Final

from psycopg import Connection, sql
from psycopg.rows import TupleRow

SCHEMA: Final = "geo"
NEXT_SCHEMA: Final = "geo_next"
LAYOUT: Final = "4"
"""Raised when the columns change, so that the next start loads the gazetteer again."""

TABLES: Final = sql.SQL(
    """
    CREATE TABLE source (
        name text PRIMARY KEY,
        version text NOT NULL,
        licence text NOT NULL,
        towns integer NOT NULL,
        loaded_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE country_name (key text COLLATE "C" NOT NULL, country text NOT NULL);
    CREATE TABLE region (
        code text PRIMARY KEY,
        country text NOT NULL,
        name text NOT NULL,
        name_ru text
    );
    CREATE TABLE region_name (key text COLLATE "C" NOT NULL, region text NOT NULL, country text NOT NULL);
    CREATE TABLE town (
        id bigint PRIMARY KEY,
        source text NOT NULL,
        country text NOT NULL,
        region text,
        name text NOT NULL,
        name_ru text,
        population integer NOT NULL,
        geom geometry(Point, 4326) NOT NULL
    );
    CREATE TABLE town_name (
        key text COLLATE "C" NOT NULL,
        town_id bigint NOT NULL,
        name text NOT NULL,
        main boolean NOT NULL
    );
    CREATE TABLE place_key (country text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL);
    """
)

INDEXES: Final = sql.SQL(
    """
    CREATE INDEX country_name_key ON country_name (key);
    CREATE INDEX region_name_key ON region_name (key);
    CREATE INDEX town_geom ON town USING gist (geom);
    CREATE INDEX town_name_key ON town_name (key);
    CREATE INDEX place_key_begin ON place_key (country, left(key, 2));
    CREATE INDEX place_key_end ON place_key (country, right(key, 3));
    CREATE INDEX place_key_outer ON place_key (country, left(key, 1), right(key, 1)) WHERE length(key) < 8;
    ANALYZE country_name, region, region_name, town, town_name, place_key;
    """
)


def begin_next(connection: Connection[TupleRow]) -> None:
    """Creates an empty set of tables beside the ones in use and makes it the transaction's search path."""
    schema = sql.Identifier(NEXT_SCHEMA)
    connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(schema))
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(schema))
    connection.execute(sql.SQL("SET LOCAL search_path TO {}, public").format(schema))
    connection.execute(TABLES)


def swap_in(connection: Connection[TupleRow]) -> None:
    """Indexes the new tables and puts them in the place of the old ones; readers see the one or the other."""
    connection.execute(INDEXES)
    old, new = sql.Identifier(SCHEMA), sql.Identifier(NEXT_SCHEMA)
    connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(old))
    connection.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(new, old))
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO PUBLIC").format(old))
    connection.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO PUBLIC").format(old))
    connection.execute("SET LOCAL search_path TO DEFAULT")


def lock(connection: Connection[TupleRow]) -> None:
    """One load at a time; held until the transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('kartoteka.gazetteer', 0))")


def has_tables(connection: Connection[TupleRow]) -> bool:
    """Whether a gazetteer, be it an empty one, is there."""
    row = connection.execute("SELECT to_regclass('geo.town_name') IS NOT NULL").fetchone()
    return bool(row and row[0])


def ensure_tables(connection: Connection[TupleRow]) -> None:
    """Creates empty tables where there are none, so that geocoding before a load finds nothing rather than fails."""
    with connection.transaction():
        lock(connection)
        if not has_tables(connection):
            begin_next(connection)
            swap_in(connection)
