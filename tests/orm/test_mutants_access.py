"""Rights: what the other tests did not notice when it was wrong (`make mutants`)."""

from __future__ import annotations

import pytest

from app.orm import Access, AccessError, CurrentUser, MissingError, Model, Rule, fields
from app.orm import access as rights

ROLES = ("guard", "cleaner", "keyholder", "stranger")


class Floor(Model):
    """A floor of a building."""

    _name = "floor"
    access = Access(guard="r", cleaner="r", keyholder="r")

    name = fields.Char()


class Worker(Model):
    """Users work on floors."""

    _inherit = "user"

    home_id = fields.Many2one("floor")
    floor_ids = fields.Many2many("floor")
    badge = fields.Char()


class Room(Model):
    """A room; who may enter it depends on the floor."""

    _name = "room"
    access = Access(guard="crud", cleaner="rum", keyholder="ci")
    rules = [
        Rule("guard", [("floor_id", "=", CurrentUser.home_id)]),
        Rule("cleaner", [("floor_id", "in", CurrentUser.floor_ids)], "r"),
        Rule("cleaner", [("badge", "=", CurrentUser.badge)], "u"),
    ]

    name = fields.Char(size=40)
    floor_id = fields.Many2one("floor")
    badge = fields.Char()
    code = fields.Char(read="guard", write="guard")
    shown = fields.Char(read="guard cleaner", write="guard")
    kind = fields.Selection([("office", "Office"), ("store", "Store")], required=True, default="office")
    key_ids = fields.One2many("room.key", "room_id")


class Key(Model):
    """A key."""

    _name = "room.key"
    access = Access(guard="r")

    room_id = fields.Many2one("room")


MODELS = [Floor, Worker, Room, Key]


@pytest.fixture
def floors(env):
    """Three floors."""
    return env["floor"].create([{"name": name} for name in ("one", "two", "three")])


@pytest.fixture
def rooms(env, floors):
    """A room on each floor."""
    made = env["room"].create([{"name": each.name, "floor_id": each, "badge": "b"} for each in floors])
    env.flush()
    return made


def test_a_rule_may_follow_a_link_of_the_user(env, as_role, rooms, floors):
    guard = as_role("guard")
    env["user"].browse(guard.uid).home_id = floors[1]
    assert guard["room"].search([]).ids == [rooms[1].id]


def test_a_rule_about_an_empty_link_of_the_user_matches_no_room_with_a_floor(as_role, rooms):
    assert not as_role("guard")["room"].search([])


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_rule_may_follow_several_records_of_the_user(env, as_role, rooms, floors, count):
    cleaner = as_role("cleaner")
    env["user"].browse(cleaner.uid).floor_ids = floors[:count]
    assert cleaner["room"].search([]).ids == rooms[:count].ids


def test_a_rule_for_writing_may_name_a_plain_value_and_does_not_replace_that_for_reading(env, as_role, rooms, floors):
    cleaner = as_role("cleaner")
    user = env["user"].browse(cleaner.uid)
    user.write({"floor_ids": floors[:2], "badge": "b"})
    rooms[1].badge = "other"
    env.flush()
    assert cleaner["room"].browse(rooms[0].id).has_access("write")
    assert not cleaner["room"].browse(rooms[1].id).has_access("write")
    with pytest.raises(MissingError):
        cleaner["room"].browse(rooms[2].id).check_access("write")


def test_a_misspelt_path_of_the_user_is_named(env, as_role):
    with pytest.raises(ValueError, match=r"CurrentUser\.nothing: user has no field 'nothing'"):
        rights.user_value(as_role("guard"), CurrentUser.nothing)


def test_the_user_himself_and_his_values(env, as_role, floors):
    guard = as_role("guard")
    env["user"].browse(guard.uid).write({"home_id": floors[2], "floor_ids": floors[:2], "badge": "x"})
    assert rights.user_value(guard, CurrentUser) == guard.uid
    assert rights.user_value(guard, CurrentUser.home) == floors[2].id
    assert rights.user_value(guard, CurrentUser.home.name) == "three"
    assert rights.user_value(guard, CurrentUser.floor) == floors[:2].ids
    assert rights.user_value(guard, CurrentUser.badge) == "x"


