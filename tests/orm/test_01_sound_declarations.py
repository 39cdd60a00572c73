"""orm.md, section 1: declarations that look wrong and are not."""

from __future__ import annotations

from app.orm import AbstractModel, Command, CurrentUser, Model, Rule, api, fields
from app.orm.testing import scratch_env


def test_a_cycle_with_recursive_is_sound():
    """Compute cycle without `recursive=True`: with it, it is sound."""

    class Folder(Model):
        _name = "folder"
        name = fields.Char()
        parent_id = fields.Many2one("folder")
        path = fields.Char(compute="_compute_path", store=True, recursive=True)

        @api.depends("name", "parent_id.path")
        def _compute_path(self):
            for folder in self:
                folder.path = "/".join(filter(None, (folder.parent_id.path, folder.name)))

    with scratch_env(Folder) as env:
        top = env["folder"].create({"name": "a"})
        leaf = env["folder"].create({"name": "b", "parent_id": env["folder"].create({"name": "m", "parent_id": top.id})})
        assert leaf.path == "a/m/b"
        top.name = "x"
        assert leaf.path == "x/m/b"


def test_an_abstract_model_with_unknown_names_alone_is_sound():
    """An abstract one may name fields that its heirs bring."""

    class Sized(AbstractModel):
        _name = "sized"
        _order = "height"
        area = fields.Float(compute="_compute_area")

        @api.depends("height", "width")
        def _compute_area(self):
            for record in self:
                record.area = record.height * record.width

        @api.constrains("height")
        def _check_height(self):
            pass

    with scratch_env(Sized) as env:
        assert env["sized"]._abstract


def test_models_may_come_in_any_order():
    """Models name each other by string: the order of the classes does not matter for relations."""

    class Page(Model):
        _name = "page"
        book_id = fields.Many2one("book")

    class Book(Model):
        _name = "book"
        page_ids = fields.One2many("page", "book_id")

    with scratch_env(Page, Book) as env:
        assert env["book"].create({"page_ids": [Command.create({})]}).page_ids


def test_what_only_looks_unusual_is_sound():
    """Wrong declarations stop the build: these are none."""

    class Author(Model):
        _name = "author"
        name = fields.Char()

    class Shelf(Model):
        _name = "shelf"
        name = fields.Char()

    class Book(Model):
        _name = "book"
        _order = "PRICE DESC NULLS LAST, name Asc".replace("PRICE", "price")
        name = fields.Char(required=1, default=lambda self: self.env.lang)
        state = fields.Selection({"open": "Open", "shut": "Shut"}.items(), default="open")
        price = fields.Float(digits=[10, 2], default="1.5")
        data = fields.Json(default=dict)
        label = fields.Html(related="name")
        author_ids = fields.Many2many("author", relation="book_rel")
        manager_id = fields.Many2one("user", default=CurrentUser)
        rules = (Rule(None, [("price", ">", "1.5"), ("state", "in", ["open", None]), ("create_uid", "=", CurrentUser)]),)

        def create(self, vals_list):
            return super().create(vals_list)

        def write(self, vals):
            return super().write(vals)

        def search(self, domain, *args, **more):
            return super().search(domain, *args, **more)

    class Extension(Model):
        _inherit = ["book"]
        _names = ("a", "b")
        state = fields.Selection(selection_add=[("lost", "Lost")], default="lost")

    with scratch_env(Author, Shelf, Book, Extension) as env:
        book = env["book"].create({})
        assert (book.price, book.state, book.name) == (1.5, "lost", "en")
        book.write({"name": "x"})
        assert env["book"].search([]).label == "x"
