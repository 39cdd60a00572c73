"""What an administrator does when a form lacks a field: he adds it, and everybody has it on his next page."""

import re

from playwright.sync_api import expect


def test_a_field_added_in_the_browser_is_on_the_next_page_of_everybody(new_page, sign_in, filled):
    """Shows 0.7."""
    admin, clerk = sign_in(new_page(), "admin"), sign_in(new_page(), "clerk")
    admin.goto("/custom.field/new")
    expect(admin.locator("#f-choices_text")).to_be_hidden()
    admin.locator("#f-model").select_option("party")
    admin.locator("#f-label").fill("Как о нас узнали")
    admin.locator("#f-name").fill("x_heard")
    admin.locator("#f-type").select_option("selection")
    expect(admin.locator("#f-choices_text")).to_be_visible()
    admin.locator("#f-choices_text").fill("web = Из интернета\nfair = На выставке")
    admin.keyboard.press("Control+s")
    admin.wait_for_url(re.compile(r"/custom.field/\d+"))

    clerk.goto("/party/new?menu=organisations")
    clerk.locator("#f-name").fill("Незабудка")
    clerk.get_by_label("Как о нас узнали").select_option("fair")
    clerk.keyboard.press("Control+s")
    clerk.wait_for_url(re.compile(r"/party/\d+"))
    expect(clerk.locator("#f-x_heard")).to_have_value("fair")

    clerk.goto("/party/list?menu=organisations&c=x_heard:%3D:fair")
    expect(clerk.locator("main tbody tr")).to_have_count(1)
    expect(clerk.locator("main tbody")).to_contain_text("Незабудка")
