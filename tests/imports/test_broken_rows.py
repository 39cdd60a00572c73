"""The same real file with five rows that can't be taken: all or nothing, and who wants the rest says so."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from app.orm.env import Env
from tests.imports.centres import CENTRES, ROWS, run


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
        ({"Id": "9001", "Zip": "60608" * 4}, "Zip"),
        ({"Id": "9002", "Fax": "(773) " * 60}, "Fax"),
        ({"Id": "9003", "Site name": ""}, "Site name"),
        ({"Id": ""}, "Id"),
        ({"Id": "17"}, "Id"),
    ]
    with file.open("a", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, columns, lineterminator="\n")
        for changes, _column in rows:
            writer.writerow({"Site name": "Centre", "Address": "1 N Ogden Ave", "Zip": "60608", **changes})
    return file, {first + index: column for index, (_changes, column) in enumerate(rows)}


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
