"""From a file to a dataset by hand: drop files, drag a range, see the plan change, cut, correct, leave clips out."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Problems, sign_in
from tests.studio import PASSWORD, USER, Studio, running
from xtts_studio.sample import RECORDING as HARBOUR

HARBOUR_S = 38.07
SETTLED_MS = 30_000


@pytest.fixture
def own_studio(tmp_path: Path) -> Iterator[Studio]:
    """A studio without any model: cutting needs none."""
    with running(tmp_path / "workspace") as studio:
        yield studio


def test_a_recording_becomes_a_dataset_by_hand(
    page: Page, problems: Problems, own_studio: Studio, tmp_path: Path
) -> None:
    assert page.request.post(f"{own_studio.url}/api/auth/login", data={"username": USER, "password": PASSWORD}).ok
    page.goto(f"{own_studio.url}/data-processing/")
    upload(page, tmp_path)
    expect(page.locator("[data-ready=true]")).to_be_visible(timeout=SETTLED_MS)
    whole = planned(page)
    drag(page, 0.28, 0.8)
    part = range_of(page)
    assert part == pytest.approx([0.28 * HARBOUR_S, 0.8 * HARBOUR_S], abs=0.5)
    expect(page.locator("[data-statistic=count] dd")).not_to_have_text(str(whole), timeout=SETTLED_MS)
    count = planned(page)
    assert 0 < count < whole
    clips = cut(page, count)
    chunks = own_studio.get("/api/datasets/mornings")["chunks"]
    assert all(part[0] <= chunk["start_s"] < chunk["end_s"] <= part[1] for chunk in chunks)
    correct(clips, own_studio)
    leave_out_and_take_back(page, clips, own_studio)
    check_without_a_model(page)
    problems.expect_none("/api/data/upload", "/check")  # the refused file; the check that no model can do


def test_the_focus_goes_on_where_its_row_is_deleted(page: Page, problems: Problems, own_studio: Studio) -> None:
    for number in (1, 2):
        file = ("files", (f"{number}.flac", HARBOUR.read_bytes() + bytes(number)))  # what follows makes it another file
        own_studio.post("/api/data/upload", 201, files=[file])
    sign_in(page, own_studio)
    page.goto(f"{own_studio.url}/data-processing/")
    delete = page.get_by_role("button", name=re.compile(r"^Delete \d\.flac"))
    expect(delete).to_have_count(2)
    delete.first.focus()
    for left in (1, 0):
        page.keyboard.press("Enter")
        expect(page.get_by_role("alertdialog")).to_be_visible()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(delete).to_have_count(left)
        expect(delete if left else page.get_by_role("button", name="Choose files")).to_be_focused()
    problems.expect_none()


def upload(page: Page, folder: Path) -> None:
    """A file that is no sound is refused in its row; the others arrive, the second time with a word about it."""
    text = folder / "notes.wav"
    text.write_text("no sound at all")
    page.get_by_label("Audio files").set_input_files([text, HARBOUR])
    rows = page.get_by_role("list", name="Uploads").get_by_role("listitem")
    alert = rows.filter(has_text="notes.wav").get_by_role("alert")
    expect(alert).to_contain_text("not sound of a kind that can be read", timeout=SETTLED_MS)
    expect(alert).to_contain_text("Use a WAV")
    expect(rows.filter(has_text="harbour.flac")).to_contain_text("Done", timeout=SETTLED_MS)
    page.get_by_label("Audio files").set_input_files(HARBOUR)
    expect(rows.last).to_contain_text("already", timeout=SETTLED_MS)
    page.get_by_role("button", name="harbour.flac", exact=True).click()


def planned(page: Page) -> int:
    """How many chunks the preview would cut, once it has settled."""
    number = page.locator("[data-statistic=count] dd")
    expect(number).to_have_text(re.compile(r"^[1-9]\d*$"), timeout=SETTLED_MS)
    return int(number.inner_text())


def drag(page: Page, start: float, end: float) -> None:
    """Drags over the waveform, from one share of its width to another."""
    wave = page.locator("[data-ready=true]")
    wave.scroll_into_view_if_needed()
    box = wave.bounding_box()
    assert box
    y = box["y"] + 40
    page.mouse.move(box["x"] + start * box["width"], y)
    page.mouse.down()
    for share in (start + 0.05, (start + end) / 2, end):
        page.mouse.move(box["x"] + share * box["width"], y, steps=5)
    page.mouse.up()


def range_of(page: Page) -> list[float]:
    fields = page.get_by_role("group", name="Range").get_by_role("spinbutton")
    expect(fields.first).not_to_have_value("0")
    return [float(fields.nth(i).input_value()) for i in range(2)]


def cut(page: Page, count: int) -> Locator:
    """Cuts without transcribing; gives the rows of the clips."""
    page.get_by_label("Dataset name").fill("mornings")
    page.get_by_role("checkbox", name="Transcribe afterwards").uncheck()
    page.get_by_role("button", name="Cut into a dataset").click()
    clips = page.locator("[data-file]")
    expect(clips).to_have_count(count, timeout=60_000)
    return clips


def correct(clips: Locator, studio: Studio) -> None:
    """A text that was typed is kept when the field is left."""
    clips.first.locator("p").first.click()
    field = clips.first.get_by_role("textbox")
    field.fill("Nobody had seen the keeper.")
    with field.page.expect_response(lambda answer: answer.request.method == "PATCH") as answer:
        field.blur()
    assert answer.value.ok
    assert studio.get("/api/datasets/mornings")["chunks"][0]["text"] == "Nobody had seen the keeper."


def leave_out_and_take_back(page: Page, clips: Locator, studio: Studio) -> None:
    page.get_by_role("button", name="Drop clip 1", exact=True).click()
    expect(clips.first).to_have_attribute("data-state", "dropped")
    page.get_by_role("radio", name="Dropped").click()
    expect(clips).to_have_count(1)
    page.get_by_role("button", name="Restore clip 1", exact=True).click()
    expect(page.get_by_text("No clips here")).to_be_visible()
    page.get_by_role("radio", name="All").click()
    expect(clips.first).to_have_attribute("data-state", "active")
    assert studio.get("/api/datasets/mornings")["dataset"]["dropped_count"] == 0


def check_without_a_model(page: Page) -> None:
    """Says what it can, and what it can't without the model."""
    xray = page.get_by_role("region", name="X-ray", exact=True)
    xray.get_by_role("button", name="X-ray the clips").click()
    expect(xray).to_contain_text("The base model is not here yet", timeout=SETTLED_MS)
