"""The whole way by clicks: log in, upload, choose a range, see the plan, cut, transcribe, train, stop, go on, speak.

The model is tiny and its weights are generated: what it makes is checked as arithmetic, never taken for speech."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Problems
from tests.journey.material import Material, own_material, shared_material, tiny_model
from tests.shared import ROOT as SHARED
from tests.studio import PASSWORD, USER, Studio, running

STEPS = 30
LONG_MS = 180_000


@pytest.fixture(scope="module")
def material() -> Material:
    return shared_material() if SHARED.is_dir() else own_material()


@pytest.fixture(scope="module")
def workshop(material: Material, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio with the tiny model, and the small recogniser where it is at hand."""
    folder = tmp_path_factory.mktemp("workshop")
    sources = {"xtts-v2": tiny_model(folder / "xtts", material), "whisper-lj": material.whisper}
    with running(folder / "workspace") as studio:
        for name, source in sources.items():
            if source is not None:
                body = {"name": name, "source": str(source)}
                studio.finished(studio.post("/api/models/pull", 202, json=body)["job"])
        yield studio


def choose(page: Page, label: str, option: str | re.Pattern[str]) -> None:
    """Takes an option of a select by its words."""
    page.get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=option).click()


def test_from_a_recording_to_speech(page: Page, problems: Problems, workshop: Studio, material: Material) -> None:
    sign_in(page, workshop)
    upload(page, material)
    choose_the_range(page, material)
    cut(page, material)
    if material.whisper is None:
        type_the_texts(page, workshop, material)
    train_stop_and_resume(page, workshop)
    speak_and_play(page, material)
    problems.expect_none()


def sign_in(page: Page, studio: Studio) -> None:
    page.goto(f"{studio.url}/")
    page.get_by_label("User name").fill(USER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/data-processing/")


def upload(page: Page, material: Material) -> None:
    page.get_by_label("Audio files").set_input_files(material.recording)
    page.get_by_role("button", name=material.recording.name, exact=True).click()
    expect(page.locator("[data-ready=true]")).to_be_visible(timeout=30_000)


def choose_the_range(page: Page, material: Material) -> None:
    """The range by numbers; the plan follows and shows cuts."""
    group = page.get_by_role("group", name="Range")
    for label, value in (("End", material.end_s), ("Start", material.start_s)):
        field = group.get_by_label(re.compile(f"^{label}"))
        field.fill(str(value))
        field.blur()
    count = page.locator("[data-statistic=count] dd")
    expect(count).to_have_text(re.compile(r"^[1-9]\d*$"), timeout=30_000)


def cut(page: Page, material: Material) -> None:
    page.get_by_label("Dataset name").fill("reader")
    transcribe = page.get_by_role("checkbox", name=re.compile("ranscribe"))
    transcribe.set_checked(material.whisper is not None)
    if material.whisper is not None:
        choose(page, "Language", "English")
        choose(page, "Whisper model", re.compile("^whisper-lj"))
    page.get_by_role("button", name=re.compile("^Cut")).click()
    expect(page.locator("[data-file]").first).to_be_visible(timeout=60_000)
    if material.whisper is not None:
        first = page.locator("[data-file] p").first
        expect(first).not_to_contain_text("No text yet", timeout=LONG_MS)
        expect(page.get_by_role("status").filter(has_text="No jobs running")).to_be_visible(timeout=LONG_MS)


def type_the_texts(page: Page, studio: Studio, material: Material) -> None:
    """The first text is typed on the page, and kept; the others by HTTP."""
    chunks = studio.get("/api/datasets/reader", params={"limit": 500})["chunks"]
    texts = [material.words_between(chunk["start_s"], chunk["end_s"]) for chunk in chunks]
    page.locator("[data-file] p").first.click()
    field = page.locator("[data-file]").first.get_by_role("textbox")
    field.fill(texts[0])
    field.blur()
    for chunk, text in zip(chunks, texts, strict=True):
        path = f"/api/datasets/reader/chunks/{Path(chunk['file']).name}"
        assert studio.client.patch(path, json={"text": text, "language": "en"}).status_code == 200


def train_stop_and_resume(page: Page, studio: Studio) -> None:
    page.get_by_role("link", name="Training", exact=True).click()
    fill_the_form(page)
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text(re.compile(rf"Step (8|9|1\d) of {STEPS}"))).to_be_visible(timeout=LONG_MS)
    page.get_by_role("button", name="Stop", exact=True).click()
    resume = page.get_by_role("button", name="Resume")
    expect(resume).to_be_visible(timeout=LONG_MS)
    before = page.url
    resume.click()
    page.wait_for_url(lambda url: url != before)
    expect(page.get_by_role("link", name="Speak with tuned")).to_be_visible(timeout=LONG_MS)
    assert losses_of_the_page(studio) == losses_undisturbed(studio)


