"""Whether a database is fit for the portal: version, extensions, and the way it treats Cyrillic.

With the C locale `show_trgm('Иван')` is empty, `'ИВАН' ILIKE 'иван'` is false and ё sorts after я: search, duplicates and
every list would be wrong without an error. So it is tested before the first migration, and refused with the remedy.
"""

from collections.abc import Iterator

import psycopg
from psycopg import sql

LOWEST_VERSION = 15
EXTENSIONS = ("postgis", "pg_trgm", "unaccent")
CONNECT_SECONDS = 10

_RECREATE = (
    "Make the database anew: CREATE DATABASE kartoteka TEMPLATE template0 ENCODING 'UTF8' "
    "LOCALE_PROVIDER icu ICU_LOCALE 'ru-RU' LOCALE 'C.UTF-8';"
)
_CYRILLIC = (
    ("SELECT cardinality(show_trgm('Иван')) > 0", "finds no trigrams in Cyrillic words"),
    ("SELECT 'ИВАН' ILIKE 'иван'", "does not know upper and lower case in Cyrillic"),
    ("SELECT string_agg(x, '' ORDER BY x) = 'еёжя' FROM unnest(ARRAY['я', 'ё', 'ж', 'е']) x", "sorts ё after я"),
)


def faults(url: str) -> list[str]:
    """What makes the database at `url` unfit, each with its remedy; an empty list when it is fit."""
    plain = url.replace("postgresql+psycopg://", "postgresql://", 1)
    try:
        with psycopg.connect(plain, autocommit=True, connect_timeout=CONNECT_SECONDS) as connection:
            return list(_faults(connection))
    except psycopg.OperationalError as error:
        return [f"The database cannot be reached: {str(error).strip()} Check DATABASE_URL, and that the server runs."]


def _faults(connection: psycopg.Connection) -> Iterator[str]:
    version = connection.info.server_version // 10000
    if version < LOWEST_VERSION:
        yield f"The server is PostgreSQL {version}; {LOWEST_VERSION} or newer is needed. Upgrade it, or use another server."
        return
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        yield f"The database's encoding is {encoding}, not UTF8. {_RECREATE}"
    missing = [name for name in EXTENSIONS if not _has_extension(connection, name)]
    for name in missing:
        yield f"The extension {name} is missing. Install it, and as a superuser say in this database: CREATE EXTENSION {name};"
    for question, fault in _CYRILLIC:
        if "trgm" in question and "pg_trgm" in missing:
            continue
        answer = connection.execute(question).fetchone()
        if answer is None or not answer[0]:
            yield f"The database {fault}. {_RECREATE}"


def _has_extension(connection: psycopg.Connection, name: str) -> bool:
    """Whether the extension is there, or could be created by this role just now."""
    if connection.execute("SELECT FROM pg_extension WHERE extname = %s", [name]).fetchone():
        return True
    try:
        connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(name)))
    except psycopg.Error:
        return False
    return True
