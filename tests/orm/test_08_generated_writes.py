"""orm.md, section 8, and security.md 1, 2, 5-7, 19: every way of writing, on models and rights made by chance.

A random attempt by a random user either does exactly what the world in plain Python says, or is refused and leaves nothing.
Everything is undone after each attempt, so all of them meet the same world.
"""

# ruff: noqa: B023 - every function is called before its loop goes on

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.orm import AccessError, AppError, Command, ConflictError, MissingError
from app.orm.testing import scratch_env
from tests.orm.conftest import Undone
from tests.orm.worlds import LINKS, MODELS, ROLES, SIZE, USERS, Key, World

SEEDS = (5, 6)
ATTEMPTS = 60
Scene = tuple[World, Any]
FIELDS = ("name", "grade", "amount", "secret", "points", "owner_id", "link_id", "other_id", "tag_ids", "ref")


@pytest.fixture(scope="module", params=SEEDS)
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    """A world, and the superuser's env over it."""
    world = World(request.param)
    with scratch_env(*world.declarations(), roles=ROLES) as env:
        world.fill(env)
        yield world, env


def state(world: World, root: Any) -> dict[tuple[str, int], Any]:
    """All records as the database has them."""
    root.clear()
    rows = {}
    for model in MODELS:
        for row in root[model].with_context(active_test=False).search_read([], list(FIELDS)):
            row["tag_ids"] = set(row["tag_ids"])
            key = (model, row.pop("id"))
            rows[key] = {name: value["id"] if name.endswith("_id") and value else value for name, value in row.items()}
    return rows


def expected_state(world: World) -> dict[tuple[str, int], Any]:
    """The same, told by the world."""
    rows = {}
    for key, row in world.rows.items():
        values = {name: world.stored(name, row[name]) for name in FIELDS}
        values["tag_ids"] = set(values["tag_ids"])
        if row["ref"] is not None:
            values["ref"] = {"model": row["ref"][0], "id": world.ids[row["ref"]]}
        rows[key[0], world.ids[key]] = values
    return rows


def attempt(root: Any, action: Callable[[], Any]) -> tuple[Any, Any]:
    """The answer or error of an action, and the state after it; then it is undone."""
    world, env = root
    found: list[Any] = []
    try:
        with env.savepoint():
            found.append(action())
            env.flush()
            found.append(state(world, env))
            raise Undone  # noqa: TRY301 - a savepoint is left by an error, and only here
    except Undone:
        return found[0], found[1]
    except AppError as error:
        return error, None


def random_values(world: World, chance: random.Random, user: str, model: str, count: int) -> dict[str, Any]:
    """Values of this world for some fields; links lead anywhere, mostly to what he sees."""
    targets = world.specs[model].targets

    def target(model: str) -> Key:
        seen = world.visible(user, model)
        return chance.choice(seen) if seen and chance.random() < 0.7 else (model, chance.randrange(SIZE))

    made: dict[str, Any] = {
        "name": "new",
        "grade": chance.randint(0, 6),
        "amount": chance.randint(1, 9),
        "secret": "news",
        "points": 3,
        "owner_id": chance.choice([user, user, *USERS, None]),
        "link_id": target(targets["link_id"]),
        "other_id": chance.choice([target(targets["other_id"]), None]),
        "tag_ids": tuple({target(targets["tag_ids"]): None for _tag in range(chance.randint(0, 2))}),
        "ref": chance.choice([None, target(chance.choice(MODELS))]),
    }
    return {name: made[name] for name in chance.sample(sorted(made), count)}


def may_give(world: World, user: str, model: str, values: dict[str, Any]) -> bool:
    """Whether he may write these fields, and read everything that they link to."""
    if not all(world.allowed(user, model, (name,)) for name in values):
        return False
    linked = [values[name] for name in (*LINKS, "ref") if values.get(name) is not None]
    return all(world.sees(user, each) for each in (*linked, *values.get("tag_ids", ())))


