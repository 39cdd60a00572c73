"""Animals in a family tree: the models of the tests of domains (orm.md, section 6), shared by two files."""

from __future__ import annotations

from app.orm import Access, Model, fields

ROLES = ("ranger",)


class Animal(Model):
    """An animal in a family tree; every domain of the section is tried on it."""

    _name = "animal"
    _order = "id"
    _parent_store = True
    access = Access(ranger="crud")

    name = fields.Char()
    q = fields.Integer(nullable=True)
    weight = fields.Float()
    wild = fields.Boolean()
    born = fields.Date()
    seen = fields.Datetime()
    kind = fields.Selection([("cat", "Cat"), ("dog", "Dog")])
    facts = fields.Json()
    active = fields.Boolean(default=True)
    parent_id = fields.Many2one("animal")
    child_ids = fields.One2many("animal", "parent_id")
    place_id = fields.Many2one("place")
    place_name = fields.Char(related="place_id.name")
    toy_ids = fields.Many2many("toy")


class Place(Model):
    """Where animals live."""

    _name = "place"
    access = Access(ranger="crud")

    name = fields.Char()
    active = fields.Boolean(default=True)
    where = fields.GeoPoint()
    animal_ids = fields.One2many("animal", "place_id")


class Toy(Model):
    """What animals play with."""

    _name = "toy"
    access = Access(ranger="crud")

    name = fields.Char()
    animal_ids = fields.Many2many("animal")


MODELS = (Animal, Place, Toy)
