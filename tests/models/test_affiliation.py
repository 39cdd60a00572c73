"""Affiliations: who may be what, since when, and which one is the primary."""

from __future__ import annotations

from datetime import date

import pytest

from app.orm import ValidationError


def test_each_affiliation_has_its_own_telephone_and_mail(env, make):
    """Shows 3.1."""
    person = make.person()
    here = make.affiliation(person, make.organisation(), phone="+7 812 445-10-25", email="ivanov@sevmost.example")
    there = make.affiliation(person, make.organisation(name="АО «Невский»"), email="ivanov@nevsky.example")

    assert person.position_ids == here | there
    assert (here.email, there.email) == ("ivanov@sevmost.example", "ivanov@nevsky.example")


def test_only_one_affiliation_of_a_person_is_primary(env, make):
    """Shows 3.1."""
    person = make.person()
    first = make.affiliation(person, make.organisation(), is_primary=True)
    second = make.affiliation(person, make.organisation(name="АО «Невский»"), is_primary=True)
    assert (first.is_primary, second.is_primary) == (False, True)

    first.write({"is_primary": True})

    assert (first.is_primary, second.is_primary) == (True, False)


def test_an_ended_affiliation_leaves_pick_lists_and_stays_in_history(env, make):
    """Shows 3.2."""
    person = make.person()
    past = make.affiliation(person, make.organisation(name="Прошлое"), date_to=date(2001, 5, 1))
    present = make.affiliation(person, make.organisation(name="Настоящее"), date_from=date(2001, 6, 1))
    env.flush()

    assert [found for found, _label in env["affiliation"].name_search("Иванов")] == [present.id]
    assert person.position_ids == past | present
    assert env["affiliation"].search([("is_current", "=", True)]) == present
    assert env["affiliation"].search([("is_current", "=", False)]) == past
    assert (past.is_current, present.is_current) == (False, True)
    assert person.workplaces == "Настоящее"
    assert env["party"].search([("workplaces", "ilike", "настоящее")]) == person


def test_a_person_is_affiliated_with_an_organisation_not_the_other_way_round(env, make):
    """Shows 3.1."""
    with pytest.raises(ValidationError) as caught, env.savepoint():
        make.affiliation(make.organisation(), make.organisation())
        env.flush()

    assert caught.value.field == "person_id"


def test_the_end_is_not_before_the_beginning(env, make):
    """Shows 3.1."""
    with pytest.raises(ValidationError) as caught, env.savepoint():
        make.affiliation(make.person(), make.organisation(), date_from=date(2020, 1, 2), date_to=date(2020, 1, 1))
        env.flush()

    assert set(caught.value.fields) == {"date_from", "date_to"}


def test_the_label_follows_its_parts(env, make):
    """Shows 3.2."""
    person = make.person()
    affiliation = make.affiliation(person, make.organisation())
    assert affiliation.name == "Иванов Пётр Сергеевич, Инженер, ООО «Точка опоры»"

    person.family_name = "Петров"

    assert affiliation.name.startswith("Петров Пётр")
