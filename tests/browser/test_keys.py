"""Keys by clicks: made and shown once, used, given defaults, revoked."""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Problems, axe_violations, sign_in
from tests.studio import Studio


@pytest.fixture
def settings(page: Page, problems: Problems, speaking_studio: Studio) -> Page:
    """The settings of somebody signed in."""
    sign_in(page, speaking_studio)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{speaking_studio.url}/settings/")
    expect(page.get_by_role("heading", name="Keys for programs")).to_be_visible()
    return page


def make(page: Page, name: str) -> str:
    """A new key; gives its secret as the page shows it this once."""
    page.get_by_role("button", name="New key").click()
    page.get_by_role("dialog").get_by_label("Name").fill(name)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=f"The key {name} is ready")
    secret = dialog.get_by_role("textbox", name="Key", exact=True).input_value()
    assert axe_violations(page) == []
    dialog.get_by_role("button", name="Copy Key").click()
    expect(dialog.get_by_role("status").filter(has_text="Copied")).to_be_attached()
    assert page.evaluate("navigator.clipboard.readText()") == secret
    assert secret in dialog.get_by_role("textbox", name=re.compile("^Address for SillyTavern")).input_value()
    dialog.get_by_role("button", name="Done").click()
    return secret


def models(studio: Studio, secret: str) -> int:
    """What a client gets that asks for the models with this key."""
    return httpx.get(f"{studio.url}/v1/models", headers={"Authorization": f"Bearer {secret}"}).status_code


def test_a_key_is_made_used_and_revoked(settings: Page, problems: Problems, speaking_studio: Studio) -> None:
    secret = make(settings, "Reading lamp")
    row = settings.get_by_role("list", name="Keys for programs").get_by_role("listitem").filter(has_text="Reading lamp")
    expect(row).to_contain_text("never used")
    assert secret not in settings.content()
    assert models(speaking_studio, secret) == 200
    settings.reload()
    expect(row).to_contain_text("last used")
    row.get_by_role("button", name="Revoke Reading lamp").click()
    dialog = settings.get_by_role("alertdialog", name="Revoke the key Reading lamp?")
    dialog.get_by_role("button", name="Revoke the key").click()
    expect(row).to_have_count(0)
    assert models(speaking_studio, secret) == 401
    problems.expect_none()


def test_a_key_has_defaults_of_its_own(settings: Page, problems: Problems, speaking_studio: Studio) -> None:
    """A voice, a language, and the name by which a client asks for a voice; they are there when one comes back."""
    make(settings, "Kitchen radio")
    settings.get_by_role("button", name="Defaults of Kitchen radio").click()
    dialog = settings.get_by_role("dialog", name="Defaults of Kitchen radio")
    for label, option in (("Voice", "Reader"), ("Language", "German")):
        dialog.get_by_role("combobox", name=label, exact=True).click()
        settings.get_by_role("option", name=option, exact=True).click()
    dialog.get_by_role("button", name="Add a name").click()
    dialog.get_by_label("Name 1").fill("alloy")
    assert axe_violations(settings) == []
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    row = (
        settings.get_by_role("list", name="Keys for programs").get_by_role("listitem").filter(has_text="Kitchen radio")
    )
    expect(row).to_contain_text("alloy → ")
    key = next(one for one in speaking_studio.get("/api/keys")["keys"] if one["name"] == "Kitchen radio")
    assert key["defaults"]["voice"] == "Reader"
    assert key["defaults"]["language"] == "de"
    assert list(key["defaults"]["voices"]) == ["alloy"]
    settings.reload()
    settings.get_by_role("button", name="Defaults of Kitchen radio").click()
    expect(dialog.get_by_label("Name 1")).to_have_value("alloy")
    problems.expect_none()
