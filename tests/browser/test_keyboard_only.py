"""From the login to a dataset, a training and speech without the mouse; the focus is seen wherever it is."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Problems
from tests.journey.material import Material, own_material, tiny_model
from tests.studio import PASSWORD, USER, Studio, running

LONG_MS = 180_000
MOST_TABS = 80
FOCUS = """() => {
  let it = document.activeElement
  while (it?.shadowRoot?.activeElement) it = it.shadowRoot.activeElement
  if (!it || it === document.body) return null
  const seen = (one) => { const s = getComputedStyle(one); return s.outlineStyle !== 'none' || s.boxShadow !== 'none' }
  const around = [it, it.parentElement, it.parentElement?.parentElement]
  return { what: it.outerHTML.slice(0, 120), seen: around.some((one) => one && seen(one)) }
}"""
"""Null where nothing has the focus; `seen`: a ring or an outline, on it or on the box that it is in."""


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Studio]:
    """A studio with the tiny model and a voice."""
    material = own_material()
    with running(tmp_path / "workspace") as studio:
        body = {"name": "xtts-v2", "source": str(tiny_model(tmp_path / "xtts", material))}
        studio.finished(studio.post("/api/models/pull", 202, json=body)["job"])
        files = [("files", (material.reference.name, material.reference.read_bytes()))]
        studio.post("/api/inference/speakers", 201, data={"name": "Reader"}, files=files)
        yield studio


def test_from_the_login_to_speech_by_keys_alone(page: Page, problems: Problems, workshop: Studio) -> None:
    material = own_material()
    sign_in(page, workshop)
    cut_a_recording(page, material)
    write_texts(workshop, material)
    train(page)
    speak(page)
    problems.expect_none()


def tab_to(page: Page, target: Locator) -> None:
    """Tab until the target has the focus, which is in sight at every stop."""
    expect(target).to_be_visible()
    for _ in range(MOST_TABS):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        assert focus is None or focus["seen"], f"the focus is not seen on {focus['what']}"
    raise AssertionError(f"{MOST_TABS} times Tab do not lead to {target}")


def sign_in(page: Page, studio: Studio) -> None:
    page.goto(f"{studio.url}/")
    tab_to(page, page.get_by_label("User name"))
    page.keyboard.type(USER)
    tab_to(page, page.get_by_label("Password"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/data-processing/")


def cut_a_recording(page: Page, material: Material) -> None:
    expect(page.get_by_text("No recordings yet")).to_be_visible()  # the page is alive by now: its buttons are heard
    tab_to(page, page.get_by_role("button", name="Choose files"))
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(material.recording)
    tab_to(page, page.get_by_role("button", name=material.recording.name, exact=True))
    page.keyboard.press("Enter")
    expect(page.locator("[data-statistic=count] dd")).to_have_text(re.compile(r"^[1-9]\d*$"), timeout=30_000)
    tab_to(page, page.get_by_label("Dataset name"))
    page.keyboard.press("Control+A")
    page.keyboard.type("reader")
    transcribe = page.get_by_role("checkbox", name=re.compile("ranscribe"))
    tab_to(page, transcribe)
    if transcribe.is_checked():
        page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name=re.compile("^Cut")))
    page.keyboard.press("Enter")
    expect(page.locator("[data-file]").first).to_be_visible(timeout=60_000)


def write_texts(studio: Studio, material: Material) -> None:
    """By HTTP: that they can be typed without the mouse is tested where a dataset is curated."""
    for chunk in studio.get("/api/datasets/reader", params={"limit": 500})["chunks"]:
        path = f"/api/datasets/reader/chunks/{Path(chunk['file']).name}"
        text = material.words_between(chunk["start_s"], chunk["end_s"])
        assert studio.client.patch(path, json={"text": text, "language": "en"}).status_code == 200


def train(page: Page) -> None:
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page.get_by_text(re.compile(r"\d+ of \d+ clips will train"))).to_be_visible(timeout=60_000)
    tab_to(page, page.get_by_label("Model name"))
    page.keyboard.press("Control+A")
    page.keyboard.type("tuned")
    tab_to(page, page.locator("summary").filter(has_text="Advanced"))
    page.keyboard.press("Enter")
    for label, value in (("Max steps", "2"), ("Clips per step", "2")):
        tab_to(page, page.get_by_label(label))
        page.keyboard.type(value)
    tab_to(page, page.get_by_label("Hear the checkpoints"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Start training"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/training/run/**")
    tab_to(page, wait_for(page.get_by_role("link", name="Speak with tuned")))
    page.keyboard.press("Enter")
    page.wait_for_url("**/inference/**")


def wait_for(target: Locator) -> Locator:
    expect(target).to_be_visible(timeout=LONG_MS)
    return target


def speak(page: Page) -> None:
    """The text, and Ctrl Enter in it. A dialog gives the focus back to the button that opened it."""
    new_voice = page.get_by_role("button", name="New voice")
    tab_to(page, new_voice)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(new_voice).to_be_focused()
    tab_to(page, page.get_by_label("Text", exact=True))
    page.keyboard.type("The market was quiet again.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("group", name="Generated speech")).to_be_visible(timeout=LONG_MS)
