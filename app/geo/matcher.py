"""The geocoder: a batch of queries in one set-based pass over temporary tables.

How it works.

1. ``parse`` takes the words of each query apart; the parts travel by COPY and are folded by the
   database, so that keys are made by one function on both sides.
2. Countries and regions are settled by equality of keys.
3. Towns join on the key. What finds nothing goes, one row per distinct key, to the small dictionary of
   the country's names: those that begin or end alike are compared, and what one or two slips of the
   hand explain is kept. (Trigrams, tried first, found three quarters of swapped letters, at 5 ms a name.)
4. Candidates are ranked: region first, because most wrong towns are namesakes elsewhere, then the
   likeness and length of the name, the country that is meant by default, then population.

The steps are separate statements, analysed in between: as one query the planner misjudges the
temporary tables and joins millions of rows. SQL stands here, outside the ORM's gate, because the
tables hold no user data.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final

from psycopg import Connection, sql
from psycopg.rows import TupleRow, dict_row

from app.geo.parse import parts
from app.geo.query import Candidate, Match, Query
from app.geo.regions import CITY_REGIONS

MOST_OTHERS: Final = 4

RESOLVE: Final = sql.SQL(
    """
    CREATE TEMP TABLE geo_part ON COMMIT DROP AS
        SELECT no, role, weight, fold(written) COLLATE "C" AS key, written FROM geo_written;
    DELETE FROM geo_part WHERE key = '';
    ANALYZE geo_part;
    CREATE TEMP TABLE geo_region ON COMMIT DROP AS
        SELECT DISTINCT geo_part.no, region, country, geo_part.role = 'region' AS said
        FROM geo_part JOIN geo.region_name USING (key) WHERE role IN ('region', 'any');
    CREATE TEMP TABLE geo_country ON COMMIT DROP AS
        SELECT DISTINCT no, country FROM geo_part JOIN geo.country_name USING (key)
        WHERE role = 'country' OR (role = 'any' AND length(key) > 2);
    CREATE TEMP TABLE geo_regions ON COMMIT DROP AS
        SELECT no, bool_or(said) AS said, array_agg(region) AS codes,
            array_agg(around) FILTER (WHERE around IS NOT NULL) AS around, min(country) AS country
        FROM geo_region LEFT JOIN geo_around USING (region) GROUP BY no;
    CREATE TEMP TABLE geo_countries ON COMMIT DROP AS
        SELECT no, array_agg(country) AS codes, min(country) AS country FROM geo_country GROUP BY no;
    ANALYZE geo_regions, geo_countries;
    """
)

# A region that lies in none of the named countries outweighs them: regions are written with more
# care, and some are claimed by two countries.
EXACT: Final = sql.SQL(
    """
    CREATE TEMP TABLE geo_found ON COMMIT DROP AS
        SELECT geo_part.no, geo_part.role, geo_part.weight, geo_part.written,
            town_id, name AS matched, main, 1.0::float8 AS likeness
        FROM geo_part JOIN geo.town_name USING (key) WHERE role IN ('town', 'any');
    ANALYZE geo_found;
    CREATE TEMP TABLE geo_settled ON COMMIT DROP AS
        SELECT DISTINCT geo_found.no FROM geo_found JOIN geo.town ON town.id = town_id LEFT JOIN geo_regions USING (no)
        WHERE geo_regions.said IS NOT TRUE OR town.region = ANY(geo_regions.codes);
    ANALYZE geo_settled;
    CREATE TEMP TABLE geo_missing ON COMMIT DROP AS
        SELECT DISTINCT ON (no) no, key, weight, role, written FROM geo_part LEFT JOIN geo_settled USING (no)
        WHERE role IN ('town', 'any') AND length(key) >= 4 AND geo_settled.no IS NULL
        ORDER BY no, role = 'town' DESC, weight DESC;
    ANALYZE geo_missing;
    """
)

# One slip leaves the first two letters as they are, or the last three, or, in the middle of a short name, the outermost.
LOOK_ALIKE: Final = sql.SQL(
    """
    CREATE TEMP TABLE geo_slip ON COMMIT DROP AS
        SELECT DISTINCT geo_missing.key, coalesce(geo_regions.country, geo_countries.country, {country}) COLLATE "C" AS country
        FROM geo_missing LEFT JOIN geo_countries USING (no) LEFT JOIN geo_regions USING (no);
    ANALYZE geo_slip;
    """
)

NEAR_KEYS: Final = sql.SQL(
    """
    SELECT geo_slip.key, near.key FROM geo_slip JOIN geo.place_key AS near ON near.country = geo_slip.country
        AND left(near.key, 2) = left(geo_slip.key, 2)
    WHERE length(near.key) BETWEEN length(geo_slip.key) - 2 AND length(geo_slip.key) + 2
    UNION
    SELECT geo_slip.key, near.key FROM geo_slip JOIN geo.place_key AS near ON near.country = geo_slip.country
        AND right(near.key, 3) = right(geo_slip.key, 3)
    WHERE length(near.key) BETWEEN length(geo_slip.key) - 2 AND length(geo_slip.key) + 2
    UNION
    SELECT geo_slip.key, near.key FROM geo_slip JOIN geo.place_key AS near ON near.country = geo_slip.country
        AND left(near.key, 1) = left(geo_slip.key, 1) AND right(near.key, 1) = right(geo_slip.key, 1)
    WHERE length(geo_slip.key) < 7 AND length(near.key) < 8 AND length(near.key) BETWEEN length(geo_slip.key) - 1 AND length(geo_slip.key) + 1
    """
)

ADD_LOOK_ALIKES: Final = sql.SQL(
    """
    INSERT INTO geo_found
        SELECT no, role, weight, written, town_id, name, main, geo_like.likeness
        FROM geo_missing JOIN geo_like USING (key) JOIN geo.town_name ON town_name.key = geo_like.near;
    """
)

RANK: Final = sql.SQL(
    """
    ANALYZE geo_found;
    CREATE TEMP TABLE geo_judged ON COMMIT DROP AS
    SELECT geo_found.no, geo_found.role, geo_found.weight, geo_found.likeness, geo_found.matched, main,
        town.id, town.source, coalesce(town.name_ru, town.name) AS name, town.region, town.country, town.population,
        ST_Y(town.geom) AS latitude, ST_X(town.geom) AS longitude,
        CASE WHEN regions.codes IS NULL OR town.region LIKE '__.%' THEN 1
            WHEN town.region = ANY(regions.codes) THEN 2
            WHEN town.region = ANY(regions.around) THEN 1
            WHEN regions.said THEN 0 ELSE 1 END AS region_fit,
        CASE WHEN countries.codes IS NULL THEN 1
            WHEN town.country = ANY(countries.codes) THEN 2 ELSE 0 END AS country_fit,
        town.country = {country} AS is_home
    FROM geo_found
    JOIN geo.town ON town.id = town_id
    LEFT JOIN geo_regions AS regions ON regions.no = geo_found.no
    LEFT JOIN geo_countries AS countries ON countries.no = geo_found.no;
    """
)

ANSWER: Final = sql.SQL(
    """
    SELECT * FROM (
        SELECT *, row_number() OVER (PARTITION BY no ORDER BY place) AS nth FROM (
            SELECT DISTINCT ON (no, id) *, row_number() OVER (
                PARTITION BY no ORDER BY region_fit DESC, country_fit DESC, role = 'town' DESC,
                likeness DESC, weight DESC, is_home DESC, main DESC, population DESC, id
            ) AS place
            FROM geo_judged
            WHERE region_fit > 0 AND (country_fit > 0 OR region_fit = 2)
            ORDER BY no, id, place
        ) AS one_each
    ) AS ranked WHERE nth <= {most} ORDER BY no, nth
    """
)

DROP: Final = sql.SQL(
    "DROP TABLE geo_written, geo_around, geo_part, geo_region, geo_country, geo_regions, geo_countries,"
    " geo_found, geo_settled, geo_missing, geo_slip, geo_like, geo_judged"
)


def geocode_batch(connection: Connection[TupleRow], queries: Sequence[Query], *, home_country: str = "RU") -> list[Match]:
    """Answers in the order of the queries; ``home_country`` is meant where nothing is said."""
    if not queries:
        return []
    with connection.transaction():
        _send(connection, queries)
        connection.execute(RESOLVE)
        connection.execute(EXACT)
        _add_look_alikes(connection, home_country)
        connection.execute(RANK.format(country=sql.Literal(home_country)))
        with connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(ANSWER.format(most=sql.Literal(MOST_OTHERS + 1)))
            rows = cursor.fetchall()
        connection.execute(DROP)
    answers = {no: _match(list(found)) for no, found in groupby(rows, key=itemgetter("no"))}
    return [answers.get(no, Match()) for no in range(len(queries))]


def _send(connection: Connection[TupleRow], queries: Iterable[Query]) -> None:
    """The queries' parts, and which region lies around which, as temporary tables."""
    connection.execute(
        "CREATE TEMP TABLE geo_written (no integer, role text, weight integer, written text) ON COMMIT DROP;"
        "CREATE TEMP TABLE geo_around (region text, around text) ON COMMIT DROP;"
        'CREATE TEMP TABLE geo_like (key text COLLATE "C", near text COLLATE "C", likeness float8) ON COMMIT DROP'
    )
    with connection.cursor() as cursor:
        with cursor.copy("COPY geo_written FROM STDIN") as copy:
            for no, query in enumerate(queries):
                for part in parts(query):
                    copy.write_row((no, part.role, part.weight, part.text.replace("\0", "")))
        pairs = [*CITY_REGIONS.items(), *((around, city) for city, around in CITY_REGIONS.items())]
        cursor.executemany("INSERT INTO geo_around VALUES (%s, %s)", pairs)


