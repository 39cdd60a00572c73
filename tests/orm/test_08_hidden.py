"""orm.md, section 8: hidden links and members, field roles, sudo."""

from __future__ import annotations

import timeit

import pytest

from app.orm import AccessError, AppError, Command, MissingError
from tests.orm.agency import MODELS, ROLES

__all__ = ["MODELS", "ROLES"]


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


def test_a_hidden_link_is_empty(env, ann, cases, note):
    """A many2one to a hidden record *is empty* for this user."""
    mine = note.with_user(ann.user)

    assert mine.case_id == ann["spy.case"]
    assert mine.is_hidden("case_id") is True
    assert note.is_hidden("case_id") is False
    assert mine.read(["case_id"]) == [{"id": note.id, "case_id": None}]
    assert ann["spy.note"].search([("case_id", "=", None)]).ids == note.ids
    assert not ann["spy.note"].search([("case_id", "!=", None)])
    assert mine.filtered_domain([("case_id", "=", None)]) == mine


def test_an_empty_link_is_not_hidden(env, ann):
    """`is_hidden("parent_id")`: False for what is really empty."""
    empty = env["spy.note"].create({"name": "e"})

    assert empty.with_user(ann.user).is_hidden("case_id") is False


def test_a_hidden_link_groups_and_sorts_as_empty(env, ann, cases, note):
    """It groups and sorts as empty."""
    seen = env["spy.note"].create({"name": "s", "case_id": cases[0]})
    empty = env["spy.note"].create({"name": "e"})
    env.flush()

    rows = ann["spy.note"].read_group([], ["case_id"], ["__count"])
    assert [(row["case_id"] and row["case_id"]["id"], row["__count"]) for row in rows] == [(cases[0].id, 1), (None, 2)]
    assert ann["spy.note"].search([], order="case_id").ids == [seen.id, *sorted([note.id, empty.id])]
    assert ann["spy.note"].search(rows[-1]["__domain"]).ids == sorted([empty.id, note.id], key=lambda i: i == note.id)


def test_neither_id_nor_name_of_a_hidden_link_leaves(env, ann, cases, note):
    """Neither id nor name leaves: read, search_read, aggregates, related fields."""
    mine = note.with_user(ann.user)
    texts = [
        mine.read(),
        ann["spy.note"].search_read([], ["case_id", "case_name"]),
        ann["spy.note"].read_group([], ["case_id"], ["__count"]),
        mine.case_name,
        ann["spy.note"].read_group([], [], ["case_id:array_agg"])[0]["case_id:array_agg"],
    ]

    assert "canary" not in repr(texts[1:])
    assert repr(cases[1].id) not in repr([texts[1][0]["case_id"], texts[4]])
    assert texts[0][0]["case_id"] is None
    assert mine.case_name is None
    assert mine.case_name_sudo == "canary"


def test_saving_other_fields_does_not_clear_a_hidden_link(env, ann, cases, note):
    """Writing None to it sends nothing; saving other fields does not clear it."""
    mine = note.with_user(ann.user)
    mine.write({"name": "new", "case_id": None})
    ann.flush()
    env.clear()

    assert note.name == "new"
    assert note.case_id == cases[1]


def test_writing_none_to_a_hidden_link_sends_nothing(env, ann, note):
    """Writing None to it sends nothing."""
    mine = note.with_user(ann.user)
    assert mine.name == "n"
    assert not mine.case_id
    env.flush()

    with env.count_queries() as queries:
        mine.case_id = None
        env.flush()
    assert queries.total == 0


def test_a_hidden_link_may_be_replaced(env, ann, cases, note):
    """A hidden many2one: another value may be given."""
    note.with_user(ann.user).case_id = cases[0].id
    env.flush()

    assert note.case_id == cases[0]


@pytest.mark.parametrize("value", [None, [], [Command.clear()], [Command.set([])]])
def test_hidden_members_are_left_alone(env, ann, cases, note, value):
    """Hidden members of x2many are not shown, and `set`, `clear` and plain lists leave them alone."""
    note.other_ids = cases
    env.clear()
    mine = note.with_user(ann.user)
    assert mine.other_ids.ids == cases[:1].ids
    mine.other_ids = value
    ann.flush()
    env.clear()

    assert note.other_ids == cases[1]


