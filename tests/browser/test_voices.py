"""Voices by clicks: what is told of them, blended, exported, imported, deleted."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Problems, axe_violations, sign_in
from tests.studio import Studio

MADE_MS = 60_000
NARROW = {"width": 390, "height": 844}


@pytest.fixture
def voices(page: Page, problems: Problems, speaking_studio: Studio) -> Locator:
    """The voices on the speech page, of somebody signed in."""
    sign_in(page, speaking_studio)
    page.goto(f"{speaking_studio.url}/inference/")
    page.get_by_role("button", name="All voices").click()
    expect(page.get_by_role("tab", name="Voices")).to_be_focused()
    panel = page.get_by_role("tabpanel", name="Voices")
    expect(card(panel, "Reader")).to_be_visible()
    return panel


def card(voices: Locator, name: str) -> Locator:
    return voices.locator(f"li[aria-label='{name}']")


def test_a_voice_is_judged_in_plain_words(voices: Locator, problems: Problems) -> None:
    """A good recording is called so; of a poor one is said what is wrong, for each clip too."""
    good, poor = card(voices, "Reader"), card(voices, "Street")
    expect(good).to_contain_text("Good ·")
    expect(poor).to_contain_text("Weak ·")
    expect(poor).to_contain_text("noisy")
    poor.get_by_text("1 clip").click()
    expect(poor.get_by_text(re.compile(r"of speech in .* dB above the noise · level"))).to_be_visible()
    assert axe_violations(voices.page) == []
    problems.expect_none()


def test_a_sample_is_heard(voices: Locator, problems: Problems) -> None:
    reader = card(voices, "Reader")
    reader.get_by_role("button", name="Listen to Reader").click()
    stop = reader.get_by_role("button", name="Stop Reader")
    expect(stop).to_be_visible()
    stop.click()
    expect(stop).to_be_hidden()
    problems.expect_none()


def test_two_voices_are_blended(voices: Locator, problems: Problems, speaking_studio: Studio) -> None:
    """By weights that the sliders set, with the keyboard too. The new voice is the one in use."""
    page = voices.page
    voices.get_by_role("button", name="Blend").click()
    dialog = page.get_by_role("dialog", name="Blend voices")
    dialog.get_by_label("Voice name").fill("Between")
    slider = dialog.get_by_role("slider").first
    slider.focus()
    page.keyboard.press("End")  # 100 beside 50
    expect(dialog.get_by_text("67%")).to_be_visible()
    assert axe_violations(page) == []
    dialog.get_by_role("button", name="Make blend").click()
    expect(dialog).to_be_hidden(timeout=MADE_MS)
    blend = card(voices, "Between")
    expect(blend).to_contain_text("67%")
    expect(blend.get_by_role("button", name="In use")).to_be_visible()
    expect(page.get_by_role("combobox", name="Voice", exact=True)).to_contain_text("Between")
    made = next(one for one in speaking_studio.get("/api/inference/speakers")["speakers"] if one["name"] == "Between")
    assert [part["weight"] for part in made["blend"]] == [100, 50]
    delete(voices, "Between")
    expect(page.get_by_text("The voice Between is not here any more: choose another.")).to_be_visible()
    problems.expect_none()


def test_a_voice_is_exported_and_imported(voices: Locator, problems: Problems, speaking_studio: Studio) -> None:
    """Its own name being taken is said, and another one taken."""
    page = voices.page
    with page.expect_download() as download:
        card(voices, "Reader").get_by_role("link", name="Export Reader").click()
    assert download.value.suggested_filename == "Reader.xttsvoice"
    file = {
        "name": "Reader.xttsvoice",
        "mimeType": "application/octet-stream",
        "buffer": download.value.path().read_bytes(),
    }
    voices.get_by_role("button", name="Import").click()
    dialog = page.get_by_role("dialog", name="Import a voice")
    dialog.get_by_label("Voice file").set_input_files(file)  # type: ignore[arg-type]
    dialog.get_by_role("button", name="Import voice").click()
    expect(dialog.get_by_role("alert")).to_contain_text("already a voice named", timeout=MADE_MS)
    dialog.get_by_label("Name here").fill("Reader the second")
    dialog.get_by_role("button", name="Import voice").click()
    expect(dialog).to_be_hidden(timeout=MADE_MS)
    expect(card(voices, "Reader the second")).to_contain_text("Good ·")
    samples = [
        speaking_studio.client.get(f"/api/inference/speakers/{name}/sample").content
        for name in ("Reader", "Reader the second")
    ]
    assert samples[0] == samples[1]
    delete(voices, "Reader the second")
    problems.expect_none("409 POST")


def test_studio_voices_say_where_they_come_from(voices: Locator, problems: Problems) -> None:
    """The tiny model has a file of its own; whatever is in it can be added."""
    page = voices.page
    voices.get_by_role("button", name="Studio voices").click()
    dialog = page.get_by_role("dialog", name="Add a studio voice")
    dialog.get_by_role("combobox", name="Studio voice").click(timeout=MADE_MS)
    option = page.get_by_role("option").first
    name = option.inner_text()
    option.click()
    dialog.get_by_role("button", name="Add voice").click()
    expect(dialog).to_be_hidden(timeout=MADE_MS)
    expect(card(voices, name)).to_contain_text("Studio")
    expect(card(voices, name).get_by_role("button", name=f"Listen to {name}")).to_have_count(0)
    delete(voices, name)
    problems.expect_none()


def test_voices_fit_a_narrow_window(voices: Locator, problems: Problems, speaking_studio: Studio) -> None:
    """Also one with the longest name that can be, and in use."""
    page, name = voices.page, "V" * 63
    parts = [{"speaker": "Reader", "weight": 1}, {"speaker": "Street", "weight": 2}]
    speaking_studio.post("/api/inference/speakers/blend", 201, json={"name": name, "parts": parts})
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    page.reload()
    page.get_by_role("button", name="All voices").click()
    card(voices, name).get_by_role("button", name="Use").click()
    card(voices, "Street").get_by_text("1 clip").click()
    page.evaluate("scrollTo(0, 0)")
    expect(page.get_by_role("combobox", name="Voice", exact=True)).to_contain_text(name)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert axe_violations(page) == []
    delete(voices, name)
    problems.expect_none()


def delete(voices: Locator, name: str) -> None:
    """After it was asked and confirmed, the voice is gone."""
    card(voices, name).get_by_role("button", name=f"Delete {name}").click()
    voices.page.get_by_role("alertdialog").get_by_role("button", name="Delete the voice").click()
    expect(card(voices, name)).to_have_count(0)
