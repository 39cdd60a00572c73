"""Addresses: one line and parts, who uses one, splitting off, the point on the map."""

from __future__ import annotations

import pytest

from app.orm import ValidationError
from app.orm.i18n import use_lang
from models.address_text import one_line, parse_line


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        (
            "190000, Россия, г. Санкт-Петербург, Невский проспект, дом 10, корпус 2, кв. 5",
            {"postal_code": "190000", "city": "Санкт-Петербург", "street": "Невский пр-т", "house": "10", "building": "корп. 2", "flat": "5"},
        ),
        ("Москва, ул. Тверская 7", {"city": "Москва", "street": "ул. Тверская", "house": "7"}),
        (
            "Московская область, г. Химки, улица Ленина д. 5А к 2 стр 1 оф. 12",
            {
                "region": "Московская область", "city": "Химки", "street": "ул. Ленина", "house": "5А",
                "building": "корп. 2, стр. 1", "flat": "12",
            },
        ),
        ("Тверь, пр. Победы 15/2", {"city": "Тверь", "street": "пр-т Победы", "house": "15/2"}),
        (
            "1312 South Racine Avenue, Chicago, IL 60608, USA",
            {"country": "US", "region": "IL", "city": "Chicago", "street": "S Racine Ave", "house": "1312", "postal_code": "60608"},
        ),
    ],
)  # fmt: skip
def test_a_line_is_taken_apart(line, parts):
    """Shows 4.2."""
    found = {name: value for name, value in parse_line(line).items() if value}

    assert found == {"country": "RU", **parts}


def test_the_order_is_that_of_the_country():
    """Shows 4.2."""
    german = {"country": "DE", "street": "Hauptstr.", "house": "5", "city": "Berlin", "postal_code": "10115"}
    american = {
        "country": "US",
        "street": "S Racine Ave",
        "house": "1312",
        "city": "Chicago",
        "region": "IL",
        "postal_code": "60608",
    }

    assert one_line(german) == "Hauptstr. 5, 10115 Berlin"
    assert one_line(american) == "1312 S Racine Ave, Chicago, IL 60608"


def test_typed_in_one_line_it_is_stored_in_parts(make):
    """Shows 4.2."""
    address = make.env["address"].create({"one_line": "190000, Санкт-Петербург, улица Садовая, дом 3, кв. 7"})

    assert (address.city, address.street, address.house, address.flat) == ("Санкт-Петербург", "ул. Садовая", "3", "7")
    assert address.name == "190000, г. Санкт-Петербург, ул. Садовая, д. 3, кв. 7"


def test_what_the_post_would_miss_is_a_hint_and_no_obstacle(make):
    """Shows 4.2."""
    address = make.address(postal_code="1234", street=None)

    with use_lang("en"):
        assert address.hint == "Missing: Street. The postal code has not the form of its country, for example 247112."
        assert make.address().hint is None


def test_the_usage_says_who_is_concerned(env, make):
    """Shows 4.1."""
    address = make.address()
    firm, people = make.organisation(), [make.person(), make.person(given_name="Илья")]
    for party in (firm, *people):
        env["address.use"].create({"party_id": party.id, "address_id": address.id, "kind": "visiting"})
    env.flush()

    with use_lang("en"):
        assert address.usage == "2 people, 1 organisation"


def test_a_change_for_all_reaches_everybody(env, make):
    """Shows 4.1."""
    address, firms = make.address(), [make.organisation(), make.organisation()]
    env["address.use"].create([{"party_id": firm.id, "address_id": address.id, "kind": "legal"} for firm in firms])
    assert [firm.city for firm in firms] == ["Санкт-Петербург"] * 2

    address.write({"city": "Приозерск"})

    assert [firm.city for firm in firms] == ["Приозерск"] * 2


def test_splitting_off_a_copy_changes_one_use_only(env, make):
    """Shows 4.1."""
    address, stays, moves = make.address(), make.organisation(), make.organisation()
    uses = env["address.use"].create(
        [{"party_id": firm.id, "address_id": address.id, "kind": "legal"} for firm in (stays, moves)]
    )

    copy = uses[1].split_off_copy({"house": "12"})

    assert (address.house, copy.house, copy.street) == ("10", "12", "Невский пр-т")
    assert stays.address_use_ids.address_id == address
    assert moves.address_use_ids.address_id == copy


def test_a_use_belongs_to_exactly_one_holder(env, make):
    """Shows 4.1."""
    with pytest.raises(ValidationError), env.savepoint():
        env["address.use"].create({"address_id": make.address().id, "kind": "legal"})
        env.flush()


def test_saving_asks_for_the_point_in_the_background(env, make):
    """Shows 4.3."""
    address = make.address()
    env.flush()

    assert address.geocode_state == "waiting"
    jobs = env["job"].search([("name", "=", "app.base.geocoded.geocode_records")])
    assert {"model": "address", "ids": [address.id]} in jobs.mapped("args")


def test_a_point_placed_by_hand_is_kept_and_marked_stale(env, make):
    """Shows 4.3."""
    address = make.address(point=(30.3141, 59.9386))
    assert (address.geocode_state, address.accuracy) == ("manual", "manual")

    address.write({"house": "12"})

    assert address.geocode_state == "stale"
    assert address.point == (30.3141, 59.9386)

    address.write({"point": (30.32, 59.94)})
    assert address.geocode_state == "manual"