def merged(world: World, user: str, key: Key, values: dict[str, Any]) -> dict[str, Any]:
    """The values as they will be: what is hidden from him is left alone."""
    row, found = world.rows[key], dict(values)
    for name in (*LINKS, "ref"):
        if name in found and found[name] is None and row[name] is not None and not world.sees(user, row[name]):
            del found[name]
    if "tag_ids" in found:
        hidden = [each for each in row["tag_ids"] if not world.sees(user, each)]
        found["tag_ids"] = tuple(dict.fromkeys([*hidden, *found["tag_ids"]]))
    return found


def write_in_world(world: World, user: str, key: Key, values: dict[str, Any]) -> bool:
    """Write as the user; False when it is refused."""
    if not world.may(user, key, "u") or not may_give(world, user, key[0], values):
        return False
    world.rows[key].update(merged(world, user, key, values))
    return world.may(user, key, "u")


def judged(world: World, action: Callable[[World], bool]) -> tuple[bool, Any]:
    """What the world says to an action: whether it is allowed, and what is afterwards."""
    kept = world.rows
    world.rows = copy.deepcopy(kept)
    try:
        return action(world), expected_state(world)
    finally:
        world.rows = kept


def compared(scene: Scene, action: Callable[[], Any], judge: Callable[[World], bool], what: Any) -> bool:
    """Do it and let the world judge; True when it was allowed."""
    world, _root = scene
    allowed, expected = judged(world, judge)
    answer, found = attempt(scene, action)
    if allowed:
        assert not isinstance(answer, AppError), (what, answer)
        assert found == expected, what
    else:
        assert isinstance(answer, AppError), what
        assert answer.status in (403, 404, 422), what
    return allowed


def stored(world: World, values: dict[str, Any]) -> dict[str, Any]:
    return {name: world.stored(name, value) for name, value in values.items()}


def anybody(scene: Scene, number: int) -> Iterator[tuple[random.Random, str, str, Any]]:
    """Random users with random models."""
    world, root = scene
    chance = random.Random(number)
    for _number in range(ATTEMPTS):
        user, model = chance.choice(list(USERS)), chance.choice(MODELS)
        yield chance, user, model, root.with_user(world.uids[user])[model]


def test_writes_do_what_is_allowed_and_nothing_else(scene):
    """Write: letters, rules before and after, roles of fields, links to what may be read; all or nothing."""
    world, _root = scene
    outcomes = []
    for chance, user, model, records in anybody(scene, 1):
        keys = [(model, number) for number in chance.sample(range(SIZE), chance.choice([1, 1, 2]))]
        if chance.random() < 0.7:
            keys = [key for key in world.visible(user, model) if world.may(user, key, "u")][:2] or keys
        values = random_values(world, chance, user, model, chance.randint(1, 2))

        def judge(there, user=user, keys=keys, values=values):
            results = [write_in_world(there, user, key, values) for key in keys]
            return all(results) and all(there.may(user, key, "u") for key in keys)

        found = records.browse([world.ids[key] for key in keys])
        given = stored(world, values)
        outcomes.append(compared(scene, lambda: found.write(given), judge, (user, keys, values)))
    assert len(set(outcomes)) == 2


def test_creates_make_what_is_allowed_and_nothing_else(scene):
    """Create: the letter, the rules on the result, links to what may be read; in a batch all or nothing."""
    world, _root = scene
    outcomes = []
    for chance, user, model, records in anybody(scene, 2):
        rows = [random_values(world, chance, user, model, chance.randint(1, 4)) for _row in range(chance.choice([1, 1, 2]))]

        def judge(there, user=user, model=model, rows=rows):
            if "c" not in there.letters(user, model) or not all(may_give(there, user, model, values) for values in rows):
                return False
            empty = {**dict.fromkeys([*FIELDS, "parent_id"]), "grade": 0, "amount": 0, "points": 0, "tag_ids": ()}
            keys = [(model, SIZE + number) for number in range(len(rows))]
            there.rows.update({key: {**empty, **values} for key, values in zip(keys, rows, strict=True)})
            return all(there.obeys(user, key, "c") and there.obeys(user, key, "r") for key in keys)

        kept = world.rows
        world.rows = copy.deepcopy(kept)
        try:
            allowed = judge(world)
            made = [values for key, values in world.rows.items() if key not in kept]
        finally:
            world.rows = kept
        answer, found = attempt(scene, lambda: records.create([stored(world, values) for values in rows]).ids)
        outcomes.append(allowed)
        if not allowed:
            assert isinstance(answer, AppError), (user, model, rows)
            continue
        assert not isinstance(answer, AppError), (user, model, rows, answer)
        new = [found[model, each] for each in answer]
        assert len(found) == len(world.rows) + len(made)
        for row, values in zip(new, made, strict=True):
            assert row["link_id"] == world.stored("link_id", values["link_id"])
            assert row["tag_ids"] == set(world.stored("tag_ids", values["tag_ids"]))
            assert (row["grade"], row["owner_id"]) == (values["grade"], world.stored("owner_id", values["owner_id"]))
    assert len(set(outcomes)) == 2