def _add_look_alikes(connection: Connection[TupleRow], home_country: str) -> None:
    """Names one or two slips away from those that equal no known one in their region."""
    connection.execute(LOOK_ALIKE.format(country=sql.Literal(home_country)))
    pairs = connection.execute(NEAR_KEYS).fetchall()
    with connection.cursor() as cursor, cursor.copy("COPY geo_like FROM STDIN") as copy:
        for written, near in pairs:
            most = _slips_allowed(written)
            slips = distance(written, near, most)
            if slips <= most:
                copy.write_row((written, near, 1 - slips / len(written)))
    connection.execute(ADD_LOOK_ALIKES)


def _slips_allowed(key: str) -> int:
    return 1 if len(key) < 8 else 2


def distance(left: str, right: str, most: int = 99) -> int:
    """Letters changed, left out, added or swapped with their neighbour to make one key of the other.

    Counting stops above ``most``: the answer is then merely more than that.
    """
    before: list[int] = []
    above = list(range(len(right) + 1))
    for row, letter in enumerate(left, 1):
        current = [row]
        for column, other in enumerate(right, 1):
            cost = min(above[column] + 1, current[-1] + 1, above[column - 1] + (letter != other))
            if row > 1 < column and letter == right[column - 2] and left[row - 2] == other:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        if min(current) > most + 1:
            return most + 1
        before, above = above, current
    return above[-1]


