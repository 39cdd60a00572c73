"""orm.md, section 2: attributes of fields: translate, unique, default, related, ondelete."""

from __future__ import annotations

import pytest

from app.orm import ValidationError
from tests.orm.crates import MODELS, ROLES

__all__ = ["MODELS", "ROLES"]


@pytest.fixture
def crate(env):
    """A crate with nothing in it."""
    return env["crate"].create({})


@pytest.fixture
def keeper(env):
    """A keeper called Ann in Kazan."""
    return env["keeper"].create({"name": "Ann", "town": "Kazan"})


def reread(record):
    """Flush, forget, and give the record: what it reads now comes from the database."""
    record.env.clear()
    return record


def test_a_translated_text_is_kept_by_language(crate):
    """translate."""
    crate.with_context(lang="ru").title = "Ящик"
    crate.with_context(lang="en").title = "Crate"

    assert reread(crate).with_context(lang="ru").title == "Ящик"
    assert crate.with_context(lang="en").title == "Crate"


def test_a_translated_text_is_searched_and_sorted_in_the_users_language(env):
    """translate: search and order by the language of the env."""
    first, second = env["crate"].create([{}, {}])
    for record, russian, english in ((first, "Арбуз", "Watermelon"), (second, "Яблоко", "Apple")):
        record.with_context(lang="ru").title = russian
        record.with_context(lang="en").title = english
    russian, english = env["crate"].with_context(lang="ru"), env["crate"].with_context(lang="en")

    assert english.search([("title", "ilike", "apple")]) == second
    assert not russian.search([("title", "ilike", "apple")])
    assert russian.search([], order="title").ids == [first.id, second.id]
    assert english.search([], order="title").ids == [second.id, first.id]


def test_changing_one_language_leaves_the_others(crate):
    """translate: None in one language empties that one."""
    crate.with_context(lang="ru").title = "Ящик"
    crate.with_context(lang="en").title = "Crate"
    crate.with_context(lang="en").title = "Box"

    assert crate.with_context(lang="ru").title == "Ящик"
    assert reread(crate).with_context(lang="ru").title == "Ящик"


def test_unique_is_a_validation_error_on_its_field(env, keeper):
    """unique."""
    env["stamp"].create({"code": "a", "keeper_id": keeper})
    with pytest.raises(ValidationError) as caught, env.savepoint():
        env["stamp"].create({"code": "a", "keeper_id": keeper})
        env.flush()

    assert caught.value.field == "code"
    assert "a" in str(caught.value)


def test_unique_does_not_count_empty_values(env, keeper):
    """unique: two records without a code are no duplicates."""
    assert len(env["stamp"].create([{"keeper_id": keeper}, {"keeper_id": keeper, "code": ""}])) == 2
    env.flush()


def test_check_unique_ci_ignores_case(env, keeper):
    """check_unique_ci."""
    env["stamp"].create({"nick": "Яна", "keeper_id": keeper})
    with pytest.raises(ValidationError) as caught, env.savepoint():
        env["stamp"].create({"nick": "яНА", "keeper_id": keeper})
        env.flush()

    assert caught.value.field == "nick"


def test_defaults_are_values_callables_or_method_names(env, keeper):
    """default (value or callable or method name)."""
    stamp = env["stamp"].create({"keeper_id": keeper})

    assert (stamp.label, stamp.colour, stamp.made_on) == ("stamp", "blue", env.now.date())


def test_a_context_default_comes_first(env, keeper):
    """Default order: context `default_x` … the field's default."""
    stamp = env["stamp"].with_context(default_label="mine").create({"keeper_id": keeper})
    given = env["stamp"].with_context(default_label="mine").create({"keeper_id": keeper, "label": "given"})

    assert stamp.label == "mine"
    assert given.label == "given"


def test_an_explicit_none_is_not_replaced_by_the_default(env, keeper):
    """Default: only for what is not given."""
    assert env["stamp"].create({"keeper_id": keeper, "colour": None}).colour is None


def test_default_get_tells_the_defaults(env):
    """Default order: `default_get`, as in Odoo."""
    found = env["stamp"].with_context(default_code="x").default_get(["code", "label", "colour", "keeper_id"])

    assert found["code"] == "x"
    assert (found["label"], found["colour"]) == ("stamp", "blue")
    assert not found.get("keeper_id")


def test_readonly_fields_are_free_for_code(env, keeper):
    """`readonly` fields are … free for code."""
    stamp = env["stamp"].create({"keeper_id": keeper, "frozen": "a"})
    stamp.frozen = "b"

    assert reread(stamp).frozen == "b"
    assert stamp.fields_get(["frozen"])["frozen"]["readonly"]


def test_a_related_field_reads_and_writes_through(env, keeper):
    """`related="party_id.name"`: not stored by default, writes through."""
    stamp = env["stamp"].create({"keeper_id": keeper})
    assert stamp.keeper_name == "Ann"

    stamp.keeper_name = "Eve"
    assert keeper.name == "Eve"
    assert reread(stamp).keeper_name == "Eve"


def test_a_related_field_is_searchable_and_sortable_without_a_column(env):
    """Searchable without a column."""
    ann, bob = env["keeper"].create([{"name": "Ann"}, {"name": "Bob"}])
    first, second = env["stamp"].create([{"keeper_id": bob}, {"keeper_id": ann}])

    assert env["stamp"].search([("keeper_name", "=", "Bob")]) == first
    assert env["stamp"].search([("keeper_name", "ilike", "an")]) == second
    assert env["stamp"].search([], order="keeper_name").ids == [second.id, first.id]


def test_a_stored_related_field_follows_its_source(env, keeper):
    """related with store=True."""
    stamp = env["stamp"].create({"keeper_id": keeper})
    keeper.town = "Omsk"

    assert env["stamp"].search([("keeper_town", "=", "Omsk")]) == stamp
    assert reread(stamp).keeper_town == "Omsk"


def test_a_related_field_follows_another_link(env, keeper):
    """related: changing the link changes the value."""
    other = env["keeper"].create({"name": "Bob", "town": "Tver"})
    stamp = env["stamp"].create({"keeper_id": keeper})
    stamp.keeper_id = other

    assert (stamp.keeper_name, stamp.keeper_town) == ("Bob", "Tver")


def test_a_related_field_through_nothing_is_empty(env):
    """related through an empty many2one."""
    assert env["stamp"].new({}).keeper_name is None


def test_a_required_link_restricts(env, keeper):
    """ondelete (many2one: default "restrict" if required)."""
    env["stamp"].create({"keeper_id": keeper})

    with pytest.raises((ValidationError, Exception)), env.savepoint():
        keeper.unlink()
    assert keeper.exists()


def test_an_optional_link_is_emptied(env, keeper, crate):
    """Else "set null"."""
    stamp = env["stamp"].create({"keeper_id": keeper, "crate_id": crate})
    crate.unlink()

    assert not stamp.crate_id
    assert not reread(stamp).crate_id


def test_a_cascading_link_deletes(env, keeper, crate):
    """Also "cascade"."""
    stamp = env["stamp"].create({"keeper_id": keeper, "box_id": crate})
    crate.unlink()

    assert not stamp.exists()


def test_fields_get_tells_types_and_labels(env):
    """Attributes: string, help, required, readonly."""
    found = env["crate"].fields_get(["name", "state", "keeper_id", "child_ids"])

    assert set(found) == {"name", "state", "keeper_id", "child_ids"}
    assert found["state"]["type"] == "selection"
    assert found["keeper_id"]["type"] == "many2one"
    assert str(found["name"]["string"]) == "Name"
