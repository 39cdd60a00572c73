"""Attacks 1 to 12 of the list, made from the registry: every model × every role × every way of reading and writing.

One record of every model is hidden from everybody by a rule, and one text of every business model is closed to all roles; both
hold canaries. A new entity is attacked here before its author writes a test.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conformance.canary import CANARY, Planted, Reader, hide, plant
from tests.conformance.conftest import PARTIES, ROLES, signed_in
from tests.web.conftest import Api


@pytest.fixture(scope="module")
def planted(new_app: Any) -> Planted:
    """The portal with canaries, hidden; what the administrator saw of them before is noted by way."""
    app = new_app("canaries")
    app.test_cli_runner().invoke(args=["demo", "--parties", PARTIES], catch_exceptions=False)
    found = plant(app)
    admin = Reader(found, "admin", Api(app).as_("admin"), signed_in(app)("admin"))
    for way in Reader.WAYS:
        found.seen_before[way] = {word for _tried, text in getattr(admin, way)() for word in CANARY.findall(text)}
    hide(found)
    return found


@pytest.fixture(scope="module")
def reader(planted: Planted) -> Callable[[str], Reader]:
    browsers = signed_in(planted.app)
    return lambda role: Reader(planted, role, Api(planted.app).as_(role), browsers(role))


def test_the_canaries_were_to_be_seen_before(planted):
    """The other tests can fail: each way showed canaries while nothing was hidden, and lists showed nearly all of them."""
    print({way: len(words) for way, words in planted.seen_before.items()}, planted.closed)
    for way in Reader.WAYS:
        assert any(word in planted.of_records for word in planted.seen_before[way]), way
    assert planted.seen_before["lists"] >= set(planted.of_records)
    assert {planted.of_fields[word][0] for word in planted.seen_before["lists"] if word in planted.of_fields} >= set(
        planted.closed
    )


@pytest.mark.parametrize("way", Reader.WAYS)
@pytest.mark.parametrize("role", ROLES)
def test_no_way_of_reading_shows_a_canary(planted, reader, role, way):
    """Shows 1.2 and 1.3: attacks 1 to 4 and 8 to 13."""
    leaks = {tried: found for tried, text in getattr(reader(role), way)() if (found := planted.leaks(role, text))}

    assert leaks == {}