@pytest.mark.parametrize("value", [None, [], [Command.clear()], [Command.set([])]])
def test_hidden_lines_are_left_alone(env, ann, bob, cases, value):
    """Hidden members of x2many …: lines of a one2many."""
    parent = env["spy.case"].create({"name": "parent", "owner_id": ann.uid, "child_ids": cases})
    env.clear()
    parent.with_user(ann.user).child_ids = value
    ann.flush()
    env.clear()

    assert parent.child_ids == cases[1]


def test_linking_to_a_hidden_record_is_refused(env, ann, cases):
    """Linking to a record that the user can't read is refused, in create, write, Commands."""
    hidden = cases[1].id
    mine = ann["spy.note"].create({"name": "m"})
    attempts = [
        lambda: ann["spy.note"].create({"name": "x", "case_id": hidden}),
        lambda: ann["spy.note"].create({"name": "x", "other_ids": [hidden]}),
        lambda: mine.write({"case_id": hidden}),
        lambda: mine.write({"other_ids": [Command.link(hidden)]}),
        lambda: mine.write({"other_ids": [Command.set([hidden])]}),
        lambda: mine.write({"other_ids": [hidden]}),
        lambda: setattr(mine, "case_id", hidden),
        lambda: mine.write({"other_ids": [Command.delete(hidden)]}),
        lambda: mine.write({"other_ids": [Command.update(hidden, {"name": "x"})]}),
        lambda: cases[0].with_user(ann.user).write({"note_ids": [Command.create({"name": "y", "other_ids": [hidden]})]}),
    ]
    for attempt in attempts:
        with pytest.raises(AppError), env.savepoint():
            attempt()
            ann.flush()
    env.clear()
    assert not env["spy.note"].search([("case_id", "=", hidden)])
    assert cases[1].name == "canary"


def test_linking_to_a_hidden_record_looks_like_linking_to_a_missing_one(env, ann, cases):
    """Missing, or hidden by a record rule: callers must not learn which."""
    refusals = []
    for target in (cases[1].id, 2_000_000_000):
        with pytest.raises(AppError) as caught, env.savepoint():
            ann["spy.note"].create({"name": "x", "case_id": target})
            ann.flush()
        refusals.append((type(caught.value), str(caught.value).replace(str(target), "N")))

    assert refusals[0] == refusals[1]


def test_a_field_with_roles_is_absent(env, ann, boss, cases):
    """A field with `roles`: absent from `fields_get`, default reads."""
    assert "budget" not in ann["spy.case"].fields_get()
    assert "budget" not in cases[0].with_user(ann.user).read()[0]
    assert "budget" in boss["spy.case"].fields_get()
    assert "budget" in cases[0].with_user(boss.user).read()[0]


def test_naming_a_field_with_roles_is_refused_everywhere(env, ann, cases):
    """Naming it in attribute, read, write, domain, order or group-by: `AccessError`."""
    mine = cases[0].with_user(ann.user)
    case, note = ann["spy.case"], ann["spy.note"]
    attempts = [
        lambda: mine.budget,
        lambda: mine.read(["budget"]),
        lambda: case.search_read([], ["budget"]),
        lambda: mine.write({"budget": 1}),
        lambda: setattr(mine, "budget", 1),
        lambda: case.create({"name": "x", "owner_id": ann.uid, "budget": 1}),
        lambda: case.search([("budget", "=", 1)]),
        lambda: case.search_count(["!", ("budget", "=", 1)]),
        lambda: note.search([("case_id.budget", "=", 1)]),
        lambda: note.search([("case_id", "any", [("budget", ">", 1)])]),
        lambda: case.search([], order="budget"),
        lambda: case.read_group([], ["budget"], ["__count"]),
        lambda: case.read_group([], [], ["budget:sum"]),
        lambda: mine.mapped("budget"),
        lambda: mine.filtered_domain([("budget", "=", 0)]),
        lambda: mine.sorted("budget"),
    ]
    for number, attempt in enumerate(attempts):
        with pytest.raises(AccessError), env.savepoint():
            attempt()
            ann.flush()
            pytest.fail(f"attempt {number} went through")


def test_a_field_may_be_readable_and_not_writable(env, ann, boss, cases):
    """roles (who may read/write: `roles="sales"` or `read=…, write=…`)."""
    mine = cases[0].with_user(ann.user)
    assert mine.memo is None
    assert ann["spy.case"].fields_get(["memo"])["memo"]["readonly"]
    with pytest.raises(AccessError), env.savepoint():
        mine.memo = "x"
        ann.flush()

    cases[0].with_user(boss.user).memo = "from the boss"
    assert mine.memo == "from the boss"


