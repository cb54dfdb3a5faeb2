"""Every page in every theme and language: nothing wrong for axe, in the console, or by the content policy."""

import re
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Problems, axe_violations

PAGES = {
    "/data-processing/": ("Data processing", "Обработка данных"),
    "/training/": ("Training", "Обучение"),
    "/inference/": ("Speech", "Речь"),
    "/settings/": ("Settings", "Настройки"),
}


def open_page(page: Page, path: str, language: str = "en") -> None:
    """Opens a page in a language and waits until it has come to rest."""
    page.add_init_script(f"localStorage.setItem('locale', '{language}')")
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("[data-slot=skeleton]")).to_have_count(0)


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_sound(
    user: Page, problems: Problems, path: str, theme: Literal["light", "dark"], language: str
) -> None:
    user.emulate_media(color_scheme=theme)
    open_page(user, path, language)
    expect(user.get_by_role("heading", level=1)).to_have_text(PAGES[path][language == "ru"])
    expect(user.locator("html")).to_have_attribute("lang", language)
    assert axe_violations(user) == []
    problems.expect_none()


@pytest.mark.parametrize("path", PAGES)
def test_a_narrow_window_needs_no_sideways_scrolling(user: Page, problems: Problems, path: str) -> None:
    user.set_viewport_size({"width": 390, "height": 844})
    open_page(user, path, "ru")
    assert user.evaluate("document.documentElement.scrollWidth") <= 390
    assert axe_violations(user) == []
    problems.expect_none()


def test_navigation_keeps_the_document(user: Page, problems: Problems) -> None:
    open_page(user, "/data-processing/")
    user.evaluate("window.stillTheSame = true")
    for link, title in (
        ("Training", "Training"),
        ("Speech", "Speech"),
        ("Settings", "Settings"),
        ("Data", "Data processing"),
    ):
        user.get_by_role("navigation").get_by_role("link", name=link, exact=True).click()
        expect(user.get_by_role("heading", level=1)).to_have_text(title)
    user.go_back()
    expect(user.get_by_role("heading", level=1)).to_have_text("Settings")
    assert user.evaluate("window.stillTheSame") is True
    problems.expect_none()


def test_the_keyboard_leads_everywhere(user: Page, problems: Problems) -> None:
    open_page(user, "/data-processing/")
    user.keyboard.press("Control+k")
    user.get_by_placeholder("Go to").fill("speech")
    user.keyboard.press("Enter")
    expect(user.get_by_role("heading", level=1)).to_have_text("Speech")
    user.get_by_role("heading", level=1).click()  # out of any field
    user.keyboard.press("g")
    user.keyboard.press("s")
    expect(user.get_by_role("heading", level=1)).to_have_text("Settings")
    user.keyboard.press("Control+k")
    assert axe_violations(user) == []
    problems.expect_none()


def test_a_script_that_was_slipped_in_does_not_run(user: Page) -> None:
    open_page(user, "/settings/")
    user.evaluate(
        """() => { const script = document.createElement('script'); script.textContent = 'window.slippedIn = true'
                   document.body.append(script) }"""
    )
    assert user.evaluate("window.slippedIn") is None
    policy = user.request.get("/settings/").headers["content-security-policy"]
    scripts = re.search(r"script-src[^;]*", policy)
    assert scripts
    assert "unsafe" not in scripts[0]


def test_an_unknown_page_says_so(user: Page) -> None:
    answer = user.goto("/no/such/page/")
    assert answer
    assert answer.status == 404
    expect(user.get_by_role("heading", level=1)).to_have_text("This page does not exist.")
    user.get_by_role("link", name="To the recordings").click()
    expect(user.get_by_role("heading", level=1)).to_have_text("Data processing")


def test_a_stopped_server_is_told(user: Page) -> None:
    open_page(user, "/data-processing/")
    user.route("**/api/data/recordings*", lambda route: route.abort())
    user.reload()
    expect(user.get_by_role("alert").filter(has=user.locator("p")).first).to_be_visible(timeout=15_000)
