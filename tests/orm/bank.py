"""The bank: models of the tests of transactions (orm.md, section 9), shared by two files."""

from __future__ import annotations

from app.orm import Access, Model, api, fields

ROLES = ("teller",)


class Account(Model):
    """An account with a balance."""

    _name = "account"
    access = Access(teller="crud")

    name = fields.Char(required=True, unique=True)
    balance = fields.Integer()
    note = fields.Char()
    title = fields.Char(default="none")
    double = fields.Integer(compute="_compute_double", store=True)
    entry_ids = fields.One2many("entry", "account_id")
    active = fields.Boolean(default=True)

    @api.depends("balance")
    def _compute_double(self):
        for account in self:
            account.double = account.balance * 2


class Entry(Model):
    """A line of an account."""

    _name = "entry"
    access = Access(teller="crud")

    name = fields.Char()
    title = fields.Char()
    account_id = fields.Many2one("account", ondelete="cascade")


class Knot(Model):
    """A tree that refuses cycles."""

    _name = "knot"
    _parent_store = True
    access = Access(teller="crud")

    name = fields.Char()
    parent_id = fields.Many2one("knot")


MODELS = (Account, Entry, Knot)