def _match(rows: list[dict[str, object]]) -> Match:
    """The best of the ranked rows, its namesakes beside it."""
    best = rows[0]
    places = tuple(_candidate(row) for row in rows)
    return Match(
        place=places[0],
        accuracy="town",
        score=_score(rows),
        matched=str(best["matched"]),
        others=tuple(place for row, place in zip(rows[1:], places[1:], strict=True) if _is_rival(row, best)),
    )


def _candidate(row: dict[str, object]) -> Candidate:
    names = ("source", "name", "region", "country", "latitude", "longitude", "population")
    values = {name: row[name] for name in names}
    return Candidate(source_id=row["id"], **values)  # type: ignore[arg-type]  # a row of the query above


def _is_rival(row: dict[str, object], best: dict[str, object]) -> bool:
    """Whether the words speak for it as much as for the best."""
    return all(row[name] == best[name] for name in ("region_fit", "country_fit", "role", "likeness", "weight"))


def _score(rows: list[dict[str, object]]) -> float:
    """The likeness of the name; a tenth less without a region that agrees, a fifth less among equals."""
    best = rows[0]
    score = float(best["likeness"])  # type: ignore[arg-type]  # float8 in the query above
    if best["region_fit"] != 2:
        score -= 0.1
    if best["region_fit"] != 2 and any(_is_rival(row, best) for row in rows[1:]):
        score -= 0.2
    return round(max(score, 0.0), 2)
