"""What the OpenAPI description promises holds for generated requests: no 5xx, only documented answers."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("resource", ["shelf_book", "shelf_tag", "shelf_leaf"])
def test_generated_requests_get_documented_answers(app: Any, api: Any, resource: str) -> None:
    """Attack 24 of the list: no 5xx, documented codes only."""
    headers = {"Authorization": f"Bearer {api.token('clerk')}"}
    schema = schemathesis.openapi.from_wsgi("/api/v1/_openapi", app, headers=headers)
    operations = [found.ok() for found in schema.include(path_regex=f"^/api/v1/{resource}/").get_all_operations()]
    assert len(operations) >= 8

    for operation in operations:
        _try(operation, headers)


def _try(operation: Any, headers: dict[str, str]) -> None:
    @settings(
        max_examples=15,
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
