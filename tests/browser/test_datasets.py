"""Curating a dataset: by keys alone, many clips at once, by what the x-ray found; nothing typed is ever lost."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.browser.conftest import Problems, axe_violations, sign_in
from tests.journey.material import own_material, tiny_model
from tests.studio import Studio, running, start
from xtts_studio.dataset import metadata
from xtts_studio.shapes import Chunk, Dataset

RATE_HZ = 22_050
MANY = 3000
MOST_ROWS = 40
SETTLED_MS = 30_000
NARROW: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def curated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio with a tiny model and the datasets "reader", of real clips and x-rayed, and "many"."""
    folder, material = tmp_path_factory.mktemp("curated"), own_material()
    with running(folder / "workspace") as studio:
        source = str(tiny_model(folder / "xtts", material))
        studio.finished(studio.post("/api/models/pull", 202, json={"name": "xtts-v2", "source": source})["job"])
        files = [("files", (material.recording.name, material.recording.read_bytes()))]
        recording = studio.post("/api/data/upload", 201, files=files)["recordings"][0]
        body = {"recording_id": recording["id"], "dataset": "reader", "language": "en"}
        studio.finished(studio.post("/api/data/chunk", 202, json=body)["job"])
        many_clips(studio.home / "data" / "datasets" / "many")
        for number, chunk in enumerate(clips_of(studio)[1:]):
            patch = studio.client.patch(f"/api/datasets/reader/{chunk['file']}", json={"text": f"Sentence {number}."})
            assert patch.status_code == 200
        lengthen(studio.home / "data" / "datasets" / "reader" / clips_of(studio)[2]["file"])
        studio.finished(studio.post("/api/datasets/reader/xray", 202)["job"])
        yield studio


def clips_of(studio: Studio, name: str = "reader", **query: Any) -> list[dict[str, Any]]:
    chunks: list[dict[str, Any]] = studio.get(f"/api/datasets/{name}", params={"limit": 1000, **query})["chunks"]
    return chunks


def lengthen(path: Path) -> None:
    """Adds two seconds of silence to a clip, which are two too many."""
    samples, rate_hz = soundfile.read(path, dtype="int16")
    soundfile.write(path, np.concatenate([samples, np.zeros(2 * rate_hz, np.int16)]), rate_hz)


def many_clips(folder: Path) -> None:
    """A dataset of thousands of clips: one sound, by as many names. Every tenth is about a harbour."""
    (folder / "chunks").mkdir(parents=True)
    noise = np.random.default_rng(0).normal(0, 1000, RATE_HZ).astype(np.int16)
    chunks = []
    for number in range(1, MANY + 1):
        file = f"chunks/chunk_{number:04d}.wav"
        if number == 1:
            soundfile.write(folder / file, noise, RATE_HZ)
        else:
            os.link(folder / "chunks" / "chunk_0001.wav", folder / file)
        text = f"Text number {number}" + (" at the harbour." if number % 10 == 0 else ".")
        at_s = float(number)
        chunks.append(
            Chunk(file=file, text=text, language="en", recording="r", start_s=at_s, end_s=at_s + 1, duration_s=1.0)
        )
    dataset = Dataset(name=folder.name, language="en", created_at="2025-01-01T00:00:00Z", chunks=chunks)
    metadata.write(folder, dataset)


@pytest.fixture
def curator(page: Page, problems: Problems, curated: Studio) -> Iterator[Page]:
    """Somebody signed in, watched by `problems`; what was done to the datasets is undone afterwards."""
    sign_in(page, curated)
    yield page
    for name in ("reader", "many"):
        while curated.get(f"/api/datasets/{name}/changes")["undo"][UNDO_KEPT[name] :]:
            curated.post(f"/api/datasets/{name}/undo")


UNDO_KEPT = {"reader": 0, "many": 0}


@pytest.fixture(scope="module", autouse=True)
def _changes_before(curated: Studio) -> None:
    """How many changes there are before any test: those stay."""
    for name in UNDO_KEPT:
        UNDO_KEPT[name] = len(curated.get(f"/api/datasets/{name}/changes")["undo"])


