"""What administrators do: users with passwords, rights of roles; and what others may not."""

import re

import pytest
from playwright.sync_api import expect

PASSWORD = "a fresh long password"


def test_a_new_user_gets_a_role_and_a_password_and_signs_in(new_page, sign_in, filled):
    """Shows 1.1, 0.3."""
    admin = sign_in(new_page(), "admin")
    admin.goto("/user/new")
    for name, value in {"first_name": "Лев", "last_name": "Новиков", "email": "lev@portal.example", "login": "lev"}.items():
        admin.locator(f"#f-{name}").fill(value)
    admin.locator("#f-role_ids").fill("cler")
    expect(admin.locator("[role=option]").first).to_contain_text("clerk")
    admin.keyboard.press("Enter")
    expect(admin.locator(".chip")).to_contain_text("clerk")
    admin.keyboard.press("Control+s")
    admin.wait_for_url(re.compile(r"/user/\d+"))
    admin.locator("summary[title]", has=admin.locator("use[href$='#dots']")).click()
    admin.locator("button[formaction$='/password']").click()
    admin.locator("#new").fill(PASSWORD)
    admin.locator("#again").fill(PASSWORD)
    admin.keyboard.press("Enter")
    expect(admin.locator(".toast-line")).to_be_visible()

    lev = new_page()
    lev.goto("/login/")
    lev.locator("#username").fill("lev")
    lev.locator("#password").fill(PASSWORD)
    lev.keyboard.press("Enter")
    expect(lev.locator("#nav a[href*=organisations]")).to_be_visible()
    expect(lev.locator("#nav a[href='/user/list']")).to_have_count(0)


def test_a_right_given_in_the_matrix_works_at_once(new_page, sign_in, filled):
    """Shows 1.1."""
    admin, auditor = sign_in(new_page(), "admin"), sign_in(new_page(), "auditor")
    auditor.goto("/code/list")
    expect(auditor.locator("[data-key=n]")).to_have_count(0)
    admin.goto("/settings/rights")
    admin.locator("nav a.quick", has_text="auditor").click()
    admin.locator("input[value='code:c']").check()
    admin.locator(".matrix-save button").click()
    expect(admin.locator(".toast-line")).to_be_visible()

    auditor.goto("/code/list")
    expect(auditor.locator("[data-key=n]")).to_be_visible()


@pytest.mark.parametrize("path", ["/settings/rights", "/user/new", "/role/new", "/user.session/list", "/user/1/password"])
def test_a_clerk_may_not_administer(clerk, path):
    """Shows 1.1."""
    answer = clerk.goto(path)

    assert answer.status in (403, 404)
    expect(clerk.locator("h1")).not_to_be_empty()


def test_a_link_may_be_made_from_its_name(clerk):
    """Shows 0.3."""
    page = clerk
    page.goto("/code/new")
    page.locator("#f-kind_id").fill("Отрасль заказчика")
    page.locator(".combo-new").wait_for()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("input[name=kind_id]")).not_to_have_value("")