def test_sudo_lifts_access_and_rules(ann, cases):
    """`sudo("why")` lifts access and rules."""
    hidden = cases[1].with_user(ann.user)

    assert hidden.sudo("the test says so").name == "canary"
    assert hidden.sudo("the test says so").budget == 0


def test_sudo_leaves_nothing_behind(env, ann, cases, note):
    """And never leaves anything behind that the user's own env could then read."""
    mine = note.with_user(ann.user)
    lifted = mine.sudo("look")
    assert lifted.case_id.name == "canary"
    assert lifted.case_id.budget == 0

    assert not mine.case_id
    with pytest.raises(MissingError):
        cases[1].with_user(ann.user).name  # noqa: B018
    with pytest.raises(AccessError):
        cases[0].with_user(ann.user).budget  # noqa: B018


def test_sudo_keeps_the_user(env, ann, cases):
    """`sudo("why")` … keeps the user for audit."""
    cases[1].with_user(ann.user).sudo("fix a name").name = "fixed"
    env.flush()

    assert cases[1].write_uid.id == ann.uid


def test_a_change_of_the_rules_field_changes_what_is_seen(env, ann, bob, cases):
    """The ids *proven* visible, dropped when a flush touches a field that a rule uses."""
    mine = cases[0].with_user(ann.user)
    assert mine.name == "open"
    cases[0].owner_id = bob.uid
    env.flush()

    with pytest.raises(MissingError):
        mine.name  # noqa: B018
    assert cases[0].with_user(bob.user).name == "open"


def test_a_user_reads_what_he_just_made(ann):
    """Proven visible: his own new record."""
    made = ann["spy.case"].create({"name": "mine", "owner_id": ann.uid})

    assert made.name == "mine"
    assert ann["spy.case"].search([]) == made


def test_order_by_a_hidden_links_name_tells_nothing(env, ann, cases):
    """They hold for … order: two hidden links sort as empty, by id."""
    other = cases[1].copy({"name": "aaa", "owner_id": cases[1].owner_id})
    first, second = env["spy.note"].create([{"name": "1", "case_id": cases[1]}, {"name": "2", "case_id": other}])
    env.flush()

    assert ann["spy.note"].search([], order="case_id").ids == [first.id, second.id]
    assert ann["spy.note"].search([], order="case_id desc").ids == [first.id, second.id]


def test_many2many_from_the_hidden_side_is_not_shown(env, ann, cases):
    """Hidden members of x2many are not shown: the other side of a many2many."""
    shown, hidden = env["spy.label"].create([{"name": "p", "public": True, "case_ids": cases}, {"name": "h", "case_ids": cases}])
    env.clear()

    assert cases[0].with_user(ann.user).label_ids.ids == shown.ids
    assert shown.with_user(ann.user).case_ids.ids == cases[:1].ids
    assert not ann["spy.case"].search([("label_ids", "=", hidden.id)])
    assert not ann["spy.case"].search([("label_ids.name", "=", "h")])


def test_what_is_read_as_superuser_beside_it_opens_nothing(env, ann, cases, note):
    """A related field reads as the user, also in one statement with one that reads as superuser."""
    rows = ann["spy.note"].read_group([], ["case_name_sudo", "case_name"])
    assert [(row["case_name_sudo"], row["case_name"]) for row in rows] == [("canary", None)]

    first = env["spy.note"].create({"name": "a", "case_id": env["spy.case"].create({"name": "canary", "secret": True})})
    env.flush()
    found = ann["spy.note"].search([], order="case_name_sudo, case_name desc, name desc")
    assert found.ids == [note.id, first.id]


def test_a_hidden_records_duration_tells_nothing(env, ann, bob):
    """Time of an answer: what is hidden is looked for as long as what is not there, within an order of magnitude."""
    env["spy.case"].create([{"name": f"hidden canary {number}", "owner_id": bob.uid} for number in range(2000)])
    env.flush()
    ways = [
        lambda text: ann["spy.case"].search_count([("name", "ilike", text)]),
        lambda text: ann["spy.case"].search([("name", "=", f"hidden {text} 1999")]).ids,
        lambda text: ann["spy.note"].search_count([("case_id.name", "ilike", text)]),
        ann["spy.case"].name_search,
    ]
    for number, way in enumerate(ways):
        answers = [way("canary"), way("nobody")]
        assert answers[0] == answers[1]
        there, nowhere = (min(timeit.repeat(lambda text=text: way(text), number=1, repeat=5)) for text in ("canary", "nobody"))  # noqa: B023 - called at once
        assert there < 10 * nowhere + 0.02, number