def open_dataset(page: Page, studio: Studio, name: str = "reader", language: str = "en") -> Locator:
    """Opens a dataset; gives the rows of its clips."""
    page.add_init_script(f"localStorage.setItem('locale', '{language}')")
    page.goto(f"{studio.url}/data-processing/?dataset={name}")
    rows = page.locator("[data-file]")
    expect(rows.first).to_be_visible(timeout=SETTLED_MS)
    return rows


def at_row(page: Page) -> int:
    """The number of the clip that has the focus."""
    row = page.locator("[role=row]:focus")
    expect(row).to_have_count(1)
    return int(row.get_attribute("aria-rowindex") or 0)


def in_list_order(page: Page) -> None:
    page.get_by_role("combobox", name="Order").click()
    page.get_by_role("option", name="As in the recording").click()


def test_clips_are_curated_by_keys_alone(curator: Page, problems: Problems, curated: Studio) -> None:
    rows = open_dataset(curator, curated)
    in_list_order(curator)
    expect(rows.first).to_have_attribute("data-file", clips_of(curated)[0]["file"])
    curator.get_by_role("heading", level=1).click()  # away from the field of orders
    curator.keyboard.press("j")
    assert at_row(curator) == 2
    curator.keyboard.press("k")
    assert at_row(curator) == 1
    curator.keyboard.press("e")
    curator.keyboard.type("added by ddd")
    with curator.expect_response(lambda answer: answer.request.method == "PATCH"):
        curator.keyboard.press("Enter")
    assert at_row(curator) == 2
    assert clips_of(curated)[0]["text"] == "added by ddd"
    assert {clip["state"] for clip in clips_of(curated)} == {"active"}
    curator.keyboard.press("d")
    expect(rows.nth(1)).to_have_attribute("data-state", "dropped")
    expect(curator.get_by_text("Dropped: ")).to_be_visible()
    curator.keyboard.press("u")
    expect(rows.nth(1)).to_have_attribute("data-state", "active")
    curator.keyboard.press("e")
    curator.keyboard.type("never mind")
    curator.keyboard.press("Escape")
    expect(rows.nth(1)).to_contain_text("Sentence 0.")
    curator.keyboard.press("Home")  # which is heard in the list alone: the focus is back there
    expect(curator.get_by_role("grid").get_by_role("row").first).to_be_focused()
    curator.keyboard.press("?")
    expect(curator.get_by_role("dialog", name="Keys")).to_be_visible()
    curator.keyboard.press("d")
    curator.keyboard.press("Escape")
    assert {clip["state"] for clip in clips_of(curated)} == {"active"}
    problems.expect_none()


def test_keys_that_lead_to_pages_change_no_clip(curator: Page, problems: Problems, curated: Studio) -> None:
    """`g d` is a way to this page, and no `d`."""
    open_dataset(curator, curated)
    curator.get_by_role("heading", level=1).click()
    curator.keyboard.press("j")
    curator.keyboard.press("g")
    curator.keyboard.press("d")
    curator.wait_for_timeout(300)
    assert {clip["state"] for clip in clips_of(curated)} == {"active"}
    problems.expect_none()


def test_a_clip_is_heard_and_split_where_it_is(curator: Page, problems: Problems, curated: Studio) -> None:
    rows = open_dataset(curator, curated)
    in_list_order(curator)
    curator.get_by_role("heading", level=1).click()
    curator.keyboard.press("j")
    curator.keyboard.press("k")
    curator.keyboard.press("Space")
    expect(curator.get_by_role("button", name="Pause clip 1", exact=True)).to_be_visible()
    position = curator.get_by_role("slider", name="Position in clip 1", exact=True)
    expect(position).not_to_have_attribute("aria-valuenow", "0")
    curator.keyboard.press("p")
    expect(curator.get_by_role("button", name="Play clip 1", exact=True)).to_be_visible()
    position.click()  # in its middle
    before = clips_of(curated)
    curator.get_by_role("row").first.focus()
    with curator.expect_response(lambda answer: answer.url.endswith("/edit")) as answer:
        curator.keyboard.press("s")
    assert answer.value.ok, answer.value.text()
    sent = json.loads(answer.value.request.post_data or "")
    assert sent["at_s"] == pytest.approx(before[0]["duration_s"] / 2, abs=0.1)
    assert len(clips_of(curated)) == len(before) + 1
    expect(rows).to_have_count(len(before) + 1)
    problems.expect_none()


