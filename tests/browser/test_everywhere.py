"""Every screen in both themes, both languages and two widths: accessible, in one language, with its picture taken."""

import re

import pytest

from app.local.places import home_folder

WIDTHS = (1440, 390)
# Names and codes that stay as they are in every language.
LATIN_NAMES = frozenset(
    [
        "INN",
        "Ctrl",
        "Enter",
        "Alt",
        "Space",
        "S",
        "N",
        "English",
        "VIP",
        "REST",
        "XLSX",
        "CSV",
        "vCard",
        "admin",
        "clerk",
        "sales",
        "reception",
        "manager",
        "auditor",
        "everyone",
        "example",
        "test",
    ]
)
TEXTS = """() => {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const parent = walker.currentNode.parentElement;
        if (!parent.closest("script, style, template, kbd, .shown, tbody, h1, .who, [lang=en], .found, .history, [translate=no]")) found.push(walker.currentNode.data);
    }
    for (const element of document.querySelectorAll("[aria-label], [placeholder], [title]")) {
        if (element.closest("template, tbody, [lang=en], .avatar-button")) continue;
        for (const name of ["aria-label", "placeholder", "title"]) found.push(element.getAttribute(name) || "");
    }
    return found;
}"""


def open_as(new_page, sign_in, login, **options):
    return sign_in(new_page(**options), login)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["ru", "en"])
def test_axe_finds_nothing_on_any_screen(new_page, sign_in, screens, violations, theme, language):
    """Shows 0.15."""
    page = open_as(new_page, sign_in, "admin", color_scheme=theme, locale=f"{language}-{language.upper()}")
    found = {}
    for name, path in screens.items():
        page.goto(path)
        found[name] = violations(page)

    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_the_sign_in_page(new_page, violations, theme):
    """Shows 0.15."""
    page = new_page(color_scheme=theme)
    page.goto("/login/")

    assert violations(page) == []


def test_russian_screens_have_no_latin_words(new_page, sign_in, screens):
    """Shows 0.14."""
    page = open_as(new_page, sign_in, "admin")
    found = {}
    for name, path in screens.items():
        page.goto(path)
        words = set(re.findall(r"[A-Za-z]{2,}", " ".join(page.evaluate(TEXTS))))
        found[name] = sorted(words - LATIN_NAMES)

    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["ru", "en"])
def test_pictures_of_all_screens(new_page, sign_in, screens, width, theme, language):
    """Shows 0.15."""
    size = {"width": width, "height": 900 if width > 500 else 844}
    page = open_as(new_page, sign_in, "admin", color_scheme=theme, viewport=size, locale=f"{language}-{language.upper()}")
    folder = home_folder() / "screens"
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in screens.items():
        page.goto(path)
        page.screenshot(path=folder / f"{name}-{language}-{theme}-{width}.png")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} is {wide} pixels wider than the screen"


def test_no_page_has_anything_inline(new_page, sign_in, screens):
    page = open_as(new_page, sign_in, "admin")
    for path in screens.values():
        page.goto(path)
        assert page.locator("[style]").count() == 0
        assert page.locator("style, script:not([src])").count() == 0


def test_the_theme_is_kept(new_page, sign_in, filled):
    """Shows 0.15."""
    page = open_as(new_page, sign_in, "clerk")
    page.locator(".avatar-button").click()
    page.locator("[data-theme-choice=dark]").click()
    page.goto("/party/list?menu=people")

    assert page.locator("html").get_attribute("data-bs-theme") == "dark"


def test_the_language_is_the_users_own(new_page, sign_in, filled):
    """Shows 0.14."""
    page = open_as(new_page, sign_in, "reception")
    page.locator(".avatar-button").click()
    page.locator("button[name=lang][value=en]").click()
    page.wait_for_function("document.documentElement.lang === 'en'")
    page.locator(".avatar-button").click()
    page.locator("button[name=lang][value=ru]").click()
    page.wait_for_function("document.documentElement.lang === 'ru'")

    assert page.locator("html").get_attribute("lang") == "ru"
