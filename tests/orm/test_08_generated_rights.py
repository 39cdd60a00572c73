"""orm.md, section 8, and security.md 1-13: every way of reading, on models and rights made by chance.

Three users look at one world in one transaction, one after the other; a model of the world in plain Python says what each
must get, and every word in the database says where it came from (`worlds.py`).
"""

# ruff: noqa: B023 - every function is called before its loop goes on

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from app.orm import AccessError, AppError, Domain, MissingError
from app.orm.testing import scratch_env
from tests.orm.worlds import LINKS, MODELS, RELATED, ROLES, SIZE, USERS, Key, World

SEEDS = (1, 2, 3)
NOBODY = 2_000_000_000
"""An id that no record has."""
X2MANY = ("tag_ids", "line_a_ids", "line_b_ids", "line_c_ids")
Scene = tuple[World, Any]


@pytest.fixture(scope="module", params=SEEDS)
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    """A world, and the superuser's env over it."""
    world = World(request.param)
    with scratch_env(*world.declarations(), roles=ROLES) as env:
        world.fill(env)
        yield world, env


def cases(world: World, root: Any) -> Iterator[tuple[str, str, Any]]:
    """Every user with every model that he may read, mixed, so that what one loaded is there for the next."""
    for model in MODELS:
        for user in USERS:
            if "r" in world.letters(user, model):
                yield user, model, root.with_user(world.uids[user])[model]


def key_of(world: World, model: str, number: int | None) -> Key | None:
    """The key of an id."""
    return next((key for key, each in world.ids.items() if key[0] == model and each == number), None)


def ids(world: World, keys: Any) -> list[int]:
    return [world.ids[key] for key in keys]


def shown(world: World, user: str, key: Key, name: str) -> Any:
    """What `read` gives for a field."""
    value = world.value(user, key, name)
    if name == "owner_id":
        return value and {"id": world.uids[value], "display_name": value}
    if name == "ref":
        return value and {"model": value[0], "id": world.ids[value]}
    if name in (*LINKS, "far_id"):
        return value and {"id": world.ids[value], "display_name": world.rows[value]["name"]}
    return {world.ids[each] for each in value} if name in X2MANY else value


def as_sets(row: dict[str, Any]) -> dict[str, Any]:
    return {name: set(value) if name in X2MANY else value for name, value in row.items()}


# ---- records and values -----------------------------------------------------------------------------------------------


def test_searches_and_counts_find_what_may_be_seen(scene):
    """Rules hold for search, count, exists, read, iteration and access to records."""
    world, root = scene
    for user, model, records in cases(world, root):
        seen = sorted(ids(world, world.visible(user, model)))
        every = ids(world, [(model, number) for number in range(SIZE)])

        assert records.search([], order="id").ids == seen
        assert records.search_count([]) == len(seen)
        assert records.search_count([], limit=SIZE) == len(seen)
        assert records.browse(every).exists().ids == [each for each in every if each in seen]
        assert [row["id"] for row in records.browse(every).read(["grade"])] == [each for each in every if each in seen]
        assert [each for chunk in records.search_iter([], 2) for each in chunk.ids] == seen
        assert [records.browse(each).has_access("read") for each in every] == [each in seen for each in every]
        assert records.search_fetch([], ["name"], order="id").ids == seen


def test_every_way_gives_the_values_that_may_be_seen(scene):
    """Attribute, read, search_read, default read and fields_get; hidden links are empty, members not shown."""
    world, root = scene
    for user, model, records in cases(world, root):
        names = world.fields(user, model)
        expected = {
            world.ids[key]: {"id": world.ids[key], **{name: shown(world, user, key, name) for name in names}}
            for key in world.visible(user, model)
        }
        for rows in (records.search_read([], names), records.search([]).read(names)):
            assert {row["id"]: as_sets(row) for row in rows} == expected
        by_default = {
            row["id"]: as_sets({name: row[name] for name in row if name in {"id", *names}}) for row in records.search([]).read()
        }
        assert by_default == expected
        assert set(names) <= set(records.fields_get())
        hidden = {*("secret", "points", "other_id", *RELATED)} - set(names)
        assert not hidden & set(records.fields_get())
        assert not any(hidden & set(row) for row in records.search([]).read())
        for record in records.search([]):
            for name in names:
                assert attribute(record, name) == plain(expected[record.id][name]), (user, record, name)


