"""orm.md, section 10: sequences, external ids, translations and what is marked for callers outside."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.orm import Access, AccessError, Model, api, fields

ROLES = ("editor",)
NUMBERS = itertools.count(1)


class Area(Model):
    """An area of a town."""

    _name = "area"
    access = Access(editor="crudi")

    code = fields.Char(unique=True)
    name = fields.Char(translate=True)
    size = fields.Integer(tracking=True)
    kind = fields.Selection([("old", "Old"), ("new", "New")])
    parent_id = fields.Many2one("area")
    frozen = fields.Char(readonly=True)

    @api.action
    def grow(self):
        for area in self:
            area.size += 1
        return True

    def hidden(self):
        return "not from outside"


MODELS = (Area,)


@pytest.fixture
def code():
    """A code of a sequence that no other test uses."""
    return f"seq{next(NUMBERS)}"


def test_a_sequence_counts_with_prefix_and_padding(env, code):
    """`env.sequence("quote")`: prefix with `%(year)s`, padding."""
    numbers = env.sequence(code, prefix="Q%(year)s-", padding=4)

    assert [numbers.next(), numbers.next()] == [f"Q{env.now.year}-0001", f"Q{env.now.year}-0002"]
    assert env.sequence(code).next() == f"Q{env.now.year}-0003"


def test_a_sequence_has_a_step(env, code):
    """Step."""
    numbers = env.sequence(code, step=5)

    first, second = int(numbers.next()), int(numbers.next())
    assert second - first == 5


def test_sequences_do_not_share_their_numbers(env, code):
    """One sequence per code."""
    one, two = env.sequence(code), env.sequence(code + "b")

    assert one.next() == two.next()
    assert one.next() == two.next()


def test_a_gapless_sequence_gives_numbers_back(env, code):
    """`gapless=True`: a rolled back number is issued again."""
    first = env.run(lambda unit: unit.sequence(code, gapless=True).next())

    def fail(unit):
        unit.sequence(code, gapless=True).next()
        raise KeyError

    with pytest.raises(KeyError):
        env.run(fail)
    second = env.run(lambda unit: unit.sequence(code, gapless=True).next())
    assert int(second) == int(first) + 1


def test_a_gapless_sequence_holds_under_parallel_issue(env, code):
    """`gapless=True` holds under parallel issue (lock first, snapshot after)."""
    env.run(lambda unit: unit.sequence(code, gapless=True))

    def issue(_n):
        return int(env.run(lambda unit: unit.sequence(code, gapless=True).next(), lock=f"sequence.{code}"))

    with ThreadPoolExecutor(4) as pool:
        issued = sorted(pool.map(issue, range(24)))
    assert issued == list(range(issued[0], issued[0] + 24))


def test_the_same_external_id_updates(env):
    """External ids on import: the same id updates."""
    columns = ["id", "code", "size"]
    first = env["area"].load(columns, [["area.north", "n", "4"], ["area.south", "s", "5"]])
    again = env["area"].load(columns, [["area.north", "n", "9"]])

    assert len(first["ids"]) == 2
    assert again["ids"] == first["ids"][:1]
    assert env["area"].browse(again["ids"]).size == 9
    assert env["area"].search_count([]) == 2


def test_references_find_external_ids(env):
    """`env.ref("area.id")`."""
    made = env["area"].load(["id", "code"], [["area.north", "n"]])["ids"]

    assert env.ref("area.north") == env["area"].browse(made)
    with pytest.raises((ValueError, LookupError)):
        env.ref("area.nowhere")


def test_any_error_of_an_import_writes_nothing_and_all_are_listed(env):
    """Any error: nothing is written, and every error is listed with its row."""
    rows = [["a", "4", "old"], ["b", "many", "old"], ["c", "1", "huge"], ["d", "2", "new"]]
    answer = env["area"].load(["code", "size", "kind"], rows)

    assert not answer["ids"]
    assert env["area"].search_count([]) == 0
    text = repr(answer["messages"])
    assert len(answer["messages"]) == 2
    assert "size" in text
    assert "kind" in text


def test_an_import_takes_no_readonly_field(env, as_role):
    """`readonly` fields are refused from REST, import and forms."""
    answer = as_role("editor")["area"].load(["code", "frozen"], [["a", "x"]])

    assert not answer["ids"]
    assert env["area"].search_count([]) == 0


def test_an_import_needs_its_letter(env):
    """Access letters: i import."""
    nobody = env.with_user(env.new_user("nobody", roles=[]))

    with pytest.raises(AccessError):
        nobody["area"].load(["code"], [["a"]])


def test_translated_fields_fall_back(env):
    """Translated fields fall back to the portal's language, then to any."""
    both, english = env["area"].create([{"code": "1"}, {"code": "2"}])
    both.with_context(lang="ru").name = "Север"
    english.with_context(lang="en").name = "South"
    env.clear()

    assert both.with_context(lang="en").name == "Север"
    assert english.with_context(lang="ru").name == "South"
    assert [row["name"] for row in (both | english).with_context(lang="en").read(["name"])] == ["Север", "South"]
    assert env["area"].with_context(lang="en").search([("name", "=", "Север")]) == both


def test_actions_are_marked(env):
    """Methods marked `@api.action` may be called from screens and by REST, nothing else."""
    area = env["area"].create({"code": "1"})

    assert area.grow() is True
    assert area.size == 1
    assert getattr(type(area).grow, "_action", False)
    assert not getattr(type(area).hidden, "_action", False)
    assert not getattr(type(area).unlink, "_action", False)
