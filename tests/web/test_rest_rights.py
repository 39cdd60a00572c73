"""What REST shows to whom: hidden records are missing, fields of other roles do not exist, links lead nowhere."""

from __future__ import annotations

import pytest


@pytest.fixture
def hidden(api):
    """A book of the clerk's, which sales may not see."""
    author = api.as_("clerk").post("shelf_author", name="Canary author").body["id"]
    return api.as_("clerk").post("shelf_book", name="Canary book", author_id=author).body["id"], author


def test_a_hidden_record_is_missing_on_every_way(api, hidden):
    """Shows 1.2."""
    sales, (book, author) = api.as_("sales"), hidden
    answers = [
        sales.get("shelf_book", book),
        sales.put("shelf_book", book, name="Mine"),
        sales.call("POST", f"/api/v1/shelf_book/{book}/lend", {}),
        sales.call("POST", "/api/v1/shelf_book/_batch", {"operations": [{"op": "update", "id": book, "values": {"name": "x"}}]}),
        sales.get("shelf_book", 10**12),
    ]
    assert [answer.status for answer in answers] == [404] * 5
    assert {answer.body["code"] for answer in answers} == {"record-not-visible"}
    for q in ("", "(domain:!(!(author_id.name,ilike,Canary)))", f"(filters:!((col:author_id,opr:rel_o_m,value:{author})))"):
        answer = sales.list("shelf_book", q)
        assert "Canary" not in answer.text
    assert sales.call("GET", "/api/v1/shelf_book/related/author_id", query_string={"q": "(filter:Canary)"}).result == []


def test_a_link_to_a_hidden_record_is_refused(api, hidden):
    answer = api.as_("sales").post("shelf_book", name="Points to a stranger", author_id=hidden[1])

    assert answer.status in (404, 422)
    assert "Canary" not in answer.text


def test_a_field_of_another_role_does_not_exist(api, hidden):
    """Shows 1.3."""
    book = hidden[0]
    assert api.as_("manager").put("shelf_book", book, note="canary note").status == 200
    clerk = api.as_("clerk")

    assert "canary note" not in clerk.get("shelf_book", book).text
    assert clerk.put("shelf_book", book, note="x").errors[0]["code"] == "unknown-field"
    assert clerk.get("shelf_book", book, "(columns:!(note))").status == 400
    assert api.as_("manager").get("shelf_book", book).result["note"] == "canary note"


def test_a_role_without_a_letter_is_refused(api, hidden):
    assert api.as_("reception").list("shelf_book").status == 403
    assert api.as_("sales").delete("shelf_book", hidden[0]).status in (403, 404)
    assert api.as_("sales").post("shelf_tag", name="x").status == 403
    assert api.as_(None).list("shelf_book").status == 401


def test_what_is_no_resource_is_missing(api):
    for path in ("/api/v1/nothing/", "/api/v1/shelf_nothing/1", "/api/v1/__class__/", "/api/v2/shelf_book/"):
        assert api.as_("clerk").call("GET", path).status == 404, path
    assert api.as_("clerk").call("TRACE", "/api/v1/shelf_book/").status == 405
    assert api.as_("clerk").call("DELETE", "/api/v1/shelf_book/").status == 405


def test_openapi_describes_what_this_user_may_read(api):
    spec = api.as_("clerk").call("GET", "/api/v1/_openapi").body

    assert spec["openapi"].startswith("3.")
    assert "/api/v1/shelf_book/" in spec["paths"]
    assert "note" not in spec["components"]["schemas"]["shelf_book.write"]["properties"]
    assert "name" in spec["components"]["schemas"]["shelf_book.write"]["properties"]
    assert "/api/v1/shelf_book/" not in api.as_("reception").call("GET", "/api/v1/_openapi").body["paths"]
