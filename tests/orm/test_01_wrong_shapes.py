"""orm.md, section 1: what is written by habit or on a Friday afternoon stops the build, with the line and what to write instead.

Each kind is one declaration, added to a sound file of two models.
"""

from __future__ import annotations

import importlib.util
import itertools
import re

import pytest

from app.orm.errors import DeclarationError
from app.orm.model import declarations
from app.orm.registry import Registry
from app.orm.testing import base_declarations

SOUND = '''
from app.orm import AbstractModel, Access, Constraint, Index, Model, Rule, api, fields


class Author(Model):
    """Somebody who writes."""

    _name = "author"
    name = fields.Char()
    kind = fields.Selection([("poet", "Poet"), ("critic", "Critic")])
    age = fields.Integer()


class Sized(AbstractModel):
    """What has a size."""

    _name = "sized"
    height = fields.Integer()


class Book(Model):
    """What is read."""

    _name = "book"
    name = fields.Char()
    price = fields.Float()
    author_id = fields.Many2one("author")
    author_ids = fields.Many2many("author", relation="book_author_rel", column1="book_id", column2="author_id")
'''
ATTRIBUTES = {
    "a size as a text": ('code = fields.Char(size="20")', "book.code", "size takes", "whole number"),
    "a size of nothing": ("code = fields.Char(size=0)", "book.code", "size takes"),
    "a label in the place of the size": ('code = fields.Char("Code", True)', "book.code", "size takes"),
    "too many arguments": ("weight = fields.Integer('Weight', 5)", "fields.Integer", "string without their names"),
    "digits as one number": ("weight = fields.Float(digits=2)", "book.weight", "digits takes"),
    "digits by the name of a precision": ('weight = fields.Float(digits="Stock Weight")', "book.weight", "digits takes"),
    "digits the wrong way round": ("weight = fields.Float(digits=(2, 10))", "book.weight", "digits takes"),
    "a flag as a text": ('code = fields.Char(required="yes")', "book.code", "required takes True or False"),
    "an index of an unknown kind": ('code = fields.Char(index="btree")', "book.code", '"trigram"'),
    "an index over letters of a number": ('weight = fields.Integer(index="trigram")', "book.weight", "index=True"),
    "an unknown aggregate": ('weight = fields.Integer(aggregator="summ")', "book.weight", "sum"),
    "a path as a list": ('born = fields.Char(related=["author_id", "name"])', "book.born", "author_id", "a path like"),
    "choices without labels": ('state = fields.Selection(["open", "shut"])', "book.state", "pairs like"),
    "choices as a dict": ('state = fields.Selection({"open": "Open"})', "book.state", "pairs like"),
    "a context as a list": ('author2_id = fields.Many2one("author", context=[1])', "book.author2_id", "a dict like"),
    "a domain as a text": ('author2_id = fields.Many2one("author", domain="[(1, 2)]")', "book.author2_id", "not a text"),
    "roles as a number": ("code = fields.Char(roles=5)", "book.code", "names of roles"),
    "a class in the place of a model": ("author2_id = fields.Many2one(Author)", "book.author2_id", "a name, as a text"),
    "a link to nowhere": ("author2_id = fields.Many2one()", "book.author2_id", 'fields.Many2one("user")'),
    "lines without their model": ("line_ids = fields.One2many()", "book.line_ids", "fields.One2many("),
    "a generic link to no model": ('about = fields.Reference(["autor"])', "book.about", "autor", "author"),
    "a field without parentheses": ("code = fields.Char", "book", "code", "fields.Char()"),
}
NAMES = {
    "a field with a capital letter": ("Isbn = fields.Char()", "book.Isbn", "small Latin letters"),
    "a field in Cyrillic letters": ("имя = fields.Char()", "book.имя", "small Latin letters"),
    "a field with a name that is too long": (f"{'long_' * 13} = fields.Char()", "book.long_", "65 characters", "63"),
    "a field that every table has": ("xmin = fields.Integer()", "book.xmin", "choose another name"),
    "a field that the platform keeps": ("revision = fields.Char()", "book.revision", "choose another name"),
    "a field with the name of a method": ("write = fields.Char()", "book.write", "choose another name"),
    "a flag of archiving that is none": ("active = fields.Char()", "book.active", "Boolean"),
    "two fields in one column": ('code = fields.Char(column="name")', "book.code", '"name"'),
    "a column in capitals": ('code = fields.Char(column="CODE")', "book.code", "small letters"),
    "a misspelt attribute of the class": ('_oder = "name"', "book", "_oder", "_order"),
    "a list of SQL constraints": ('_sql_constraints = [("a", "unique(name)", "b")]', "book", "_sql_constraints", "Constraint("),
    "columns of old": ("_columns = {}", "book", "_columns", "attributes of the class"),
    "defaults of old": ('_defaults = {"name": 1}', "book", "_defaults", "default="),
    "a class Meta": ("class Meta:\n        ordering = ['name']", "book", "Meta", "_order"),
    "an order as a list": ('_order = ["name"]', "book", "_order", "str"),
    "an order in an unknown direction": ('_order = "name dsc"', "book", "dsc", "desc"),
    "a label of many records": ('_rec_name = "author_ids"', "book", "author_ids"),
    "parents as a list": ('_inherits = ["author"]', "book", "_inherits", '{"user": "user_id"}'),
    "access as a dict": ('access = {"clerk": "r"}', "book", "Access(clerk="),
    "access that is not letters": ("access = Access(clerk=True)", "book", "clerk", "crud"),
    "a rule outside of a list": ('rules = Rule("clerk", [])', "book", "[Rule("),
    "a rule as a tuple": ('rules = [("clerk", [])]', "book", "[Rule("),
}
VALUES = {
    "a default that is no number": ('weight = fields.Integer(default="heavy")', "book.weight", "whole number"),
    "a default that is no day": ('born = fields.Date(default="tomorrow")', "book.born", "2026-05-31"),
    "a default that is neither true nor false": ('sold = fields.Boolean(default="maybe")', "book.sold", "true or false"),
    "a default that is too long": ('code = fields.Char(size=2, default="abc")', "book.code", "2"),
    "a default record by its name": ('author2_id = fields.Many2one("author", default="x")', "book.author2_id", "a method"),
    "a default without a record": ("code = fields.Char(default=lambda: 'x')", "book.code", "(self)"),
    "computed and related": ('a = fields.Char(compute="_c", related="author_id.name")', "book.a", "one of them"),
    "unique without a column": ('a = fields.Char(related="author_id.name", unique=True)', "book.a", "store=True"),
    "an inverse of nothing": ('a = fields.Char(inverse="_c")\n    def _c(self): ...', "book.a", "no compute"),
    "a path to another type": ('a = fields.Integer(related="author_id.name")', "book.a", "Integer", "Char"),
    "a path to another model": ('a = fields.Many2one("book", related="author_id.create_uid")', "book.a", "of user"),
    "money in a number": ('cost = fields.Monetary(currency_field="price")', "book.cost", "price", "Selection"),
    "a rule with an unknown choice": ('rules = [Rule(None, [("author_id.kind", "=", "poit")])]', "book", "poit", "poet"),
    "a rule that compares a number with a word": ('rules = [Rule(None, [("price", ">", "dear")])]', "book", "dear"),
    "a rule over a tree that is none": ('rules = [Rule(None, [("author_id", "child_of", 1)])]', "book", "parent_id"),
    "a rule over what cannot be searched": (
        'a = fields.Char(compute="_c")\n    def _c(self): ...\n    rules = [Rule(None, [("a", "=", "x")])]', "book", "search method",
    ),
    "a domain with an unknown choice": (
        'p_id = fields.Many2one("author", domain=[("kind", "in", ["critik"])])', "book.p_id", "critik", "critic",
    ),
    "an order of links by no field": ('p_ids = fields.Many2many("author", order="nmae")', "book.p_ids", "nmae", "name"),
    "two links in one table": (
        'p_ids = fields.Many2many("author", relation="book_author_rel", column1="book_id", column2="author_id")',
        "book.p_ids", "author_ids", "same columns",
    ),
    "a table of links with one column": (
        'p_ids = fields.Many2many("author", relation="r", column1="x_id", column2="x_id")', "book.p_ids", "two columns",
    ),
    "an index as a list": ('_by_name = Index(["name"])', "book", "by_name", '"(name)"'),
}  # fmt: skip
METHODS = {
    "a compute with an argument": ('a = fields.Char(compute="_c")\n    def _c(self, values): ...', "book.a", "(self, values)"),
    "a compute of nobody": ('a = fields.Char(compute="_c")\n    @staticmethod\n    def _c(): ...', "book.a", "staticmethod"),
    "an inverse with a value": (
        'a = fields.Char(compute="_c", inverse="_i")\n    def _c(self): ...\n    def _i(self, value): ...', "book.a", "(self, value)",
    ),
    "a search method without a value": (
        'a = fields.Char(compute="_c", search="_s")\n    def _c(self): ...\n    def _s(self, value): ...',
        "book.a", "(self, operator, value)",
    ),
    "a constraint with an argument": ('@api.constrains("name")\n    def _c(self, x): ...', "book", "_c", "(self, x)"),
    "a constraint of a linked field": ('@api.constrains("author_id.name")\n    def _c(self): ...', "book", "author_id.name"),
    "a constraint of nothing": ("@api.constrains()\n    def _c(self): ...", "lacks the names"),
    "a constraint without parentheses": ("@api.constrains\n    def _c(self): ...", "Book._c", "lacks the names"),
    "depends without parentheses": ("@api.depends\n    def _c(self): ...", "Book._c", "lacks the names"),
    "depends on a list": ('@api.depends(["name"])\n    def _c(self): ...', "one by one"),
    "an onchange with an argument": ('@api.onchange("name")\n    def _c(self, name): ...', "book", "(self, name)"),
    "a check of deleting with options": ("@api.ondelete(at_uninstall=False)\n    def _c(self): ...", "without parentheses"),
    "a create without values": ("def create(self): ...", "book", "create", "(self, values)"),
    "a write with more": ("def write(self, values, more): ...", "book", "write", "(self, values)"),
    "an unlink with more": ("def unlink(self, ids): ...", "book", "unlink", "(self)"),
}  # fmt: skip
CIRCLE = """
class A(Model):
    _inherits = {"b": "b_id"}
    b_id = fields.Many2one("b", required=True)


class B(Model):
    _inherits = {"a": "a_id"}
    a_id = fields.Many2one("a", required=True)
"""
MODELS = {
    "a model with a capital letter": ('class Page(Model):\n    _name = "Page"', "Page", "small letters"),
    "a model with a space": ('class Page(Model):\n    _name = "my page"', "my page", "small letters"),
    "a model with a name that is too long": (f'class Page(Model):\n    _name = "{"page." * 13}x"', "66 characters"),
    "a table in capitals": ('class Page(Model):\n    _name = "page"\n    _table = "Page-Table"', "Page-Table", "small letters"),
    "an extension of another kind": ('class Page(Model):\n    _inherit = "sized"', "sized", "AbstractModel", "_name"),
    "parents in a circle": (CIRCLE, "_inherits", "circle"),
}
IN_THE_CLASS = ATTRIBUTES | NAMES | VALUES | METHODS
KINDS = IN_THE_CLASS | MODELS
numbers = itertools.count(1)


@pytest.fixture
def build(tmp_path):
    """`build(text)`: the registry of the two models and this text, in a file `books.py`."""

    def build(text):
        path = tmp_path / "books.py"
        path.write_text(text, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(f"books_{next(numbers)}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return Registry.build([*base_declarations(), *declarations([module])])

    return build


def test_the_file_is_sound_without_them(build):
    assert "book" in build(SOUND)


@pytest.mark.parametrize("kind", KINDS)
def test_it_stops_the_build_and_says_what_to_write(build, kind):
    """The text names model, field, file:line and a near name."""
    code, *words = KINDS[kind]
    added = f"    {code}\n" if kind in IN_THE_CLASS else f"\n\n{code}\n"

    with pytest.raises(DeclarationError) as raised:
        build(SOUND + added)

    text = str(raised.value)
    for word in words:
        assert word in text
    first, line = SOUND[: SOUND.index("class Book")].count("\n") + 1, int(re.search(r"books\.py:(\d+)", text)[1])
    assert first <= line <= (SOUND + added).count("\n"), text


def test_there_are_more_than_forty_kinds():
    assert len(KINDS) > 40
