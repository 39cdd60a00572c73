"""Workers and Redis killed in the middle, as in the worst of nights; real processes, real signals."""

import pytest

from tests.jobs.conftest import TOWNS, until

ADDRESSES = 6000

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def clerk(database):
    return database.env(database.superuser().run(lambda env: env["user"].search([("login", "=", "clerk")]).id))


def save_addresses(env, count):
    rows = [{"country": "RU", "city": TOWNS[number % 3][0], "house": str(number)} for number in range(count)]
    return env.run(lambda unit: unit["address"].create(rows).ids)


def placed(database, ids):
    domain = [("id", "in", ids), ("geocode_state", "=", "done"), ("point", "!=", None)]
    return database.superuser().run(lambda env: env["address"].search_count(domain), readonly=True)


def test_killed_workers_and_a_lost_redis_lose_no_address(database, clerk, own_redis, new_worker):
    """Shows 4.3, 19.4: everything is placed within 120 s of the last fault."""
    first = new_worker()
    ids = save_addresses(clerk, ADDRESSES)
    until(lambda: placed(database, ids) > 0, 60, "the first address")

    first.kill()
    own_redis.kill()
    done = placed(database, ids)
    assert 0 < done < ADDRESSES, "the fault must strike in the middle"

    own_redis.start()
    new_worker()
    until(lambda: placed(database, ids) == ADDRESSES, 120, "the last address")


def test_redis_lost_under_a_living_worker_is_survived_by_it(database, clerk, own_redis, new_worker):
    worker = new_worker()
    before = save_addresses(clerk, 10)
    until(lambda: placed(database, before) == 10, 60, "the first addresses")

    own_redis.kill()
    during = save_addresses(clerk, 10)
    own_redis.start()

    until(lambda: placed(database, during) == 10, 120, "the addresses saved meanwhile")
    assert worker.process.poll() is None


def test_a_worker_told_to_stop_ends_after_its_unit_and_the_next_goes_on(database, clerk, new_worker):
    worker = new_worker()
    ids = save_addresses(clerk, ADDRESSES)
    until(lambda: placed(database, ids) > 0, 60, "the first address")

    assert worker.stop() == 0
    done = placed(database, ids)

    new_worker()
    until(lambda: placed(database, ids) == ADDRESSES, 120, "the last address")
    assert 0 < done < ADDRESSES
