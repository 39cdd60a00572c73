"""Domains over the searched text of a model, here and at the end of links: by SQL and in Python alike."""

from __future__ import annotations

import pytest

from app.orm import Access, Model, Rule, fields

ROLES = ["porter"]


class Mark(Model):
    """What hangs on a parcel; some are hidden from porters."""

    _name = "depot.mark"
    _description = "Mark"

    name = fields.Char(required=True, translate=True, search=True)
    secret = fields.Boolean()
    access = Access(porter="r")
    rules = [Rule("porter", [("secret", "=", False)])]


class Parcel(Model):
    """Searched by name, telephone and place."""

    _name = "depot.parcel"
    _description = "Parcel"
    _order = "place desc nulls last, name"

    name = fields.Char(required=True, search=True)
    place = fields.Char(search=True)
    phone = fields.Phone(search=True)
    weight = fields.Integer()
    parent_id = fields.Many2one("depot.parcel")
    mark_ids = fields.Many2many("depot.mark")
    access = Access(porter="r")


class Plain(Model):
    """Has no searched field."""

    _name = "depot.plain"
    _description = "Plain"

    name = fields.Char()


MODELS = [Mark, Parcel, Plain]


@pytest.fixture
def parcels(env):
    marks = env["depot.mark"].create([{"name": "Хрупкое"}, {"name": "Щёлочь", "secret": True}])
    first = env["depot.parcel"].create({"name": "Ёлочные игрушки", "place": "Тверь", "mark_ids": marks[:1]})
    return first + env["depot.parcel"].create(
        [
            {"name": "Книги", "phone": "+7 912 345-67-89", "parent_id": first},
            {"name": "Мыло", "place": "Казань", "mark_ids": marks[1:]},
        ]
    )


def names(records):
    return records.sorted("name").mapped("name")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("тверь елочные", ["Ёлочные игрушки"]),
        ("ИГРУШ", ["Ёлочные игрушки"]),
        ("tver", ["Ёлочные игрушки"]),
        ("345-67-89", ["Книги"]),
        ("8 912 345 67 89", ["Книги"]),
        ("игрушки казань", []),
        ("", ["Ёлочные игрушки", "Книги", "Мыло"]),
    ],
)
def test_all_words_are_contained_whatever_their_order(env, parcels, typed, found):
    domain = [("search_text", "ilike", typed)]

    assert names(env["depot.parcel"].search(domain)) == found
    assert names(parcels.filtered_domain(domain)) == found
    assert names(env["depot.parcel"].search(["!", *domain])) == sorted({*names(parcels)} - {*found})
    assert names(parcels.filtered_domain([("search_text", "not ilike", typed)])) == sorted({*names(parcels)} - {*found})


def test_texts_here_and_at_the_end_of_links(env, parcels):
    domain = ["|", ("search_text", "ilike", "книги"), ("mark_ids.search_text", "ilike", "хрупк")]

    assert names(env["depot.parcel"].search(domain)) == ["Ёлочные игрушки", "Книги"]
    assert names(parcels.filtered_domain(domain)) == ["Ёлочные игрушки", "Книги"]
    assert names(env["depot.parcel"].search(["!", *domain])) == ["Мыло"]
    assert env["depot.parcel"].search_count(["&", ("weight", "=", 0), *domain]) == 2
    up = ["|", ("name", "ilike", "мыл"), ("parent_id.search_text", "ilike", "тверь")]
    assert names(env["depot.parcel"].search(up)) == names(parcels.filtered_domain(up)) == ["Книги", "Мыло"]


def test_what_is_hidden_at_the_end_of_a_link_finds_nothing(env, parcels, as_role):
    domain = ["|", ("search_text", "ilike", "книги"), ("mark_ids.search_text", "ilike", "щелочь")]

    assert names(env["depot.parcel"].search(domain)) == ["Книги", "Мыло"]
    mine = as_role("porter")
    assert names(mine["depot.parcel"].search(domain)) == ["Книги"]
    assert names(mine["depot.parcel"].browse(parcels.ids).filtered_domain(domain)) == ["Книги"]


@pytest.mark.parametrize(
    ("model", "leaf"),
    [
        ("depot.plain", ("search_text", "ilike", "x")),
        ("depot.parcel", ("search_text", "=", "x")),
        ("depot.parcel", ("search_text", "ilike", 7)),
        ("depot.parcel", ("search_text.name", "ilike", "x")),
    ],
)
def test_anything_else_is_refused(env, model, leaf):
    with pytest.raises(ValueError):
        env[model].search([leaf])


def test_a_page_in_the_models_order_has_an_index(env):
    made = {
        row[0]: row[1] for row in env.unit.rows("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'depot_parcel'")
    }

    assert "(place DESC NULLS LAST, name, id)" in made["depot_parcel_in_order"]
