"""What somebody declared wrongly stops the real start: with the file, the line and the name that was probably meant."""

from __future__ import annotations

import pytest

from app.orm.errors import DeclarationError
from tests.docs import pages
from tests.docs.checkout import Checkout

MODEL = '''
from app.orm import Access, Model, fields


class Box(Model):
    """A box."""

    _name = "box"

    name = fields.Char(required=True)
    weight = fields.Integer()
    state = fields.Selection([("open", "Open"), ("shut", "Shut")])
    party_id = fields.Many2one("party")
    thing_ids = fields.One2many("box.thing", "box_id")
    access = Access(clerk="crud")

    def close(self):
        self.state = "shut"


class Thing(Model):
    """A thing in a box."""

    _name = "box.thing"

    name = fields.Char()
    box_id = fields.Many2one("box")
    access = Access(clerk="crud")
'''
VIEW = '''
from app.ui import Button, Col, F, Filter, Form, Group, Lines, List, Menu, Search, StatusBar, Tab, Views


class BoxViews(Views):
    """Boxes."""

    model = "box"
'''
WRONG_VIEWS = {
    "a model that is not there": ('model = "bax"', "box"),
    "a word that is no part of a view": ('froms = Form("name")', "form"),
    "a part of another kind": ('list = Form("name")', "List"),
    "a column that is no field": ('list = List("nane")', "name"),
    "a sum of texts": ('list = List("name", sums=["name"])', "summed"),
    "an order by no field": ('list = List("name", order="wieght desc")', "weight"),
    "an order in no direction": ('list = List("name", order="weight dsc")', "desc"),
    "a search through a link into nothing": ('search = Search("party_id.nmae")', "name"),
    "a filter over no field": ('search = Search("name", filters={"open": [("stat", "=", "open")]})', "state"),
    "a filter with an operator of its own": ('search = Search("name", filters={"open": [("state", "==", "open")]})', "=="),
    "a grouping by an unknown period": ('search = Search("name", group_by=["create_date:moth"])', "month"),
    "a form with no field": ('form = Form(Group("nome"))', "name"),
    "a condition over no field": ('form = Form(Group(F("name", visible=[("sttae", "=", "open")])))', "state"),
    "a condition that a browser cannot judge": ('form = Form(Group(F("name", required=[("state", "like", "o")])))', "like"),
    "lines of what has none": ('form = Form(Tab("T", Lines("party_id")))', "one2many"),
    "a column of lines that is no field": ('form = Form(Tab("T", Lines("thing_ids", "nam")))', "name"),
    "steps of a number": ('form = Form(StatusBar("weight"))', "steps"),
    "a button for no method": ('form = Form(Button("clsoe"))', "close"),
    "a button for a method that is no action": ('form = Form(Button("close"))', "@api.action"),
    "a menu over no field": ('menu = Menu("G", "T", domain=[("stte", "=", "open")])', "state"),
    "a menu with an unknown default": ('menu = Menu("G", "T", defaults={"stata": "open"})', "state"),
    "an icon that is not there": ('menu = Menu("G", "T", icon="buildin")', "building"),
}
WRONG_MODELS = {
    "a link to no model": ('name = fields.Many2one("parti")', "party"),
    "an unknown attribute": ("name = fields.Char(requird=True)", "required"),
    "a rule over no field": ('rules = [Rule("clerk", [("create_dat", "=", None)])]', "create_date"),
    "an unknown letter": ('access = Access(clerk="cruz")', "z"),
    "an extension of no model": ('_inherit = "boxx"', "box"),
}


@pytest.mark.parametrize("kind", WRONG_VIEWS)
def test_a_wrong_view_stops_the_start(start, kind):
    """Shows 0.1."""
    line, hint = WRONG_VIEWS[kind]

    with pytest.raises(DeclarationError) as raised:
        start(MODEL, f"{VIEW}    {line}\n")

    assert "views/box.py:5: " in str(raised.value)
    assert hint in str(raised.value)


@pytest.mark.parametrize("kind", WRONG_MODELS)
def test_a_wrong_model_stops_the_start(start, kind):
    """Shows 0.1."""
    line, hint = WRONG_MODELS[kind]
    extra = f'\n\nclass Crate(Model):\n    """A crate."""\n\n    {line}\n'

    with pytest.raises(DeclarationError) as raised:
        start(MODEL.replace("Model, fields", "Model, Rule, fields") + extra, VIEW)

    assert "models/box.py:" in str(raised.value)
    assert hint in str(raised.value)


def test_a_command_ends_with_the_sentence_and_no_traceback(tmp_path, new_database, redis_url):
    checkout = Checkout(tmp_path, new_database("wrong"), redis_url)
    pages.write(checkout.folder, {"models/box.py": MODEL, "views/box.py": f'{VIEW}    list = List("nane")\n'})

    done = checkout.run("flask", "--app", "run", "check")

    assert done.returncode == 1
    assert done.stderr.strip() == (
        'DeclarationError: views/box.py:5: BoxViews: there is no field "nane" on "box". Did you mean "name"?'
    )