def test_what_was_found_is_mended_by_a_click(curator: Page, problems: Problems, curated: Studio) -> None:
    """The finding leads to its clips; the fix puts another file in the clip's place; the x-ray is told to be old."""
    rows = open_dataset(curator, curated)
    xray = curator.get_by_role("region", name="X-ray", exact=True)
    expect(xray.get_by_text(re.compile(r"\d+ of \d+ clips will train"))).to_be_visible()
    xray.locator("[data-finding-filter=long_silence_end]").click()
    expect(rows).to_have_count(1)
    old = rows.get_attribute("data-file")
    curator.get_by_role("button", name="Trim clip 1: Silence at the end").click()
    expect(curator.get_by_text("Trimmed: ")).to_be_visible(timeout=SETTLED_MS)
    assert old not in [clip["file"] for clip in clips_of(curated)]
    expect(xray.get_by_text("Something has changed since")).to_be_visible()
    expect(curator.get_by_text("None fits what you are looking for.")).to_be_visible()
    curator.get_by_role("button", name="Show all clips").click()
    expect(rows).to_have_count(len(clips_of(curated)))
    problems.expect_none()


def test_a_clip_that_was_split_leaves_the_selection(curator: Page, problems: Problems, curated: Studio) -> None:
    """Else nothing could be done with the others: it is no clip any more."""
    rows = open_dataset(curator, curated)
    in_list_order(curator)
    for number in (1, 3):
        curator.get_by_role("checkbox", name=f"Select clip {number}", exact=True).check()
    count = rows.count()
    curator.get_by_role("row").first.focus()
    curator.keyboard.press("s")
    expect(rows).to_have_count(count + 1)
    expect(curator.get_by_text("1 of ")).to_be_visible()
    curator.get_by_role("toolbar").get_by_role("button", name="Drop").click()
    expect(curator.get_by_text("Dropped: ")).to_be_visible()
    assert [clip["state"] for clip in clips_of(curated)].count("dropped") == 1
    problems.expect_none()


def test_a_light_shows_its_clips(curator: Page, problems: Problems, curated: Studio) -> None:
    rows = open_dataset(curator, curated)
    red = curator.locator("button[data-light=red]")
    red.click()
    expect(red).to_have_attribute("aria-pressed", "true")
    expect(rows).to_have_count(len(clips_of(curated, light="red")))
    red.click()
    expect(rows).to_have_count(len(clips_of(curated)))
    problems.expect_none()


def test_many_are_dropped_and_taken_back_at_once(curator: Page, problems: Problems, curated: Studio) -> None:
    rows = open_dataset(curator, curated, "many")
    curator.get_by_role("searchbox", name="Search texts and files").fill("harbour")
    expect(curator.get_by_role("checkbox", name=f"Select all {MANY // 10}", exact=True)).to_be_visible()
    curator.get_by_role("checkbox", name=f"Select all {MANY // 10}", exact=True).click()
    expect(curator.get_by_text(f"{MANY // 10} of {MANY // 10} selected")).to_be_visible()
    curator.get_by_role("toolbar").get_by_role("button", name="Drop").click()
    expect(rows.first).to_have_attribute("data-state", "dropped")
    expect(curator.get_by_text(f"Dropped: {MANY // 10} clips")).to_be_visible()
    assert curated.get("/api/datasets/many")["dataset"]["dropped_count"] == MANY // 10
    curator.get_by_role("heading", level=1).click()
    curator.keyboard.press("Control+z")
    expect(curator.get_by_text("Undone: ")).to_be_visible()
    expect(rows.first).to_have_attribute("data-state", "active")
    assert curated.get("/api/datasets/many")["dataset"]["dropped_count"] == 0
    curator.keyboard.press("Control+Shift+Z")
    expect(rows.first).to_have_attribute("data-state", "dropped")
    problems.expect_none()


