"""One unit of work per request: nothing of a failed one remains, concurrent ones lose nothing, the menu follows the rights."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor


def test_concurrent_requests_lose_no_update(api):
    """At REPEATABLE READ the loser's whole handler is repeated."""
    clerk = api.as_("clerk")
    book = clerk.post("shelf_book", name="Lent by many").body["id"]

    def lend(_number):
        return clerk.call("POST", f"/api/v1/shelf_book/{book}/lend", {}).status

    with ThreadPoolExecutor(3) as pool:
        statuses = list(pool.map(lend, range(12)))

    assert statuses.count(200) == clerk.get("shelf_book", book).result["lent_times"]
    assert statuses.count(200) >= 10, statuses
    assert set(statuses) <= {200, 409}


def test_the_same_key_twice_at_once_is_carried_out_once(api):
    clerk = api.as_("clerk")

    def post(_number):
        return clerk.post("shelf_book", {"Idempotency-Key": "at-once"}, name="At once")

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(post, range(6)))

    assert {answer.status for answer in answers} <= {201, 409}
    assert len({answer.body["id"] for answer in answers if answer.status == 201}) == 1
    assert clerk.list("shelf_book", "(filters:!((col:name,opr:eq,value:'At once')))").body["count"] == 1


def test_a_refused_request_leaves_nothing(api):
    clerk = api.as_("clerk")
    lines = [{"op": "create", "values": {"text": "good"}}, {"op": "create", "values": {"text": None}}]
    assert clerk.post("shelf_book", name="Refused", leaf_ids=lines).status == 422
    assert clerk.list("shelf_book", "(filters:!((col:name,opr:eq,value:Refused)))").body["count"] == 0


def test_the_menu_shows_what_a_role_may_read(api):
    def names(login):
        found = api.as_(login).call("GET", "/api/v1/menu/").body["result"]
        return {child["url"] for group in found for child in group.get("childs", ())}

    assert names("admin") > names("reception") > set()
    assert "/user/list" in names("admin")
    assert "/role/list" not in names("reception")


def test_the_answer_comes_in_the_language_asked_for(api):
    clerk = api.as_("clerk")
    assert clerk.list("shelf_book", "").body["label_columns"]["name"]
    english = clerk.call("GET", "/api/v1/shelf_book/999999", query_string={"_l_": "en"})
    russian = clerk.call("GET", "/api/v1/shelf_book/999999", query_string={"_l_": "ru"})
    assert "does not exist" in english.body["message"]
    assert english.body["message"] != russian.body["message"]
    assert english.body["code"] == russian.body["code"]
