"""The data page keeps its place: a recording by keys, the address, what a reload finds again, a long list."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from benchmarks.datasets import fill
from tests.browser.conftest import Problems, axe_violations, sign_in
from tests.studio import Studio, running
from xtts_studio.sample import RECORDING as HARBOUR
from xtts_studio.workspace import Workspace

SETTLED_MS = 30_000
CLIPS = 20_000
STEPS = 60
SCROLL = """
    async ([grid, steps]) => {
        let most = 0
        for (let i = 0; i < steps; i++) {
            grid.scrollTop += (grid.scrollHeight - grid.clientHeight) / steps
            await new Promise(requestAnimationFrame)
            most = Math.max(most, grid.querySelectorAll("[role=row]").length)
        }
        return most
    }
"""


@pytest.fixture(scope="module")
def full_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A recording under four names in four lengths, one of them cut; and a dataset of 20 000 clips without sound."""
    content = HARBOUR.read_bytes()
    with running(tmp_path_factory.mktemp("full") / "workspace") as studio:
        fill(Workspace(studio.home), CLIPS)
        for number, name in enumerate(("harbour.flac", "b.flac", "a.flac", "c.flac")):
            file = ("files", (name, content + bytes(number)))  # what follows the sound makes it another file
            recording = studio.post("/api/data/upload", 201, files=[file])["recordings"][0]
            if number == 0:
                body = {"recording_id": recording["id"], "dataset": "mornings", "transcribe": False}
                studio.finished(studio.post("/api/data/chunk", 202, json=body)["job"])
        yield studio


@pytest.fixture
def data(page: Page, problems: Problems, full_studio: Studio) -> Page:
    """The data page of somebody who is signed in."""
    sign_in(page, full_studio)
    page.goto(f"{full_studio.url}/data-processing/")
    return page


def opened(page: Page) -> Page:
    page.get_by_role("button", name="harbour.flac", exact=True).click()
    expect(page.locator("[data-ready=true]")).to_be_visible(timeout=SETTLED_MS)
    expect(count(page)).to_have_text(re.compile(r"^[1-9]\d*$"), timeout=SETTLED_MS)
    return page


def count(page: Page) -> Locator:
    return page.locator("[data-statistic=count] dd")


def edges(page: Page) -> list[float]:
    fields = page.get_by_role("group", name="Range").get_by_role("spinbutton")
    return [float(fields.nth(i).input_value()) for i in range(2)]


def test_recordings_are_found_sorted_and_lead_to_their_datasets(data: Page, problems: Problems) -> None:
    names = data.locator("[data-recording] button[aria-pressed]")
    data.get_by_role("button", name="Name", exact=True).click()
    expect(names).to_have_text(["a.flac", "b.flac", "c.flac", "harbour.flac"])
    data.reload()
    expect(names).to_have_text(["a.flac", "b.flac", "c.flac", "harbour.flac"])
    expect(data.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "ascending")
    data.get_by_role("button", name="Name", exact=True).click()
    expect(names).to_have_text(["harbour.flac", "c.flac", "b.flac", "a.flac"])
    data.get_by_label("Search recordings").fill("HARB")
    expect(names).to_have_text(["harbour.flac"])
    assert axe_violations(data) == []
    full = data.get_by_role("row", name=re.compile("harbour.flac"))
    expect(full).not_to_contain_text("Not cut yet")
    data.get_by_role("region", name="List of recordings").get_by_role("link", name="mornings").click()
    expect(data.get_by_role("region", name="mornings")).to_be_visible()
    problems.expect_none()


def test_a_recording_goes_by_keys(data: Page, problems: Problems) -> None:
    """Also: no letter acts in a field, and an arrow on a slider moves the slider."""
    opened(data)
    time = data.get_by_test_id("time")
    data.locator("#main").evaluate("main => main.focus()")
    data.keyboard.press("ArrowRight")
    expect(time).to_contain_text("0:05.0")
    data.keyboard.press("Shift+ArrowRight")
    expect(time).to_contain_text("0:06.0")
    data.keyboard.press("[")
    data.keyboard.press("ArrowRight")
    data.keyboard.press("]")
    assert edges(data) == pytest.approx([6, 11], abs=0.05)
    expect(data).to_have_url(re.compile(r"range=6-11"))
    data.keyboard.press("j")
    expect(time).not_to_contain_text("0:11.0")
    zoom = data.get_by_role("slider", name="Zoom")
    data.keyboard.press("+")
    expect(zoom).to_have_attribute("aria-valuenow", "1")
    data.keyboard.press("-")
    expect(zoom).to_have_attribute("aria-valuenow", "0")
    before = time.inner_text()
    data.get_by_label("Dataset name").press("k")
    data.get_by_role("slider", name="Target duration").press("ArrowLeft")
    assert time.inner_text() == before
    problems.expect_none()


