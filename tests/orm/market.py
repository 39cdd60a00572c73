"""The market: models of the tests of reading (orm.md, section 7), shared by two files."""

from __future__ import annotations

from app.orm import Access, Model, api, fields

ROLES = ("seller",)


class Shop(Model):
    """Where fruit is sold."""

    _name = "shop"
    _order = "rank desc, name"
    access = Access(seller="r")

    name = fields.Char(search=True)
    rank = fields.Integer()
    town = fields.Char()
    secret = fields.Char(roles="owner")


class Tag(Model):
    """What is said about fruit."""

    _name = "tag"
    _order = "name"
    access = Access(seller="r")

    name = fields.Char()


class Stage(Model):
    """Where a fruit is in its life."""

    _name = "stage"
    _order = "position"
    access = Access(seller="r")

    name = fields.Char()
    position = fields.Integer()


class Fruit(Model):
    """A fruit with everything to order and group by."""

    _name = "fruit"
    access = Access(seller="r")

    name = fields.Char(search=True)
    phone = fields.Phone(search=True)
    amount = fields.Integer()
    weight = fields.Float()
    price = fields.Decimal(digits=(12, 2))
    currency = fields.Char(default="RUB")
    cost = fields.Monetary(currency_field="currency")
    ripe = fields.Boolean()
    grown = fields.Date()
    sold = fields.Datetime()
    quantity = fields.Integer(nullable=True)
    kind = fields.Selection([("sweet", "Sweet"), ("sour", "Sour")])
    shop_id = fields.Many2one("shop")
    stage_id = fields.Many2one("stage", group_expand=True)
    tag_ids = fields.Many2many("tag")
    parent_id = fields.Many2one("fruit")
    seed_ids = fields.One2many("seed", "fruit_id")
    length = fields.Integer(compute="_compute_length")
    active = fields.Boolean(default=True)

    @api.depends("name")
    def _compute_length(self):
        for fruit in self:
            fruit.length = len(fruit.name or "")


class Seed(Model):
    """Part of a fruit."""

    _name = "seed"
    _order = "id"
    access = Access(seller="r")

    name = fields.Char()
    weight = fields.Integer()
    fruit_id = fields.Many2one("fruit")


MODELS = (Shop, Tag, Stage, Fruit, Seed)
