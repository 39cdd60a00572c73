"""What the ORM's tests share: one scratch database per file, undone after each test.

A file names its declarations in ``MODELS`` and its roles in ``ROLES``; building registry and schema costs,
so it happens once per file, and every test runs inside a savepoint that is rolled back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.orm.testing import scratch_env


class Undone(Exception):
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
            raise Undone  # noqa: TRY301 - a savepoint is left by an error, and only here
    except Undone:
        pass


@pytest.fixture
def as_role(env: Any) -> Callable[..., Any]:
    """Gives the env of a new user with these roles: ``as_role("clerk")``."""

    def sign_in(*roles: str, login: str | None = None) -> Any:
        name = login or "-".join(roles) or "nobody"
        return env.with_user(env.new_user(name, roles=list(roles)))

    return sign_in


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep each file of this folder on one worker, or each worker would build its database again."""
    here = str(Path(__file__).parent)
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.xdist_group(f"orm-{item.path.stem}"))
