"""A new studio says what it has and what it lacks, and gets it by a button."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Problems, axe_violations, sign_in
from tests.journey.material import own_material, tiny_model
from tests.studio import running


def test_first_steps_lead_to_a_recording_and_the_models(page: Page, problems: Problems, tmp_path: Path) -> None:
    with running(tmp_path / "workspace") as studio:
        sign_in(page, studio)
        page.goto(f"{studio.url}/data-processing/")
        guide = page.get_by_role("region", name="First steps")
        expect(guide.get_by_role("img", name="Missing")).to_have_count(3)
        expect(guide).to_contain_text("No GPU found")
        assert axe_violations(page) == []

        guide.get_by_role("button", name="Try with a sample").click()
        expect(page).to_have_url(re.compile("recording="))
        expect(page.get_by_role("region", name="harbour.flac")).to_be_visible(timeout=30_000)
        expect(guide.get_by_role("img", name="Missing")).to_have_count(2)

        whisper = guide.get_by_role("listitem").filter(has_text="A Whisper model")
        whisper.get_by_role("button", name=re.compile("^Download 1")).click()
        expect(whisper.get_by_role("alert")).to_be_visible(timeout=30_000)  # there is no network here

        base = guide.get_by_role("listitem").filter(has_text="XTTS v2")
        base.get_by_role("button", name=re.compile("^Download 2.1")).click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_role("button", name="Accept and download")).to_be_visible()
        dialog.get_by_role("button", name="Close").click()
        source = str(tiny_model(tmp_path / "xtts", own_material()))
        studio.finished(studio.post("/api/models/pull", 202, json={"name": "xtts-v2", "source": source})["job"])
        expect(base.get_by_role("img", name="Here")).to_be_visible()

        guide.get_by_role("button", name="Put away").click()
        expect(guide).to_have_count(0)
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(guide).to_have_count(0)
        page.keyboard.press("Control+k")
        page.get_by_placeholder("Go to").fill("first steps")
        page.keyboard.press("Enter")
        expect(guide).to_be_visible()
    problems.expect_none("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_first_steps_fit_a_narrow_window(user: Page, problems: Problems, theme: str) -> None:
    user.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    user.add_init_script("localStorage.setItem('locale', 'ru')")
    user.set_viewport_size({"width": 390, "height": 844})
    user.goto("/data-processing/")
    expect(user.get_by_role("region", name="Первые шаги")).to_be_visible()
    assert user.evaluate("document.documentElement.scrollWidth") <= 390
    assert axe_violations(user) == []
    problems.expect_none()
