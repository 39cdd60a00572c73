"""What a job promises: done as its user, once, or written down why not."""

from datetime import timedelta

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from app.jobs import NoBroker, RedisBroker, job
from app.jobs.reconciler import reconcile
from app.jobs.runner import perform
from app.orm import UserError


@job()
def make_place(env, city):
    """Writes one record."""
    return {"id": env["address"].create({"country": "RU", "city": city}).id}


@job(chunk=2)
def rename_places(env, ids, city):
    """Writes two records per unit."""
    env["address"].browse(ids).write({"city": city})


@job(tries=2)
def stumble(env):
    """Writes, then breaks."""
    env["address"].create({"country": "RU", "city": "Сломск"})
    raise RuntimeError("the cable was cut")


@job()
def refuse(env):
    """Ends with a sentence for the user."""
    raise UserError("This can't be done twice.")


class Interruption:
    """What a job calls in the middle of a unit; a test says what happens then."""

    act = staticmethod(lambda: None)


@job(chunk=1)
def interrupted(env, ids):
    """Writes one record per unit and lets the test interfere."""
    env["address"].browse(ids).write({"city": "Перебитск"})
    Interruption.act()


@pytest.fixture
def clerk(database):
    return database.env(database.superuser().run(lambda env: env["user"].search([("login", "=", "clerk")]).id))


def state_of(database, job_id, *names):
    def read(env):
        row = env["job"].browse(job_id)
        return tuple(row[name] for name in names)

    return database.superuser().run(read)


def cities(database, city):
    return database.superuser().run(lambda env: env["address"].search_count([("city", "=", city)]))


def enqueue(env, function, **arguments):
    return env.run(lambda unit: function.enqueue(unit, **arguments).ids[0])


def places(env, count, city):
    return env.run(lambda unit: unit["address"].create([{"country": "RU", "city": city} for _number in range(count)]).ids)


def test_a_job_runs_as_its_user_and_leaves_its_result(database, clerk):
    """Shows 19.4."""
    job_id = enqueue(clerk, make_place, city="Заказск")
    assert state_of(database, job_id, "state", "uid")[0] == "waiting"

    perform(database, job_id)

    state, progress, result = state_of(database, job_id, "state", "progress", "result")
    assert (state, progress) == ("done", 1)
    author = database.superuser().run(lambda env: env["address"].browse(result["id"]).create_uid.login)
    assert author == "clerk"


def test_a_unit_that_is_undone_leaves_no_job(database, clerk):
    before = database.superuser().run(lambda env: env["job"].search_count([]))

    with pytest.raises(UserError):
        clerk.run(lambda env: (make_place.enqueue(env, city="Нетск"), refuse.function(env)))

    assert database.superuser().run(lambda env: env["job"].search_count([])) == before


def test_what_a_unit_saves_one_by_one_becomes_one_job_also_after_an_undone_step(database, clerk):
    """Shows 4.3."""

    def save(env):
        before = env["job"].search_count([])
        first = env["address"].create({"country": "RU", "city": "Казань"})
        with pytest.raises(UserError), env.savepoint():
            env["address"].create({"country": "RU", "city": "Забытьевск"})
            raise UserError("undone")
        second = env["address"].create({"country": "RU", "city": "Псков"})
        job_row = env["job"].search([], limit=1)
        return env["job"].search_count([]) - before, job_row.args["ids"], [first.id, second.id], job_row.id

    count, carried, saved, job_id = clerk.run(save)

    assert (count, carried) == (1, saved)
    perform(database, job_id)
    domain = [("id", "in", saved), ("geocode_state", "=", "done"), ("accuracy", "=", "town")]
    assert database.superuser().run(lambda env: env["address"].search_count(domain)) == 2


def test_a_point_placed_while_the_job_waited_is_kept(database, clerk):
    """Shows 4.3."""
    ids = places(clerk, 1, "Самара")
    job_id = clerk.run(lambda env: env["job"].search([], limit=1).id)
    clerk.run(lambda env: env["address"].browse(ids).write({"point": (50.0, 53.0)}))

    perform(database, job_id)

    point = clerk.run(lambda env: (env["address"].browse(ids).point, env["address"].browse(ids).geocode_state))
    assert point == ((50.0, 53.0), "manual")
    clerk.run(lambda env: env["address"].browse(ids).write({"city": "Казань"}))
    assert clerk.run(lambda env: env["address"].browse(ids).geocode_state) == "stale"


