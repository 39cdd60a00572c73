"""The agency: models of the tests of rights (orm.md, section 8), shared by two files."""

from __future__ import annotations

from app.orm import Access, CurrentUser, Model, Rule, fields

ROLES = ("agent", "boss", "guest", "clerk")


class Case(Model):
    """A case that belongs to an agent; the secret ones are seen by nobody."""

    _name = "spy.case"
    _order = "name"
    access = Access(agent="crud", boss="crudx", clerk="r")
    rules = [
        Rule(None, [("secret", "=", False)]),
        Rule("agent", [("owner_id", "=", CurrentUser)], "cru"),
        Rule("agent", [("owner_id", "=", CurrentUser), ("locked", "=", False)], "u"),
        Rule("boss", [("grade", "<", 5)]),
    ]

    name = fields.Char(search=True)
    owner_id = fields.Many2one("user")
    secret = fields.Boolean()
    locked = fields.Boolean()
    grade = fields.Integer()
    budget = fields.Integer(roles="boss")
    memo = fields.Char(read="boss agent", write="boss")
    note_ids = fields.One2many("spy.note", "case_id")
    parent_id = fields.Many2one("spy.case")
    child_ids = fields.One2many("spy.case", "parent_id")
    label_ids = fields.Many2many("spy.label")


class Note(Model):
    """A note on a case, free to all agents."""

    _name = "spy.note"
    _order = "name, id"
    access = Access(agent="crud", boss="crud", clerk="crud")

    name = fields.Char()
    case_id = fields.Many2one("spy.case")
    case_name = fields.Char(related="case_id.name")
    case_name_sudo = fields.Char(related="case_id.name", related_sudo=True)
    other_ids = fields.Many2many("spy.case")


class Label(Model):
    """A label seen only when public."""

    _name = "spy.label"
    access = Access(agent="r", boss="crud")
    rules = [Rule("agent", [("public", "=", True)])]

    name = fields.Char()
    public = fields.Boolean()
    case_ids = fields.Many2many("spy.case")


class Leaf(Model):
    """Seen through its parent's owner: the rule's own path runs into a model with rules."""

    _name = "spy.leaf"
    access = Access(agent="crud")
    rules = [Rule("agent", [("case_id.parent_id.owner_id", "=", CurrentUser)], "r")]

    name = fields.Char()
    case_id = fields.Many2one("spy.case")


class Nothing(Model):
    """Has an entry for another role only."""

    _name = "spy.nothing"
    access = Access(boss="r")

    name = fields.Char()


class Dossier(Model):
    """A case with a shelf mark: everything else is the case's."""

    _name = "spy.dossier"
    _inherits = {"spy.case": "case_id"}
    access = Access(agent="crud", boss="crud")

    case_id = fields.Many2one("spy.case", required=True, ondelete="cascade")
    mark = fields.Char()
    case_budget = fields.Integer(related="case_id.budget")


MODELS = (Case, Note, Label, Leaf, Nothing, Dossier)
