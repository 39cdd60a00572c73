"""A portal with a handful of records, and what the tests of screens share: signed-in windows, axe, names of screens."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = """axe.run({resultTypes: ["violations"]}).then(found => found.violations.map(violation => ({
    rule: violation.id,
    nodes: violation.nodes.slice(0, 3).map(node => node.html.slice(0, 200) + " — " + (node.any[0] || node.all[0] || {}).message),
})))"""


def fill(env):
    """Twelve organisations, six people, codes, addresses."""
    manager = env["user"].search([("login", "=", "manager")])
    kind = env["code.kind"].create({"name": "Категория", "key": "category"})
    codes = env["code"].create(
        [
            {"name": "юг", "kind_id": kind.id, "colour": "orange"},
            {"name": "гос. заказчик", "kind_id": kind.id, "colour": "blue"},
        ]
    )
    organisations = env["party"].create(
        [
            {
                "kind": "organisation",
                "name": f"ООО «Северный мост {number}»",
                "phone": f"+7 812 445-10-{number:02d}",
                "code_ids": codes.ids[: number % 3],
                "account_manager_id": manager.id if number % 2 else None,
            }
            for number in range(1, 13)
        ]
    )
    people = env["party"].create(
        [
            {"kind": "person", "family_name": family, "given_name": "Пётр", "patronymic": "Сергеевич"}
            for family in ("Иванов", "Кузнецов", "Орлов", "Гусев", "Рябов", "Ким")
        ]
    )
    env["affiliation"].create(
        [{"person_id": person.id, "organisation_id": organisations[0].id, "position": "Директор"} for person in people[:2]]
    )
    address = env["address"].create({"country": "RU", "city": "Псков", "street": "ул. Ленина", "house": "5"})
    env["address.use"].create({"address_id": address.id, "party_id": organisations[0].id, "kind": "postal"})
    return {"organisation": organisations[0].id, "person": people[0].id, "address": address.id, "code": codes[0].id}


@pytest.fixture(scope="session")
def filled(app):
    """Ids of the records that every browser test finds."""
    with app.app_context():
        return app.extensions["kartoteka"].database.superuser(source="command").run(fill)


@pytest.fixture
def screens(filled):
    """Every kind of screen by name."""
    return {
        "organisations": "/party/list?menu=organisations",
        "people": "/party/list?menu=people",
        "addresses": "/address/list",
        "codes": "/code/list",
        "nothing-found": "/party/list?menu=organisations&q=нетникого",
        "organisation": f"/party/{filled['organisation']}?menu=organisations&at=1",
        "person": f"/party/{filled['person']}?menu=people",
        "address": f"/address/{filled['address']}",
        "code": f"/code/{filled['code']}",
        "new-organisation": "/party/new?menu=organisations",
        "users": "/user/list",
        "roles": "/role/list",
        "rights": "/settings/rights",
        "search": "/search?q=мост",
        "not-found": "/party/99999999",
    }


@pytest.fixture
def clerk(filled, page, sign_in):
    """A signed-in Russian clerk."""
    return sign_in(page, "clerk")


@pytest.fixture
def violations():
    """`violations(page)`: what axe finds."""
    source = AXE.read_text(encoding="utf-8")

    def run(page):
        page.evaluate(source)
        return json.loads(json.dumps(page.evaluate(RUN_AXE)))

    return run