def test_a_second_run_of_a_done_job_does_nothing(database, clerk):
    """Messages may come twice."""
    job_id = enqueue(clerk, make_place, city="Дваждск")

    perform(database, job_id)
    perform(database, job_id)

    assert cities(database, "Дваждск") == 1


def test_a_right_that_was_taken_away_meanwhile_stops_the_job(database, clerk):
    """Rights are those of the moment in which the job runs."""
    job_id = enqueue(clerk, make_place, city="Бесправск")
    roles = database.superuser().run(lambda env: env["user"].browse(clerk.uid).role_ids.ids)
    database.superuser().run(lambda env: env["user"].browse(clerk.uid).write({"role_ids": []}))

    perform(database, job_id)

    database.superuser().run(lambda env: env["user"].browse(clerk.uid).write({"role_ids": roles}))
    state, error, attempts = state_of(database, job_id, "state", "error", "attempts")
    assert (state, attempts) == ("failed", 1)
    assert error
    assert cities(database, "Бесправск") == 0


def test_a_user_who_was_switched_off_gets_nothing_done(database, clerk):
    job_id = enqueue(clerk, make_place, city="Выключинск")
    database.superuser().run(lambda env: env["user"].browse(clerk.uid).write({"active": False}))

    perform(database, job_id)

    database.superuser().run(lambda env: env["user"].with_context(active_test=False).browse(clerk.uid).write({"active": True}))
    assert state_of(database, job_id, "state") == ("failed",)
    assert cities(database, "Выключинск") == 0


def test_a_job_that_breaks_is_tried_again_later_and_in_the_end_fails(database, clerk):
    """Shows 19.4."""
    job_id = enqueue(clerk, stumble)

    perform(database, job_id)

    state, error, run_after = state_of(database, job_id, "state", "error", "run_after")
    assert state == "waiting"
    assert "the cable was cut" in error
    assert run_after > database.superuser().run(lambda env: env.now)

    database.superuser().run(lambda env: env["job"].browse(job_id).write({"run_after": env.now}))
    perform(database, job_id)

    assert state_of(database, job_id, "state", "attempts") == ("failed", 2)
    assert cities(database, "Сломск") == 0


def test_a_refusal_for_people_is_final_and_kept_as_it_reads(database, clerk):
    job_id = enqueue(clerk, refuse)

    perform(database, job_id)

    assert state_of(database, job_id, "state", "attempts", "error") == ("failed", 1, "This can't be done twice.")


def test_a_cancelled_job_stops_undoes_its_unit_and_keeps_the_finished_ones(database, clerk, monkeypatch):
    """Shows 19.4."""
    ids = places(clerk, 4, "Начальск")
    job_id = enqueue(clerk, interrupted, ids=ids)
    calls = []

    def cancel_in_the_second_unit():
        calls.append(1)
        if len(calls) == 2:
            clerk.run(lambda env: env["job"].browse(job_id).cancel())

    monkeypatch.setattr(Interruption, "act", staticmethod(cancel_in_the_second_unit))
    perform(database, job_id)

    assert state_of(database, job_id, "state", "progress") == ("cancelled", 1)
    renamed = [("id", "in", ids), ("city", "=", "Перебитск")]
    assert database.superuser().run(lambda env: env["address"].search_count(renamed)) == 1


def test_a_cancelled_job_can_be_started_again_and_goes_on(database, clerk):
    ids = places(clerk, 3, "Отменск")
    job_id = enqueue(clerk, rename_places, ids=ids, city="Продолжинск")
    clerk.run(lambda env: env["job"].browse(job_id).cancel())
    perform(database, job_id)
    assert cities(database, "Продолжинск") == 0

    clerk.run(lambda env: env["job"].browse(job_id).retry())
    perform(database, job_id)

    assert state_of(database, job_id, "state", "progress", "total") == ("done", 3, 3)
    assert cities(database, "Продолжинск") == 3