def fill_the_form(page: Page) -> None:
    """Waits for the form to say how many clips will train."""
    dataset = page.get_by_role("combobox", name="Dataset", exact=True)
    if "reader" not in dataset.inner_text():
        choose(page, "Dataset", re.compile("^reader"))
    expect(page.get_by_text(re.compile(r"\d+ of \d+ clips will train"))).to_be_visible(timeout=60_000)
    page.get_by_label("Model name").fill("tuned")
    page.get_by_role("radio", name="Full").check()
    page.get_by_text("Advanced").click()
    page.get_by_label("Epochs", exact=True).fill("100")
    page.get_by_label("Max steps").fill(str(STEPS))
    page.get_by_label("Clips per step").fill("2")
    page.get_by_label("Clips at a time").fill("2")
    page.get_by_label("Learning rate", exact=True).fill("0.0005")
    page.get_by_label("Seed").fill("7")
    page.get_by_label("Hear the checkpoints").uncheck()


def losses_of_the_page(studio: Studio) -> list[tuple[int, float]]:
    """The losses of the stopped job and of the one that went on."""
    jobs = [run["job"]["id"] for run in studio.get("/api/training/runs")["runs"]]
    return [point for job in reversed(jobs) for point in losses(studio, job)]


def losses_undisturbed(studio: Studio) -> list[tuple[int, float]]:
    """The losses of a run with the same request that nobody stopped, checked to go down."""
    request = studio.get("/api/training/runs")["runs"][-1]["job"]["request"] | {"name": "undisturbed"}
    job = studio.finished(studio.post("/api/training/start", 202, json=request)["job"])
    found = losses(studio, job["id"])
    assert len(found) == STEPS
    assert sum(value for _, value in found[-5:]) < 0.9 * sum(value for _, value in found[:5])
    return found


def losses(studio: Studio, job_id: str) -> list[tuple[int, float]]:
    points = studio.get(f"/api/training/{job_id}/metrics")["metrics"]
    return [(point["step"], point["value"]) for point in points if point["name"] == "loss"]


def speak_and_play(page: Page, material: Material) -> None:
    page.get_by_role("link", name="Speak with tuned").click()
    page.wait_for_url("**/inference/**")
    page.get_by_role("button", name="New voice").click()
    page.get_by_label("Voice name").fill("Reader")
    page.get_by_label("Reference files").set_input_files(material.reference)
    page.get_by_role("button", name="Make voice").click()
    expect(page.get_by_role("dialog")).to_be_hidden(timeout=60_000)
    expect(page.get_by_role("combobox", name="Voice", exact=True)).to_contain_text("Reader")
    expect(page.get_by_role("combobox", name="Model", exact=True)).to_contain_text("tuned")
    page.get_by_label("Text", exact=True).fill("The market was quiet again.")
    page.get_by_text("Advanced").click()
    page.get_by_label("Seed").fill("3")
    page.get_by_role("button", name="Generate").click()
    plays(page.get_by_role("group", name="Generated speech"), page)
    expect(page.get_by_role("group", name=re.compile("Speech: The market"))).to_be_visible()


def plays(player: Locator, page: Page) -> None:
    """The sound has a length, and its time moves on when it is played."""
    expect(player).to_be_visible(timeout=LONG_MS)
    player.get_by_role("button", name="Play").click()
    audio = player.locator("audio")
    page.wait_for_function(
        "audio => audio.currentTime > 0.05 || audio.ended", arg=audio.element_handle(), timeout=30_000
    )
    assert audio.evaluate("audio => audio.duration") > 0.1
