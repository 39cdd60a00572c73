"""The types of fields: `fields.Char`, `fields.Many2one` …, as declarations name them."""

from app.orm.fields.base import Field
from app.orm.fields.geo import GeoPoint, GeoPolygon
from app.orm.fields.money import Monetary
from app.orm.fields.relational import Many2many, Many2one, One2many, Reference
from app.orm.fields.scalar import Boolean, Decimal, Float, Integer, Json, Selection
from app.orm.fields.temporal import Date, Datetime
from app.orm.fields.text import Char, Email, Html, Phone, Text, Url

__all__ = [
    "Boolean",
    "Char",
    "Date",
    "Datetime",
    "Decimal",
    "Email",
    "Field",
    "Float",
    "GeoPoint",
    "GeoPolygon",
    "Html",
    "Integer",
    "Json",
    "Many2many",
    "Many2one",
    "Monetary",
    "One2many",
    "Phone",
    "Reference",
    "Selection",
    "Text",
    "Url",
]
