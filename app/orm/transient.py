"""Transient models: rows for a dialog or a wizard, gone an hour after their last use."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.orm.env import Env

KEPT = timedelta(hours=1)


def purge(env: Env) -> int:
    """Delete the rows of all transient models that were not written for an hour; how many went. Needs a superuser's env."""
    count = 0
    for model in env.registry.concrete():
        if model._transient:
            old = env[model._name].with_context(active_test=False).search([("write_date", "<", env.now - KEPT)])
            count += len(old)
            old.unlink()
    return count
