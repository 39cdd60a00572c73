"""A garden for the tests of custom fields: plants in beds, some of them rare, labels that stand for a plant."""

from __future__ import annotations

from app.orm import Access, CurrentUser, Model, Rule, api, fields

ROLES = ("gardener", "head")


class Plant(Model):
    """A plant in the garden."""

    _name = "plant"
    _order = "id"
    access = Access(gardener="crudi", head="crudi")

    name = fields.Char(search=True)
    kind = fields.Selection([("tree", "Tree"), ("herb", "Herb")])
    bed_id = fields.Many2one("bed")


class Bed(Model):
    """Where plants grow."""

    _name = "bed"
    access = Access(gardener="crud", head="crud")
    rules = [Rule("gardener", [("keeper_id", "in", [None, CurrentUser])])]

    name = fields.Char(search=True)
    keeper_id = fields.Many2one("user")
    plant_ids = fields.One2many("plant", "bed_id")


class Sign(Model):
    """A sign with the words of its plant."""

    _name = "sign"
    _inherits = {"plant": "plant_id"}
    access = Access(gardener="crud", head="crud")

    plant_id = fields.Many2one("plant", required=True, ondelete="cascade")
    text = fields.Char(compute="_compute_text", store=True)

    @api.depends("plant_id.name")
    def _compute_text(self):
        for sign in self:
            sign.text = f"This is a {sign.plant_id.name}"


class Stone(Model):
    """Nobody adds fields to a stone."""

    _name = "stone"
    access = Access(gardener="crud")

    name = fields.Char()


MODELS = (Plant, Bed, Sign, Stone)