def test_a_range_is_selected_with_shift(curator: Page, problems: Problems, curated: Studio) -> None:
    open_dataset(curator, curated, "many")
    curator.get_by_role("checkbox", name="Select clip 2", exact=True).click()
    curator.get_by_role("checkbox", name="Select clip 6", exact=True).click(modifiers=["Shift"])
    expect(curator.get_by_text(f"5 of {MANY:,} selected".replace(",", ""))).to_be_visible()
    expect(curator.get_by_role("checkbox", name="Select clip 4", exact=True)).to_be_checked()
    problems.expect_none()


def test_thousands_of_clips_scroll(curator: Page, problems: Problems, curated: Studio) -> None:
    """Few rows are in the document, and frames go on while it scrolls from end to end."""
    rows = open_dataset(curator, curated, "many")
    told = curator.evaluate(
        """async () => {
            const grid = document.querySelector('[role=grid]'), frames = []
            let most = 0, last = performance.now()
            for (let step = 1; step <= 60; step++) {
                grid.scrollTop = grid.scrollHeight * step / 60
                await new Promise(requestAnimationFrame)
                const now = performance.now()
                frames.push(now - last)
                last = now
                most = Math.max(most, grid.querySelectorAll('[role=row]').length)
            }
            return { most, middle: frames.sort((a, b) => a - b)[30] }
        }"""
    )
    assert told["most"] <= MOST_ROWS
    assert told["middle"] < 100
    expect(rows.last).to_have_attribute("data-file", f"chunks/chunk_{MANY}.wav")
    curator.get_by_role("heading", level=1).click()
    curator.keyboard.press("j")
    curator.keyboard.press("End")
    expect(curator.locator("[role=row]:focus")).to_have_attribute("aria-rowindex", str(MANY))
    problems.expect_none()


def test_a_text_is_still_typed_when_one_has_looked_elsewhere(
    curator: Page, problems: Problems, curated: Studio
) -> None:
    rows = open_dataset(curator, curated, "many")
    rows.first.locator("p").first.click()
    text = curator.get_by_role("textbox", name="Text of clip 1", exact=True)
    text.fill("Half a sent")
    curator.get_by_role("grid").evaluate("grid => grid.scrollTop = grid.scrollHeight / 2")
    expect(curator.get_by_role("row", name=re.compile("^Select clip 15"))).not_to_have_count(0)
    expect(text).to_be_focused()
    curator.keyboard.type("ence")
    expect(text).to_have_value("Half a sentence")
    curator.keyboard.press("Escape")
    assert "Half" not in clips_of(curated, "many")[0]["text"]
    problems.expect_none()


def test_a_refused_text_stays_and_says_why(curator: Page, problems: Problems, curated: Studio) -> None:
    """The clip was split elsewhere while its text was typed."""
    rows = open_dataset(curator, curated)
    in_list_order(curator)
    file = clips_of(curated)[1]["file"]
    row = curator.locator(f"[data-file='{file}']")
    row.locator("p").first.click()
    curator.get_by_role("textbox", name="Text of clip 2").fill("Typed with care.")
    curated.post("/api/datasets/reader/edit", json={"action": "split", "files": [file]})
    curator.keyboard.press("Enter")
    expect(row.get_by_role("alert")).to_contain_text("has no chunk")
    expect(row).to_contain_text("Typed with care.")
    curator.reload()
    expect(rows.first).to_be_visible(timeout=SETTLED_MS)
    expect(curator.get_by_text("1 text is not saved yet.")).to_be_visible()
    problems.expect_none("/chunks/")