def test_deletes_take_only_what_is_allowed(scene):
    """Unlink: what is hidden is as good as gone already; of what is seen all or nothing; links to it become empty."""
    world, _root = scene
    outcomes = []
    for chance, user, model, records in anybody(scene, 3):
        keys = [(model, number) for number in chance.sample(range(SIZE), chance.choice([1, 2]))]

        def judge(there, user=user, keys=keys):
            if "d" not in there.letters(user, keys[0][0]):
                return False
            gone = [key for key in keys if there.sees(user, key)]
            if not all(there.may(user, key, "d") for key in gone):
                return False
            for key in gone:
                del there.rows[key]
            for row in there.rows.values():
                row.update({name: None for name in (*LINKS, "ref") if row[name] in gone})
                row["tag_ids"] = tuple(each for each in row["tag_ids"] if each not in gone)
            return True

        if "r" not in world.letters(user, model):
            continue
        found = records.browse([world.ids[key] for key in keys])
        outcomes.append(compared(scene, found.unlink, judge, (user, keys)))
    assert len(set(outcomes)) == 2


def test_commands_reach_only_what_is_allowed(scene):
    """Commands on many2many: link, unlink, set, clear, update and delete of members seen and hidden."""
    world, _root = scene
    outcomes = []
    for chance, user, model, records in anybody(scene, 4):
        key = (model, chance.randrange(SIZE))
        target = (world.specs[model].targets["tag_ids"], chance.randrange(SIZE))
        kind = chance.choice(["link", "unlink", "set", "clear", "update"])
        number = world.ids[target]
        command = {
            "link": Command.link(number),
            "unlink": Command.unlink(number),
            "set": Command.set([number]),
            "clear": Command.clear(),
            "update": Command.update(number, {"amount": 5}),
        }[kind]

        def judge(there, user=user, key=key, target=target, kind=kind):
            if not there.may(user, key, "u") or (kind in ("link", "set", "update") and not there.sees(user, target)):
                return False
            row, members = there.rows[key], there.rows[key]["tag_ids"]
            hidden = tuple(each for each in members if not there.sees(user, each))
            if kind == "update":
                return write_in_world(there, user, target, {"amount": 5}) and there.may(user, key, "u")
            if kind == "link":
                row["tag_ids"] = tuple(dict.fromkeys([*members, target]))
            elif kind == "unlink":
                row["tag_ids"] = tuple(each for each in members if each != target or each in hidden)
            else:
                row["tag_ids"] = tuple(dict.fromkeys([*hidden, *([target] if kind == "set" else [])]))
            return there.may(user, key, "u")

        found = records.browse(world.ids[key])
        outcomes.append(compared(scene, lambda: found.write({"tag_ids": [command]}), judge, (user, key, kind, target)))
    assert len(set(outcomes)) == 2


