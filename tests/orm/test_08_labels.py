"""orm.md, section 8: a name that only some roles may read is in no label that others see."""

from __future__ import annotations

import pytest

from app.orm import Access, Model, fields

ROLES = ["guest", "keeper"]
CANARY = "Kanarienvogel"


class Vault(Model):
    """Only keepers know what it is called."""

    _name = "vault"
    _description = "Vault"

    name = fields.Char(required=True, roles="keeper")
    access = Access(guest="r", keeper="r")


class Door(Model):
    """Leads to a vault."""

    _name = "vault.door"
    _description = "Door"

    name = fields.Char()
    vault_id = fields.Many2one("vault")
    vault_ids = fields.Many2many("vault")
    access = Access(guest="r", keeper="r")


MODELS = [Vault, Door]


@pytest.fixture
def door(env):
    vault = env["vault"].create({"name": CANARY})
    return env["vault.door"].create({"name": "front", "vault_id": vault, "vault_ids": vault})


def told(env, door):
    """Everything in which the label of the vault may stand."""
    mine, vault = env["vault.door"].browse(door.id), door.vault_id
    nested = {"vault_id": {"fields": {"display_name": {}}}, "vault_ids": {"fields": {"display_name": {}}}}
    return [
        env["vault.door"].search_read([], ["vault_id"]),
        mine.read(["vault_id"]),
        mine.read(nested),
        mine.vault_id.display_name,
        env["vault"].browse(vault.id).read(["display_name"]),
        env["vault.door"].read_group([], ["vault_id"], ["__count"]),
        env["vault"].name_search(""),
        env["vault"].search_read([], ["display_name"]),
    ]


def test_guests_see_model_and_id_in_the_place_of_the_name(as_role, door):
    found = told(as_role("guest"), door)

    assert CANARY not in repr(found)
    assert repr(found).count(f"vault,{door.vault_id.id}") >= len(found)


def test_keepers_see_the_name(as_role, door):
    assert all(CANARY in repr(each) for each in told(as_role("keeper"), door))
