"""What the portal notes for itself is not kept for ever; what users made is."""

from datetime import timedelta

import pytest

from app.base import retention


@pytest.fixture(scope="module")
def database(new_app):
    return new_app("retention").extensions["kartoteka"].database


def test_old_notes_go_and_young_ones_stay(database):
    def fill(env):
        user = env["user"].search([], limit=1)
        names = ("old", "young")
        keys = env["idempotency.key"].create(
            [{"user_id": user, "key": name, "fingerprint": "x", "status": 200} for name in names]
        )
        sessions = env["user.session"].create([{"user_id": user, "key": name} for name in (*names, "open")])
        jobs = env["job"].create([{"name": name, "state": "done", "run_after": env.now} for name in (*names, "waiting")])
        jobs[2].state = "waiting"
        env.flush()
        aged = {"idempotency_key": keys[0].id, "user_session": sessions[0].id, "job": jobs[0].id}
        for (table, own), (_model, column, kept) in zip(aged.items(), retention.KEPT, strict=True):
            moment = env.now - kept - timedelta(minutes=1)
            env.unit.run(f'UPDATE "{table}" SET {column} = %(moment)s WHERE id = %(own)s', {"moment": moment, "own": own})
        sessions[1].ended = jobs[1].finished_at = env.now
        env.flush()
        return keys[1].id, sessions[1:].ids, jobs[1:].ids

    def left(env):
        return (
            env["idempotency.key"].search([]).ids,
            sorted(env["user.session"].search([]).ids),
            sorted(env["job"].search([("name", "in", ["old", "young", "waiting"])]).ids),
        )

    key, sessions, jobs = database.superuser(source="command").run(fill)
    assert database.superuser(source="job").run(retention.purge) == 3
    assert database.superuser(source="job").run(left, readonly=True) == ([key], sorted(sessions), sorted(jobs))
    assert database.superuser(source="job").run(retention.purge) == 0
