"""What PostgreSQL does for the generated lists: no list reads a large table from end to end, and none sorts it."""

import re

import pytest

from app.orm.unit import Unit
from tests.support.databases import PASSWORD

LARGE = {"party", "address", "address_use", "affiliation", "party_contact", "audit"}
ROWS = 400
LISTS = (
    "/party/list?menu=organisations",
    "/party/list?menu=people",
    "/party/list?menu=organisations&q=Север",
    "/party/list?menu=people&q=Иванов",
    "/party/list?menu=organisations&q=7701",
    "/address/list",
    "/address/list?q=Ленина",
    "/affiliation/list",
    "/affiliation/list?q=Иванов",
)


def fill(env):
    """Some of everything that grows in an office; the planner is then told that reading a table whole costs a lot."""
    firms = env["party"].create([{"kind": "organisation", "name": f"ООО «Север {number}»"} for number in range(ROWS)])
    people = env["party"].create(
        [{"kind": "person", "family_name": f"Иванов{number}", "given_name": "Пётр"} for number in range(ROWS)]
    )
    env["affiliation"].create(
        [{"organisation_id": firm.id, "person_id": one.id} for firm, one in zip(firms, people, strict=True)]
    )
    env["address"].create([{"city": "Тверь", "street": f"ул. Ленина, {number}"} for number in range(ROWS)])


@pytest.fixture(scope="module")
def client(new_app):
    app = new_app("plans")
    with app.app_context():
        app.extensions["kartoteka"].database.superuser(source="command").run(fill)
    client = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login/").text)[1]
    client.post("/login/", data={"username": "clerk", "password": PASSWORD, "csrf_token": token})
    return client


@pytest.fixture
def plans(monkeypatch):
    """The plan of every SELECT, made as if tables were so large that nobody would read them whole or sort them."""
    found = []
    run = Unit.run

    def explained(unit, statement, params=None):
        if statement.lstrip().startswith("SELECT") and "registry_version" not in statement:
            unit.cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
            unit.cursor.execute("EXPLAIN (FORMAT JSON) " + statement, params)
            found.append((statement, unit.cursor.fetchone()[0][0]["Plan"]))
            unit.cursor.execute("SET LOCAL enable_seqscan = on; SET LOCAL enable_sort = on")
        return run(unit, statement, params)

    monkeypatch.setattr(Unit, "run", explained)
    return found


def nodes(plan):
    """A plan's nodes, without those of subqueries per row."""
    yield plan
    for each in plan.get("Plans", ()):
        if each.get("Parent Relationship") != "SubPlan":
            yield from nodes(each)


@pytest.mark.parametrize("target", LISTS)
def test_no_list_reads_a_large_table_from_end_to_end(client, plans, target):
    """Shows 0.2."""
    assert client.get(target).status_code == 200

    whole = [
        (node["Relation Name"], statement[:300])
        for statement, plan in plans
        if not statement.startswith("SELECT count(")  # bounded: it stops after some thousand rows
        for node in nodes(plan)
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGE
    ]
    assert plans
    assert not whole


@pytest.mark.parametrize("target", [each for each in LISTS if "q=" not in each])
def test_a_page_comes_from_an_index_in_its_order(client, plans, target):
    """Shows 0.2."""
    assert client.get(target).status_code == 200

    paged = [(statement, plan) for statement, plan in plans if "LIMIT" in statement and "ORDER BY" in statement]
    sorts = [statement[:300] for statement, plan in paged if any(node["Node Type"] == "Sort" for node in nodes(plan))]
    assert paged
    assert not sorts