def test_a_text_outlives_a_restart_of_the_server(page: Page, problems: Problems, tmp_path: Path) -> None:
    home = tmp_path / "workspace"
    many_clips(home / "data" / "datasets" / "many")
    studio = start(home)
    try:
        sign_in(page, studio)
        rows = open_dataset(page, studio, "many")
        rows.first.locator("p").first.click()
        page.get_by_role("textbox", name="Text of clip 1", exact=True).fill("Typed while nobody listened.")
        studio.stop()
        page.keyboard.press("Enter")
        expect(page.get_by_text("The server does not answer. 1 text is kept here")).to_be_visible()
        rows.first.locator("p").first.click()
        page.keyboard.type(" Taken back.")
        page.keyboard.press("Escape")  # takes back this, not what waits
        expect(page.get_by_text("1 text is kept here")).to_be_visible()
        studio = start(home, port=int(studio.url.rpartition(":")[2]))
        expect(page.get_by_text("1 text is kept here")).to_have_count(0, timeout=SETTLED_MS)
        assert clips_of(studio, "many")[0]["text"] == "Typed while nobody listened."
        expect(rows.first).to_contain_text("Typed while nobody listened.")
    finally:
        studio.stop()
    problems.expect_none(
        "ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET"
    )


def test_an_earlier_version_comes_back(curator: Page, problems: Problems, curated: Studio) -> None:
    open_dataset(curator, curated)
    before = [clip["text"] for clip in clips_of(curated)]
    curator.get_by_role("button", name="Versions").click()
    curator.get_by_label("Note").fill("Before the names were mended")
    curator.get_by_role("button", name="Save version").click()
    versions = curator.get_by_role("list", name="Versions")
    expect(versions).to_contain_text("Before the names were mended")
    for clip in clips_of(curated):
        curated.client.patch(f"/api/datasets/reader/{clip['file']}", json={"text": "Something else."})
    versions.get_by_role("button").first.click()
    assert axe_violations(curator) == []
    curator.get_by_role("alertdialog").get_by_role("button", name="Restore").click()
    expect(curator.get_by_text(re.compile(r"Version \d+ is restored"))).to_be_visible()
    assert [clip["text"] for clip in clips_of(curated)] == before
    problems.expect_none()


def test_a_dataset_leaves_and_comes_back(curator: Page, problems: Problems, curated: Studio, tmp_path: Path) -> None:
    open_dataset(curator, curated)
    curator.get_by_role("button", name="Export").click()
    with curator.expect_download() as download:
        curator.get_by_role("menuitem", name="XTTS Studio (zip)").click()
    saved = tmp_path / download.value.suggested_filename
    download.value.save_as(saved)
    curator.get_by_role("button", name="Import", exact=True).click()
    curator.get_by_label("File", exact=True).set_input_files(saved)
    curator.get_by_label("Name of the dataset").fill("again")
    assert axe_violations(curator) == []
    curator.get_by_role("dialog").get_by_role("button", name="Import", exact=True).click()
    curator.get_by_role("button", name="Show the dataset").click(timeout=SETTLED_MS)
    expect(curator.get_by_role("heading", level=2, name="again")).to_be_visible()
    assert [clip["text"] for clip in clips_of(curated, "again")] == [clip["text"] for clip in clips_of(curated)]
    assert curated.client.delete("/api/datasets/again").status_code == 204
    problems.expect_none()


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_curating_is_sound(
    curator: Page, problems: Problems, curated: Studio, theme: Literal["light", "dark"], language: str
) -> None:
    """With every part open: the statistics, a selection, a text that is edited."""
    curator.emulate_media(color_scheme=theme)
    rows = open_dataset(curator, curated, language=language)
    curator.locator("summary").first.click()
    curator.get_by_role("checkbox").last.check()
    rows.first.locator("p").first.click()
    expect(curator.locator("textarea[aria-label]:focus")).to_be_visible()
    assert axe_violations(curator) == []
    problems.expect_none()


def test_curating_fits_a_narrow_window(curator: Page, problems: Problems, curated: Studio) -> None:
    curator.set_viewport_size(NARROW)
    open_dataset(curator, curated, language="ru")
    curator.locator("summary").first.click()
    assert curator.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert axe_violations(curator) == []
    problems.expect_none()
