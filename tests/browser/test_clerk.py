"""A clerk's first ten minutes, in Russian and by keyboard, and what may go wrong on the way."""

import re

from playwright.sync_api import expect


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def test_the_first_ten_minutes_by_keyboard(clerk):
    """Shows 0.2, 0.3, 0.15, 2.1."""
    page = clerk
    page.goto("/party/list?menu=organisations")

    press(page, "n")
    page.wait_for_url(re.compile(r"/party/new"))
    page.locator("#f-name").focus()
    page.keyboard.type("АО «Волжские мельницы»")
    page.locator("#f-phone").focus()
    page.keyboard.type("8 845 212-34-56")
    press(page, "Control+s")
    page.wait_for_url(re.compile(r"/party/\d+"))
    expect(page.locator("h1")).to_have_text("АО «Волжские мельницы»")

    page.locator("[data-lines=affiliation_ids] [data-add-line]").focus()
    press(page, "Enter")
    page.keyboard.type("Кузне")
    expect(page.locator("[role=option]").first).to_contain_text("Кузнецов")
    press(page, "Enter", "Tab")
    page.keyboard.type("Бухгалтер")
    press(page, "Control+s")
    expect(page.locator(".toast-line")).to_be_visible()
    expect(page.locator("[data-lines=affiliation_ids] tbody tr:not(.fresh)")).to_have_count(1)

    page.locator("body").press("/")
    page.keyboard.type("мельниц")
    expect(page.locator("#found a").first).to_contain_text("Волжские мельницы")
    press(page, "ArrowDown", "Enter")
    expect(page.locator("h1")).to_have_text("АО «Волжские мельницы»")


def test_a_row_opens_by_enter_and_the_neighbours_keep_the_filter(clerk):
    """Shows 0.2."""
    page = clerk
    page.goto("/party/list?menu=organisations&q=Северный&order=name")
    press(page, "ArrowDown", "ArrowDown", "Enter")
    page.wait_for_url(re.compile(r"at=2"))
    expect(page.locator(".head .num")).to_contain_text("2")

    page.locator("a[href*='at=3']").click()
    page.wait_for_url(re.compile(r"q=%D0.*at=3"))


def test_filters_come_and_go_and_the_back_button_is_right(clerk):
    """Shows 0.2, 0.4."""
    page = clerk
    page.goto("/party/list?menu=organisations")
    everything = page.locator("table.list tbody tr").count()
    page.locator(".list-search").fill("мост 12")
    press(page, "Enter")
    expect(page.locator("table.list tbody tr")).to_have_count(1)
    expect(page.locator(".facet")).to_have_count(1)

    page.go_back()
    expect(page.locator("table.list tbody tr")).to_have_count(everything)
    page.go_forward()
    page.locator(".facet a").click()
    expect(page.locator("table.list tbody tr")).to_have_count(everything)


def test_a_condition_is_built_from_field_operator_and_value(clerk):
    """Shows 0.4."""
    page = clerk
    page.goto("/party/list?menu=organisations")
    page.locator("summary.quick").click()
    page.locator("select[name=cf]").select_option("phone")
    page.locator("[name=cv]").fill("445-10-07")
    press(page, "Enter")

    expect(page.locator("table.list tbody tr")).to_have_count(1)
    expect(page.locator(".facet")).to_contain_text("445-10-07")


def test_columns_and_page_size_are_remembered(clerk):
    """Shows 0.2."""
    page = clerk
    page.goto("/address/list")
    page.locator("summary[aria-label][title]", has=page.locator("use[href$=columns-3]")).click()
    page.locator("input[name=column][value=region]").uncheck()
    page.locator("select[name=size]").select_option("20")
    page.locator("details[open] .btn-primary").click()
    page.wait_for_load_state()
    page.goto("/address/list")

    expect(page.locator("input[name=column][value=region]")).not_to_be_checked()
    expect(page.locator("select[name=size]")).to_have_value("20")


