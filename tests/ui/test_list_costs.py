"""What a list costs: statements, bytes, milliseconds; and that its address can't be abused."""

import gzip
import html
import re
import statistics
import time

import pytest

from app.orm.unit import Unit
from tests.support.databases import PASSWORD

PATH = "/party/list?menu=organisations"


@pytest.fixture(scope="module")
def client(new_app):
    app = new_app("costs")
    with app.app_context():
        database = app.extensions["kartoteka"].database
        database.superuser(source="command").run(
            lambda env: (
                env["party"].create([{"kind": "organisation", "name": f"ООО «Цена {number}»"} for number in range(200)]) and None
            )
        )
    client = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login/").text)[1]
    client.post("/login/", data={"username": "clerk", "password": PASSWORD, "csrf_token": token})
    client.get(PATH)
    return client


@pytest.fixture
def statements(monkeypatch):
    sent = []
    run = Unit.run
    monkeypatch.setattr(
        Unit, "run", lambda unit, statement, params=None: (sent.append(statement), run(unit, statement, params))[1]
    )
    return sent


def test_eighty_rows_are_five_statements_and_fifteen_kilobytes(client, statements):
    """Shows 0.2."""
    answer = client.get(PATH)

    assert answer.status_code == 200
    assert answer.text.count("<tr>") >= 80
    assert len(statements) <= 5, statements
    assert len(gzip.compress(answer.data, 6)) <= 15 * 1024


def test_statements_do_not_grow_with_rows(client, statements):
    """Shows 0.2."""
    client.get(f"{PATH}&q=Цена 77")
    few = len(statements)
    statements.clear()
    client.get(f"{PATH}&q=Цена")

    assert len(statements) <= few + 1  # a full page is counted


def test_a_long_list_is_counted_to_its_end_after_it_is_shown(client, monkeypatch):
    """Shows 0.2."""
    monkeypatch.setitem(client.application.config, "LIST_COUNT_BOUND", 100)
    shown = client.get(PATH).text
    (later,) = re.findall(r'id="list-count" hx-get="([^"]+)" hx-trigger="load"', shown)

    assert ">100+</span>" in shown
    assert re.search(r"1–80 (of|из) 100\+", shown)
    counted = client.get(html.unescape(later), headers={"HX-Request": "true"}).text
    assert '<span class="count num" id="list-count">200</span>' in counted
    assert re.search(r'id="list-pager".*hx-swap-oob="true"', counted)
    assert re.search(r"1–80 (of|из) 200<", counted)
    assert 'data-total="200"' in counted


@pytest.mark.parametrize(("page", "first"), [(2, 81), (3, 161), (99, 161)])
def test_a_page_behind_the_bound_is_counted_exactly(client, monkeypatch, page, first):
    """Shows 0.2."""
    monkeypatch.setitem(client.application.config, "LIST_COUNT_BOUND", 100)

    assert re.search(rf"{first}–\d+ (of|из) 200<", client.get(f"{PATH}&page={page}").text)


def test_a_list_of_one_page_sends_no_count(client, statements):
    """Shows 0.2."""
    client.get(f"{PATH}&q=Цена 77")

    assert not [each for each in statements if "count(" in each]


def test_a_list_takes_less_than_thirty_milliseconds(client):
    """Shows 0.2."""
    times = [1.0]
    # The best of many: other tests run on the other core, and now and then something else on both.
    while min(times) > 0.030 and len(times) <= 150:
        begun = time.perf_counter()
        client.get(PATH)
        times.append(time.perf_counter() - begun)

    assert min(times) <= 0.030, statistics.median(times)


@pytest.mark.parametrize(
    "query",
    [
        "order=password",
        "order=name;drop table party",
        "page=0",
        "page=-1",
        "page=99999999999999999999",
        "f=nothing",
        "q=%25&q=%27%3B--",
        "menu=nothing",
    ],
)
def test_senseless_parts_of_an_address_are_ignored(client, query):
    """Shows 0.2."""
    assert client.get(f"/party/list?{query}").status_code == 200


@pytest.mark.parametrize(
    "condition", ["password:=:x", "name:within:x", "birthday:=:31.02.2026", "kind:=:nothing", "create_uid.password:ilike:x"]
)
def test_a_condition_that_is_not_offered_is_refused_in_words(client, condition):
    """Shows 0.4."""
    answer = client.get("/party/list", query_string={"c": condition})

    assert answer.status_code == 422
    assert "<h1>" in answer.text


def test_static_files_are_kept_for_ever_under_their_hash(client):
    page = client.get(PATH).text
    address = re.search(r'href="(/assets/[0-9a-f]{12}/css/base.css)"', page)[1]
    answer = client.get(address, headers={"Accept-Encoding": "gzip"})

    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert client.get("/assets/000000000000/css/base.css").headers["Cache-Control"] == "no-cache"
    assert client.get(address.replace("css/base.css", "../config.py")).status_code == 404
