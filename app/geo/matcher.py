"""The geocoder: a batch of queries in one set-based pass over temporary tables.

How it works.

1. ``parse`` takes the words of each query apart; the parts travel by COPY and are folded by the
   database, so that keys are made by one function on both sides.
2. Countries and regions are settled by equality of keys.
3. Towns join on the key. What finds nothing goes, one row per distinct key, to the trigram index of
   the small dictionary of names; an edit distance then keeps only what a slip of the hand explains.
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
LEAST_LIKENESS: Final = "0.3"
"""Trigram similarity from which a key is looked at; one wrong letter in six leaves about 0.4."""

RESOLVE: Final = sql.SQL(
    """
    CREATE TEMP TABLE geo_part ON COMMIT DROP AS
        SELECT no, role, weight, fold(written) AS key, written FROM geo_written;
    DELETE FROM geo_part WHERE key = '';
    ANALYZE geo_part;
    CREATE TEMP TABLE geo_region ON COMMIT DROP AS
        SELECT DISTINCT geo_part.no, region, country, geo_part.role = 'region' AS said
        FROM geo_part JOIN geo.region_name USING (key) WHERE role IN ('region', 'any');
    CREATE TEMP TABLE geo_country ON COMMIT DROP AS
        SELECT DISTINCT no, country FROM geo_part JOIN geo.country_name USING (key)
        WHERE role = 'country' OR (role = 'any' AND length(key) > 2);
    ANALYZE geo_region, geo_country;
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
    CREATE TEMP TABLE geo_missing ON COMMIT DROP AS
        SELECT DISTINCT ON (no) no, key, weight, role, written FROM geo_part
        WHERE role IN ('town', 'any') AND length(key) >= 4
        AND no NOT IN (
            SELECT geo_found.no FROM geo_found JOIN geo.town ON town.id = town_id
            WHERE geo_found.no NOT IN (SELECT no FROM geo_region WHERE said)
            OR town.region IN (SELECT region FROM geo_region WHERE geo_region.no = geo_found.no)
        )
        ORDER BY no, role = 'town' DESC, weight DESC;
    ANALYZE geo_missing;
    """
)

LOOK_ALIKE: Final = sql.SQL(
    """
    SELECT missing.key, near.key
    FROM (SELECT DISTINCT geo_missing.key, coalesce(geo_region.country, geo_country.country, {country}) AS country
        FROM geo_missing LEFT JOIN geo_country USING (no) LEFT JOIN geo_region USING (no)) AS missing
    CROSS JOIN LATERAL (
        SELECT place_key.key FROM geo.place_key
        WHERE place_key.key % missing.key AND (missing.country = '' OR place_key.country = missing.country)
        ORDER BY similarity(place_key.key, missing.key) DESC LIMIT 12
    ) AS near
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
    LEFT JOIN LATERAL (
        SELECT array_agg(region) AS codes, bool_or(said) AS said,
            array_agg(near.around) FILTER (WHERE near.around IS NOT NULL) AS around
        FROM geo_region LEFT JOIN geo_around AS near USING (region) WHERE geo_region.no = geo_found.no
    ) AS regions ON true
    LEFT JOIN LATERAL (
        SELECT array_agg(country) AS codes FROM geo_country WHERE geo_country.no = geo_found.no
    ) AS countries ON true;
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
    "DROP TABLE geo_written, geo_around, geo_part, geo_region, geo_country, geo_found, geo_missing, geo_like, geo_judged"
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
        "CREATE TEMP TABLE geo_like (key text, near text, likeness float8) ON COMMIT DROP"
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
    connection.execute(sql.SQL("SET LOCAL pg_trgm.similarity_threshold = {}").format(sql.Literal(LEAST_LIKENESS)))
    pairs = connection.execute(LOOK_ALIKE.format(country=sql.Literal(home_country))).fetchall()
    with connection.cursor() as cursor, cursor.copy("COPY geo_like FROM STDIN") as copy:
        for written, near in pairs:
            slips = distance(written, near)
            if 0 < slips <= _slips_allowed(written):
                copy.write_row((written, near, 1 - slips / len(written)))
    connection.execute(ADD_LOOK_ALIKES)


def _slips_allowed(key: str) -> int:
    return 1 if len(key) < 8 else 2


def distance(left: str, right: str) -> int:
    """Letters changed, left out, added or swapped with their neighbour to make one key of the other."""
    before: list[int] = []
    above = list(range(len(right) + 1))
    for row, letter in enumerate(left, 1):
        current = [row]
        for column, other in enumerate(right, 1):
            cost = min(above[column] + 1, current[-1] + 1, above[column - 1] + (letter != other))
            if row > 1 < column and letter == right[column - 2] and left[row - 2] == other:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
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