def test_fields_get_tells_what_a_screen_needs(as_role):
    found = as_role("guard")["room"].fields_get()
    assert found["floor_id"]["relation"] == "floor"
    assert "relation_field" not in found["floor_id"]
    assert found["key_ids"]["relation"] == "room.key"
    assert found["key_ids"]["relation_field"] == "room_id"
    assert found["kind"]["selection"] == [("office", "Office"), ("store", "Store")]
    assert found["kind"]["required"] is True
    assert "selection" not in found["name"]
    assert "relation" not in found["name"]
    assert found["name"]["size"] == 40
    assert found["name"]["required"] is False


def test_fields_get_says_read_only_where_the_user_may_not_write(as_role):
    guard, cleaner = as_role("guard")["room"].fields_get(), as_role("cleaner")["room"].fields_get()
    assert guard["shown"]["readonly"] is False
    assert cleaner["shown"]["readonly"] is True
    assert cleaner["name"]["readonly"] is False
    assert "code" not in cleaner


def test_fields_get_serves_those_who_may_create_only_and_nobody_who_may_nothing(as_role):
    assert as_role("keyholder")["room"].fields_get()["name"]["readonly"] is False
    with pytest.raises(AccessError):
        as_role("stranger")["room"].fields_get()


def test_who_may_only_read_gets_everything_read_only(as_role):
    assert as_role("cleaner")["floor"].fields_get()["name"]["readonly"] is True


@pytest.mark.parametrize(
    ("operation", "role"), [("import", "keyholder"), ("merge", "cleaner"), ("delete", "guard"), ("update", "guard")]
)
def test_each_operation_has_its_letter(as_role, operation, role):
    assert rights.letter(operation) in rights.letters(as_role(role), "room")
    stranger = as_role("stranger")
    with pytest.raises(AccessError, match=operation):
        rights.check(stranger, stranger.registry["room"], operation)


def test_writing_a_field_needs_its_role_for_reading_too(as_role):
    name = as_role("cleaner").registry["room"]._fields
    guard, cleaner = as_role("guard", login="g"), as_role("cleaner", login="c")
    assert [rights.field_allowed(guard, name[each], "write") for each in ("code", "shown", "name")] == [True, True, True]
    assert [rights.field_allowed(cleaner, name[each], "write") for each in ("code", "shown", "name")] == [False, False, True]
    assert [rights.field_allowed(cleaner, name[each], "read") for each in ("code", "shown", "name")] == [False, True, True]


def test_one_proof_serves_two_operations_only_when_their_rules_are_the_same(env, as_role, floors):
    guard, cleaner = as_role("guard"), as_role("cleaner")
    env["user"].browse(guard.uid).home_id = floors[0]
    env["user"].browse(cleaner.uid).write({"floor_ids": floors[:2], "badge": "b"})
    assert rights.same_rule(guard, "room", "u")
    assert not rights.same_rule(cleaner, "room", "u")


def test_a_refused_write_names_record_and_reason(env, as_role, rooms, floors):
    cleaner = as_role("cleaner")
    env["user"].browse(cleaner.uid).floor_ids = floors
    with pytest.raises(AccessError) as caught:
        cleaner["room"].browse(rooms[0].id).check_access("write")
    assert str(rooms[0].id) in str(caught.value)
    assert caught.value.reason == "rule-denied"


def test_creating_needs_no_record_that_can_be_read(as_role):
    nobodys = as_role("keyholder")["room"].browse(987654)

    assert nobodys.has_access("create")
    assert not nobodys.has_access("read")


def test_users_and_roles_have_public_names(env, as_role):
    stranger = as_role("stranger")
    assert rights.rule(stranger, "user", "l").shape == ("T",)
    assert rights.rule(stranger, "role", "l").shape == ("T",)
    assert rights.rule(stranger, "room", "l").shape == ("F",)
    assert rights.rule(stranger, "room", "r").shape == ("F",)
