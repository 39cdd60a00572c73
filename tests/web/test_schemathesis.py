"""What the OpenAPI description promises holds for generated requests: no 5xx, only documented answers."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


ADDON = ("shelf_book", "shelf_tag", "shelf_leaf")
USER = "clerk"


@pytest.fixture
def operations(app: Any, api: Any) -> dict[str, list[Any]]:
    """What the description offers to this user, by resource."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/_openapi", app, headers=_headers(api))
    found: dict[str, list[Any]] = {}
    for operation in (each.ok() for each in schema.get_all_operations()):
        parts = operation.path.split("/")
        if operation.path.startswith("/api/v1/") and len(parts) > 4 and parts[3] != "security":
            found.setdefault(parts[3], []).append(operation)
    return found


def _headers(api: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {api.token(USER)}"}


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("resource", ADDON)
def test_generated_requests_get_documented_answers(api: Any, operations: Any, resource: str) -> None:
    """Attack 24 of the list: no 5xx, documented codes only."""
    assert len(operations[resource]) >= 8
    for operation in operations[resource]:
        _try(operation, _headers(api), 15)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_operation_of_the_portal_gives_documented_answers(api: Any, operations: Any) -> None:
    """Attack 24 of the list, for every model: few requests each, for there are many."""
    resources = [name for name in operations if name not in ADDON]
    assert len(resources) >= 8, resources
    for name in resources:
        for operation in operations[name]:
            _try(operation, _headers(api), 6)


def _try(operation: Any, headers: dict[str, str], examples: int) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def check(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    check()