def attribute(record: Any, name: str) -> Any:
    value = record[name]
    if name in X2MANY:
        return set(value.ids)
    return (value.id or None) if hasattr(value, "_ids") else value


def plain(value: Any) -> Any:
    return value["id"] if isinstance(value, dict) else value


def test_hidden_links_say_that_they_are_hidden(scene):
    """`is_hidden("parent_id")` True for what is hidden, False for what is empty or seen."""
    world, root = scene
    for user, model, records in cases(world, root):
        for name in {*LINKS, "ref"} & set(world.fields(user, model)):
            for record in records.search([]):
                raw = world.rows[key_of(world, model, record.id)][name]
                assert record.is_hidden(name) is (raw is not None and not world.sees(user, raw))


def test_nothing_of_a_hidden_record_is_told(scene):
    """A hidden record is like one that never was, whatever is asked of it: same answer, same error, same text."""
    world, root = scene
    for user, model, records in cases(world, root):
        links = [name for name in world.fields(user, model) if world.comodel(model, name) == model]
        links = [name for name in links if name in (*LINKS, "tag_ids", "far_id")]
        for key in [(model, number) for number in range(SIZE)]:
            if not world.sees(user, key):
                answers = [outcomes(records, each, links) for each in (world.ids[key], NOBODY)]
                assert answers[0] == answers[1], (user, key)
                assert not list(world.told(user, repr(answers)))


def outcomes(records: Any, number: int, links: list[str]) -> list[str]:
    """What each way of asking for one record says, with its id made unknown."""
    one = records.browse(number)
    ways = [
        lambda: one.name,
        lambda: one.display_name,
        lambda: one.link_name,
        lambda: one.label,
        lambda: one.link_id,
        lambda: one.tag_ids,
        one.read,
        one.exists,
        lambda: one.mapped("name"),
        lambda: one.mapped("link_id.name"),
        lambda: one.filtered("grade"),
        lambda: one.filtered_domain([("grade", ">=", 0)]),
        lambda: one.filtered_domain(["!", ("name", "=", "x")]),
        lambda: one.sorted("name"),
        one.sorted,
        lambda: one.grouped("name"),
        lambda: one.is_hidden("link_id"),
        lambda: one.has_access("read"),
        lambda: one.has_access("write"),
        lambda: one.check_access("read"),
        one.lock_for_update,
        one.try_lock_for_update,
        one.copy_data,
        lambda: records.search([("id", "=", number)]),
        lambda: records.search([("id", "child_of", number)]),
        lambda: records.search([("id", "parent_of", number)]),
        lambda: [records.search([(name, "=", number)]) for name in links],
        lambda: [records.search([(name, "in", [number, NOBODY])]) for name in links],
        lambda: [records.search([(name, "any", [("id", "=", number)])]) for name in links],
        lambda: [records.search([(name, "child_of", number)]) for name in links],
        lambda: [records.search(["!", (name, "parent_of", number)]) for name in links],
        lambda: [records.new({name: number}).link_name for name in links],
        lambda: [records.onchange({name: number}, name) for name in links],
        lambda: [records.create({name: number}) for name in links if name != "far_id"],
        lambda: [records.load(["name", f"{name}/.id"], [["x", str(number)]]) for name in links if name in LINKS],
        lambda: records.search([("ref", "=", f"{records._name},{number}")]),
        lambda: records.new({"name": "x"}, origin=one).name,
    ]
    return [re.sub(rf"\b{number}\b", "N", re.sub(r"0x[0-9a-f]+", "", outcome(way))) for way in ways]


def outcome(way: Any) -> str:
    """The answer or the error, with all that it carries."""
    try:
        return repr(way())
    except (AppError, ValueError) as error:
        return f"{type(error).__name__}: {error} {error.args} {getattr(error, 'errors', '')} {getattr(error, 'params', '')}"


def test_who_may_not_read_a_model_learns_nothing_of_it(scene):
    """No entry: `AccessError` for every way, and links to it are empty."""
    world, root = scene
    for model in MODELS:
        for user in USERS:
            if "r" in world.letters(user, model):
                continue
            records = root.with_user(world.uids[user])[model].browse(ids(world, [(model, 0)]))
            ways = [
                lambda records=records: records.name,
                lambda records=records: records.read(["name"]),
                lambda records=records: records.search([]),
                lambda records=records: records.search_count([]),
                lambda records=records: records.search_read([], ["name"]),
                lambda records=records: records.read_group([], ["grade"]),
                lambda records=records: records.name_search("b"),
                lambda records=records: records.name_search(""),
                lambda records=records: records.filtered_domain([("grade", ">=", 0)]),
                lambda records=records: records.sorted("name"),
                lambda records=records: records.mapped("name"),
                lambda records=records: records.display_name,
                lambda records=records: list(records.search_iter([])),
                lambda records=records: records.search_fetch([], ["name"]),
            ]
            for number, way in enumerate(ways):
                with pytest.raises(AccessError):
                    pytest.fail(f"{user}, {model}, way {number}: {way()!r}")


