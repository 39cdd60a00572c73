"""Organisations and people: registration numbers, names, trees, codes."""

from __future__ import annotations

import pytest

from app.orm import ValidationError


def test_registration_numbers_are_compacted(make):
    """Shows 2.1."""
    firm = make.organisation(inn="77 0708 3893", kpp="7736-01-001", ogrn="1027700132195", vat="DE 136 695 976")

    assert (firm.inn, firm.kpp, firm.ogrn, firm.vat) == ("7707083893", "773601001", "1027700132195", "DE136695976")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("inn", "7707083894"),
        ("inn", "770708389"),
        ("kpp", "77360100"),
        ("ogrn", "1027700132196"),
        ("vat", "DE136695977"),
    ],
)
def test_a_wrong_check_digit_names_field_and_value(env, make, field, value):
    """Shows 2.1."""
    with pytest.raises(ValidationError) as caught, env.savepoint():
        make.organisation(**{field: value})
        env.flush()

    assert caught.value.errors[0]["field"] == field
    assert value in str(caught.value)


def test_a_person_has_twelve_digits(env, make):
    """Shows 2.1."""
    with pytest.raises(ValidationError) as caught, env.savepoint():
        make.person(inn="7707083893")
        env.flush()

    assert caught.value.field == "inn"
    assert make.person(inn="500100732259").inn == "500100732259"


def test_inn_is_unique_together_with_kpp(env, make):
    """Shows 2.1."""
    make.organisation(inn="7707083893", kpp="773601001")
    make.organisation(name="Филиал", inn="7707083893", kpp="784243001")
    env.flush()

    with pytest.raises(ValidationError) as caught, env.savepoint():
        make.organisation(name="Двойник", inn="7707083893", kpp="773601001")
        env.flush()

    assert "inn" in caught.value.fields


def test_an_empty_kpp_counts_as_a_value(env, make):
    """Shows 2.1."""
    make.organisation(inn="7707083893")
    env.flush()

    with pytest.raises(ValidationError) as caught, env.savepoint():
        make.organisation(name="Двойник", inn="7707083893")
        env.flush()

    assert "inn" in caught.value.fields
    assert "7707083893" in str(caught.value)


def test_many_parties_have_no_inn_at_all(env, make):
    """Shows 2.1."""
    make.organisation()
    make.organisation()
    env.flush()

    assert env["party"].search_count([("inn", "=", None)]) == 2


def test_the_tree_of_organisations_has_no_cycles(env, make):
    """Shows 2.1."""
    holding = make.organisation(name="Холдинг")
    firm = make.organisation(name="Фирма", parent_id=holding.id)
    branch = make.organisation(name="Филиал", parent_id=firm.id)
    env.flush()

    with pytest.raises(ValidationError), env.savepoint():
        holding.parent_id = branch
        env.flush()

    assert env["party"].search([("id", "child_of", holding.id)]) == holding | firm | branch


def test_a_person_is_no_parent_organisation(env, make):
    """Shows 2.1."""
    with pytest.raises(ValidationError) as caught, env.savepoint():
        make.organisation(parent_id=make.person().id)
        env.flush()

    assert caught.value.field == "parent_id"


def test_name_gender_salutation_and_cases_come_from_the_parts(make):
    """Shows 3.0."""
    him, her = make.person(), make.person(family_name="Смирнова", given_name="Ольга", patronymic="Ильинична")

    assert (him.name, him.short_name, him.gender) == ("Иванов Пётр Сергеевич", "Иванов П. С.", "male")
    assert (him.salutation, her.salutation) == ("Уважаемый Пётр Сергеевич", "Уважаемая Ольга Ильинична")
    assert (him.name_dative, her.name_genitive) == ("Иванову Петру Сергеевичу", "Смирновой Ольги Ильиничны")
    assert her.latin_name == "Smirnova Olga Ilinichna"


def test_a_salutation_written_by_hand_stays(env, make):
    """Shows 3.0."""
    person = make.person(salutation="Дорогой Пётр!")
    person.position_ids.create([])
    person.note = "знакомы с института"
    env.flush()

    assert person.salutation == "Дорогой Пётр!"


def test_a_name_in_one_line_is_taken_apart(make):
    """Shows 3.0."""
    person = make.env["party"].create({"kind": "person", "name": "Иван Петрович Сидоров"})

    assert (person.family_name, person.given_name, person.patronymic) == ("Сидоров", "Иван", "Петрович")
    assert person.name == "Сидоров Иван Петрович"


def test_telephones_are_kept_as_typed_and_internationally(env, make):
    """Shows 2.1."""
    firm = make.organisation(phone="8 (812) 445-10-22", contact_ids=[])
    env["party.contact"].create({"party_id": firm.id, "kind": "phone", "value": "2262649"})
    env["party.contact"].create({"party_id": firm.id, "kind": "email", "value": "buh@sevmost.example"})

    assert (firm.phone, firm.phone_e164) == ("8 (812) 445-10-22", "+78124451022")
    assert [contact.e164 for contact in firm.contact_ids] == [None, None]


def test_a_code_finds_the_carriers_of_the_codes_below_it(env, make):
    """Shows 15.1."""
    east = make.code("восток")
    siberia = make.code("Сибирь", parent_id=east.id)
    south = make.code("юг")
    firm = make.organisation(code_ids=[siberia.id])
    make.organisation(name="Дон-Агро", code_ids=[south.id])

    assert env["party"].search([("code_ids", "child_of", east.id)]) == firm
    assert env["party"].search_count(["!", ("code_ids", "child_of", east.id)]) == 1
    assert env["party"].search_count(["|", ("code_ids", "child_of", east.id), ("code_ids", "=", south.id)]) == 2


def test_a_code_stays_within_its_kind(env, make):
    """Shows 15.1."""
    parent = make.code("Стройка", kind="Отрасль")

    with pytest.raises(ValidationError) as caught, env.savepoint():
        make.code("юг", kind="Часть страны", parent_id=parent.id)
        env.flush()

    assert caught.value.field == "parent_id"
