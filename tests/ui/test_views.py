"""Declarations of views: what a model without any gets, what an add-on adds, what a wrong one says."""

import pytest

from app.orm import Access, Model, fields
from app.orm.errors import DeclarationError
from app.orm.i18n import use_lang
from app.orm.registry import Registry
from app.ui import Button, F, Form, Group, Lines, List, Menu, Search, StatusBar, Tab, Views, check_views, declared_views


class Shelf(Model):
    """A shelf with things."""

    _name = "shelf"

    name = fields.Char(required=True, search=True)
    height = fields.Integer()
    state = fields.Selection([("new", "New"), ("old", "Old")])
    note = fields.Text()
    thing_ids = fields.One2many("shelf.thing", "shelf_id")
    access = Access(everyone="crud")


class Thing(Model):
    """A thing on a shelf."""

    _name = "shelf.thing"

    name = fields.Char()
    shelf_id = fields.Many2one("shelf")
    access = Access(everyone="crud")


@pytest.fixture(scope="module")
def registry():
    return Registry.build([Shelf, Thing])


def views(**attributes):
    return type("ShelfViews", (Views,), {"model": "shelf", **attributes})


def test_a_model_without_views_gets_them_from_its_fields(registry):
    """Shows 0.1."""
    found = check_views(registry, [])["shelf"]

    assert [column.name for column in found.list.columns] == ["name", "height", "state"]
    assert found.search.names == ("name",)
    assert [item.name for group in found.form.groups for item in group.items] == ["name", "height", "state"]
    with use_lang("en"):
        assert [str(tab.title) for tab in found.form.tabs] == ["Thing", "Note"]
    assert found.menus == ()


def test_an_add_on_appends_to_the_views_of_another(registry):
    """Shows 0.1."""
    base = views(list=List("name"), form=Form(Group("name")), menu=Menu("G", "Shelves"))
    extra = views(extends=True, list=List("height"), form=Form(Tab("More", "note")))

    found = check_views(registry, [extra, base])["shelf"]

    assert [column.name for column in found.list.columns] == ["name", "height"]
    assert [str(tab.title) for tab in found.form.tabs] == ["More"]
    assert len(found.menus) == 1


WRONG = [
    ({"model": "shelv"}, '"shelf"'),
    ({"list": List("nane")}, '"name"'),
    ({"list": List("name", sums=["note"])}, "summed"),
    ({"list": List("name", order="hight desc")}, '"height"'),
    ({"lists": List("name")}, '"list"'),
    ({"list": Form()}, "List"),
    ({"search": Search("thing_ids.nam")}, '"name"'),
    ({"search": Search("name", filters={"high": [("heigth", ">", 1)]})}, '"height"'),
    ({"search": Search("name", group_by=["name:moth"])}, '"month"'),
    ({"form": Form(Group("nam"))}, '"name"'),
    ({"form": Form(Group(F("note", visible=[("stat", "=", "new")])))}, '"state"'),
    ({"form": Form(Group(F("note", visible=[("state", "ilike", "new")])))}, "ilike"),
    ({"form": Form(Tab("T", Lines("name")))}, "one2many"),
    ({"form": Form(Tab("T", Lines("thing_ids", "nme")))}, '"name"'),
    ({"form": Form(StatusBar("height"))}, "steps"),
    ({"form": Form(Button("copi"))}, '"copy"'),
    ({"menu": Menu("G", "T", domain=[("sate", "=", 1)])}, '"state"'),
]


@pytest.mark.parametrize(("attributes", "hint"), WRONG, ids=[hint for _attributes, hint in WRONG])
def test_a_wrong_view_stops_the_start_with_its_place_and_a_hint(registry, attributes, hint):
    """Shows 0.1."""
    with pytest.raises(DeclarationError) as raised:
        check_views(registry, [views(**attributes)])

    assert hint in str(raised.value)
    assert "test_views.py:" in str(raised.value)


def test_views_are_found_by_package():
    made = views()

    assert made in declared_views([__name__])
    assert made not in declared_views(["views"])