def test_fields_of_other_roles_can_not_be_named(scene):
    """A field with `roles`, or a path through one: `AccessError` in attribute, read, domain, order, group and aggregate."""
    world, root = scene
    for user, model, records in cases(world, root):
        found = records.search([])
        allowed = world.fields(user, model)
        for name in {"secret", "points", "other_id", *RELATED} - set(allowed):
            ways = [
                lambda: found.read([name]),
                lambda: records.search_read([], [name]),
                lambda: records.search([(name, "=", None)]),
                lambda: records.search_count(["!", (name, "!=", None)]),
                lambda: records.search([], order=name),
                lambda: records.search_read([], ["name"], order=f"{name} desc"),
                lambda: records.read_group([], [name]),
                lambda: records.read_group([], ["grade"], [f"{name}:max"]),
                lambda: records.read_group([], [], [f"{name}:count_distinct"]),
                lambda: found.filtered_domain([(name, "=", None)]),
                lambda: found and found[0][name],
                lambda: found and found.mapped(name),
                lambda: found and found.sorted(name),
                lambda: found and found.grouped(name),
            ]
            for number, way in enumerate(ways[: None if found else 9]):
                with pytest.raises(AccessError):
                    pytest.fail(f"{user}, {model}.{name}, way {number}: {way()!r}")


# ---- conditions -------------------------------------------------------------------------------------------------------


def some_domain(world: World, chance: random.Random, user: str, model: str) -> tuple[Domain, Any]:
    """A condition on any path, with a test of keys; values are taken from what there is, hidden or not."""
    here, path, steps = model, [], chance.choice([0, 1, 1, 2, 2, 3])
    names = [*LINKS, "tag_ids", "far_id", *(f"line_{each[-1]}_ids" for each in world.specs[here].lines)]
    for _step in range(steps):
        path.append(chance.choice(names))
        here = world.comodel(here, path[-1])
        names = [*LINKS, "tag_ids", "far_id", *(f"line_{each[-1]}_ids" for each in world.specs[here].lines)]
    last = chance.choice(["name", "grade", "secret", "points", "ref", "link_name", "link_secret", "far_name", *names])
    value, taken = some_value(world, chance, here, last)
    operator = chance.choice(["=", "!=", "in", "not in"])
    negative = operator in ("!=", "not in")
    domain = Domain(".".join([*path, last]), operator, value if operator in ("=", "!=") else [value])

    def holds(key: Key, rest: tuple[str, ...]) -> bool:
        if len(rest) > 1:
            reached = world.value(user, key, rest[0])
            return any(holds(each, rest[1:]) for each in ([reached] if isinstance(reached, tuple) else reached or ()))
        found = world.value(user, key, last)
        match = (taken in found if taken is not None else not found) if last in X2MANY else found == taken
        return match is not negative

    return domain, lambda key: holds(key, (*path, last))


def some_value(world: World, chance: random.Random, model: str, name: str) -> tuple[Any, Any]:
    """A value for a condition on a field, for the ORM and for the world."""
    if chance.random() < 0.2 and name not in ("grade", "points"):
        return None, None
    if name == "ref":
        target = (chance.choice(MODELS), chance.randrange(SIZE))
        return f"{target[0]},{world.ids[target]}", target
    if name in (*LINKS, "far_id", *X2MANY):
        target = (world.comodel(model, name), chance.randrange(SIZE))
        return world.ids[target], target
    source = model
    for step in RELATED.get(name, (name,))[:-1]:
        source = world.comodel(source, step)
    row = world.rows[source, chance.randrange(SIZE)]
    value = row[RELATED.get(name, (name,))[-1]]
    return value, value


