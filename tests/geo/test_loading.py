"""The gazetteer's tables: filled once, swapped whole, readable by everybody."""

import csv
from pathlib import Path

from app.geo import Query, ensure_tables, geocode_batch, load, load_if_outdated, loader
from app.geo.russian import russian_name

TRUTH = Path(__file__).parents[1] / "data" / "ru_cities.csv"


def test_a_second_load_of_the_same_release_does_nothing(gazetteer):
    assert load_if_outdated(gazetteer) is None


def test_loading_again_replaces_its_own_towns_and_keeps_those_of_others(gazetteer, monkeypatch):
    """A load of a few towns, in a transaction that is taken back, so that other tests keep their gazetteer."""
    some = loader._towns()[:2000]
    monkeypatch.setattr(loader, "_towns", lambda: some)
    with gazetteer.transaction(force_rollback=True):
        gazetteer.execute(
            "INSERT INTO geo.town (id, source, country, name, population, geom)"
            " VALUES (-1, 'operator', 'RU', 'Kitezh', 1, ST_SetSRID(ST_MakePoint(45, 56.8), 4326))"
        )
        gazetteer.execute("INSERT INTO geo.town_name (key, town_id, name, main) VALUES (fold('Kitezh'), -1, 'Kitezh', true)")

        load(gazetteer)
        report = load(gazetteer)

        assert report.towns == 2001
        assert geocode_batch(gazetteer, [Query(town="Китеж")])[0].place.source == "operator"


def test_before_the_first_load_nothing_is_found_and_nothing_fails(gazetteer):
    with gazetteer.transaction(force_rollback=True):
        gazetteer.execute("DROP SCHEMA geo CASCADE")
        ensure_tables(gazetteer)

        assert geocode_batch(gazetteer, [Query(town="Москва")])[0].place is None


def test_most_russian_towns_are_called_what_russians_call_them(gazetteer):
    with TRUTH.open(encoding="utf-8") as file:
        truth = list(csv.DictReader(file))
    queries = [Query(town=row["city"] or row["region"], region=row["region"], country="RU") for row in truth]

    pairs = [
        (match.place.name.replace("ё", "е"), query.town.replace("ё", "е"))
        for match, query in zip(geocode_batch(gazetteer, queries), queries, strict=True)
        if match.place
    ]

    right = sum(known == true for known, true in pairs) / len(pairs)
    print(f"Russian names: {right:.1%} right")
    assert right >= 0.96


def test_the_russian_name_is_told_from_its_neighbours():
    assert russian_name("Nal'chik", ["Налчик", "Нальчик", "Nal'chik", "Nalchik"]) == "Нальчик"
    assert russian_name("Tynda", ["Тинда", "Тында", "Tynda"]) == "Тында"
    assert russian_name("Lyon", ["Lyon", "Lione"]) is None
