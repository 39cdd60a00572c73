"""orm.md, section 8: access letters, record rules, refused writes and sudo."""

from __future__ import annotations

import pytest

from app.orm import AccessError, AppError, MissingError
from tests.orm.agency import MODELS, ROLES

__all__ = ["MODELS", "ROLES"]


DENIED = (AccessError, MissingError)


@pytest.fixture
def ann(as_role):
    """An agent."""
    return as_role("agent", login="ann")


@pytest.fixture
def bob(as_role):
    """Another agent."""
    return as_role("agent", login="bob")


@pytest.fixture
def boss(as_role):
    """Sees everything below grade 5."""
    return as_role("boss", login="boss")


@pytest.fixture
def cases(env, ann, bob):
    """Ann's case and Bob's, the hidden one, called canary."""
    made = env["spy.case"].create([{"name": "open", "owner_id": ann.user.id}, {"name": "canary", "owner_id": bob.user.id}])
    env.flush()
    return made


@pytest.fixture
def note(env, cases):
    """A note that points to Bob's hidden case."""
    made = env["spy.note"].create({"name": "n", "case_id": cases[1]})
    env.flush()
    return made


def test_letters_of_all_roles_add_up(env, as_role):
    """Access letters of all the user's roles add up."""
    both = as_role("guest", "boss")

    assert both["spy.case"].has_access("export")
    assert both["spy.case"].has_access("create")


def test_no_entry_names_model_operation_and_roles(as_role):
    """No entry: `AccessError` with model, operation and the roles that could."""
    with pytest.raises(AccessError) as caught:
        as_role("guest")["spy.nothing"].search([])

    text = str(caught.value)
    assert "boss" in text
    assert "nothing" in text.lower()
    assert caught.value.status == 403
    assert caught.value.model == "spy.nothing"


def test_every_operation_is_refused_without_its_letter(env, ann, cases):
    """Access letters: c r u d each."""
    clerk = env.with_user(env.new_user("clerk", roles=["clerk"]))
    mine = cases[:1].with_user(clerk.user)

    assert mine.name == "open"
    for attempt in (lambda: clerk["spy.case"].create({"name": "x"}), lambda: mine.write({"name": "x"}), mine.unlink):
        with pytest.raises(AccessError), env.savepoint():
            attempt()
            clerk.flush()
    assert cases[0].name == "open"


def test_has_access_does_not_raise(as_role):
    """`has_access("write")` answers without raising."""
    clerk = as_role("clerk")

    assert clerk["spy.case"].has_access("read") is True
    assert clerk["spy.case"].has_access("write") is False
    assert clerk["spy.nothing"].has_access("read") is False


def test_a_user_without_roles_sees_nothing(as_role, cases):
    """No entry: denied."""
    with pytest.raises(AccessError):
        as_role()["spy.case"].search([])


def test_rules_for_everyone_hold_together_with_those_of_roles(env, ann, cases):
    """All rules for everyone AND any of the rules for the user's roles."""
    env["spy.case"].create({"name": "hidden", "owner_id": ann.user.id, "secret": True})

    assert ann["spy.case"].search([]).ids == cases[:1].ids


def test_rules_of_several_roles_widen(env, as_role, cases):
    """Any of the rules for the user's roles."""
    both = as_role("agent", "boss", login="both")
    own = env["spy.case"].create({"name": "own", "owner_id": both.user.id, "grade": 9})
    env["spy.case"].create({"name": "far", "grade": 9})

    assert both["spy.case"].search([]) == (cases | own).with_user(both.user)


def test_no_rules_for_a_role_do_not_restrict(as_role, cases):
    """None for them: no restriction from roles."""
    assert as_role("clerk")["spy.case"].search_count([]) == 2


def test_a_rule_limited_to_u_does_not_restrict_reading(env, ann, cases):
    """A rule limited to "u" does not restrict reading."""
    cases[0].locked = True
    env.flush()

    assert ann["spy.case"].search([]).name == "open"


def test_the_superuser_has_no_rules(env, cases):
    """A superuser env."""
    assert env["spy.case"].search([("id", "in", cases.ids)]) == cases


def test_rules_hold_for_every_way_of_reading(env, ann, cases):
    """They hold for search, count, read, read_group, order, name_search, x2many, paths."""
    case = ann["spy.case"]
    hidden = case.browse(cases[1].id)

    assert case.search([]).ids == cases[:1].ids
    assert case.search_count([]) == 1
    assert case.search([("name", "=", "canary")]) == case
    assert case.browse(cases.ids).read(["name"]) == [{"id": cases[0].id, "name": "open"}]
    assert [row["name"] for row in case.search_read([], ["name"])] == ["open"]
    assert case.read_group([], [], ["__count"])[0]["__count"] == 1
    assert case.name_search("canary") == []
    assert not hidden.exists()
    with pytest.raises(MissingError):
        hidden.name  # noqa: B018