def test_selected_records_are_archived(clerk):
    """Shows 0.2."""
    page = clerk
    page.goto("/party/new?menu=organisations")
    page.locator("#f-name").fill("Временная")
    press(page, "Control+s")
    page.wait_for_url(re.compile(r"/party/\d+"))
    page.goto("/party/list?menu=organisations&q=Временная")
    page.locator("table.list tbody .tick input").check()
    page.locator("button[value=archive]").click()
    page.wait_for_load_state()
    page.goto("/party/list?menu=organisations&q=Временная")
    expect(page.locator(".empty")).to_be_visible()
    page.goto("/party/list?menu=organisations&q=Временная&f=archived")
    expect(page.locator("table.list tbody tr")).to_have_count(1)


def test_an_error_stands_beside_its_field_and_nothing_is_lost(clerk):
    """Shows 0.17."""
    page = clerk
    page.goto("/party/new?menu=organisations")
    page.locator("#f-name").fill("С ошибкой")
    page.locator("#f-inn").fill("7707083890")
    press(page, "Control+s")

    expect(page.locator("#e-inn")).to_be_visible()
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.locator("#f-name")).to_have_value("С ошибкой")
    expect(page.locator("#f-inn")).to_have_value("7707083890")


def test_unsaved_changes_are_guarded(clerk, filled):
    """Shows 0.3."""
    page = clerk
    page.goto(f"/party/{filled['organisation']}?menu=organisations")
    page.locator("#f-phone").fill("+7 812 000-00-00")
    page.locator("a.crumb").click()
    expect(page.locator("#ask-dialog")).to_be_visible()
    page.locator("#ask-dialog button[value='']").click()
    expect(page.locator("#f-phone")).to_have_value("+7 812 000-00-00")

    page.locator("a.crumb").click()
    page.locator("#ask-dialog button[value=yes]").click()
    page.wait_for_url(re.compile(r"/party/list"))


def test_two_people_change_the_same_field(new_page, sign_in, filled):
    """Shows 0.12."""
    path = f"/party/{filled['person']}?menu=people"
    first, second = (sign_in(new_page(), "clerk") for _ in range(2))
    first.goto(path)
    second.goto(path)
    first.locator("#f-email").fill("first@example.com")
    press(first, "Control+s")
    expect(first.locator(".toast-line")).to_be_visible()

    second.locator("#f-email").fill("second@example.com")
    press(second, "Control+s")
    expect(second.locator("#conflict-dialog")).to_contain_text("first@example.com")
    expect(second.locator("#conflict-dialog")).to_contain_text("second@example.com")
    second.locator("[data-conflict=mine]").click()
    expect(second.locator(".toast-line")).to_be_visible()
    first.goto(path)
    expect(first.locator("#f-email")).to_have_value("second@example.com")


def test_two_people_change_different_fields(new_page, sign_in, filled):
    """Shows 0.12."""
    path = f"/party/{filled['person']}?menu=people"
    first, second = (sign_in(new_page(), "clerk") for _ in range(2))
    first.goto(path)
    second.goto(path)
    first.locator("#f-phone").fill("+7 812 111-11-11")
    press(first, "Control+s")
    expect(first.locator(".toast-line")).to_be_visible()
    second.locator("#f-given_name").fill("Павел")
    press(second, "Control+s")
    expect(second.locator(".toast-line")).to_be_visible()

    expect(second.locator("#f-phone")).to_have_value("+7 812 111-11-11")
    expect(second.locator("#f-given_name")).to_have_value("Павел")


def test_what_was_typed_never_runs_as_script(clerk):
    """Shows 0.17."""
    page = clerk
    page.goto("/party/new?menu=organisations")
    page.locator("#f-name").fill("<img src=x onerror=alert(1)><script>alert(2)</script>")
    press(page, "Control+s")
    page.wait_for_url(re.compile(r"/party/\d+"))
    expect(page.locator("h1")).to_contain_text("<script>")
    page.goto("/party/list?menu=organisations&q=onerror")
    expect(page.locator("table.list tbody tr")).to_have_count(1)
    expect(page.locator("table.list img")).to_have_count(0)


def test_the_drawer_opens_on_a_telephone(new_page, sign_in, filled):
    """Shows 0.15."""
    page = sign_in(new_page(viewport={"width": 360, "height": 740}), "clerk")
    page.goto("/party/list?menu=organisations")
    expect(page.locator("#nav")).not_to_be_visible()
    page.locator("[data-drawer]").click()
    expect(page.locator("#nav")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#nav")).not_to_be_visible()
