"""An address that others use too: who they are is told before a change is saved, and a copy can be split off instead."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def shared(app, filled):
    """Id of an address that a person and an organisation use."""

    def make(env):
        address = env["address"].create({"country": "RU", "city": "Тула", "street": "ул. Мира", "house": "7"})
        uses = [{"address_id": address.id, "party_id": filled[who], "kind": "visiting"} for who in ("organisation", "person")]
        env["address.use"].create(uses)
        return address.id

    with app.app_context():
        return app.extensions["kartoteka"].database.superuser(source="command").run(make)


def change_house(page, address, house):
    """Type another house and save; the question is there."""
    page.goto(f"/address/{address}")
    page.locator("#f-house").fill(house)
    page.keyboard.press("Control+s")
    expect(page.locator("#shared-dialog")).to_be_visible()


def test_a_change_for_all_tells_first_who_they_are(clerk, shared):
    """Shows 4.1."""
    page = clerk
    change_house(page, shared, "8")
    expect(page.locator("#shared-dialog")).to_contain_text("1 человек, 1 организация")
    expect(page.locator("#shared-dialog")).to_contain_text("Северный мост 1")
    page.locator("#shared-dialog [value=all]").click()
    expect(page.locator(".toast-line")).to_be_visible()

    expect(page.locator("h1")).to_contain_text("д. 8")
    expect(page.locator("[data-lines=use_ids] tbody tr")).to_have_count(2)


def test_a_copy_is_split_off_for_the_ticked_one(clerk, shared):
    """Shows 4.1."""
    page = clerk
    change_house(page, shared, "9")
    expect(page.locator("[data-split]")).to_be_disabled()
    page.locator("#shared-dialog label", has_text="Иванов").click()
    page.locator("[data-split]").click()
    page.wait_for_url(re.compile(rf"/address/(?!{shared}\b)\d+"))
    expect(page.locator("h1")).to_contain_text("д. 9")
    expect(page.locator("[data-lines=use_ids] tbody tr")).to_have_count(1)

    page.goto(f"/address/{shared}")
    expect(page.locator("h1")).to_contain_text("д. 7")
    expect(page.locator("[data-lines=use_ids] tbody tr")).to_have_count(1)


def test_who_thinks_better_of_it_keeps_what_he_typed(clerk, shared):
    """Shows 4.1, 0.17."""
    page = clerk
    change_house(page, shared, "10")
    page.locator("#shared-dialog [data-close]").click()
    expect(page.locator("#f-house")).to_have_value("10")
    page.goto(f"/address/{shared}")
    expect(page.locator("h1")).to_contain_text("д. 7")


def test_uses_alone_change_without_a_question(clerk, shared):
    """Shows 4.1."""
    page = clerk
    page.goto(f"/address/{shared}")
    page.locator("[data-lines=use_ids] tbody tr").first.locator("select").select_option("billing")
    page.keyboard.press("Control+s")
    expect(page.locator(".toast-line")).to_be_visible()
    expect(page.locator("#shared-dialog")).to_have_count(0)
