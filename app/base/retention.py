"""How long the portal keeps what it notes for itself: answers to repeated requests, ended sessions, finished jobs.

Records of the business and their audit are never deleted here.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from app.orm.env import Env

KEPT: Final = (
    ("idempotency.key", "create_date", timedelta(days=2)),
    ("user.session", "ended", timedelta(days=30)),
    ("job", "finished_at", timedelta(days=30)),
)
"""Model, the moment from which it counts, and how long it stays from then."""
MOST_AT_ONCE: Final = 5_000


def purge(env: Env) -> int:
    """Delete what is older than that, a bounded number of each at a time; how many went. Needs a superuser's env."""
    count = 0
    for name, since, kept in KEPT:
        old = env[name].search([(since, "<", env.now - kept)], limit=MOST_AT_ONCE, order="id")
        count += len(old)
        old.unlink()
    return count
