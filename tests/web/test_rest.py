"""The generated REST interface, in FAB's protocol, on models that only the tests know."""

from __future__ import annotations

import pytest


@pytest.fixture
def clerk(api):
    return api.as_("clerk")


@pytest.fixture
def book(clerk):
    return clerk.post("shelf_book", name="Мастер и Маргарита", pages=480, price="12.50", published="1967-01-01").body["id"]


def test_a_record_is_created_and_read_again(clerk):
    tag = clerk.post("shelf_tag", name="novel").body["id"]
    made = clerk.post("shelf_book", name="  Anna Karenina ", price="9.90", kept=True, binding="hard", tag_ids=[tag])

    assert made.status == 201, made.text
    assert made.result["name"] == "Anna Karenina"
    assert made.headers["Location"] == f"/api/v1/shelf_book/{made.body['id']}"

    read = clerk.get("shelf_book", made.body["id"])
    assert read.status == 200
    assert read.result["price"] == "9.90"
    assert read.result["kept"] is True
    assert read.result["tag_ids"] == [tag]
    assert read.headers["ETag"] == f'"{read.result["revision"]}"'


def test_lists_filter_order_and_page_in_fabs_vocabulary(clerk):
    for number in range(5):
        clerk.post("shelf_book", name=f"Volume {number} of filters", pages=100 + number)

    q = "(columns:!(name,pages),filters:!((col:name,opr:ct,value:'of FILTERS'),(col:pages,opr:gt,value:100)),"
    answer = clerk.list("shelf_book", q + "order_column:pages,order_direction:desc,page:0,page_size:3)")

    assert answer.status == 200, answer.text
    assert answer.body["count"] == 4
    assert [row["pages"] for row in answer.result] == [104, 103, 102]
    assert answer.body["ids"] == [row["id"] for row in answer.result]
    assert answer.body["list_columns"] == ["id", "name", "pages"]
    second = clerk.list("shelf_book", q + "order_column:pages,order_direction:desc,page:1,page_size:3)")
    assert [row["pages"] for row in second.result] == [101]
    assert second.body["count"] == 4


@pytest.mark.parametrize(
    ("operator", "value", "names"),
    [
        ("sw", "'per%'", ["per% cent"]),
        ("sw", "per", ["per% cent", "percent"]),
        ("ew", "cent", ["per% cent", "percent"]),
        ("ct", "'%'", ["per% cent"]),
        ("nct", "'%'", ["percent"]),
        ("eq", "percent", ["percent"]),
        ("neq", "percent", ["per% cent"]),
        ("in", "!(percent)", ["percent"]),
        ("not_in", "!(percent)", ["per% cent"]),
    ],
)
def test_every_operator_of_fab_means_what_it_says_and_wildcards_are_letters(clerk, operator, value, names):
    isbn = "wild"
    if not clerk.list("shelf_book", f"(filters:!((col:isbn,opr:sw,value:{isbn})))").body["count"]:
        clerk.post("shelf_book", name="per% cent", isbn="wild-1")
        clerk.post("shelf_book", name="percent", isbn="wild-2")

    q = f"(filters:!((col:isbn,opr:sw,value:{isbn}),(col:name,opr:{operator},value:{value})),order_column:name)"
    answer = clerk.list("shelf_book", q)

    assert answer.status == 200, answer.text
    assert [row["name"] for row in answer.result] == names


def test_domains_of_the_orm_are_taken_too(clerk, book):
    answer = clerk.list("shelf_book", f"(domain:!('|',!(id,'=',{book}),!(id,'=',0)),keys:!(none))")

    assert answer.body == {"ids": [book], "result": answer.result, "count": 1}


def test_a_count_is_left_out_when_nobody_wants_it(clerk, book):
    assert "count" not in clerk.list("shelf_book", "(count:!f)").body


@pytest.mark.parametrize(
    "q",
    [
        "(page_size:-1)",
        "(page_size:1000000)",
        "(page:-1)",
        "(page_size:x)",
        "(columns:!(nothing))",
        "(columns:name)",
        "(columns:!(note))",
        "(filters:!((col:note,opr:eq,value:x)))",
        "(filters:!((col:name,opr:nothing,value:x)))",
        "(filters:!((col:pages,opr:eq,value:many)))",
        "(filters:!((col:published,opr:eq,value:soon)))",
        "(filters:!((col:name)))",
        "(filters:name)",
        "(order_column:nothing)",
        "(order_column:note)",
        "(order_column:name,order_direction:sideways)",
        "(domain:!(!(nothing,'=',1)))",
        "(domain:!(!(note,'=',1)))",
        "(domain:!(!(name,'; drop',1)))",
        "(domain:!('&'))",
        "(((",
        "!(a)",
        "{",
        "[" * 100,
        "(" * 3000,
    ],
)
def test_a_query_that_makes_no_sense_is_a_readable_400(clerk, q):
    """What may not be read is like what does not exist, or refused; never an empty filter, never a 500."""
    answer = clerk.list("shelf_book", q)

    assert answer.status in (400, 403), answer.text
    assert answer.body["message"]
    assert answer.body["code"] in ("bad-request", "access-denied")


