"""Puts tables into a database: extensions and functions, all tables at once, or only what an add-on brought.

Migrations are Alembic's work. This is for schemas of tests, which are made in one round trip, and for additive changes, which
need no migration: new tables, new columns that may be empty, new indexes.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from hashlib import sha1
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.schema import AddConstraint, CreateColumn, CreateIndex, CreateSequence, CreateTable

from app.orm.comparing import RUNTIME_PREFIX
from app.orm.definition import short
from app.orm.fold import FOLD_VERSION, fold_sql, mark
from app.orm.schema import APPEND_ONLY, PARTITIONED, SEARCH_COLUMN

if TYPE_CHECKING:
    from app.orm.registry import Registry

EXTENSIONS = ("postgis", "pg_trgm", "unaccent", "btree_gist")
LOCK = 5_021_946
"""Key of the advisory lock under which the schema changes; migrations take it too."""

MONTHS_AHEAD = 12
_COLUMNS = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
_CONSTRAINTS = (
    "SELECT relname, conname FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid "
    "WHERE connamespace = CAST(current_schema() AS regnamespace)"
)
_INDEXES = "SELECT tablename, indexname FROM pg_indexes WHERE schemaname = current_schema()"
_COMMENTS = (
    "SELECT relname, obj_description(oid, 'pg_class') FROM pg_class "
    "WHERE relnamespace = CAST(current_schema() AS regnamespace) AND relkind IN ('i', 'I')"
)

_DIALECT = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
_log = logging.getLogger(__name__)


def extension_ddl() -> str:
    """Statements for extensions and the functions `fold` and `plain`; they change nothing where all is there."""
    extensions = "".join(f"CREATE EXTENSION IF NOT EXISTS {name} SCHEMA public;\n" for name in EXTENSIONS)
    current = " AND ".join(
        f"coalesce(obj_description(to_regprocedure('public.{name}(text)'), 'pg_proc'), '') = '{mark(name)}'"
        for name in ("fold", "plain")
    )
    return (
        f"SELECT pg_advisory_xact_lock({LOCK});\n{extensions}"
        f"DO $extension$BEGIN IF NOT ({current}) THEN\n{fold_sql()}END IF; END$extension$;\n"
    )


def refresh_functions(connection: sa.Connection, registry: Registry) -> bool:
    """Bring `fold` and `plain` to this version, with the indexes over `plain`; `apply_additive` sees to the search columns.

    Tells whether there was anything to do.
    """
    query = "SELECT obj_description(to_regprocedure('public.fold(text)'), 'pg_proc')"
    if connection.execute(sa.text(query)).scalar_one_or_none() == mark("fold"):
        return False
    made = _present(connection, _INDEXES)
    script = [fold_sql().rstrip().removesuffix(";")]
    for table in registry.metadata.tables.values():
        plain = (index for index in table.indexes if "plain(" in compiled(CreateIndex(index)))
        names = [_DIALECT.identifier_preparer.format_index(index) for index in plain if index.name in made.get(table.name, ())]
        script += [f"REINDEX INDEX {index}" for index in names]
    run_script(connection, ";\n".join(script))
    return True


def run_script(connection: sa.Connection, script: str) -> None:
    """Send several statements in one round trip; only the driver's own cursor takes them so."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(script)
    finally:
        cursor.close()


def create_all(connection: sa.Connection, registry: Registry) -> None:
    """Create every table of the registry's metadata in the first schema of the search path."""
    run_script(connection, ";\n".join(statements(registry.metadata.tables.values())))


def statements(tables: Iterable[sa.Table]) -> Iterator[str]:
    """CREATE statements of these tables: sequences, tables, indexes, and last the foreign keys, which may form circles."""
    tables = list(tables)
    for table in tables:
        for column in table.c:
            if isinstance(column.default, sa.Sequence):
                yield compiled(CreateSequence(column.default, if_not_exists=True))
    for table in tables:
        yield compiled(CreateTable(table, include_foreign_key_constraints=[]))
        if table.info.get(PARTITIONED):
            yield f"CREATE TABLE {table.name}_rest PARTITION OF {table.name} DEFAULT"
        yield from _without_statistics(table)
    for table in tables:
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            yield from _created(index)
    for table in tables:
        for constraint in sorted(table.foreign_key_constraints, key=lambda key: (str(key.name), str(key.column_keys))):
            yield compiled(AddConstraint(constraint, isolate_from_table=False))


