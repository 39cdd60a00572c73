"""A real file as it was collected: stray spaces, duplicates, telephones without area code, line breaks in cells."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.base.importing import Importer, Mapping, Report, Table
from app.orm.env import Env

DATA = Path(__file__).resolve().parents[1] / "data"
CENTRES = DATA / "chicago_centres_messy.csv"
ROWS = 3337


def run(env: Env, file: Path, **options: Any) -> Report:
    mapping = Mapping.load(env.registry, "party", str(DATA / "chicago_map.json"))
    return Importer(mapping, **options).run(env, Table(file))


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


@pytest.fixture
def broken(tmp_path: Path) -> tuple[Path, dict[int, str]]:
    """The file with five broken rows at its end, and their lines with the column that is wrong."""
    file = tmp_path / "broken.csv"
    text = CENTRES.read_text("utf-8")
    file.write_text(text if text.endswith("\n") else text + "\n", "utf-8", newline="")
    first = file.read_text("utf-8").count("\n") + 1
    with CENTRES.open(encoding="utf-8", newline="") as source:
        columns = next(csv.reader(source))
    rows = [
        ({"Id": "9001", "Zip": "6061"}, "Zip"),
        ({"Id": "9002", "Zip": "ABCDE"}, "Zip"),
        ({"Id": "9003", "Site name": ""}, "Site name"),
        ({"Id": ""}, "Id"),
        ({"Id": "17"}, "Id"),
    ]
    with file.open("a", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, columns, lineterminator="\n")
        for changes, _column in rows:
            writer.writerow({"Site name": "Centre", "Address": "1 N Ogden Ave", "Zip": "60608", **changes})
    return file, {first + index: column for index, (_changes, column) in enumerate(rows)}


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


def test_with_five_broken_rows_nothing_goes_in_and_each_is_named(env: Env, broken: tuple[Path, dict[int, str]]) -> None:
    """Shows 0.6."""
    file, wrong = broken

    report = run(env, file)

    assert {error.line: error.column for error in report.errors} == wrong
    assert all(error.field and error.reason for error in report.errors)
    assert not report.written
    assert env["party"].search_count([]) == 0
    assert env["external.id"].search_count([]) == 0


def test_skip_bad_writes_all_but_the_broken_rows(env: Env, broken: tuple[Path, dict[int, str]]) -> None:
    """Shows 0.6."""
    file, wrong = broken

    report = run(env, file, skip_bad=True)

    assert (report.created, report.skipped) == (ROWS, 5)
    assert {error.line for error in report.errors} == set(wrong)
    assert env["party"].search_count([]) == ROWS