def test_the_field_of_a_wrong_value_is_named(clerk):
    """Shows 0.17."""
    answer = clerk.post("shelf_book", name=7, pages="many", published="soon", kept="perhaps", nothing=1, lent_times=3, id=4)

    assert answer.status == 422
    by_field = {row["field"]: row["code"] for row in answer.errors}
    assert by_field == {"id": "readonly", "lent_times": "readonly", "nothing": "unknown-field"}
    typed = clerk.post("shelf_book", name=7, pages="many", published="soon", kept="perhaps")
    assert {row["field"]: row["code"] for row in typed.errors} == dict.fromkeys(
        ("name", "pages", "published", "kept"), "wrong-type"
    )


def test_a_missing_required_value_is_a_422_with_its_field(clerk):
    answer = clerk.post("shelf_book", pages=3)

    assert answer.status == 422
    assert answer.errors[0]["field"] == "name"


def test_a_duplicate_is_a_422_with_its_field(clerk):
    clerk.post("shelf_book", name="One", isbn="978-twice")
    answer = clerk.post("shelf_book", name="Two", isbn="978-twice")

    assert answer.status == 422
    assert answer.errors == [{"field": "isbn", "code": "not-unique", "message": answer.errors[0]["message"]}]
    assert "978-twice" in answer.errors[0]["message"]


def test_a_declared_constraint_says_its_sentence(clerk):
    answer = clerk.post("shelf_book", name="Thin", pages=0)

    assert answer.status == 422
    assert answer.errors[0]["field"] == "pages"


def test_bodies_that_are_no_json_are_refused_for_what_they_are(clerk):
    assert clerk.call("POST", "/api/v1/shelf_book/", data="name=x").status == 415
    assert clerk.call("POST", "/api/v1/shelf_book/", data="{", content_type="application/json").status == 400
    assert clerk.call("POST", "/api/v1/shelf_book/", data="[1]", content_type="application/json").status == 400
    assert clerk.call("POST", "/api/v1/shelf_book/", data="[" * 5000, content_type="application/json").status == 400


def test_an_etag_saves_the_answer_and_if_match_saves_the_other_ones_work(clerk, book):
    """Shows 0.12."""
    etag = clerk.get("shelf_book", book).headers["ETag"]
    assert clerk.get("shelf_book", book, If_None_Match=etag).status == 304

    changed = clerk.put("shelf_book", book, {"If-Match": etag}, pages=481)
    assert changed.status == 200, changed.text
    assert changed.result["pages"] == 481
    assert changed.headers["ETag"] != etag

    late = clerk.put("shelf_book", book, {"If-Match": etag}, pages=482)
    assert late.status == 412
    assert late.body["code"] == "changed-meanwhile"
    assert clerk.get("shelf_book", book).result["pages"] == 481
    assert clerk.delete("shelf_book", book, {"If-Match": etag}).status == 412
    assert clerk.delete("shelf_book", book, {"If-Match": changed.headers["ETag"]}).status == 200
    assert clerk.get("shelf_book", book).status == 404


def test_the_same_key_gives_the_first_answer_again(clerk):
    first = clerk.post("shelf_book", {"Idempotency-Key": "k-1"}, name="Once")
    again = clerk.post("shelf_book", {"Idempotency-Key": "k-1"}, name="Once")

    assert first.status == again.status == 201
    assert first.body == again.body
    assert again.headers["Idempotent-Replay"] == "true"
    assert clerk.list("shelf_book", "(filters:!((col:name,opr:eq,value:Once)))").body["count"] == 1
    assert clerk.post("shelf_book", {"Idempotency-Key": "k-1"}, name="Another").status == 422


def test_a_key_of_a_refused_request_is_free_again(clerk):
    assert clerk.post("shelf_book", {"Idempotency-Key": "k-2"}, pages=1).status == 422
    assert clerk.post("shelf_book", {"Idempotency-Key": "k-2"}, name="Now with a name").status == 201


