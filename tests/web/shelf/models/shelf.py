"""A shelf of books: models for the tests of the bridge, loaded as an add-on."""

from __future__ import annotations

from app.orm import Access, Constraint, CurrentUser, Model, Rule, UserError, api, fields
from app.orm.i18n import _


class Tag(Model):
    """A word on a book."""

    _name = "shelf.tag"

    name = fields.Char(required=True, search=True)

    access = Access(clerk="crud", sales="r")


class Author(Model):
    """Somebody who writes."""

    _name = "shelf.author"

    name = fields.Char(required=True, search=True)
    secret = fields.Char(roles="manager")

    access = Access(clerk="crud", sales="cru", manager="crud")
    rules = [Rule("sales", [("create_uid", "=", CurrentUser)])]


class Book(Model):
    """A book."""

    _name = "shelf.book"
    _order = "name, id"

    name = fields.Char(required=True, search=True, string=_("Title"))
    isbn = fields.Char(string="ISBN", unique=True, size=13)
    pages = fields.Integer(nullable=True)
    price = fields.Decimal(digits=(12, 2))
    published = fields.Date()
    read_at = fields.Datetime()
    kept = fields.Boolean()
    binding = fields.Selection([("hard", _("Hard")), ("soft", _("Soft"))])
    lent_times = fields.Integer(readonly=True)
    note = fields.Char(roles="manager")
    author_id = fields.Many2one("shelf.author")
    tag_ids = fields.Many2many("shelf.tag")
    leaf_ids = fields.One2many("shelf.leaf", "book_id")

    access = Access(clerk="crud", sales="cru", manager="crudx")
    rules = [Rule("sales", [("create_uid", "=", CurrentUser)])]

    _pages_positive = Constraint("CHECK (pages > 0)", _("A book has at least one page."))

    @api.action
    def lend(self, times: int = 1) -> int:
        """Count the book as lent."""
        if times < 1:
            raise UserError(_("Lend it at least once."))
        self.lent_times += times
        return self.lent_times

    def burn(self) -> None:
        """Not an action."""
        self.unlink()


class Leaf(Model):
    """A page of a book."""

    _name = "shelf.leaf"
    _rec_name = "text"

    text = fields.Char(required=True)
    book_id = fields.Many2one("shelf.book", required=True, ondelete="cascade", index=True)

    access = Access(clerk="crud", sales="crud", manager="r")
