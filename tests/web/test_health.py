"""Whether the process answers, and whether all it needs is there."""

from __future__ import annotations


def test_healthz_touches_nothing(app, statements):
    with statements() as sent:
        answer = app.test_client().get("/healthz")

    assert answer.json == {"status": "ok"}
    assert sent == []
    assert "Set-Cookie" not in answer.headers


def test_readyz_names_every_part(app):
    answer = app.test_client().get("/readyz")

    assert answer.status_code == 200, answer.json
    assert set(answer.json["checks"]) == {"database", "redis", "migrations", "jobs"}


def test_readyz_says_no_without_redis(app, monkeypatch):
    monkeypatch.setitem(app.config, "REDIS_URL", "redis://127.0.0.1:1/0")
    answer = app.test_client().get("/readyz")

    assert answer.status_code == 503
    assert answer.json["checks"]["redis"] == {"ok": False}
    assert answer.json["checks"]["database"]["ok"] is True
