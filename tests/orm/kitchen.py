"""The kitchen: models of the tests of computed fields (orm.md, section 5), shared by two files."""

from __future__ import annotations

from app.orm import (
    Access,
    Constraint,
    Model,
    ValidationError,
    _,
    api,
    fields,
)

ROLES = ("cook", "chef")
CALLS: list[str] = []
"""Which compute methods ran, for the tests that count them."""


class Grocer(Model):
    """Who sells ingredients."""

    _name = "grocer"
    access = Access(cook="r", chef="crud")

    name = fields.Char()
    discount = fields.Integer()


class Dish(Model):
    """A dish with ingredients; everything about it is computed."""

    _name = "dish"
    _order = "id"
    access = Access(cook="crud", chef="crud")
    _price_range = Constraint("CHECK (price < 1000)", _("No dish costs a thousand."))

    name = fields.Char()
    grocer_id = fields.Many2one("grocer")
    price = fields.Integer()
    margin = fields.Integer(default=10)
    part_ids = fields.One2many("dish.part", "dish_id")
    spice_ids = fields.Many2many("spice")
    total = fields.Integer(compute="_compute_total", store=True)
    grade = fields.Selection([("low", "Low"), ("high", "High")], compute="_compute_grade", store=True)
    title = fields.Char(compute="_compute_title", store=True)
    heat = fields.Integer(compute="_compute_heat", store=True)
    who = fields.Char(compute="_compute_who")
    context_free = fields.Char(compute="_compute_context_free", store=True)
    double = fields.Integer(compute="_compute_double", inverse="_set_double", search="_search_double")
    suggested = fields.Integer(compute="_compute_suggested", store=True, readonly=False)
    greeting = fields.Char(compute="_compute_greeting")
    broken = fields.Integer(compute="_compute_broken")
    wants_break = fields.Boolean()

    @api.depends("part_ids.cost", "part_ids.amount", "margin")
    def _compute_total(self):
        CALLS.append("total")
        for dish in self:
            dish.total = sum(part.cost * part.amount for part in dish.part_ids) + dish.margin

    @api.depends("total")
    def _compute_grade(self):
        for dish in self:
            dish.grade = "high" if dish.total > 100 else "low"

    @api.depends("name", "grocer_id.name", "grade")
    def _compute_title(self):
        for dish in self:
            dish.title = f"{dish.name} / {dish.grocer_id.name} / {dish.grade}"

    @api.depends("spice_ids.heat")
    def _compute_heat(self):
        for dish in self:
            dish.heat = max(dish.spice_ids.mapped("heat"), default=0)

    def _compute_who(self):
        for dish in self:
            dish.who = f"{dish.env.uid}:{dish.env.su}"

    @api.depends("name")
    def _compute_context_free(self):
        for dish in self:
            context = dish.env.context
            dish.context_free = f"{dish.env.su}:{context.get('active_test')}:{context.get('note')}"

    @api.depends("price")
    def _compute_double(self):
        CALLS.append("double")
        for dish in self:
            dish.double = dish.price * 2

    def _set_double(self):
        CALLS.append("set double")
        for dish in self:
            dish.price = dish.double // 2

    def _search_double(self, operator, value):
        if operator in {"in", "not in"}:
            return [("price", operator, [one // 2 for one in value])]
        return [("price", operator, value // 2)]

    @api.depends("price")
    def _compute_suggested(self):
        for dish in self:
            dish.suggested = dish.price + 1

    @api.depends_context("lang")
    def _compute_greeting(self):
        for dish in self:
            dish.greeting = {"ru": "Привет", "en": "Hello"}[dish.env.lang]

    @api.depends("wants_break")
    def _compute_broken(self):
        for dish in self:
            if not dish.wants_break:
                dish.broken = 1

    @api.constrains("price", "margin")
    def _check_price(self):
        for dish in self:
            if dish.price < 0:
                raise ValidationError(_("A price is not negative."), field="price")

    @api.constrains("total")
    def _check_total(self):
        for dish in self:
            if dish.total > 5000:
                raise ValidationError(_("That is too dear."), field="total")

    @api.onchange("grocer_id")
    def _onchange_grocer(self):
        self.margin = 10 - self.grocer_id.discount


class Part(Model):
    """An ingredient in a dish."""

    _name = "dish.part"
    _order = "id"
    access = Access(cook="crud", chef="crud")

    name = fields.Char()
    dish_id = fields.Many2one("dish", ondelete="cascade")
    cost = fields.Integer()
    amount = fields.Integer(default=1)
    share = fields.Float(compute="_compute_share", store=True)

    @api.depends("cost", "dish_id.part_ids.cost")
    def _compute_share(self):
        for part in self:
            whole = sum(part.dish_id.part_ids.mapped("cost"))
            part.share = part.cost / whole if whole else 0


class Spice(Model):
    """Makes a dish hot."""

    _name = "spice"
    access = Access(cook="r", chef="crud")

    name = fields.Char()
    heat = fields.Integer()


class Course(Model):
    """A tree of courses that refuses cycles."""

    _name = "course"
    _parent_store = True
    _order = "id"
    access = Access(cook="crud", chef="crud")

    name = fields.Char()
    parent_id = fields.Many2one("course")
    child_ids = fields.One2many("course", "parent_id")
    weight = fields.Integer()
    path = fields.Char(compute="_compute_path", store=True, recursive=True)
    sum_weight = fields.Integer(compute="_compute_sum_weight", store=True, recursive=True)

    @api.depends("name", "parent_id.path")
    def _compute_path(self):
        for course in self:
            course.path = f"{course.parent_id.path or ''}/{course.name}"

    @api.depends("weight", "child_ids.sum_weight")
    def _compute_sum_weight(self):
        for course in self:
            course.sum_weight = course.weight + sum(course.child_ids.mapped("sum_weight"))


class Coin(Model):
    """Has a name of its own making."""

    _name = "coin"
    access = Access(cook="r")

    value = fields.Integer()
    unit = fields.Char()
    display_name = fields.Char(compute="_compute_display_name", search="_search_display_name")

    @api.depends("value", "unit")
    def _compute_display_name(self):
        for coin in self:
            coin.display_name = f"{coin.value} {coin.unit}"

    def _search_display_name(self, operator, value):
        return [("unit", operator, value)]


MODELS = (Grocer, Dish, Part, Spice, Course, Coin)
