"""Crates, keepers and stamps: the models of the tests of fields (orm.md, section 2), shared by two files."""

from __future__ import annotations

from app.orm import Access, Model, fields

ROLES = ("keeper",)


class Keeper(Model):
    """Somebody who looks after crates."""

    _name = "keeper"
    access = Access(keeper="r")

    name = fields.Char(required=True)
    town = fields.Char()


class Crate(Model):
    """A crate with one field of nearly every type."""

    _name = "crate"
    access = Access(keeper="crud")

    name = fields.Char(size=10, search=True)
    raw = fields.Char(trim=False)
    note = fields.Text()
    story = fields.Html()
    count = fields.Integer()
    weight = fields.Float()
    ratio = fields.Float(digits=(10, 2))
    price = fields.Decimal(digits=(12, 3))
    currency = fields.Char(default="RUB")
    amount = fields.Monetary(currency_field="currency")
    full = fields.Boolean()
    packed = fields.Date()
    sent = fields.Datetime()
    state = fields.Selection([("new", "New"), ("old", "Old")])
    size = fields.Selection("_sizes")
    facts = fields.Json()
    email = fields.Email()
    phone = fields.Phone()
    url = fields.Url()
    owner_ref = fields.Reference(selection=[("keeper", "Keeper"), ("crate", "Crate")])
    keeper_id = fields.Many2one("keeper")
    parent_id = fields.Many2one("crate")
    child_ids = fields.One2many("crate", "parent_id")
    keeper_ids = fields.Many2many("keeper")
    maybe_count = fields.Integer(nullable=True)
    maybe_weight = fields.Float(nullable=True)
    maybe_full = fields.Boolean(nullable=True)
    maybe_price = fields.Decimal(digits=(12, 3), nullable=True)
    title = fields.Char(translate=True)

    def _sizes(self):
        return [("s", "Small"), ("l", "Large")]


class Stamp(Model):
    """A crate's stamp: attributes of fields."""

    _name = "stamp"
    access = Access(keeper="crud")

    code = fields.Char(unique=True)
    nick = fields.Char(check_unique_ci=True)
    label = fields.Char(required=True, default="stamp")
    made_on = fields.Date(default=lambda self: self.env.now.date())
    colour = fields.Char(default="_default_colour")
    frozen = fields.Char(readonly=True)
    keeper_id = fields.Many2one("keeper", required=True)
    keeper_name = fields.Char(related="keeper_id.name")
    keeper_town = fields.Char(related="keeper_id.town", store=True)
    crate_id = fields.Many2one("crate")
    box_id = fields.Many2one("crate", ondelete="cascade")

    def _default_colour(self):
        return "blue"


MODELS = (Keeper, Crate, Stamp)
