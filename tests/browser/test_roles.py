"""What each role meets on its screens: forms that only read, lists nobody fills by hand, days as the portal writes them."""

import re

import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize("role", ["reception", "auditor"])
def test_a_form_that_only_reads_shows_everything_as_text(page, sign_in, filled, role):
    """Shows 0.3, 1.1."""
    sign_in(page, role)
    page.goto(f"/party/{filled['organisation']}?menu=organisations")
    expect(page.locator("#f-name")).to_have_text("ООО «Северный мост 1»")
    expect(page.locator("#f-family_name")).to_be_hidden()
    expect(page.locator("[role=tab]").first).to_have_text(re.compile(r"^Люди \d+$"))
    expect(page.locator("#save-button")).to_have_count(0)
    expect(page.locator("#page input:visible, #page select:visible, #page textarea:visible")).to_have_count(0)


def test_nobody_writes_the_audit_by_hand(page, sign_in, filled):
    """Shows 0.11."""
    sign_in(page, "admin")
    for path in ("/audit/list", "/job/list", "/user.session/list"):
        page.goto(path)
        expect(page.locator("h1")).to_be_visible()
        expect(page.locator("a[data-key=n]")).to_have_count(0)
    page.goto("/audit/list")
    expect(page.locator("button[name=action]")).to_have_count(0)


def test_a_record_found_by_search_names_its_own_list(clerk, filled):
    """Shows 0.2."""
    page = clerk
    page.goto(f"/party/{filled['person']}")
    expect(page.locator(".crumb")).to_have_text("Люди")
    expect(page.locator("#nav [aria-current=page]")).to_have_text("Люди")
    page.goto("/party/list")
    expect(page.locator("h1")).to_have_text("Организации · Люди")


def test_days_are_typed_and_shown_as_the_language_writes_them(clerk, filled):
    """Shows 0.14."""
    page = clerk
    page.goto(f"/party/{filled['person']}?menu=people")
    page.locator("#f-birthday").fill("8.7.1980")
    page.keyboard.press("Control+s")
    expect(page.locator("#f-birthday")).to_have_value("08.07.1980")

    page.locator("#f-birthday").fill("32.13.2020")
    page.keyboard.press("Control+s")
    expect(page.locator("#e-birthday")).to_contain_text("32.13.2020")
    expect(page.locator("#f-birthday")).to_have_value("32.13.2020")


def test_lines_show_whole_words(clerk, filled):
    """Shows 0.3."""
    page = clerk
    page.goto(f"/party/{filled['organisation']}?menu=organisations")
    cut = page.locator("[data-lines=affiliation_ids] input.field-input:visible").evaluate_all(
        "inputs => inputs.filter(input => input.scrollWidth > input.clientWidth + 1).map(input => input.value)"
    )
    assert cut == []


def test_a_double_click_saves_once(clerk):
    """Shows 8.4."""
    page = clerk
    page.goto("/party/new?menu=organisations")
    page.locator("#f-name").fill("Двойной щелчок")
    page.locator("#save-button").dblclick()
    page.wait_for_url(lambda address: "/new" not in address)
    page.goto("/party/list?menu=organisations&q=Двойной щелчок")
    expect(page.locator("table.list tbody tr")).to_have_count(1)


def test_people_and_addresses_are_made_in_the_row_where_they_are_missed(clerk, filled):
    """Shows 0.3, 4.2."""
    page = clerk
    page.goto(f"/party/{filled['organisation']}?menu=organisations")
    page.locator("[data-lines=affiliation_ids] [data-add-line]").click()
    page.keyboard.type("Жданов Лев Ильич")
    page.locator(".combo-new").click()
    page.get_by_role("tab", name="Адреса").click()
    page.locator("[data-lines=address_use_ids] [data-add-line]").click()
    page.locator("[data-lines=address_use_ids] tr.fresh [role=combobox]").fill("180000, Псков, ул. Новая, д. 15, кв. 2")
    page.locator(".combo-new").click()
    expect(page.locator(".combo-list")).to_have_count(0)
    page.keyboard.press("Control+s")
    expect(page.locator(".toast-line")).to_be_visible()

    page.goto("/party/list?menu=people&q=Жданов")
    expect(page.locator("table.list tbody tr")).to_have_count(1)
    page.goto("/address/list?q=Новая")
    page.locator("table.list tbody a").first.click()
    expect(page.locator("#f-house")).to_have_value("15")


def test_what_is_needed_elsewhere_is_not_deleted_and_its_form_says_why(clerk, filled):
    """Shows 0.17."""
    page = clerk
    page.goto(f"/address/{filled['address']}")
    page.locator(".head details.drop summary").click()
    page.locator("[formaction*='/delete']").click()
    page.locator("#ask-dialog [value=yes]").click()
    expect(page.locator("#error-summary")).to_contain_text("Это не выполнено")
    expect(page.locator("#error-summary")).to_contain_text("ссылаются")
    expect(page.locator("h1")).to_contain_text("Псков")
    expect(page.locator("#save-button")).to_be_visible()
