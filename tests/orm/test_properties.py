"""Properties: random work against a model in plain Python, random stored computes, and random domains."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.orm import Command, Domain, Model, ValidationError, api, fields

SLOW = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


class Undone(Exception):
    """Leaves the savepoint of one example."""


class Node(Model):
    """A node of a random graph; nearly every type of field, nearly every relation."""

    _name = "node"
    _order = "id"
    _parent_store = True

    name = fields.Char()
    label = fields.Char(required=True, default="x")
    number = fields.Integer()
    maybe = fields.Integer(nullable=True)
    ratio = fields.Float(digits=(10, 2))
    price = fields.Decimal(digits=(12, 2))
    flag = fields.Boolean()
    day = fields.Date()
    kind = fields.Selection([("a", "A"), ("b", "B"), ("c", "C")])
    parent_id = fields.Many2one("node")
    friend_id = fields.Many2one("node")
    friend_name = fields.Char(related="friend_id.name")
    child_ids = fields.One2many("node", "parent_id")
    tag_ids = fields.Many2many("mark")
    child_sum = fields.Integer(compute="_compute_child_sum", store=True)
    deep_sum = fields.Integer(compute="_compute_deep_sum", store=True, recursive=True)
    path = fields.Char(compute="_compute_path", store=True, recursive=True)
    tag_text = fields.Char(compute="_compute_tag_text", store=True)
    friend_number = fields.Integer(compute="_compute_friend_number", store=True)
    twice = fields.Integer(compute="_compute_twice", store=True)

    @api.depends("child_ids.number")
    def _compute_child_sum(self):
        for node in self:
            node.child_sum = sum(node.child_ids.mapped("number"))

    @api.depends("number", "child_ids.deep_sum")
    def _compute_deep_sum(self):
        for node in self:
            node.deep_sum = node.number + sum(node.child_ids.mapped("deep_sum"))

    @api.depends("name", "parent_id.path")
    def _compute_path(self):
        for node in self:
            node.path = f"{node.parent_id.path or ''}/{node.name or ''}"

    @api.depends("tag_ids.name")
    def _compute_tag_text(self):
        for node in self:
            node.tag_text = ",".join(sorted(node.tag_ids.mapped(lambda tag: tag.name or "")))

    @api.depends("friend_id.number", "friend_id.child_sum")
    def _compute_friend_number(self):
        for node in self:
            node.friend_number = node.friend_id.number + node.friend_id.child_sum

    @api.depends("friend_number")
    def _compute_twice(self):
        for node in self:
            node.twice = node.friend_number * 2


class Mark(Model):
    """What hangs on nodes."""

    _name = "mark"
    _order = "id"

    name = fields.Char()
    weight = fields.Integer()
    node_ids = fields.Many2many("node")


MODELS = (Node, Mark)


@contextlib.contextmanager
def undone(env: Any) -> Iterator[None]:
    """Nothing of the inside stays."""
    with contextlib.suppress(Undone), env.savepoint():
        yield
        raise Undone


# ---- create, write, unlink, savepoint and flush against a dictionary --------------------------------------------------

WORDS = st.sampled_from([None, "a", "b", "ёж", "Zoë", "50%", "a_b", "x'y", "long name"])
SMALL = st.integers(-3, 3)
DAYS = st.none() | st.dates(dt.date(2026, 1, 1), dt.date(2026, 1, 5))
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "name": WORDS,
        "number": SMALL,
        "maybe": st.none() | SMALL,
        "flag": st.booleans(),
        "day": DAYS,
        "kind": st.sampled_from([None, "a", "b", "c"]),
        "friend_id": st.none() | st.integers(0, 7),
    },
)
EMPTY = {"name": None, "number": 0, "maybe": None, "flag": False, "day": None, "kind": None, "friend_id": None}
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("create"), st.lists(VALUES, min_size=1, max_size=4)),
        st.tuples(st.just("write"), st.lists(st.integers(0, 7), max_size=4), VALUES),
        st.tuples(st.just("unlink"), st.integers(0, 7)),
        st.tuples(st.just("flush")),
        st.tuples(st.just("clear")),
        st.tuples(st.just("open")),
        st.tuples(st.just("close"), st.booleans()),
        st.tuples(
            st.just("search"), st.sampled_from(["number", "kind", "flag"]), SMALL | st.sampled_from(["a", "b"]) | st.booleans()
        ),
    ),
    max_size=14,
)


class Twin:
    """The same work on recordsets and on dictionaries."""

    def __init__(self, env: Any) -> None:
        self.env = env
        self.rows: dict[int, dict[str, Any]] = {}

    def pick(self, number: int) -> int | None:
        """One of the ids that are there."""
        ids = list(self.rows)
        return ids[number % len(ids)] if ids else None

    def resolved(self, values: dict[str, Any]) -> dict[str, Any]:
        """Values with a real id for the friend."""
        friend = values.get("friend_id")
        return {**values, "friend_id": self.pick(friend)} if friend is not None else dict(values)

    def create(self, many: list[dict[str, Any]]) -> None:
        many = [self.resolved(values) for values in many]
        for record, values in zip(self.env["node"].create(many), many, strict=True):
            self.rows[record.id] = {**EMPTY, **values}

    def write(self, numbers: list[int], values: dict[str, Any]) -> None:
        ids = list(dict.fromkeys(one for one in map(self.pick, numbers) if one))
        values = self.resolved(values)
        self.env["node"].browse(ids).write(values)
        for one in ids:
            self.rows[one].update(values)

    def unlink(self, number: int) -> None:
        gone = self.pick(number)
        self.env["node"].browse(gone or []).unlink()
        self.rows.pop(gone, None)
        for row in self.rows.values():
            row["friend_id"] = None if row["friend_id"] == gone else row["friend_id"]

    def search(self, name: str, value: Any) -> None:
        fitting = {"number": int, "kind": str, "flag": bool}[name]
        if type(value) is fitting:
            expected = [one for one, row in self.rows.items() if row[name] == value]
            assert self.env["node"].search([(name, "=", value)]).ids == sorted(expected)

    def assert_agrees(self) -> None:
        """Both hold the same."""
        records = self.env["node"].search([])
        assert records.ids == sorted(self.rows)
        for record in records:
            row = self.rows[record.id]
            assert {name: record[name].id if name == "friend_id" else record[name] for name in EMPTY} == {
                **row,
                "friend_id": row["friend_id"],
            }

    def run(self, steps: list[tuple[Any, ...]]) -> None:
        """Carry out the steps; `open` begins a savepoint, `close` ends the innermost, keeping it or not."""
        while steps:
            verb, *arguments = steps.pop(0)
            if verb == "open":
                self.nested(steps)
            elif verb == "close":
                if arguments[0]:
                    return
                raise Undone
            elif verb in {"flush", "clear"}:
                getattr(self.env, verb)()
            else:
                getattr(self, verb)(*arguments)

    def nested(self, steps: list[tuple[Any, ...]]) -> None:
        """A savepoint around the following steps."""
        before = {one: dict(row) for one, row in self.rows.items()}
        try:
            with self.env.savepoint():
                self.run(steps)
        except Undone:
            self.rows = before


@SLOW
@given(steps=STEPS)
def test_random_work_agrees_with_a_dictionary(env, steps):
    """Sections 4 and 9: create, write, unlink, savepoint and flush in any order."""
    with undone(env):
        twin = Twin(env)
        rest = list(steps)
        while rest:
            with contextlib.suppress(Undone):
                twin.run(rest)
        twin.assert_agrees()
        env.clear()
        twin.assert_agrees()


# ---- stored computes against recomputation ----------------------------------------------------------------------------

MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("number"), st.integers(0, 5), SMALL),
        st.tuples(st.just("name"), st.integers(0, 5), WORDS),
        st.tuples(st.just("parent"), st.integers(0, 5), st.none() | st.integers(0, 5)),
        st.tuples(st.just("friend"), st.integers(0, 5), st.none() | st.integers(0, 5)),
        st.tuples(st.just("tag"), st.integers(0, 5), st.integers(0, 2)),
        st.tuples(st.just("untag"), st.integers(0, 5), st.integers(0, 2)),
        st.tuples(st.just("rename"), st.integers(0, 2), WORDS),
        st.tuples(st.just("child"), st.integers(0, 5), SMALL),
        st.tuples(st.just("drop"), st.integers(2, 5), SMALL),
        st.tuples(st.just("flush"), st.just(0), st.just(0)),
        st.tuples(st.just("read"), st.integers(0, 5), st.just(0)),
    ),
    max_size=16,
)


def recomputed(node):
    """The stored values as they ought to be, from nothing but plain fields."""
    numbers = [child.number for child in node.child_ids]
    friend = node.friend_id

    def deep(one):
        return one.number + sum(deep(child) for child in one.child_ids)

    def path(one):
        return (path(one.parent_id) if one.parent_id else "") + f"/{one.name or ''}"

    friend_number = friend.number + sum(child.number for child in friend.child_ids)
    return {
        "child_sum": sum(numbers),
        "deep_sum": deep(node),
        "path": path(node),
        "tag_text": ",".join(sorted(tag.name or "" for tag in node.tag_ids)) or None,
        "friend_number": friend_number,
        "twice": friend_number * 2,
    }


def assert_computed(env):
    """Every stored value is what a recomputation gives, and what the database holds."""
    nodes = env["node"].search([])
    for node in nodes:
        expected = recomputed(node)
        assert {name: node[name] for name in expected} == expected
    for row in env["node"].search_read([], ["deep_sum", "path", "twice"]):
        node = env["node"].browse(row["id"])
        assert (row["deep_sum"], row["path"], row["twice"]) == (node.deep_sum, node.path, node.twice)


def moved(env, nodes, marks, move):
    """Carry out one move; a cycle is refused and undone."""
    verb, which, value = move
    node = nodes[which % len(nodes)]
    if verb in {"number", "name"}:
        node[verb] = value
    elif verb in {"parent", "friend"}:
        target = nodes[value % len(nodes)] if value is not None else None
        with contextlib.suppress(ValidationError), env.savepoint():
            node[f"{verb}_id"] = target
            env.flush()
    elif verb in {"tag", "untag"}:
        node.tag_ids = [(Command.link if verb == "tag" else Command.unlink)(marks[value].id)]
    elif verb == "rename":
        marks[which].name = value
    elif verb == "child":
        nodes |= env["node"].create({"parent_id": node.id, "number": value})
    elif verb == "drop" and len(nodes) > 3:
        nodes -= node
        node.unlink()
    elif verb == "flush":
        env.flush()
    else:
        assert node.path is not None
    return nodes


@SLOW
@given(moves=MOVES)
def test_stored_values_are_what_a_recomputation_gives(env, moves):
    """Section 5: whatever happened, in whatever order, before and after the flush."""
    with undone(env):
        nodes = env["node"].create([{"name": str(n), "number": n} for n in range(6)])
        marks = env["mark"].create([{"name": name} for name in "xyz"])
        for move in moves:
            nodes = moved(env, nodes, marks, move)
        assert_computed(env)
        env.clear()
        assert_computed(env)


# ---- random domains: SQL and Python agree -----------------------------------------------------------------------------

TEXT = st.sampled_from([None, "", "a", "A", "ё", "е", "%", "_", "0%", "ZOE", "name", "x'"])
COMPARE = ["=", "!=", "<", "<=", ">", ">="]
SOME_SMALL = st.lists(st.none() | SMALL, max_size=3)


def leaf(names, operators, values):
    """A strategy of leaves."""
    return st.tuples(st.sampled_from(names), st.sampled_from(operators), values)


def leaves_of(prefix=""):
    """Leaves over plain fields, with a path before their names."""
    named = [prefix + name for name in ("name", "label")]
    return st.one_of(
        leaf(named, ["=", "!="], TEXT),
        leaf(named, ["like", "ilike", "not like", "not ilike", "=like", "=ilike"], TEXT.filter(lambda value: value is not None)),
        leaf(named, ["in", "not in"], st.lists(TEXT, max_size=3)),
        leaf([prefix + "number", prefix + "maybe"], COMPARE, SMALL),
        leaf([prefix + "maybe"], ["=", "!=", "=?"], st.none() | SMALL),
        leaf([prefix + "number", prefix + "maybe"], ["in", "not in"], SOME_SMALL),
        leaf([prefix + "flag"], ["=", "!="], st.booleans()),
        leaf([prefix + "day"], COMPARE, DAYS.filter(lambda day: day is not None)),
        leaf([prefix + "day"], ["=", "!="], st.none()),
        leaf([prefix + "day.month_number", prefix + "day.year_number"], ["=", "!=", ">"], st.sampled_from([1, 2, 2026])),
        leaf([prefix + "kind"], ["=", "!="], st.sampled_from([None, "a", "b"])),
        leaf([prefix + "kind"], ["in", "not in"], st.lists(st.sampled_from([None, "a", "c"]), max_size=2)),
        leaf([prefix + "deep_sum", prefix + "twice"], COMPARE, SMALL),
    )


LEAVES = st.one_of(
    leaves_of(),
    leaves_of("friend_id."),
    leaves_of("parent_id."),
    leaves_of("child_ids."),
    leaves_of("child_ids.friend_id."),
    leaves_of("parent_id.child_ids."),
    leaf(["tag_ids.name"], ["=", "!=", "ilike", "not ilike"], TEXT.filter(bool)),
    leaf(["tag_ids.node_ids.number"], COMPARE, SMALL),
    leaf(["friend_name"], ["=", "!="], TEXT),
    leaf(["friend_name"], ["ilike", "not ilike"], TEXT.filter(bool)),
    leaf(["parent_id", "friend_id", "child_ids", "tag_ids"], ["=", "!="], st.none()),
    leaf(["parent_id", "friend_id", "child_ids"], ["in", "not in"], st.lists(st.integers(0, 5), max_size=3)),
    leaf(["parent_id", "friend_id", "child_ids"], ["=", "!="], st.integers(0, 5)),
    leaf(["id", "parent_id"], ["child_of", "parent_of"], st.none() | st.integers(0, 5)),
)


SHAPES = st.lists(
    st.tuples(VALUES, st.none() | st.integers(0, 5), st.lists(st.integers(0, 2), max_size=2)), min_size=6, max_size=8
)


@pytest.fixture
def graph(env):
    """Makes nodes of a random shape and gives them; parents come before their children, so there is no cycle."""

    def make(shapes):
        marks = env["mark"].create([{"name": name, "weight": n} for n, name in enumerate(("a", "ё", None))])
        nodes = env["node"].create(
            [{key: value for key, value in values.items() if key != "friend_id"} for values, _parent, _tags in shapes]
        )
        for number, (values, parent, tags) in enumerate(shapes):
            nodes[number].tag_ids = [marks[n].id for n in set(tags)]
            nodes[number].parent_id = nodes[parent] if parent is not None and parent < number else None
            friend = values.get("friend_id")
            nodes[number].friend_id = nodes[friend % len(nodes)] if friend is not None else None
        return nodes

    return make


def with_ids(nodes, one):
    """The leaf with real ids in place of positions."""
    name, operator, value = one
    if name in {"id", "parent_id", "friend_id", "child_ids"} and operator not in {"any", "not any"}:
        value = [nodes[n].id for n in value] if isinstance(value, list) else value if value is None else nodes[value].id
    return Domain(name, operator, value)


@st.composite
def domains(draw):
    """A function from nodes to a domain: ids are known only when the data is there."""
    leaves = draw(st.lists(LEAVES, min_size=4, max_size=4))
    shape = draw(
        st.recursive(
            st.integers(0, 3).map(lambda n: ("leaf", n)),
            lambda inner: st.one_of(
                st.tuples(st.just("and"), inner, inner),
                st.tuples(st.just("or"), inner, inner),
                st.tuples(st.just("not"), inner),
                st.tuples(st.sampled_from(["any", "not any"]), st.sampled_from(["child_ids", "friend_id", "parent_id"]), inner),
            ),
            max_leaves=4,
        )
    )

    def build(nodes, tree=shape):
        verb, *rest = tree
        if verb == "leaf":
            return with_ids(nodes, leaves[rest[0]])
        if verb == "not":
            return ~build(nodes, rest[0])
        if verb in {"any", "not any"}:
            return Domain(rest[0], verb, build(nodes, rest[1]))
        left, right = (build(nodes, one) for one in rest)
        return left & right if verb == "and" else left | right

    return build


@settings(SLOW, max_examples=300)
@given(shapes=SHAPES, build=domains())
def test_search_and_filtered_domain_agree(env, graph, shapes, build):
    """Section 6: `filtered_domain` and SQL agree always; `!` is the exact complement."""
    with undone(env):
        nodes = graph(shapes)
        domain = build(nodes)
        in_python = nodes.filtered_domain(domain)
        found = env["node"].search(domain)
        assert found == in_python, domain
        assert env["node"].search(~domain) == nodes - found, domain
        env.clear()
        assert nodes.filtered_domain(domain) == found, domain
        assert env["node"].search_count(domain) == len(found)