def test_lines_move_only_where_it_is_allowed(scene):
    """One2many: linking a line that is elsewhere, taking lines out, clearing: each is a write of the line."""
    world, _root = scene
    outcomes = []
    for chance, user, model, records in anybody(scene, 5):
        if not world.specs[model].lines:
            continue
        other = chance.choice(world.specs[model].lines)
        name, key, line = f"line_{other[-1]}_ids", (model, chance.randrange(SIZE)), (other, chance.randrange(SIZE))
        if chance.random() < 0.6:
            key = next((each for each in world.visible(user, model) if world.may(user, each, "u")), key)
        kind = chance.choice(["link", "unlink", "clear", "set"])
        number = world.ids[line]
        command = {
            "link": Command.link(number),
            "unlink": Command.unlink(number),
            "clear": Command.clear(),
            "set": Command.set([number]),
        }[kind]

        def judge(there, user=user, key=key, line=line, kind=kind, name=name):
            if not there.may(user, key, "u") or (kind in ("link", "set") and not there.sees(user, line)):
                return False
            members = there.value(user, key, name) if kind in ("clear", "set") else ()
            gone = [each for each in members if kind == "clear" or each != line] + ([line] if kind == "unlink" else [])
            added = [line] if kind == "link" or (kind == "set" and line not in members) else []
            for each in gone:
                if not write_in_world(there, user, each, {"link_id": None}):
                    return False
            return all(write_in_world(there, user, each, {"link_id": key}) for each in added) and there.may(user, key, "u")

        found = records.browse(world.ids[key])
        outcomes.append(compared(scene, lambda: found.write({name: [command]}), judge, (user, key, kind, line)))
    assert len(set(outcomes)) == 2


def test_copies_hold_only_what_was_seen(scene):
    """A copy of a record has the links and members that its maker sees, and nothing of fields that he may not read."""
    world, root = scene
    for user in USERS:
        for model in MODELS:
            for key in world.visible(user, model):
                records = root.with_user(world.uids[user])[model]
                answer, found = attempt(scene, lambda: records.browse(world.ids[key]).copy().id)
                if isinstance(answer, AppError):
                    continue
                row = found[model, answer]
                for name in ("link_id", "other_id", "tag_ids", "secret", "points"):
                    value = world.value(user, key, name) if world.allowed(user, model, (name,)) else None
                    wanted = world.stored(name, value) if value is not None else 0 if name == "points" else None
                    assert row[name] == (set(wanted) if name == "tag_ids" else wanted), (user, key, name)


def test_what_is_refused_tells_nothing(scene):
    """The text, fields and values of an error hold no word of what is hidden."""
    world, _root = scene
    for chance, user, model, records in anybody(scene, 6):
        values = stored(world, random_values(world, chance, user, model, 3))
        found = records.browse(world.ids[model, chance.randrange(SIZE)])
        for action in (lambda: found.write(values), lambda: records.create(values), found.unlink, found.copy):
            answer, _state = attempt(scene, action)
            if isinstance(answer, AppError):
                told = f"{answer} {answer.errors} {answer.params} {answer.__cause__!r}"
                assert not list(world.told(user, told)), (user, model, told)


def test_a_conflict_tells_nothing_that_is_hidden(scene):
    """`ConflictError` with both values: the other's is empty where it is a link to something hidden."""
    world, root = scene
    seen = 0
    for user in USERS:
        for model in MODELS:
            hidden = [key for key in world.rows if key[0] == world.specs[model].targets["link_id"] and not world.sees(user, key)]
            shown = world.visible(user, world.specs[model].targets["link_id"])
            mine = [key for key in world.visible(user, model) if world.may(user, key, "u")]
            if not hidden or not shown or not mine:
                continue
            record = root[model].browse(world.ids[mine[0]])

            def collide(record=record, hidden=hidden, shown=shown, user=user):
                stale = record.revision
                record.write({"link_id": world.ids[hidden[0]]})
                root.flush()
                record.with_user(world.uids[user]).write({"link_id": world.ids[shown[0]]}, expected=stale - 1)

            answer, _state = attempt(scene, collide)
            if isinstance(answer, ConflictError):
                seen += 1
                assert answer.conflicts["link_id"]["theirs"] is None
    assert seen or not any("u" in world.letters(user, model) for user in USERS for model in MODELS)


def test_pending_values_are_refused_with_the_rights_of_their_author(scene):
    """Two users in one transaction: what one left pending is not sent with the rights of the other."""
    world, root = scene
    for chance, user, model, records in anybody(scene, 7):
        key = (model, chance.randrange(SIZE))
        if world.may(user, key, "u"):
            continue
        before = world.rows[key]["amount"]

        def both(records=records, key=key):
            records.browse(world.ids[key]).write({"amount": before + 1})
            root[key[0]].browse(world.ids[key]).write({"grade": 1})
            root.flush()

        answer, _state = attempt(scene, both)
        assert isinstance(answer, (AccessError, MissingError)), (user, key)
