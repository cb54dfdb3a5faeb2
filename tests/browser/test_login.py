"""The login as a person meets it: sent there, wrong, right, back to the page asked for, locked out, signed out."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Problems, axe_violations
from tests.studio import PASSWORD, USER, running


def sign_in(page: Page, password: str, user: str = USER) -> None:
    page.get_by_label("User name").fill(user)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_the_page_asked_for_opens_after_the_login(page: Page, problems: Problems) -> None:
    page.goto("/training/run/?id=some-run")
    expect(page).to_have_url(re.compile(r"/login/\?next=%2Ftraining%2Frun%2F%3Fid%3Dsome-run$"))
    assert axe_violations(page) == []
    sign_in(page, "wrong")
    expect(page.get_by_role("alert").filter(has_text="Wrong user name or password.")).to_be_visible()
    sign_in(page, PASSWORD)
    expect(page).to_have_url(re.compile(r"/training/run/\?id=some-run$"))
    problems.expect_none("401 POST", "some-run")


def test_scripts_do_not_see_the_cookie(page: Page) -> None:
    page.goto("/login/")
    sign_in(page, PASSWORD)
    expect(page).to_have_url(re.compile(r"/data-processing/$"))
    assert page.evaluate("document.cookie") == ""
    (cookie,) = page.context.cookies()
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"


@pytest.mark.parametrize("elsewhere", ["//evil.example/", "https://evil.example/", "/\\evil.example"])
def test_the_way_back_stays_on_this_site(page: Page, elsewhere: str, base_url: str) -> None:
    page.goto(f"/login/?next={elsewhere}")
    sign_in(page, PASSWORD)
    expect(page).to_have_url(f"{base_url}/data-processing/")


def test_signing_out_closes_the_pages(user: Page) -> None:
    user.goto("/settings/")
    user.get_by_role("button", name="Sign out").click()
    expect(user).to_have_url(re.compile(r"/login/$"))
    user.goto("/settings/")
    expect(user).to_have_url(re.compile(r"/login/\?next=%2Fsettings%2F$"))


def test_an_ended_login_leads_back_to_the_login(user: Page) -> None:
    user.goto("/settings/")
    expect(user.get_by_role("heading", level=1)).to_be_visible()
    user.context.clear_cookies()
    user.keyboard.press("g")
    user.keyboard.press("t")
    expect(user).to_have_url(re.compile(r"/login/\?next="))


def test_too_many_wrong_attempts_are_locked_out(browser: Browser, tmp_path: Path) -> None:
    with running(tmp_path / "workspace") as studio:  # its own: the lock would close the shared one to the other tests
        page = browser.new_page(base_url=studio.url)
        page.clock.install()
        page.goto("/login/")
        alert = page.get_by_role("alert").filter(has=page.locator("p"))
        for _ in range(5):
            with page.expect_response("**/api/auth/login"):
                sign_in(page, "wrong")
        expect(alert).to_contain_text("Wrong user name or password.")
        sign_in(page, PASSWORD)
        expect(alert).to_contain_text("logging in is closed for you for")
        closed = page.get_by_role("button", name=re.compile(r"^Closed for \d+:\d\d$"))
        expect(closed).to_be_disabled()
        before = closed.inner_text()
        page.clock.fast_forward(10_000)
        expect(closed).not_to_have_text(before)
        page.clock.fast_forward("01:00:00")
        expect(page.get_by_role("button", name="Sign in")).to_be_enabled()
        expect(alert).to_have_count(0)
        page.close()


def test_the_language_is_chosen_before_the_login(page: Page, problems: Problems) -> None:
    page.goto("/login/")
    page.get_by_role("button", name="Русский").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Вход в XTTS Studio")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    page.get_by_label("Имя пользователя").fill(USER)
    page.get_by_label("Пароль").fill("wrong")
    page.get_by_role("button", name="Войти").click()
    expect(page.get_by_role("alert").filter(has_text="Неверное имя пользователя или пароль.")).to_be_visible()
    assert axe_violations(page) == []
    problems.expect_none("401 POST")