def test_nobody_cancels_what_is_done_or_what_is_not_his(database, clerk):
    job_id = enqueue(clerk, make_place, city="Готовск")
    perform(database, job_id)
    with pytest.raises(UserError):
        clerk.run(lambda env: env["job"].browse(job_id).cancel())

    other = database.env(database.superuser().run(lambda env: env["user"].search([("login", "=", "sales")]).id))
    assert other.run(lambda env: env["job"].search_count([("id", "=", job_id)])) == 0


def test_a_worker_told_to_stop_gives_the_rest_back(database, clerk, monkeypatch):
    import threading

    ids = places(clerk, 3, "Стопск")
    job_id = enqueue(clerk, interrupted, ids=ids)
    stopping = threading.Event()
    monkeypatch.setattr(Interruption, "act", staticmethod(stopping.set))

    perform(database, job_id, stopping)
    assert state_of(database, job_id, "state", "progress", "attempts") == ("waiting", 1, 0)

    stopping.clear()
    monkeypatch.setattr(Interruption, "act", staticmethod(lambda: None))
    perform(database, job_id, stopping)
    assert state_of(database, job_id, "state", "progress") == ("done", 3)


def test_a_worker_that_was_overtaken_cannot_commit_its_unit(database, clerk, monkeypatch):
    """Its lease ran out, another took the job over: the first one's unit is undone."""
    ids = places(clerk, 2, "Обгонск")
    job_id = enqueue(clerk, interrupted, ids=ids)
    calls = []

    def overtake():
        calls.append(1)
        if len(calls) == 1:
            database.superuser().run(lambda env: env["job"].browse(job_id).write({"lease_until": env.now - timedelta(seconds=1)}))
            perform(database, job_id)

    monkeypatch.setattr(Interruption, "act", staticmethod(overtake))
    perform(database, job_id)

    assert state_of(database, job_id, "state", "progress", "attempts") == ("done", 2, 2)
    assert len(calls) == 3


def test_what_a_dead_worker_left_is_sent_again(database, clerk, redis_url):
    ids = places(clerk, 2, "Павшинск")
    job_id = enqueue(clerk, rename_places, ids=ids, city="Восставск")
    passed = {"state": "running", "attempts": 1}
    database.superuser().run(
        lambda env: env["job"].browse(job_id).write({**passed, "lease_until": env.now - timedelta(seconds=1)})
    )

    reconcile(database, RedisBroker(redis_url))
    perform(database, job_id)

    assert state_of(database, job_id, "state", "attempts") == ("done", 2)


def test_redis_down_on_submit_fails_no_request_and_loses_no_job(database, clerk, redis_url, tmp_path):
    """Shows 19.4."""
    dead = RedisBroker(f"unix://{tmp_path / 'nobody.sock'}")
    job_id = enqueue(clerk, make_place, city="Молчанск")

    assert dead.push("default", job_id, 0) is False
    with Redis.from_url(redis_url) as client:
        client.flushdb()
    assert reconcile(database, RedisBroker(redis_url)) >= 1

    perform(database, job_id)
    assert state_of(database, job_id, "state") == ("done",)


def test_a_message_on_its_way_is_not_sent_twice(redis_url):
    with Redis.from_url(redis_url) as client:
        client.flushdb()
        broker = RedisBroker(redis_url)

        assert broker.push("slow", 4711, 0) is True
        assert broker.push("slow", 4711, 0) is False
        assert broker.push("slow", 4711, 1) is True

        queue = Queue("slow", connection=client, serializer=JSONSerializer)
        assert [message.args for message in queue.jobs] == [[4711], [4711]]


def test_a_message_carries_the_number_and_nothing_else(redis_url):
    """JSON, and no data of anybody."""
    with Redis.from_url(redis_url) as client:
        client.flushdb()
        RedisBroker(redis_url).push("default", 4712, 0)

        message = Queue("default", connection=client, serializer=JSONSerializer).jobs[0]

        assert message.func_name == "app.jobs.runner.run"
        assert (list(message.args), message.kwargs) == ([4712], {})
    assert NoBroker().push("default", 4712, 0) is False


def test_an_unknown_queue_is_refused_where_it_is_declared():
    with pytest.raises(ValueError, match="urgent, default, slow"):
        job(queue="quick")
