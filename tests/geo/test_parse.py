"""What the words of an address are taken for."""

import pytest

from app.geo.parse import parts
from app.geo.query import Query
from app.geo.regions import bare


def longest(line, role):
    """The longest run of words that was offered in this role."""
    return max((part for part in parts(Query(line=line)) if part.role == role), key=lambda part: part.weight, default=None)


@pytest.mark.parametrize(
    "line",
    [
        "190000, г. Санкт-Петербург, Невский пр., д. 10, кв. 5",
        "190000 г Санкт-Петербург Невский пр-т 10",
        "Россия, Санкт-Петербург г, ул. Невского, 10",
        "Ленинградская обл., Всеволожский р-н, г. Санкт-Петербург",
    ],
)
def test_the_word_for_a_town_tells_which_words_name_it(line):
    assert longest(line, "town").text == "Санкт-Петербург"


@pytest.mark.parametrize(
    "line", ["Московская обл., г. Клин", "обл Московская, Клин", "Россия, Московская область, г Клин, ул Мира 1"]
)
def test_the_word_for_a_region_stands_before_or_behind_its_name(line):
    assert longest(line, "region").text == "московская"


@pytest.mark.parametrize("line", ["ул. Московская, д. 5", "Невский пр., 10", "д 5, кв 7", "1 N Ogden Ave"])
def test_a_street_alone_names_no_town(line):
    assert [part.text for part in parts(Query(line=line)) if part.role in {"town", "any"} and part.weight > 1] == []


def test_a_district_is_not_taken_for_a_town():
    found = [part.text for part in parts(Query(line="Калужская обл Боровский р-н г Балабаново"))]

    assert "Балабаново" in found
    assert "Боровский" not in found


def test_a_regions_kind_does_not_matter_for_its_name():
    assert bare("Московская обл.") == bare("ОБЛАСТЬ Московская") == "московская"