def test_the_range_and_the_settings_outlive_a_reload(data: Page, problems: Problems) -> None:
    opened(data)
    data.get_by_label("End (s)").fill("20")
    data.get_by_label("Start (s)").fill("4")
    target = data.get_by_role("slider", name="Target duration")
    target.press("ArrowLeft")
    kept = target.get_attribute("aria-valuenow")
    data.reload()
    expect(count(data)).to_have_text(re.compile(r"^[1-9]\d*$"), timeout=SETTLED_MS)
    assert edges(data) == [4, 20]
    expect(target).to_have_attribute("aria-valuenow", kept or "")
    data.get_by_role("button", name="b.flac", exact=True).click()
    expect(data).not_to_have_url(re.compile("range="))  # it belonged to the other one
    problems.expect_none()


def test_a_long_list_keeps_few_rows_and_asks_for_few_pages(data: Page, problems: Problems, full_studio: Studio) -> None:
    """What is in the document does not grow with the dataset. The filter and the order are in the address."""
    asked: list[str] = []
    data.on("request", lambda request: asked.append(request.url) if "/api/datasets/big?" in request.url else None)
    data.goto(f"{full_studio.url}/data-processing/?dataset=big&order=list&finding=noisy")
    grid = data.get_by_role("grid", name="Clips")
    expect(grid.locator("[data-file]").first).to_be_visible(timeout=SETTLED_MS)
    found = int(grid.get_attribute("aria-rowcount") or 0)
    assert 0 < found < CLIPS / 5
    data.goto(f"{full_studio.url}/data-processing/?dataset=big&order=list")
    expect(grid).to_have_attribute("aria-rowcount", str(CLIPS), timeout=SETTLED_MS)
    expect(grid.locator("[data-file]").first).to_be_visible(timeout=SETTLED_MS)
    asked.clear()
    assert data.evaluate(SCROLL, [grid.element_handle(), STEPS]) < 50
    far = grid.locator("[role=row]:has([data-file])").last
    expect(far).to_have_attribute("aria-rowindex", re.compile(r"^(1[5-9]|20)\d{3}$"), timeout=SETTLED_MS)
    assert len(asked) <= 3 * STEPS
    problems.expect_none("/audio")  # there is no sound


def test_what_was_filled_in_to_cut_survives_a_reload(data: Page, problems: Problems) -> None:
    """Of each recording its own."""
    opened(data)
    form = data.get_by_role("region", name="Cut into a dataset")
    form.get_by_label("Dataset name").fill("evenings")
    form.get_by_label("Transcribe afterwards").check()
    form.get_by_label("Names and rare words").fill("Ngozi Okafor")
    data.reload()
    expect(form.get_by_label("Dataset name")).to_have_value("evenings")
    expect(form.get_by_label("Transcribe afterwards")).to_be_checked()
    expect(form.get_by_label("Names and rare words")).to_have_value("Ngozi Okafor")
    data.get_by_role("button", name="b.flac", exact=True).click()
    expect(form.get_by_label("Dataset name")).to_have_value("b")
    problems.expect_none()


def test_nothing_is_cut_while_the_range_is_none(data: Page, problems: Problems) -> None:
    """A start behind the end: what held before is not cut in its stead."""
    opened(data)
    cut = data.get_by_role("button", name="Cut into a dataset")
    expect(cut).to_be_enabled()
    data.get_by_label("Start (s)").fill("500")
    expect(data.get_by_role("alert").filter(has_text="must lie before")).to_be_visible()
    expect(cut).to_be_disabled()
    data.get_by_label("Start (s)").fill("2")
    expect(cut).to_be_enabled()
    problems.expect_none()


def test_the_form_of_a_training_survives_a_reload(data: Page, problems: Problems, full_studio: Studio) -> None:
    data.goto(f"{full_studio.url}/training/")
    data.get_by_label("Model name").fill("mine")
    data.get_by_role("radio", name="Full").check()
    data.reload()
    expect(data.get_by_label("Model name")).to_have_value("mine")
    expect(data.get_by_role("radio", name="Full")).to_be_checked()
    problems.expect_none()
