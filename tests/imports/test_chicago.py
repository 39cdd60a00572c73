"""A real file as it was collected: stray spaces, duplicates, telephones without area code, line breaks in cells."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.base.importing import Report
from app.orm.env import Env
from tests.imports.centres import CENTRES, ROWS, run


@pytest.fixture(scope="module")
def whole(contacts: Env) -> Iterator[Report]:
    """The file imported once for the tests that look at the result."""

    class TakeBack(Exception):
        """Undoes the import."""

    try:
        with contacts.savepoint():
            yield run(contacts, CENTRES)
            raise TakeBack  # noqa: TRY301 - a savepoint is undone by leaving it with an error
    except TakeBack:
        return


def test_all_rows_go_in_with_addresses_and_codes(contacts: Env, whole: Report) -> None:
    """Shows 0.6."""
    assert whole.errors == []
    assert (whole.created, whole.updated, whole.unchanged, whole.skipped) == (ROWS, 0, 0, 0)
    party = contacts.ref("chicago.0")
    assert party.name == "Salvation Army - Temple / Salvation Army"
    assert party.address_use_ids.address_id.name == "1 N Ogden Ave, Chicago, IL"
    assert party.code_ids.mapped("name") == ["Child Care"]
    assert contacts["address.use"].search_count([]) == ROWS
    assert contacts["code"].search_count([("kind_id.name", "=", "Programme")]) >= 11


def test_a_telephone_without_area_code_is_kept_with_a_warning(contacts: Env, whole: Report) -> None:
    """Shows 0.6."""
    party = contacts.ref("chicago.0")

    assert (party.phone, party.phone_e164) == ("2262649", None)
    first = whole.warnings[0]
    assert (first.line, first.field, first.column) == (2, "phone", "Phone")
    assert len([warning for warning in whole.warnings if warning.field == "phone"]) >= 3189


def test_the_same_address_is_one_record(contacts: Env, whole: Report) -> None:
    """Shows 4.1."""
    first, second = contacts.ref("chicago.0"), contacts.ref("chicago.1")

    assert first.address_use_ids.address_id == second.address_use_ids.address_id
    assert contacts["address"].search_count([]) < ROWS


def test_a_second_run_finds_everything_unchanged(contacts: Env, whole: Report) -> None:
    """Shows 0.6."""
    before = contacts["party"].search_count([])

    again = run(contacts, CENTRES)

    assert (again.created, again.updated, again.unchanged, again.skipped) == (0, 0, ROWS, 0)
    assert contacts["party"].search_count([]) == before


def test_a_value_changed_meanwhile_is_an_update(contacts: Env, whole: Report) -> None:
    """Shows 0.6."""
    contacts.ref("chicago.5").write({"name": "Renamed"})

    report = run(contacts, CENTRES, dry_run=True)

    assert (report.created, report.updated, report.unchanged) == (0, 1, ROWS - 1)
    assert contacts.ref("chicago.5").name == "Renamed"
    contacts.ref("chicago.5").write({"name": "Board Trustees-City Colleges of Chicago - Olive-Harvey College"})
