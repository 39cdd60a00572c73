"""Worlds: models with rights made by chance, records in them, and what each user may see, told in plain Python.

The oracle is written from orm.md, section 8, and knows nothing of the ORM: a world keeps its records as dicts and decides by
letters, rules and roles of fields. Every text is a word that occurs nowhere else, so that it gives away where it came from.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from app.orm import Access, CurrentUser, Model, Rule, api, fields

ROLES = ("one", "two")
USERS = {"ann": ("one",), "bob": ("one", "two"), "cem": ("two",)}
MODELS = ("w.a", "w.b", "w.c")
SIZE = 9
PLAIN = ("name", "grade", "amount", "secret", "points")
LINKS = ("link_id", "other_id", "parent_id")
RELATED = {
    "link_name": ("link_id", "name"),
    "link_secret": ("link_id", "secret"),
    "link_grade": ("link_id", "grade"),
    "far_name": ("link_id", "other_id", "name"),
    "far_id": ("link_id", "other_id"),
}
Key = tuple[str, int]
Row = dict[str, Any]


@dataclass
class RuleSpec:
    """A rule: for whom and what, as a domain and as a test of a row."""

    role: str | None
    operations: str
    domain: list[Any]
    test: Callable[[World, Row, str], bool]


@dataclass
class ModelSpec:
    """What was drawn for one model."""

    name: str
    letters: dict[str, str]
    rules: list[RuleSpec]
    roles: dict[str, str]
    """Role by field, for fields that not everybody may read."""
    targets: dict[str, str]
    order: str
    lines: list[str] = field(default_factory=list)
    """The models whose `link_id` points here."""


def _owned(_world: World, row: Row, user: str) -> bool:
    return bool(row["owner_id"] == user)


def _linked_owned(world: World, row: Row, user: str) -> bool:
    target = row["link_id"]
    return target is not None and _owned(world, world.rows[target], user)


def _tagged_owned(world: World, row: Row, user: str) -> bool:
    return any(_owned(world, world.rows[each], user) for each in row["tag_ids"])


MINE: list[tuple[list[Any], Callable[[World, Row, str], bool]]] = [
    ([("owner_id", "=", CurrentUser)], _owned),
    ([("link_id.owner_id", "=", CurrentUser)], _linked_owned),
    ([("tag_ids.owner_id", "=", CurrentUser)], _tagged_owned),
    (
        ["|", ("owner_id", "=", CurrentUser), ("grade", ">=", 3)],
        lambda world, row, user: _owned(world, row, user) or row["grade"] >= 3,
    ),
]


class World:
    """Models, records and rights of one seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.specs = {name: self._spec(name) for name in MODELS}
        for spec in self.specs.values():
            self.specs[spec.targets["link_id"]].lines.append(spec.name)
        self.words: dict[str, tuple[Key, str]] = {}
        self.rows: dict[Key, Row] = {}
        self.ids: dict[Key, int] = {}
        self.uids: dict[str, int] = {}

    def _spec(self, name: str) -> ModelSpec:
        chance = self.chance
        letters = {"one": chance.choice(["crudi", "crud", "cru", "r"]), "two": chance.choice(["crudi", "r", ""])}
        if name == MODELS[-1]:
            letters = {"one": "", "two": "crud"}
        rules = [self._rule(chance) for _number in range(chance.randint(1, 3))]
        roles = {"secret": "two", "points": chance.choice(ROLES)}
        if chance.random() < 0.5:
            roles["other_id"] = chance.choice(ROLES)
        targets = {each: chance.choice(MODELS) for each in ("link_id", "other_id", "tag_ids")} | {"parent_id": name}
        return ModelSpec(name, letters, rules, roles, targets, chance.choice(["name", "points, name"]))

    @staticmethod
    def _rule(chance: random.Random) -> RuleSpec:
        if chance.random() < 0.25:
            return RuleSpec(None, "crud", [("grade", "<", 5)], lambda _world, row, _user: bool(row["grade"] < 5))
        domain, test = chance.choice(MINE)
        return RuleSpec(chance.choice(ROLES), chance.choice(["crud", "crud", "r", "cru", "u", "ud"]), domain, test)

    # ---- declarations and data ------------------------------------------------------------------------------------

    def declarations(self) -> list[Any]:
        """A class statement for each model."""
        return [self._declaration(spec) for spec in self.specs.values()]

    def _declaration(self, spec: ModelSpec) -> Any:
        def roles(name: str) -> dict[str, Any]:
            return {"roles": spec.roles[name]} if name in spec.roles else {}

        def _compute_label(self: Any) -> None:
            for record in self:
                record.label = f"{record.name}/{record.link_id.name or ''}"

        far = self.specs[spec.targets["link_id"]].targets["other_id"]
        namespace: dict[str, Any] = {
            "__module__": __name__,
            "__doc__": "A model of a world.",
            "_name": spec.name,
            "_order": spec.order,
            "access": Access(**{role: letters for role, letters in spec.letters.items() if letters}),
            "rules": [Rule(each.role, each.domain, each.operations) for each in spec.rules],
            "name": fields.Char(search=True),
            "grade": fields.Integer(),
            "amount": fields.Integer(),
            "secret": fields.Char(search=True, **roles("secret")),
            "points": fields.Integer(**roles("points")),
            "owner_id": fields.Many2one("user"),
            "link_id": fields.Many2one(spec.targets["link_id"]),
            "other_id": fields.Many2one(spec.targets["other_id"], **roles("other_id")),
            "parent_id": fields.Many2one(spec.name),
            "tag_ids": fields.Many2many(spec.targets["tag_ids"], relation=f"{spec.name[-1]}_tags", column1="a", column2="b"),
            "ref": fields.Reference(selection=[(name, name) for name in MODELS]),
            "far_id": fields.Many2one(far, related="link_id.other_id"),
            "link_grade": fields.Integer(related="link_id.grade"),
            "label": fields.Char(compute="_compute_label"),
            "_compute_label": api.depends("name", "link_id.name")(_compute_label),
        }
        for name in ("link_name", "link_secret", "far_name"):
            namespace[name] = fields.Char(related=".".join(RELATED[name]))
        for other in spec.lines:
            namespace[f"line_{other[-1]}_ids"] = fields.One2many(other, "link_id")
        return type(spec.name.replace(".", "").title(), (Model,), namespace)

    def word(self, key: Key, name: str) -> str:
        """A new word that tells record and field."""
        word = "".join(self.chance.choice("bcdfghjklmnpqrstvwxz") for _letter in range(10))
        self.words[word] = (key, name)
        return word

    def fill(self, env: Any) -> None:
        """Make users and records, the same in the database and here."""
        chance = self.chance
        self.uids = {user: env.new_user(user, roles=list(roles)).id for user, roles in USERS.items()}
        keys = [(model, number) for model in MODELS for number in range(SIZE)]
        for key in keys:
            self.rows[key] = {
                "name": self.word(key, "name"),
                "secret": self.word(key, "secret"),
                "grade": chance.randint(0, 5),
                "amount": chance.randint(1, 10**6),
                "points": chance.randint(1, 10**6),
                "owner_id": chance.choice([*USERS, None]),
                **dict.fromkeys(LINKS),
                "tag_ids": (),
                "ref": None,
            }
        for model in MODELS:
            own = [key for key in keys if key[0] == model]
            values = [{name: self.stored(name, self.rows[key][name]) for name in (*PLAIN, "owner_id")} for key in own]
            self.ids.update(zip(own, env[model].create(values).ids, strict=True))
        for key in keys:
            self._link(env, key)
        env.flush()
        env.clear()

    def _link(self, env: Any, key: Key) -> None:
        targets, row, chance = self.specs[key[0]].targets, self.rows[key], self.chance
        for name in LINKS:
            numbers = range(key[1]) if name == "parent_id" else range(SIZE)
            row[name] = (targets[name], chance.choice(numbers)) if numbers and chance.random() < 0.8 else None
        row["tag_ids"] = tuple((targets["tag_ids"], number) for number in chance.sample(range(SIZE), chance.randint(0, 3)))
        row["ref"] = chance.choice([None, *((model, chance.randrange(SIZE)) for model in MODELS)])
        env[key[0]].browse(self.ids[key]).write({name: self.stored(name, row[name]) for name in (*LINKS, "tag_ids", "ref")})

    def stored(self, name: str, value: Any) -> Any:
        """A value of this world as the ORM takes it."""
        if value is None:
            return None
        if name == "owner_id":
            return self.uids[value]
        if name in LINKS:
            return self.ids[value]
        if name == "ref":
            return f"{value[0]},{self.ids[value]}"
        return [self.ids[each] for each in value] if name == "tag_ids" else value

    # ---- rights ---------------------------------------------------------------------------------------------------

    def letters(self, user: str, model: str) -> str:
        """Letters of all the user's roles add up."""
        return "".join(self.specs[model].letters.get(role, "") for role in USERS[user])

    def obeys(self, user: str, key: Key, operation: str) -> bool:
        """All rules for everyone and any of those for the user's roles."""
        rules = [rule for rule in self.specs[key[0]].rules if operation in rule.operations]
        row = self.rows[key]
        if not all(rule.test(self, row, user) for rule in rules if rule.role is None):
            return False
        own = [rule for rule in rules if rule.role in USERS[user]]
        return not own or any(rule.test(self, row, user) for rule in own)

    def sees(self, user: str, key: Key) -> bool:
        """Whether he may read the record."""
        return key in self.rows and "r" in self.letters(user, key[0]) and self.obeys(user, key, "r")

    def may(self, user: str, key: Key, operation: str) -> bool:
        """Whether he may change, delete or have made the record as it is."""
        return self.sees(user, key) and operation in self.letters(user, key[0]) and self.obeys(user, key, operation)

    def allowed(self, user: str, model: str, path: Iterable[str]) -> bool:
        """Whether the roles of every field on the path are his."""
        for name in path:
            if name in RELATED:
                if not self.allowed(user, model, RELATED[name]):
                    return False
            elif (role := self.specs[model].roles.get(name)) and role not in USERS[user]:
                return False
            model = self.comodel(model, name)
        return True

    def comodel(self, model: str, name: str) -> str:
        """The model at the end of a relation (`model` itself for plain fields)."""
        if name in RELATED:
            for each in RELATED[name]:
                model = self.comodel(model, each)
            return model
        if name.startswith("line_"):
            return f"w.{name[5]}"
        return self.specs[model].targets.get(name, model)

    # ---- what he sees ---------------------------------------------------------------------------------------------

    def visible(self, user: str, model: str) -> list[Key]:
        """The records that he may read, by number."""
        return [(model, number) for number in range(SIZE) if self.sees(user, (model, number))]

    def value(self, user: str, key: Key, name: str) -> Any:
        """A field of a record that he sees: keys for links, without what is hidden from him."""
        row = self.rows[key]
        if name in RELATED:
            return self._related(user, key, RELATED[name])
        if name in LINKS or name == "ref":
            return row[name] if row[name] is not None and self.sees(user, row[name]) else None
        if name == "tag_ids":
            return frozenset(each for each in row[name] if self.sees(user, each))
        if name.startswith("line_"):
            other = self.comodel(key[0], name)
            return frozenset(each for each in self.visible(user, other) if self.rows[each]["link_id"] == key)
        if name == "label":
            link = self.value(user, key, "link_id")
            return f"{row['name']}/{self.rows[link]['name'] if link else ''}"
        return row[name]

    def _related(self, user: str, key: Key, path: tuple[str, ...]) -> Any:
        current: Any = key
        for name in path[:-1]:
            current = self.value(user, current, name)
            if current is None:
                return 0 if path[-1] == "grade" else None
        return self.value(user, current, path[-1])

    def fields(self, user: str, model: str) -> list[str]:
        """The fields that he may read, without the platform's own."""
        every = [*PLAIN, "owner_id", *LINKS, "tag_ids", "ref", *RELATED, "label"]
        every += [f"line_{other[-1]}_ids" for other in self.specs[model].lines]
        return [name for name in every if self.allowed(user, model, (name,))]

    def told(self, user: str, text: str) -> Iterator[str]:
        """The words in a text that he must not know."""
        for word, (key, name) in self.words.items():
            if word in text and not (self.sees(user, key) and self.allowed(user, key[0], (name,))):
                yield f"{user} learns {name} of {key}"
