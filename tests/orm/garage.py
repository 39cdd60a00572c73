"""The garage: models of the tests of writing (orm.md, section 4), shared by two files."""

from __future__ import annotations

from app.orm import Access, Model, Rule, UserError, _, api, fields

ROLES = ("mechanic",)


class Owner(Model):
    """Who owns cars."""

    _name = "owner"
    access = Access(mechanic="ru")
    rules = [Rule("mechanic", [("secret", "=", False)])]

    name = fields.Char(required=True)
    city = fields.Char(default="Omsk")
    secret = fields.Boolean()
    car_ids = fields.One2many("car", "owner_id")


class Badge(Model):
    """A badge on cars."""

    _name = "badge"
    access = Access(mechanic="crud")

    name = fields.Char()
    car_ids = fields.Many2many("car")


class Car(Model):
    """A car in the garage."""

    _name = "car"
    _order = "id"
    access = Access(mechanic="crud")

    name = fields.Char(required=True)
    plate = fields.Char(unique=True)
    seats = fields.Integer()
    serial = fields.Char(copy=False)
    owner_id = fields.Many2one("owner")
    wheel_ids = fields.One2many("wheel", "car_id")
    bolt_ids = fields.One2many("bolt", "car_id", copy=True)
    repair_ids = fields.One2many("repair", "car_id")
    badge_ids = fields.Many2many("badge")
    seat_price = fields.Integer(compute="_compute_seat_price", store=True)
    rating = fields.Integer(compute="_compute_rating", store=True, readonly=False)

    @api.depends("seats")
    def _compute_seat_price(self):
        for car in self:
            car.seat_price = car.seats * 100

    @api.depends("seats")
    def _compute_rating(self):
        for car in self:
            car.rating = car.seats

    @api.ondelete
    def _keep_the_precious(self):
        if any(car.name == "precious" for car in self):
            raise UserError(_("A precious car is kept."))


class Wheel(Model):
    """Stays when its car goes."""

    _name = "wheel"
    _order = "id"
    access = Access(mechanic="crud")

    name = fields.Char()
    car_id = fields.Many2one("car")


class Bolt(Model):
    """Goes with its car."""

    _name = "bolt"
    _order = "id"
    access = Access(mechanic="crud")

    name = fields.Char()
    car_id = fields.Many2one("car", required=True, ondelete="cascade")


class Repair(Model):
    """Keeps its car from being deleted."""

    _name = "repair"
    access = Access(mechanic="crud")

    name = fields.Char()
    car_id = fields.Many2one("car", ondelete="restrict")


class Taxi(Model):
    """A car with a meter."""

    _name = "taxi"
    _inherits = {"car": "car_id"}
    access = Access(mechanic="crud")

    car_id = fields.Many2one("car", required=True, ondelete="restrict")
    meter = fields.Integer()


class Driver(Model):
    """An owner who drives: two parents."""

    _name = "driver"
    _inherits = {"owner": "owner_id", "badge": "badge_id"}
    access = Access(mechanic="crud")

    owner_id = fields.Many2one("owner", required=True)
    badge_id = fields.Many2one("badge", required=True)
    licence = fields.Char()
    name = fields.Char(related="owner_id.name")


MODELS = (Owner, Badge, Car, Wheel, Bolt, Repair, Taxi, Driver)
