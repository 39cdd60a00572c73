"""Custom fields by REST and on screens: an administrator adds one, and everybody works with it in his next request."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest

from app.jobs.runner import perform

NUMBERS = itertools.count(1)


@pytest.fixture
def define(api):
    """`define("integer", model="party", …)`: an administrator adds a field by REST; gives its name."""

    def make(kind: str, model: str = "party", **values: Any) -> str:
        name = f"x_{kind}_{next(NUMBERS)}"
        row = {"model": model, "name": name, "label": f"Поле {name}", "type": kind, **values}
        answer = api.as_("admin").call("POST", "/api/v1/custom_field/", row)
        assert answer.status == 201, answer.text
        return name

    return make


def posted(client, path, **values):
    """Fill in the form at this address and send it."""
    page = client.get(path).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    return client.post(path, data={"_fields": ",".join(values), "csrf_token": token, **values})


def test_a_field_is_there_in_the_next_request(api, define):
    """Shows 0.7: in form, list, filter, sort and REST at once."""
    clerk = api.as_("clerk")
    name = define("integer")
    one = clerk.post("party", name="Ромашка", kind="organisation", **{name: 7})
    other = clerk.post("party", name="Василёк", kind="organisation")

    assert (one.status, other.status) == (201, 201), (one.text, other.text)
    assert clerk.get("party", one.body["id"]).result[name] == 7
    assert clerk.get("party", other.body["id"]).result[name] == 0
    found = clerk.list("party", f"(filters:!((col:{name},opr:gt,value:6)),order_column:{name},columns:!(name,{name}))")
    assert found.result == [{"id": one.body["id"], "name": "Ромашка", name: 7}]
    assert clerk.put("party", one.body["id"], **{name: 8}).status == 200
    assert clerk.put("party", one.body["id"], **{name: "восемь"}).errors[0]["field"] == name


def test_the_description_tells_of_it(api, define):
    """Shows 0.7: REST describes the field with its label and choices."""
    name = define("selection", choices=[["a", "Первый"], ["b", "Второй"]], required=False, help="Что это")
    columns = api.as_("clerk").call("GET", "/api/v1/party/_info").body["add_columns"]
    told = next(column for column in columns if column["name"] == name)

    assert told["label"] == f"Поле {name}"
    assert name in str(api.as_("admin").call("GET", "/api/v1/_openapi").body)


def test_what_can_be_no_field_is_a_422_with_its_place(api):
    """Shows 0.17: which part of the definition is wrong."""
    row = {"model": "party", "name": "x_wrong", "label": "Поле", "type": "char"}
    for field, value in (("name", "wrong; DROP TABLE party"), ("type", "lambda"), ("model", "planet"), ("default", None)):
        given = {**row, field: value} if value is not None else {**row, "type": "integer", "default": "много"}
        answer = api.as_("admin").call("POST", "/api/v1/custom_field/", given)
        assert answer.status == 422, answer.text
        assert [error["field"] for error in answer.errors] == [field]
    assert api.as_("clerk").call("POST", "/api/v1/custom_field/", row).status == 403


def test_roles_of_the_field_hold(api, define):
    """Shows 1.3: absent everywhere for whoever may not read it."""
    name = define("char", read_roles="manager")
    made = api.as_("admin").post("party", name="Лютик", kind="organisation")
    assert api.as_("manager").put("party", made.body["id"], **{name: "canary"}).status in (200, 403)

    clerk = api.as_("clerk")
    assert name not in clerk.get("party", made.body["id"]).result
    assert clerk.list("party", f"(columns:!({name}))").status == 400
    assert clerk.list("party", f"(filters:!((col:{name},opr:eq,value:canary)))").status == 400
    assert clerk.post("party", name="Лютик 2", kind="organisation", **{name: "x"}).status == 422


def test_a_form_shows_and_saves_it(browser_as, api, define):
    """Shows 0.7: in form, list and filter on the screens."""
    name = define("date")
    client = browser_as("clerk")
    page = client.get("/party/new?menu=organisations").text
    assert f"Поле {name}" in page
    assert "Дополнительные поля" in page
    answer = posted(client, "/party/new?menu=organisations", name="Пион", kind="organisation", **{name: "2026-05-31"})
    assert answer.status_code == 303, answer.text

    key = int(re.search(r"/party/(\d+)", answer.location)[1])
    assert api.as_("clerk").get("party", key).result[name] == "2026-05-31"
    assert "2026" in client.get(answer.location).text
    assert f"Поле {name}" in client.get("/party/columns?menu=organisations").text + client.get("/party/list").text
    found = client.get(f"/party/list?c={name}:%3D:2026-05-31").text
    assert "Пион" in found
    assert client.get(f"/party/condition?cf={name}").status_code == 200


def test_a_field_of_one_kind_is_hidden_elsewhere(browser_as, define):
    """Shows 0.7: for one kind of records."""
    name = define("char", required=True, domain=[["kind", "=", "person"]])
    client = browser_as("clerk")

    assert posted(client, "/party/new?menu=organisations", name="Астра", kind="organisation").status_code == 303
    refused = posted(client, "/party/new?menu=people", kind="person", family_name="Иванов", **{name: ""})
    assert refused.status_code == 422
    assert f"Поле {name}" in refused.text
    given = posted(client, "/party/new?menu=people", kind="person", family_name="Иванов", **{name: "да"})
    assert given.status_code == 303, given.text


def test_an_administrator_adds_one_on_a_screen(browser_as, api):
    """Shows 0.7: the definition is a record like others."""
    client = browser_as("admin")
    assert "Дополнительные поля" in client.get("/custom.field/list").text
    values = {
        "model": "code",
        "name": "x_on_screen",
        "label": "С экрана",
        "type": "selection",
        "choices_text": "a = Один\nb = Два",
    }
    answer = posted(client, "/custom.field/new", **values)
    assert answer.status_code == 303, answer.text
    assert "x_on_screen" in client.get(answer.location).text

    told = api.as_("admin").call("GET", "/api/v1/code/_info").body["add_columns"]
    assert any(column["name"] == "x_on_screen" for column in told)
    refused = posted(client, "/custom.field/new", **{**values, "name": "bad name"})
    assert refused.status_code == 422
    assert browser_as("clerk").get("/custom.field/list").status_code in (403, 404)


def test_a_deleted_field_is_gone_from_the_next_request(api, define):
    """Shows 0.7: deleting."""
    name = define("char")
    made = api.as_("clerk").post("party", name="Клевер", kind="organisation", **{name: "да"}).body["id"]
    admin = api.as_("admin")
    own = admin.list("custom_field", f"(filters:!((col:name,opr:eq,value:{name})))").result[0]["id"]
    assert admin.get("custom_field", own).result["filled"] == 1
    assert admin.delete("custom_field", own).status == 200

    assert name not in api.as_("clerk").get("party", made).result
    assert api.as_("clerk").list("party", f"(columns:!({name}))").status == 400


def test_every_value_only_once(api, app, define):
    """Shows 0.10: unique, once a worker has made the index; the web's own role may remove it, and no other index."""
    database = app.extensions["kartoteka"].database
    name = define("char", unique=True)
    for job in database.superuser().run(lambda env: env["job"].search([("state", "=", "waiting")]).ids):
        perform(database, job)
    clerk, admin = api.as_("clerk"), api.as_("admin")
    own = admin.list("custom_field", f"(filters:!((col:name,opr:eq,value:{name})))").result[0]["id"]
    assert admin.get("custom_field", own).result["index_state"] == "valid"

    assert clerk.post("party", name="Мак", kind="organisation", **{name: "7"}).status == 201
    twin = clerk.post("party", name="Мак 2", kind="organisation", **{name: "7"})
    assert (twin.status, twin.errors[0]["field"], twin.errors[0]["code"]) == (422, name, "not-unique")
    assert admin.delete("custom_field", own).status == 200
    define("char")


def test_export_and_import_know_it(app, api, define, tmp_path):
    """Shows 0.7: in import and export."""
    name = define("integer")
    clerk = api.as_("clerk")
    clerk.post("party", name="Нарцисс", kind="organisation", **{name: 12345})
    run = app.test_cli_runner().invoke
    exported = run(args=["export", "party", "--columns", f"name,{name}"], catch_exceptions=False).stdout
    assert "Нарцисс,12345" in exported

    file = tmp_path / "more.csv"
    file.write_text("Имя,Число\nТюльпан,77\n", "utf-8")
    mapping = f'id=Имя; source=custom; kind="organisation"; name=Имя; {name}=Число'
    done = run(args=["import", "party", str(file), "--map", mapping], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert clerk.list("party", f"(filters:!((col:{name},opr:eq,value:77)),columns:!(name))").result[0]["name"] == "Тюльпан"