def test_conditions_find_only_by_what_may_be_seen(scene):
    """Paths, related fields, references, x2many: search, its complement, count and `filtered_domain` as the world says."""
    world, root = scene
    chance = random.Random(7)
    everybody = list(cases(world, root))
    for _number in range(120):
        user, model, records = chance.choice(everybody)
        domain, holds = some_domain(world, chance, user, model)
        if not world.allowed(user, model, str(domain.path).split(".")):
            with pytest.raises(AccessError):
                records.search(domain)
            continue
        seen = world.visible(user, model)
        expected = {world.ids[key] for key in seen if holds(key)}
        assert set(records.search(domain).ids) == expected, (user, domain)
        assert set(records.search(~domain).ids) == set(ids(world, seen)) - expected, (user, domain)
        assert records.search_count(domain) == len(expected)
        every = records.browse(ids(world, [(model, number) for number in range(SIZE)]))
        assert set(every.filtered_domain(domain).ids) == expected, (user, domain)
        assert set(every.filtered_domain(~domain).ids) == set(ids(world, seen)) - expected, (user, domain)


def test_names_are_found_only_where_they_may_be_seen(scene):
    """`name_search`, and `ilike` on a link, by every word there is; fields that have roles are not searched for anybody."""
    world, root = scene
    for user, model, records in cases(world, root):
        for word, (key, name) in world.words.items():
            if key[0] != model:
                continue
            open_to_him = world.sees(user, key) and world.allowed(user, model, (name,))
            expected = [(world.ids[key], world.rows[key]["name"])] if open_to_him and name == "name" else []
            assert records.name_search(word) == expected, (user, key, name)
            assert records.name_search(word, [("grade", ">=", 0)], limit=1) == expected
            linked = [each for each in world.visible(user, model) if world.value(user, each, "link_id") == key and name == "name"]
            assert set(records.search([("link_id", "ilike", word)]).ids) == set(ids(world, linked))
        assert {each for each, _label in records.name_search("", limit=None)} == set(ids(world, world.visible(user, model)))


# ---- order and groups -------------------------------------------------------------------------------------------------


def test_order_tells_nothing_that_is_hidden(scene):
    """Order by every field, links among them: hidden links come where the empty ones come."""
    world, root = scene
    for user, model, records in cases(world, root):
        seen = world.visible(user, model)
        assert records.search([]).ids == ids(world, sorted(seen, key=lambda key: own_order(world, user, key)))
        for name in set(world.fields(user, model)) - {*X2MANY, "label", "owner_id", "ref"}:
            known = {key: sort_value(world, user, key, name) for key in seen}
            full = sorted((key for key in seen if known[key] is not None), key=lambda key: (known[key], world.ids[key]))
            empty = sorted((key for key in seen if known[key] is None), key=lambda key: world.ids[key])
            found = records.search([], order=name).ids
            if name == "far_id":
                assert set(found) == set(ids(world, seen))
                continue
            assert found == ids(world, [*full, *empty]), (user, model, name)
            assert [row["id"] for row in records.search_read([], ["name"], order=f"{name}, id")] == found
            assert records.search([], order=f"{name} nulls first").ids == ids(world, [*empty, *full])
            down = [known[key_of(world, model, each)] for each in records.search([], order=f"{name} desc").ids]
            assert down == [None] * len(empty) + [known[key] for key in reversed(full)]


def sort_value(world: World, user: str, key: Key, name: str) -> Any:
    """What a field sorts by; a many2one by the other model's order, as far as he may read that."""
    value = world.value(user, key, name)
    if name in LINKS:
        return None if value is None else own_order(world, user, value)
    if name == "link_grade" and world.value(user, key, "link_id") is None:
        return None
    return value


def own_order(world: World, user: str, key: Key) -> tuple[Any, ...]:
    """By what a record sorts in its model's order."""
    terms = world.specs[key[0]].order.split(", ")
    return tuple(world.rows[key][name] for name in terms if world.allowed(user, key[0], (name,)))


def test_groups_count_and_add_only_what_may_be_seen(scene):
    """Group by every field with counts and sums: hidden links are the empty group, and `__domain` finds each group."""
    world, root = scene
    for user, model, records in cases(world, root):
        seen = world.visible(user, model)
        for name in set(world.fields(user, model)) - {
            "label",
            "far_id",
            "amount",
            *(each for each in X2MANY if each != "tag_ids"),
        }:
            counts, sums = Counter[Any](), Counter[Any]()
            for key in seen:
                value = shown_group(world, user, key, name)
                for each in value if isinstance(value, frozenset) else [value]:
                    counts[each] += 1
                    sums[each] += world.rows[key]["amount"]
            rows = records.read_group([], [name], ["amount:sum"])
            found = {group_key(row[name]): (row["__count"], row["amount:sum"]) for row in rows}
            assert found == {each: (counts[each], sums[each]) for each in counts}, (user, model, name)
            if name != "link_grade":
                assert [records.search_count(row["__domain"]) for row in rows] == [row["__count"] for row in rows], (user, name)


