"""The library: models of the tests of recordsets (orm.md, section 3), shared by two files."""

from __future__ import annotations

from app.orm import Access, CurrentUser, Model, Rule, fields

ROLES = ("reader",)


class Shelf(Model):
    """Where books stand."""

    _name = "shelf"
    _order = "name"
    access = Access(reader="r")

    name = fields.Char()
    parent_id = fields.Many2one("shelf")
    child_ids = fields.One2many("shelf", "parent_id")
    book_ids = fields.One2many("book", "shelf_id")


class Topic(Model):
    """What books are about."""

    _name = "topic"
    access = Access(reader="r")

    name = fields.Char()
    book_ids = fields.Many2many("book")


class Book(Model):
    """Something to read."""

    _name = "book"
    _order = "name, id"
    access = Access(reader="rud")
    rules = [Rule("reader", [("owner_id", "=", CurrentUser)])]

    name = fields.Char()
    pages = fields.Integer()
    price = fields.Float()
    lent = fields.Boolean()
    note = fields.Text()
    bought = fields.Date()
    facts = fields.Json()
    owner_id = fields.Many2one("user")
    shelf_id = fields.Many2one("shelf")
    topic_ids = fields.Many2many("topic")


MODELS = (Shelf, Topic, Book)
