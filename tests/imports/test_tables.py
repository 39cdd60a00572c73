"""Files as offices make them: encodings, separators, words for yes and dates with dots; mappings that are wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.base.importing import Importer, Mapping, MappingError, Report, Table
from app.orm import AccessError
from app.orm.env import Env

HEADING = ("Номер", "Фамилия", "Имя", "Отчество", "Родился", "Не звонить", "Вид")
PERSON = ("1", "Щукина", "Ольга", "Ильинична", "31.05.1980", "да", "Человек")
SHORT = "id=Номер; source=old; kind=Вид; family_name=Фамилия; given_name=Имя; patronymic=Отчество; birthday=Родился; do_not_call=Не звонить"


def table(folder: Path, rows: list[tuple[str, ...]], encoding: str = "utf-8", separator: str = ",") -> Table:
    file = folder / "table.csv"
    file.write_text("".join(separator.join(row) + "\r\n" for row in rows), encoding, newline="")
    return Table(file)


def run(env: Env, source: Table, mapping: str = SHORT, **options: Any) -> Report:
    return Importer(Mapping.load(env.registry, "party", mapping), **options).run(env, source)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encoding_and_separator_are_found(env: Env, tmp_path: Path, encoding: str, separator: str) -> None:
    """Shows 0.6."""
    report = run(env, table(tmp_path, [HEADING, PERSON], encoding, separator))

    assert (report.errors, report.created) == ([], 1)
    person = env.ref("old.1")
    assert (person.name, person.birthday, person.do_not_call) == ("Щукина Ольга Ильинична", date(1980, 5, 31), True)


def test_western_text_is_not_taken_for_russian(tmp_path: Path) -> None:
    """Shows 0.6."""
    source = table(tmp_path, [("Id", "Name"), ("1", "Café Müller"), ("2", "Señor Núñez")], "cp1252", ";")

    assert source.encoding == "cp1252"
    assert [row.cells["Name"] for row in source] == ["Café Müller", "Señor Núñez"]


def test_every_error_of_a_file_is_named(env: Env, tmp_path: Path) -> None:
    """Shows 0.6."""
    rows = [
        HEADING,
        PERSON,
        ("2", "Иванов", "Иван", "", "вчера", "", "Человек"),
        ("3", "Петров", "Пётр", "", "", "может быть", "Кот"),
    ]

    report = run(env, table(tmp_path, rows))

    assert [(error.line, error.field) for error in report.errors] == [(3, "birthday"), (4, "kind"), (4, "do_not_call")]
    assert env["party"].search_count([]) == 0


def test_an_external_id_occurs_once(env: Env, tmp_path: Path) -> None:
    """Shows 0.6."""
    report = run(env, table(tmp_path, [HEADING, PERSON, PERSON]))

    assert [(error.line, error.field) for error in report.errors] == [(3, "id")]


def test_the_same_external_id_updates(env: Env, tmp_path: Path) -> None:
    """Shows 0.6."""
    run(env, table(tmp_path, [HEADING, PERSON]))
    changed = (*PERSON[:1], "Карасёва", *PERSON[2:])

    report = run(env, table(tmp_path, [HEADING, changed, ("2", *changed[1:])]))

    assert (report.created, report.updated, report.unchanged) == (1, 1, 0)
    assert env.ref("old.1").name == "Карасёва Ольга Ильинична"


def test_a_dry_run_counts_and_writes_nothing(env: Env, tmp_path: Path) -> None:
    """Shows 0.6."""
    report = run(env, table(tmp_path, [HEADING, PERSON]), dry_run=True)

    assert (report.created, report.written) == (1, False)
    assert env["party"].search_count([]) == 0


def test_a_duplicate_in_the_file_is_an_error_of_its_row(env: Env, tmp_path: Path) -> None:
    """Shows 0.6."""
    rows = [("Id", "Name", "INN"), ("1", "A", "7707083893"), ("2", "B", "7707083893"), ("3", "C", "")]

    report = run(env, table(tmp_path, rows), "id=Id; name=Name; inn=INN; kind='organisation'", skip_bad=True)

    assert report.created == 2
    assert (report.errors[0].line, report.errors[0].field) == (3, "inn")
    assert report.skipped == 1


@pytest.mark.parametrize(
    "mapping",
    ["nme=Фамилия", "name=Нет такой", "name", '{"fields": {"contact_ids": "Имя"}}', '{"fields": }', "create_date=Родился"],
)
def test_a_wrong_mapping_is_refused_before_the_first_row(env: Env, tmp_path: Path, mapping: str) -> None:
    """Shows 0.6."""
    with pytest.raises(MappingError):
        run(env, table(tmp_path, [HEADING, PERSON]), mapping)


def test_importing_needs_its_right(env: Env, make: Any, tmp_path: Path) -> None:
    """Shows 1.1."""
    with pytest.raises(AccessError):
        run(make.user("sales"), table(tmp_path, [HEADING, PERSON]))
