"""A database of somebody else is used when it is fit, and refused with the remedy when it is not."""

import os

import psycopg
import pytest

from app.local.fitness import redis_faults
from app.orm.fitness import faults


@pytest.fixture
def unfit(services):
    """A database with the plain C locale."""
    server = services.dsn_test.replace("+psycopg", "")
    name = f"kt_unfit_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER libc")
        yield server.replace("/kartoteka_test?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_the_private_database_is_fit(services):
    assert faults(services.dsn_owner) == []


def test_the_c_locale_is_refused_for_what_it_does_to_cyrillic(unfit):
    found = " ".join(faults(unfit))

    assert "finds no trigrams in Cyrillic words" in found
    assert "does not know upper and lower case" in found
    assert "sorts ё after я" in found
    assert "LOCALE_PROVIDER icu ICU_LOCALE 'ru-RU'" in found


def test_a_missing_extension_is_named_with_the_command(unfit):
    assert any("CREATE EXTENSION postgis;" in fault for fault in faults(unfit))


def test_a_server_that_does_not_answer_is_named():
    (fault,) = faults("postgresql://nobody@127.0.0.1:9/nothing")

    assert fault.startswith("The database cannot be reached")
    assert "Check DATABASE_URL" in fault


def test_a_redis_that_does_not_answer_is_named():
    (fault,) = redis_faults("redis://127.0.0.1:9/0")

    assert "Check REDIS_URL" in fault


def test_the_private_redis_is_fit(services):
    assert redis_faults(services.redis_url) == []
