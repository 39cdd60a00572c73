"""orm.md, section 5: stored values follow what they depend on, when a loop changes one record after the other."""

from __future__ import annotations

import pytest

from app.orm import Access, Model, api, fields

COUNT = 40


class Shelf(Model):
    """A shelf that boxes stand on."""

    _name = "shelf"

    name = fields.Char(required=True)
    box_ids = fields.One2many("box", "shelf_id")
    mark_ids = fields.Many2many("mark")
    marks = fields.Char(compute="_compute_marks", store=True, expose=True)

    access = Access(everyone="crud")

    @api.depends("mark_ids.name")
    def _compute_marks(self):
        for shelf in self:
            shelf.marks = " ".join(shelf.mark_ids.mapped("name"))


class Box(Model):
    """A box, labelled by its shelf, with things in it."""

    _name = "box"

    shelf_id = fields.Many2one("shelf", index=True)
    number = fields.Integer()
    label = fields.Char(compute="_compute_label", store=True, expose=True)

    access = Access(everyone="crud")

    @api.depends("shelf_id.name", "number")
    def _compute_label(self):
        for box in self:
            box.label = f"{box.shelf_id.name} {box.number}"


class Thing(Model):
    """A thing in a box, found by the label of the box."""

    _name = "thing"

    box_id = fields.Many2one("box", index=True)
    place = fields.Char(compute="_compute_place", store=True, expose=True)

    access = Access(everyone="crud")

    @api.depends("box_id.label")
    def _compute_place(self):
        for thing in self:
            thing.place = f"in {thing.box_id.label}"


class Mark(Model):
    """A mark on shelves."""

    _name = "mark"
    _order = "id"

    name = fields.Char(required=True)

    access = Access(everyone="crud")


MODELS = [Shelf, Box, Thing, Mark]


@pytest.fixture
def shelves(env):
    """Forty shelves with two boxes each, a thing in each box; nothing of it is loaded."""
    made = env["shelf"].create([{"name": f"s{number}"} for number in range(COUNT)])
    boxes = env["box"].create([{"shelf_id": shelf.id, "number": number} for shelf in made for number in range(2)])
    env["thing"].create([{"box_id": box.id} for box in boxes])
    env.clear()
    return made


def check(env):
    """Every stored value is what its method would give, in the store and after the flush."""
    for _time in range(2):
        for box in env["box"].search([]):
            assert box.label == f"{box.shelf_id.name} {box.number}"
        for thing in env["thing"].search([]):
            assert thing.place == f"in {thing.box_id.label}"
        env.clear()


def test_dependents_of_a_loop_cost_few_statements(env, shelves):
    """Changing a name updates every stored dependent, whatever the rows."""
    with env.count_queries() as queries:
        for shelf in shelves:
            shelf.name += "x"
        env.flush()

    assert queries.total <= 20
    check(env)


def test_one_change_asks_about_one_record(env, shelves):
    """Whoever changes one record of a set does not pay for the others."""
    with env.count_queries() as queries:
        shelves[3].name = "other"

    assert queries.total <= 3
    check(env)


@pytest.mark.parametrize("loaded", [False, True])
def test_a_link_that_changes_on_the_way_is_seen(env, shelves, loaded):
    """A line moved, made or deleted in the middle of the loop belongs to its new owner at once."""
    boxes = env["box"].search([], order="id")
    if loaded:
        assert len(boxes.mapped("shelf_id")) == COUNT
    for number, shelf in enumerate(shelves):
        if number == 10:
            boxes[0].shelf_id = shelves[30]
            assert boxes[0].label == "s30 0"
            boxes[70].shelf_id = shelves[2]
        if number == 12 and not loaded:
            env["box"].create({"shelf_id": shelves[31].id, "number": 7})
        if number == 14 and not loaded:
            boxes[66].unlink()
        shelf.name = f"n{number}"
        assert loaded or all(box.label == f"n{number} {box.number}" for box in shelf.box_ids)

    check(env)


def test_an_unsaved_line_of_a_later_owner_is_seen(env, shelves):
    """Unsaved records follow their parents too."""
    for shelf in shelves[:20]:
        shelf.name += "x"
    draft = env["box"].new({"shelf_id": shelves[25].id, "number": 1})
    assert draft.label == "s25 1"

    for shelf in shelves[20:]:
        shelf.name += "y"

    assert draft.label == "s25y 1"
    check(env)


def test_other_statements_on_the_way_are_seen(env, shelves):
    """After SQL of one's own `invalidate()` is enough."""
    for number, shelf in enumerate(shelves):
        if number == 20:
            env.flush()
            env.unit.run(
                'UPDATE "box" SET shelf_id = %(new)s WHERE shelf_id = %(old)s', {"new": shelves[38].id, "old": shelves[37].id}
            )
            env["box"].browse().invalidate()
        shelf.name = f"n{number}"
    assert len(shelves[38].box_ids) == 4

    assert set(shelves[38].box_ids.mapped("label")) == {"n38 0", "n38 1"}


def test_members_of_many2manys_follow_in_a_loop(env, shelves):
    """The same through a table of links."""
    marks = env["mark"].create([{"name": f"m{number}"} for number in range(COUNT)])
    for shelf, mark in zip(shelves, marks, strict=True):
        shelf.mark_ids = [mark.id, marks[0].id]
    env.clear()

    for mark in marks:
        mark.name += "x"
        if mark == marks[5]:
            shelves[20].mark_ids = [marks[39].id]

    for _time in range(2):
        for shelf in shelves:
            assert shelf.marks == " ".join(shelf.mark_ids.mapped("name"))
        env.clear()
