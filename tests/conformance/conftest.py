"""The portal with a few demo records, and a client per user."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.conftest import Api, statements

__all__ = ["api", "statements", "stocked"]

PARTIES = "60"


@pytest.fixture(scope="session")
def stocked(new_app: Any) -> Any:
    """The portal with demonstration data."""
    app = new_app("stocked")
    app.test_cli_runner().invoke(args=["demo", "--parties", PARTIES], catch_exceptions=False)
    return app


@pytest.fixture
def api(stocked: Any) -> Api:
    return Api(stocked)
