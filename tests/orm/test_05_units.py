"""Section 5 across units: a stored value follows lines that somebody else makes."""

from __future__ import annotations

from app.orm import Access, Model, api, fields
from app.orm.testing import scratch_env


class Writer(Model):
    """Somebody who writes."""

    _name = "writer"

    name = fields.Char(search=True)
    novel_ids = fields.One2many("novel", "writer_id")
    novel_count = fields.Integer(compute="_compute_novel_count", store=True)
    access = Access(clerk="crud")

    @api.depends("novel_ids")
    def _compute_novel_count(self):
        for writer in self:
            writer.novel_count = len(writer.novel_ids)


class Novel(Model):
    """Something written."""

    _name = "novel"

    name = fields.Char()
    writer_id = fields.Many2one("writer", required=True)
    access = Access(clerk="crud")


class Prize(Model):
    """What depends on a stored value of another model's record."""

    _name = "prize"

    writer_id = fields.Many2one("writer")
    weight = fields.Integer(compute="_compute_weight", store=True)
    access = Access(clerk="crud")

    @api.depends("writer_id.novel_count")
    def _compute_weight(self):
        for prize in self:
            prize.weight = prize.writer_id.novel_count * 10


def test_a_users_new_line_is_counted_by_its_owner_and_by_what_hangs_on_that():
    """Changing a line updates every stored dependent, whoever makes it and in whichever unit."""
    with scratch_env(Writer, Novel, Prize, roles=["clerk"]) as env:
        uid = env.run(lambda unit: unit.new_user("ann", roles=["clerk"]).id)
        writer = env.run(lambda unit: unit["writer"].create({"name": "T"}).id)
        prize = env.run(lambda unit: unit["prize"].create({"writer_id": writer}).id)
        ann = env.database.env(uid)

        for count in (1, 2):
            ann.run(lambda unit: unit["novel"].create({"name": "W", "writer_id": writer}).id)
            assert ann.run(lambda unit: unit["writer"].browse(writer).novel_count) == count
            assert ann.run(lambda unit: unit["prize"].browse(prize).weight) == count * 10
