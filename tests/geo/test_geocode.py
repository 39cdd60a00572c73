"""Towns found by what people write; the places are checked against coordinates that no part of the gazetteer comes from."""

import csv
import math
import time
from pathlib import Path

import pytest

from app.geo import Query, geocode_batch
from app.geo.matcher import distance

TRUTH = Path(__file__).parents[1] / "data" / "ru_cities.csv"


def find(gazetteer, **words):
    return geocode_batch(gazetteer, [Query(**words)])[0]


def kilometres(left, right):
    (south, west), (north, east) = ([math.radians(angle) for angle in point] for point in (left, right))
    half = math.sin((north - south) / 2) ** 2 + math.cos(south) * math.cos(north) * math.sin((east - west) / 2) ** 2
    return 12742 * math.asin(math.sqrt(half))


@pytest.fixture(scope="module")
def truth():
    with TRUTH.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def town_of(row):
    return row["city"] or row["settlement"] or row["area"] or row["region"]


def shares(gazetteer, truth, queries):
    """How many were found, how many of all lie within 20 km, and the errors in km."""
    matches = geocode_batch(gazetteer, queries)
    errors = [
        kilometres((float(row["geo_lat"]), float(row["geo_lon"])), (match.place.latitude, match.place.longitude))
        for row, match in zip(truth, matches, strict=True)
        if match.place
    ]
    return len(errors) / len(truth), sum(error <= 20 for error in errors) / len(truth), sorted(errors)


def test_held_out_towns_are_found_by_their_parts(gazetteer, truth):
    """Shows 4.3."""
    queries = [Query(town=town_of(row), region=row["region"], country=row["country"]) for row in truth]

    found, near, errors = shares(gazetteer, truth, queries)

    print(f"parts: found {found:.1%}, within 20 km {near:.1%}, median {errors[len(errors) // 2]:.2f} km")
    assert found >= 0.995
    assert near >= 0.985
    assert errors[len(errors) // 2] <= 1
    assert errors[int(len(errors) * 0.95)] <= 5


def test_held_out_towns_are_found_in_one_line(gazetteer, truth):
    """Shows 4.2, 4.3."""
    found, near, _errors = shares(gazetteer, truth, [Query(line=f"{row['address']}, ул. Ленина, д. 5, кв. 7") for row in truth])

    assert found >= 0.995
    assert near >= 0.985


def test_held_out_towns_are_found_in_a_line_without_commas(gazetteer, truth):
    lines = [row["address"].replace(",", "") + " ул Ленина 5" for row in truth]

    _found, near, _errors = shares(gazetteer, truth, [Query(line=line) for line in lines])

    assert near >= 0.97


def test_held_out_towns_survive_a_typing_error(gazetteer, truth):
    """Two neighbouring letters in the middle change places."""

    def slip(name):
        middle = len(name) // 2
        return name[: middle - 1] + name[middle] + name[middle - 1] + name[middle + 1 :]

    queries = [Query(town=slip(town_of(row)), region=row["region"], country="Россия") for row in truth]

    _found, near, _errors = shares(gazetteer, truth, queries)

    print(f"typing errors: within 20 km {near:.1%}")
    assert near >= 0.93


@pytest.mark.parametrize(
    ("words", "region"),
    [
        ({"town": "Мирный", "region": "Архангельская область"}, "RU-ARK"),
        ({"town": "Мирный", "region": "Якутия"}, "RU-SA"),
        ({"line": "Респ. Саха (Якутия), г. Мирный"}, "RU-SA"),
        ({"line": "Благовещенск, Башкортостан"}, "RU-BA"),
        ({"line": "Амурская обл, Благовещенск"}, "RU-AMU"),
        ({"town": "Springfield", "region": "Illinois", "country": "US"}, "US-IL"),
        ({"line": "Springfield, Missouri, USA"}, "US-MO"),
    ],
)
def test_of_namesakes_the_region_decides(gazetteer, words, region):
    assert find(gazetteer, **words).place.region == region


def test_without_a_region_the_larger_namesake_is_meant_and_the_others_are_named(gazetteer):
    match = find(gazetteer, town="Благовещенск")

    assert match.place.region == "RU-AMU"
    assert "RU-BA" in [other.region for other in match.others]
    assert match.score < 0.8


@pytest.mark.parametrize(
    "town", ["Екатеринбург", "Yekaterinburg", "Ekaterinburg", "Jekaterinburg", "ЕКАТЕРИНБУРГ", "Екатеринбрг", "г. Екатеринбург"]
)
def test_a_town_is_found_in_either_script_and_with_a_slip(gazetteer, town):
    assert find(gazetteer, town=town).place.name == "Екатеринбург"


@pytest.mark.parametrize("town", ["Орёл", "Орел", "Orel", "Oryol"])
def test_yo_and_ye_are_one(gazetteer, town):
    assert find(gazetteer, town=town, region="Орловская").place.name in {"Орёл", "Орел"}


@pytest.mark.parametrize(
    ("words", "country"),
    [
        ({"line": "Leipzig, Germany"}, "DE"),
        ({"town": "Минск", "country": "Беларусь"}, "BY"),
        ({"town": "Paris", "country": "FR"}, "FR"),
    ],
)
def test_the_country_narrows_down(gazetteer, words, country):
    assert find(gazetteer, **words).place.country == country


@pytest.mark.parametrize("words", [{}, {"line": "ул. Ленина, д. 5"}, {"town": "Щщщщщ"}, {"line": "\0"}, {"line": "'); --%%"}])
def test_what_names_no_town_is_an_answer_without_a_place(gazetteer, words):
    assert find(gazetteer, **words).place is None


def test_a_town_in_another_region_is_not_made_up(gazetteer):
    """Better no point than one a thousand kilometres off."""
    assert find(gazetteer, town="Владивосток", region="Смоленская область", country="RU").place is None


def test_a_match_says_what_it_rests_on(gazetteer):
    match = find(gazetteer, town="Petrozavodsk", region="Карелия")

    assert (match.accuracy, match.matched, match.score, match.place.source) == ("town", "Petrozavodsk", 1.0, "geonames")


def test_a_batch_answers_in_the_order_of_its_queries(gazetteer):
    towns = ["Самара", "абракадабра", "Казань", "Самара"]

    names = [match.place and match.place.name for match in geocode_batch(gazetteer, [Query(town=town) for town in towns])]

    assert names == ["Самара", None, "Казань", "Самара"]


def test_a_large_batch_is_one_pass(gazetteer, truth):
    queries = [Query(line=f"{row['address']}, ул. Ленина, {number}") for number in range(10) for row in truth]
    started = time.process_time(), time.monotonic()

    matches = geocode_batch(gazetteer, queries)

    print(f"{len(queries)} lines in {time.monotonic() - started[1]:.2f} s")
    assert len(matches) == len(queries)
    assert time.monotonic() - started[1] < 10


@pytest.mark.parametrize(
    ("left", "right", "slips"), [("kazan", "kazan", 0), ("kazan", "kzaan", 1), ("kazan", "kazn", 1), ("kazan", "razin", 2)]
)
def test_slips_are_counted_as_a_hand_makes_them(left, right, slips):
    assert distance(left, right) == slips