def test_rules_hold_for_lines(env, ann, bob, cases):
    """They hold for … x2many."""
    parent = env["spy.case"].create({"name": "parent", "owner_id": ann.user.id, "child_ids": cases})
    env.clear()
    mine = parent.with_user(ann.user)

    assert mine.child_ids.ids == cases[:1].ids
    assert mine.read(["child_ids"])[0]["child_ids"] == cases[:1].ids
    assert mine.mapped("child_ids.name") == ["open"]


def test_rules_hold_for_paths(env, ann, cases, note):
    """They hold for … paths: a hidden record can't be found out by a filter."""
    notes = ann["spy.note"]

    assert not notes.search([("case_id.name", "=", "canary")])
    assert not notes.search([("case_id.name", "like", "ca")])
    assert not notes.search([("case_id", "=", cases[1].id)])
    assert not notes.search([("case_id", "any", [("name", "=", "canary")])])
    assert not notes.search([("case_name", "=", "canary")])
    assert notes.search_count(["!", ("case_id.name", "=", "canary")]) == 1


def test_a_hidden_record_does_not_leak_through_the_cache(env, ann, cases):
    """What `sudo` loaded is not readable by the user's own env."""
    assert cases[1].name == "canary"

    with pytest.raises(MissingError):
        cases[1].with_user(ann.user).name  # noqa: B018


def test_a_rules_own_paths_run_unrestricted(env, ann, bob):
    """A rule's own paths run unrestricted."""
    parent = env["spy.case"].create({"name": "p", "owner_id": ann.user.id})
    hidden = env["spy.case"].create({"name": "h", "owner_id": bob.user.id, "parent_id": parent})
    leaf = env["spy.leaf"].create({"name": "l", "case_id": hidden})
    env.flush()

    assert ann["spy.leaf"].search([]).ids == leaf.ids
    assert not ann["spy.leaf"].search([]).case_id
    assert not bob["spy.leaf"].search([])


def test_everybody_reads_names_of_users_and_roles(env, ann, bob):
    """Everybody may read id and display name of users and roles."""
    assert bob.user.with_user(ann.user).display_name
    assert ann["user"].browse(bob.uid).read(["display_name"])[0]["id"] == bob.uid
    assert ann["role"].search([]).mapped("display_name")
    assert env["spy.case"].create({"name": "x", "owner_id": ann.uid}).with_user(ann.user).owner_id.display_name


def test_everybody_reads_no_more_than_names_of_users(ann, bob):
    """Everybody may read id and display name of users: no more."""
    with pytest.raises(AppError):
        ann["user"].browse(bob.uid).read(["password"])


def test_a_create_whose_result_breaks_a_rule_is_refused(env, ann, bob, cases):
    """A create … whose *result* breaks a rule is refused, and nothing remains."""
    with pytest.raises(DENIED), env.savepoint():
        ann["spy.case"].create({"name": "theirs", "owner_id": bob.uid})
        ann.flush()

    assert env["spy.case"].search_count([("name", "=", "theirs")]) == 0


def test_a_write_whose_result_breaks_a_rule_is_refused(env, ann, bob, cases):
    """A … write whose *result* breaks a rule is refused, and nothing remains."""
    mine = cases[0].with_user(ann.user)
    with pytest.raises(DENIED), env.savepoint():
        mine.write({"owner_id": bob.uid, "name": "given away"})
        ann.flush()

    assert (cases[0].name, cases[0].owner_id.id) == ("open", ann.uid)


def test_a_write_to_a_row_that_a_rule_forbids_is_refused(env, ann, cases):
    """Old row in the UPDATE's WHERE."""
    boss = env.with_user(env.new_user("b2", roles=["boss"]))
    cases[0].grade = 7
    env.flush()
    with pytest.raises(DENIED), env.savepoint():
        cases[0].with_user(boss.user).write({"grade": 1})
        boss.flush()
    assert cases[0].grade == 7


def test_a_mixed_bulk_write_changes_nothing(env, ann, cases):
    """Nothing remains: visible and hidden ids together."""
    with pytest.raises(DENIED), env.savepoint():
        ann["spy.case"].browse(cases.ids).write({"name": "all"})
        ann.flush()

    assert cases.mapped("name") == ["open", "canary"]


def test_pending_values_carry_their_author(env, ann, boss, cases):
    """Pending values carry their author: writing as another user flushes first."""
    cases[0].with_user(ann.user).name = "by ann"
    cases[0].with_user(boss.user).grade = 3
    env.flush()

    assert (cases[0].name, cases[0].grade) == ("by ann", 3)
    assert cases[0].write_uid.id == boss.uid


def test_a_refused_pending_value_of_one_user_is_not_written_by_another(env, ann, bob, cases):
    """Pending values carry their author."""
    with pytest.raises(DENIED), env.savepoint():
        cases[1].with_user(ann.user).write({"name": "stolen"})
        cases[0].name = "by the superuser"
        env.flush()
    assert cases[1].name == "canary"
