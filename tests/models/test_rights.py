"""What the six demonstration roles may do with contacts."""

from __future__ import annotations

import pytest

from app.orm import AccessError, MissingError

MODELS = ("party", "party.contact", "affiliation", "address", "address.use", "code", "code.kind")


@pytest.mark.parametrize("role", ["clerk", "sales", "reception", "manager", "auditor"])
def test_every_office_role_reads_contacts(make, role):
    """Shows 1.1."""
    env = make.user(role)

    assert all(env[model].has_access("read") for model in MODELS)


def test_a_role_that_is_not_named_sees_nothing(make):
    """Shows 1.1."""
    with pytest.raises(AccessError):
        make.user("visitor")["party"].search([])


def test_reception_and_auditor_change_nothing(make):
    """Shows 1.1."""
    for role in ("reception", "auditor"):
        env = make.user(role)
        assert not any(env[model].has_access(letter) for model in MODELS for letter in ("create", "write", "unlink"))
    assert make.env.with_user(make.env["user"].search([("login", "=", "test-auditor")]))["party"].has_access("export")


def test_reception_does_not_see_confidential_contacts(env, make):
    """Shows 1.2."""
    secret, plain = make.person(is_confidential=True), make.person(given_name="Илья")
    contact = env["party.contact"].create({"party_id": secret.id, "kind": "phone", "value": "+7 921 300-11-02"})
    env.flush()
    theirs = make.user("reception")

    assert theirs["party"].search([]) == plain
    assert not theirs["party.contact"].search([("value", "=", contact.value)])
    with pytest.raises(MissingError):
        assert theirs["party"].browse(secret.id).name


def test_sales_see_confidential_contacts_of_their_own(env, make):
    """Shows 1.2."""
    theirs = make.user("sales")
    own = make.person(is_confidential=True, account_manager_id=theirs.uid)
    make.person(is_confidential=True)
    env.flush()

    assert theirs["party"].search([]) == own


def test_private_fields_are_absent_for_sales(env, make):
    """Shows 1.3."""
    person = make.person(private_phone="+7 921 300-11-02")
    env.flush()
    theirs = make.user("sales")

    assert "private_phone" not in theirs["party"].fields_get()
    assert "private_phone" not in theirs["party"].browse(person.id).read()[0]
    with pytest.raises(AccessError):
        assert theirs["party"].browse(person.id).private_phone
