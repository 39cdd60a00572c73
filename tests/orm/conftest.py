"""What the ORM's tests share: one scratch database per file, undone after each test.

A file names its declarations in ``MODELS`` and its roles in ``ROLES``; building registry and schema costs,
so it happens once per file, and every test runs inside a savepoint that is rolled back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.orm.testing import scratch_env


class Undone(Exception):  # noqa: N818 - no error: the way to leave a savepoint without keeping anything
    """Leaves a test's savepoint."""


@pytest.fixture(scope="module")
def scratch(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The superuser env over the declarations of the test's file."""
    roles = getattr(request.module, "ROLES", ())
    with scratch_env(*request.module.MODELS, roles=roles) as env:
        yield env


@pytest.fixture
def env(scratch: Any) -> Iterator[Any]:
    """The file's env; whatever the test writes is undone."""
    try:
        with scratch.savepoint():
            yield scratch
            raise Undone
    except Undone:
        pass


@pytest.fixture
def as_role(env: Any) -> Callable[..., Any]:
    """Gives the env of a new user with these roles: ``as_role("clerk")``."""

    def sign_in(*roles: str, login: str | None = None) -> Any:
        name = login or "-".join(roles) or "nobody"
        return env.with_user(env.new_user(name, roles=list(roles)))

    return sign_in