def test_a_batch_is_all_or_nothing_and_names_every_wrong_row(clerk, book):
    right = [{"op": "create", "values": {"name": f"Batch {number}"}} for number in range(3)]
    done = clerk.call(
        "POST", "/api/v1/shelf_book/_batch", {"operations": [*right, {"op": "update", "id": book, "values": {"pages": 9}}]}
    )
    assert done.status == 200, done.text
    assert [row["op"] for row in done.result] == ["create"] * 3 + ["update"]

    before = clerk.list("shelf_book").body["count"]
    wrong = [*right, {"op": "create", "values": {"name": 1}}, {"op": "create", "values": {"nothing": 1}}]
    answer = clerk.call("POST", "/api/v1/shelf_book/_batch", {"operations": wrong})
    assert answer.status == 422
    assert answer.errors[0]["index"] == 4
    answer = clerk.call(
        "POST", "/api/v1/shelf_book/_batch", {"operations": [*right, {"op": "create", "values": {"pages": -1, "name": "x"}}]}
    )
    assert answer.status == 422
    assert answer.errors[0]["index"] == 3
    answer = clerk.call("POST", "/api/v1/shelf_book/_batch", {"operations": [*right, {"op": "delete", "id": 10**9}]})
    assert answer.status == 404
    assert clerk.list("shelf_book").body["count"] == before


def test_lines_travel_with_their_record(clerk):
    made = clerk.post("shelf_book", name="With leaves", leaf_ids=[{"op": "create", "values": {"text": "first"}}])
    assert made.status == 201, made.text
    leaf = clerk.get("shelf_book", made.body["id"]).result["leaf_ids"][0]
    commands = [{"op": "update", "id": leaf, "values": {"text": "changed"}}, {"op": "create", "values": {"text": "second"}}]
    assert clerk.put("shelf_book", made.body["id"], leaf_ids=commands).status == 200
    assert clerk.get("shelf_leaf", leaf).result["text"] == "changed"
    refused = clerk.post("shelf_book", name="x", leaf_ids=[{"op": "create", "values": {"create_uid": 1, "text": "x"}}])
    assert refused.status == 422
    assert refused.errors[0]["field"] == "create_uid"
    assert clerk.post("shelf_book", name="x", leaf_ids=[{"op": "explode"}]).status == 422


def test_only_actions_can_be_called(clerk, book):
    lent = clerk.call("POST", f"/api/v1/shelf_book/{book}/lend", {"times": 2})
    assert lent.status == 200, lent.text
    assert lent.result == 2
    assert clerk.call("POST", f"/api/v1/shelf_book/{book}/lend", {"times": 0}).status == 422
    assert clerk.call("POST", f"/api/v1/shelf_book/{book}/lend", {"nothing": 0}).status == 400
    for name in ("burn", "unlink", "sudo", "write", "__class__", "_called"):
        assert clerk.call("POST", f"/api/v1/shelf_book/{book}/{name}", {}).status == 404, name
    assert clerk.get("shelf_book", book).status == 200


def test_a_typeahead_offers_what_fits(clerk):
    author = clerk.post("shelf_author", name="Булгаков").body["id"]
    answer = clerk.call("GET", "/api/v1/shelf_book/related/author_id", query_string={"q": "(filter:Булг)"})

    assert answer.status == 200, answer.text
    assert {"value": author, "text": "Булгаков"}.items() <= answer.result[0].items()
    assert clerk.call("GET", "/api/v1/shelf_book/related/name").status == 404


def test_info_tells_what_a_form_needs(clerk):
    info = clerk.call("GET", "/api/v1/shelf_book/_info").body

    names = {column["name"] for column in info["add_columns"]}
    assert {"name", "pages", "author_id", "tag_ids"} <= names
    assert not names & {"id", "note", "lent_times", "create_uid"}
    assert set(info["permissions"]) == {"can_read", "can_create", "can_write", "can_delete"}
    assert "ct" in {row["operator"] for row in info["filters"]["name"]}
    assert "note" not in info["filters"]


def test_statements_of_a_list_do_not_grow_with_rows(api, statements, clerk):
    """Shows 0.2 for REST: rights and user, rows, count."""
    author = clerk.post("shelf_author", name="Many").body["id"]
    for number in range(30):
        clerk.post("shelf_book", name=f"Grows {number}", author_id=author)
    q = "(columns:!(name,pages,author_id),filters:!((col:name,opr:sw,value:Grows)),page_size:%s)"

    with statements() as few:
        assert len(clerk.list("shelf_book", q % 2).result) == 2
    with statements() as many:
        assert len(clerk.list("shelf_book", q % 25).result) == 25

    assert len(many) == len(few) <= 3, many


def test_statements_of_a_list_with_many2many(api, statements, clerk):
    with statements() as sent:
        assert clerk.list("shelf_book", "(columns:!(name,author_id,tag_ids),page_size:50)").status == 200

    assert len(sent) <= 4, sent