def _without_statistics(table: sa.Table) -> Iterator[str]:
    """Statistics of a searched text are of no use, and comparing a pattern with each of them takes longer than the search."""
    if SEARCH_COLUMN in table.c:
        yield f"ALTER TABLE {_DIALECT.identifier_preparer.format_table(table)} ALTER COLUMN {SEARCH_COLUMN} SET STATISTICS 0"


def _created(index: sa.Index) -> Iterator[str]:
    """An index; that of a search column says in its comment what the column was made by."""
    yield compiled(CreateIndex(index))
    if index.name == _search_index(index.table):
        yield f"COMMENT ON INDEX {_DIALECT.identifier_preparer.format_index(index)} IS '{_search_mark(index.table)}'"


def _search_index(table: sa.Table | None, kind: str = "trgm") -> str:
    return "" if table is None or SEARCH_COLUMN not in table.c else short(f"{table.name}_{SEARCH_COLUMN}_{kind}")


def _search_mark(table: sa.Table | None) -> str:
    computed = None if table is None else table.c[SEARCH_COLUMN].computed
    text = f"{FOLD_VERSION} {computed.sqltext if computed is not None else ''}"
    return sha1(text.encode(), usedforsecurity=False).hexdigest()


def compiled(statement: Any) -> str:
    """The text of a DDL statement."""
    return str(statement.compile(dialect=_DIALECT)).strip()


# ---- what an add-on brought -----------------------------------------------------------------------------------------------


def additive_statements(connection: sa.Connection, registry: Registry) -> list[str]:
    """What the database lacks and can get without a migration: tables, columns, constraints, indexes."""
    columns, indexes = _present(connection, _COLUMNS), _present(connection, _INDEXES)
    constraints = _present(connection, _CONSTRAINTS)
    tables = registry.metadata.tables.values()
    found = list(statements([table for table in tables if table.name not in columns]))
    known = [table for table in tables if table.name in columns]
    marks = _present(connection, _COMMENTS)
    for table in known:
        if (
            SEARCH_COLUMN in columns[table.name]
            and _search_index(table)
            and _search_mark(table) not in marks.get(_search_index(table), ())
        ):
            # Other fields are searched than before, or folded otherwise: the column is made anew, with its index.
            found.append(f"ALTER TABLE {_DIALECT.identifier_preparer.format_table(table)} DROP COLUMN {SEARCH_COLUMN}")
            columns[table.name].discard(SEARCH_COLUMN)
            indexes.get(table.name, set()).difference_update(_search_index(table, kind) for kind in ("trgm", "head"))
        found += _missing_columns(table, columns[table.name])
    for table in known:
        found += _missing_constraints(table, constraints.get(table.name, set()))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            if index.name not in indexes.get(table.name, set()):
                found += _created(index)
    return found


