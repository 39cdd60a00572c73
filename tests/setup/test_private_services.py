"""The private PostgreSQL and Redis: from any path, as any user, for several users of one checkout."""

import os
import time

import psycopg
import pytest

from app.local.places import LocalError, Places, enterable
from app.local.services import Local


def query(services, statement):
    with psycopg.connect(services.dsn_owner.replace("+psycopg", ""), autocommit=True) as connection:
        return connection.execute(statement).fetchone()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home of 150 characters below a folder that only we may enter."""
    top = tmp_path_factory.mktemp("services")
    top.chmod(0o700)
    long = top / "long" / ("x" * 70) / ("y" * 70)
    long.mkdir(parents=True)
    return long


@pytest.fixture(scope="module")
def environ(home):
    """The environment of a checkout whose services are not running."""
    environ = {"KARTOTEKA_HOME": str(home)}
    yield environ
    Local(environ).destroy()


def test_services_start_share_and_stop_with_the_last_who_uses_them(environ, home, record_property):
    first, second = Local(environ), Local(environ)
    services = first.up()
    assert second.up() == services
    assert query(
        services, "SELECT datcollate, daticulocale, datlocprovider FROM pg_database WHERE datname = current_database()"
    ) == (
        "C.UTF-8",
        "ru-RU",
        "i",
    )
    assert query(services, "SELECT current_setting('data_checksums'), current_setting('listen_addresses')") == ("on", "")
    with psycopg.connect(services.dsn_owner.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")

    assert first.release() is False, "the second still uses them"
    assert second.status()["postgresql"] == second.status()["redis"] == "running"
    assert second.release() is True
    assert first.status()["postgresql"] == first.status()["redis"] == "stopped"

    started = time.monotonic()
    again = first.up()
    record_property("second start, seconds", round(time.monotonic() - started, 2))
    assert query(again, "SELECT answer FROM kept") == (42,)
    assert first.release() is True


def test_what_up_was_asked_to_keep_runs_until_down(environ):
    asked, other = Local(environ), Local(environ)
    asked.up(keep=True)
    asked.release()
    other.up()

    assert other.release() is False
    assert other.status()["redis"] == "running"
    other.down()
    assert other.status()["redis"] == "stopped"


def test_sockets_are_short_and_private_however_long_the_path(environ, home):
    places = Places.of(home)
    places.make()

    assert len(os.fsencode(home)) >= 150
    assert len(os.fsencode(places.sockets / ".s.PGSQL.5432")) < 107
    assert places.sockets.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts services as somebody else")
def test_data_lies_outside_a_checkout_that_the_service_user_cannot_enter(environ, home):
    places = Places.of(home)

    assert not enterable(home, places.user)
    assert home not in places.data.parents
    assert Places.of(home).data == places.data


def test_a_folder_of_somebody_else_is_refused_with_the_remedy(tmp_path, monkeypatch):
    places = Places(home=tmp_path, data=tmp_path / "data", sockets=tmp_path / "sockets", user=None)
    monkeypatch.setattr(Places, "uid", property(lambda _: os.geteuid() + 1))

    with pytest.raises(LocalError, match=r"belongs to .* Start as the user who started first"):
        places.make()
