"""A connection to a database with the gazetteer loaded; loading happens once, later runs find it there."""

import psycopg
import pytest

from app.geo import load_if_outdated
from app.local import ensure
from app.orm.ddl import extension_ddl


def pytest_collection_modifyitems(items):
    """All in one process: the gazetteer is loaded once, and tests that put another in its place lock it."""
    for item in items:
        if "tests/geo/" in item.path.as_posix():
            item.add_marker(pytest.mark.xdist_group("gazetteer"))


@pytest.fixture(scope="session")
def gazetteer():
    dsn = ensure().dsn_test.replace("postgresql+psycopg://", "postgresql://", 1)
    with psycopg.connect(dsn, autocommit=True) as connection:
        with connection.transaction():
            connection.execute(extension_ddl())
        load_if_outdated(connection)
        yield connection