def _present(connection: sa.Connection, query: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for table, name in connection.execute(sa.text(query)):
        found.setdefault(table, set()).add(name)
    return found


def _missing_columns(table: sa.Table, present: set[str]) -> Iterator[str]:
    """New columns of a table with rows may be empty, whatever the declaration asks of new records."""
    name = _DIALECT.identifier_preparer.format_table(table)
    for column in table.c:
        if column.name in present:
            continue
        text = compiled(CreateColumn(column))
        if column.server_default is None and column.computed is None:
            text = text.replace(" NOT NULL", "")
        yield f"ALTER TABLE {name} ADD COLUMN {text}"
        if column.name == SEARCH_COLUMN:
            yield from _without_statistics(table)


def _missing_constraints(table: sa.Table, present: set[str]) -> Iterator[str]:
    """New constraints, foreign keys last. Rows that break one stop the upgrade with PostgreSQL's sentence about them."""
    kinds = (sa.UniqueConstraint, sa.CheckConstraint, ExcludeConstraint, sa.ForeignKeyConstraint)
    for kind in kinds:
        for constraint in table.constraints:
            if isinstance(constraint, kind) and constraint.name is not None and constraint.name not in present:
                yield compiled(AddConstraint(constraint, isolate_from_table=False))


def apply_additive(connection: sa.Connection, registry: Registry) -> list[str]:
    """Create what is missing, under the lock of migrations; returns the statements that were sent."""
    if not additive_statements(connection, registry):
        return []
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
    found = additive_statements(connection, registry)
    if found:
        run_script(connection, ";\n".join(found))
        _log.info("schema: %d additive statements, first %s", len(found), found[0].split("\n")[0])
    return found


# ---- partitions and grants ------------------------------------------------------------------------------------------------


def make_partitions(connection: sa.Connection, registry: Registry) -> None:
    """Give tables that are partitioned by month the partitions of this month and the next ones.

    Rows of a month without one lie in the table's remainder, so nothing is lost when nobody migrates for a year; such a month
    keeps them there.
    """
    for table in registry.metadata.tables.values():
        column = table.info.get(PARTITIONED)
        if column:
            run_script(connection, _partition_script(table.name, column))


def _partition_script(table: str, column: str) -> str:
    return f"""
DO $partitions$
DECLARE first date; name text;
BEGIN
    FOR step IN 0..{MONTHS_AHEAD} LOOP
        first := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => step))::date;
        name := '{table}_' || to_char(first, 'YYYY_MM');
        CONTINUE WHEN to_regclass(name) IS NOT NULL;
        CONTINUE WHEN EXISTS (
            SELECT FROM {table}_rest WHERE {column} >= first::timestamp AT TIME ZONE 'UTC'
            AND {column} < (first + interval '1 month') AT TIME ZONE 'UTC'
        );
        EXECUTE format(
            'CREATE TABLE %I PARTITION OF {table} FOR VALUES FROM (%L) TO (%L)',
            name, first || ' 00:00:00+00', (first + interval '1 month')::date || ' 00:00:00+00'
        );
    END LOOP;
END $partitions$
"""  # noqa: S608 - names of declarations, no data


def grant(connection: sa.Connection, registry: Registry, role: str) -> None:
    """What the web's role may do: everything with rows, but neither change nor delete those of append-only tables."""
    web = _DIALECT.identifier_preparer.quote(role)
    schema = connection.execute(sa.select(sa.func.current_schema())).scalar_one()
    place = _DIALECT.identifier_preparer.quote(schema)
    lines = [
        f"GRANT USAGE ON SCHEMA {place} TO {web}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {place} TO {web}",
        f"GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA {place} TO {web}",
    ]
    for table in registry.metadata.tables.values():
        if table.info.get(APPEND_ONLY):
            lines += [
                f"REVOKE UPDATE, DELETE, TRUNCATE ON {name} FROM {web}" for name in _with_partitions(connection, table.name)
            ]
    lines.append(_dropper(place, web))
    run_script(connection, ";\n".join(lines))


def _dropper(place: str, web: str) -> str:
    """Indexes of custom fields come and go while the portal runs: these the web's role may remove, and no others."""
    return f"""
CREATE OR REPLACE FUNCTION {place}.drop_custom_index(name text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = {place}, pg_temp AS $drop$BEGIN
    IF starts_with(name, '{RUNTIME_PREFIX}') THEN EXECUTE format('DROP INDEX IF EXISTS %I', name); END IF;
END$drop$;
REVOKE ALL ON FUNCTION {place}.drop_custom_index(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {place}.drop_custom_index(text) TO {web}"""


def _with_partitions(connection: sa.Connection, table: str) -> list[str]:
    query = sa.text("SELECT relid::text FROM pg_partition_tree(CAST(:table AS regclass))")
    return [name for (name,) in connection.execute(query, {"table": table})] or [table]