def shown_group(world: World, user: str, key: Key, name: str) -> Any:
    """The group (or groups) of a record."""
    value = world.value(user, key, name)
    if name == "owner_id":
        return value and world.uids[value]
    if name == "tag_ids":
        return frozenset(ids(world, value)) or None
    if name == "ref":
        return value and (value[0], world.ids[value])
    if name == "link_grade" and world.value(user, key, "link_id") is None:
        return None
    return world.ids[value] if isinstance(value, tuple) else value


def group_key(value: Any) -> Any:
    if isinstance(value, dict):
        return (value["model"], value["id"]) if "model" in value else value["id"]
    return value


def test_aggregates_are_over_what_may_be_seen(scene):
    """sum, min, max, count, count_distinct, array_agg over numbers, links and references."""
    world, root = scene
    for user, model, records in cases(world, root):
        seen = sorted(world.visible(user, model), key=lambda key: world.ids[key])
        amounts = [world.rows[key]["amount"] for key in seen]
        wanted = {"__count": len(seen), "amount:sum": sum(amounts), "amount:max": max(amounts, default=None)}
        wanted |= {"amount:min": min(amounts, default=None), "name:array_agg": [world.rows[key]["name"] for key in seen] or None}
        for name in {*LINKS, "ref", "link_name"} & set(world.fields(user, model)):
            values = [world.value(user, key, name) for key in seen]
            if name == "ref":
                values = [value and f"{value[0]},{world.ids[value]}" for value in values]
            elif name in LINKS:
                values = [value and world.ids[value] for value in values]
            full = [value for value in values if value is not None]
            wanted |= {f"{name}:count": len(full), f"{name}:count_distinct": len(set(full)), f"{name}:array_agg": values or None}
            wanted |= {f"{name}:max": max(full, default=None), f"{name}:min": min(full, default=None)}
        row = records.read_group([], [], [each for each in wanted if each != "__count"])[0]
        assert {name: row[name] for name in wanted} == wanted, (user, model)


def test_no_word_reaches_somebody_who_must_not_know_it(scene):
    """Oracle of security.md: the canary is in no answer, label, group, list of choices or error."""
    world, root = scene
    for user, model, records in cases(world, root):
        found = records.search([])
        names = world.fields(user, model)
        nested = {
            name: {"fields": {"name": {}, "display_name": {}, "link_id": {}}}
            for name in names
            if name in (*X2MANY, *LINKS) and "r" in world.letters(user, world.comodel(model, name))
        }
        everything = [
            found.read(),
            records.search_read([], names),
            found.read(nested) if nested else None,
            found.mapped("display_name"),
            found.mapped("label"),
            *(found.mapped(f"{name}.name") for name in nested),
            *(found.mapped(f"{name}.display_name") for name in nested),
            *(
                records.read_group([], [name], ["name:array_agg"])
                for name in names
                if name not in ("label", "far_id", *X2MANY[1:])
            ),
            records.fields_get(),
            found.copy_data(),
            [records.default_get(), records.onchange({"link_id": found[:1].link_id.id}, "link_id")],
            *(outcome(lambda key=key: records.browse(world.ids[key]).name) for key in world.ids if key[0] == model),
        ]
        assert not list(world.told(user, repr(everything)))


def test_sudo_leaves_nothing_behind(scene):
    """What the superuser and `sudo` loaded, computed and grouped is not readable by the user's own env."""
    world, root = scene
    for user, model, records in cases(world, root):
        every = records.browse(ids(world, [(model, number) for number in range(SIZE)]))
        lifted = every.sudo("looks behind the curtain")
        assert len(lifted.mapped("label")) == SIZE
        assert lifted.mapped("link_id.secret") is not None
        for record in every:
            if world.sees(user, key_of(world, model, record.id)):
                continue
            for name in ("name", "label", "link_name", "tag_ids", "display_name"):
                with pytest.raises((MissingError, AccessError)):
                    pytest.fail(f"{user} reads {record[name]!r}")
                with pytest.raises((MissingError, AccessError)):
                    pytest.fail(f"{user} reads {records.new(origin=record)[name]!r}")
