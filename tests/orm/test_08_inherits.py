"""orm.md, sections 4 and 8: rights of a parent hold for what is seen of it through `_inherits` and related fields."""

from __future__ import annotations

import pytest

from app.orm import AccessError, AppError, MissingError
from tests.orm.agency import MODELS, ROLES

__all__ = ["MODELS", "ROLES"]


@pytest.fixture
def ann(as_role):
    """An agent."""
    return as_role("agent", login="ann")


@pytest.fixture
def boss(as_role):
    """Sees everything below grade 5, and budgets."""
    return as_role("boss", login="boss")


@pytest.fixture
def dossiers(env, ann, boss):
    """Ann's dossier and the boss's, the hidden one, called canary."""
    made = env["spy.dossier"].create(
        [
            {"name": "open", "owner_id": ann.uid, "mark": "1", "budget": 777},
            {"name": "canary", "owner_id": boss.uid, "mark": "2", "budget": 888},
        ]
    )
    env.flush()
    return made


def test_the_parents_rules_hide_the_child_everywhere(ann, dossiers):
    """`_inherits`: … the parent's rules apply."""
    dossier = ann["spy.dossier"]

    assert dossier.search([]).ids == dossiers[:1].ids
    assert dossier.search_count([]) == 1
    assert [row["mark"] for row in dossier.search_read([], ["mark"])] == ["1"]
    assert dossier.read_group([], [], ["__count"])[0]["__count"] == 1
    assert not dossier.browse(dossiers[1].id).exists()
    assert dossier.browse(dossiers.ids).read(["mark"]) == [{"id": dossiers[0].id, "mark": "1"}]
    with pytest.raises(MissingError):
        dossiers[1].with_user(ann.user).mark  # noqa: B018


def test_the_parents_field_roles_hold_through_the_child(ann, boss, dossiers):
    """A field with `roles`: absent from `fields_get`, default reads."""
    mine = dossiers[0].with_user(ann.user)

    assert "budget" not in ann["spy.dossier"].fields_get()
    assert "budget" not in mine.read()[0]
    assert dossiers[0].with_user(boss.user).budget == 777
    assert "777" not in repr(mine.read())


def test_naming_the_parents_field_is_refused_through_the_child(env, ann, dossiers):
    """Naming it in attribute, read, write, domain, order or group-by: `AccessError`."""
    mine, dossier = dossiers[0].with_user(ann.user), ann["spy.dossier"]
    for name in ("budget", "case_budget"):
        attempts = [
            lambda name=name: mine[name],
            lambda name=name: mine.read([name]),
            lambda name=name: dossier.search([(name, "=", 777)]),
            lambda name=name: dossier.search([], order=name),
            lambda name=name: dossier.search_read([], [name]),
            lambda name=name: mine.write({name: 1}),
        ]
        for number, attempt in enumerate(attempts):
            with pytest.raises(AccessError), env.savepoint():
                attempt()
                ann.flush()
                pytest.fail(f"attempt {number} on {name} went through")
    assert dossiers[0].budget == 777


def test_the_parents_letters_hold_for_writes_through_the_child(env, dossiers, as_role):
    """The parent's fields … write through, as the user."""
    clerk = as_role("clerk")

    with pytest.raises(AccessError), env.savepoint():
        dossiers[0].with_user(clerk.user).name = "x"
        clerk.flush()
    assert dossiers[0].name == "open"


def test_a_hidden_parent_cannot_be_taken_over(env, ann, dossiers):
    """Passing `party_id` creates none: linking to a hidden parent is refused."""
    with pytest.raises(AppError), env.savepoint():
        ann["spy.dossier"].create({"case_id": dossiers[1].case_id.id, "mark": "mine"})
        ann.flush()


def test_a_result_that_breaks_the_parents_rule_is_refused(env, ann, boss, dossiers):
    """A create or write whose *result* breaks a rule is refused, through the child as well."""
    with pytest.raises(AppError), env.savepoint():
        dossiers[0].with_user(ann.user).owner_id = boss.uid
        ann.flush()
    with pytest.raises(AppError), env.savepoint():
        ann["spy.dossier"].create({"name": "theirs", "owner_id": boss.uid})
        ann.flush()
    assert dossiers[0].owner_id.id == ann.uid
