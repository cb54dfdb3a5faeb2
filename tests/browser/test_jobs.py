"""Work in the background: how far it is, why it failed, once more; and a studio that doesn't answer for a while."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Problems, axe_violations, sign_in
from tests.journey.material import own_material, tiny_model
from tests.studio import Studio, running, start
from tests.training.trainable import trainable

NOBODY_ANSWERS = "The studio does not answer"
GONE = ("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET")
LONG_MS = 60_000
COUNT_TOLD = """
    (text) => {
        window.timesTold = 0
        const count = () => (window.timesTold += document.body.innerText.includes(text))
        new MutationObserver(count).observe(document.body, {childList: true, subtree: true})
    }
"""


@pytest.fixture
def studio_here(tmp_path: Path) -> Iterator[Studio]:
    """A studio of the test's own with a tiny model and a dataset to train on."""
    model = tiny_model(tmp_path / "xtts", own_material())
    trainable(tmp_path / "workspace", model)
    studio = start(tmp_path / "workspace")
    yield studio
    studio.stop()


def open_jobs(page: Page) -> None:
    page.keyboard.press("g")
    page.keyboard.press("j")
    expect(page.get_by_role("dialog", name="Jobs")).to_be_visible()


def test_a_long_job_is_told_everywhere_and_outlives_the_server(
    page: Page, problems: Problems, studio_here: Studio, tmp_path: Path
) -> None:
    sign_in(page, studio_here)
    page.goto(f"{studio_here.url}/settings/")
    expect(page).to_have_title("Settings · XTTS Studio")
    body = {"dataset": "harbour", "name": "long", "epochs": 400, "audition": False, "batch_size": 2, "method": "lora"}
    studio_here.post("/api/training/start", 202, json=body)
    expect(page).to_have_title(re.compile(r"^\d+ % · Training · XTTS Studio$"), timeout=LONG_MS)
    open_jobs(page)
    row = page.get_by_role("dialog").get_by_role("article", name="Training · harbour")
    expect(row.get_by_role("progressbar")).to_be_visible()
    expect(row.get_by_text(re.compile(r"step [1-9]\d* of"))).to_be_visible(timeout=LONG_MS)
    assert axe_violations(page) == []

    port = int(studio_here.url.rpartition(":")[2])
    studio_here.stop()
    expect(page.get_by_text(NOBODY_ANSWERS)).to_be_visible()
    again = start(tmp_path / "workspace", port=port)
    try:
        page.keyboard.press("Escape")
        expect(page.get_by_text(NOBODY_ANSWERS)).to_have_count(0, timeout=LONG_MS)
        open_jobs(page)
        interrupted = page.get_by_role("article").filter(has_text="Interrupted")
        interrupted.get_by_role("button", name="Try again").click()
        going_on = page.get_by_role("article").filter(has=page.get_by_role("progressbar"))
        expect(going_on.get_by_text(re.compile(r"step [1-9]\d* of"))).to_be_visible(timeout=LONG_MS)
        (first, second) = again.get("/api/training/runs")["runs"]
        assert first["run_id"] == second["run_id"]
        going_on.get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("article").filter(has_text="Stopped")).to_be_visible(timeout=LONG_MS)
        page.keyboard.press("Escape")
        expect(page).to_have_title("Settings · XTTS Studio")
    finally:
        again.stop()
    problems.expect_none(*GONE)


def test_a_failed_job_says_why_and_is_done_once_more(
    page: Page, problems: Problems, studio_here: Studio, tmp_path: Path
) -> None:
    sign_in(page, studio_here)
    page.goto(f"{studio_here.url}/data-processing/")
    absent = tmp_path / "absent"
    job = studio_here.post("/api/models/pull", 202, json={"name": "mine", "source": str(absent)})["job"]
    studio_here.finished(job, "failed")
    open_jobs(page)
    row = page.get_by_role("article", name="Download · mine")
    expect(row.get_by_role("alert")).to_contain_text("absent")
    shutil.copytree(tmp_path / "xtts", absent)
    row.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("article", name="Download · mine").filter(has_text="Done")).to_be_visible(timeout=LONG_MS)
    page.get_by_role("link", name="Download · mine").first.click()
    expect(page).to_have_url(re.compile("/settings/"))
    expect(page.get_by_role("dialog")).to_have_count(0)
    problems.expect_none()


def test_no_network_is_told_and_passes(user: Page, context: BrowserContext, problems: Problems, studio: Studio) -> None:
    user.goto("/inference/")
    expect(user.get_by_role("heading", level=1)).to_be_visible()
    context.set_offline(True)
    expect(user.get_by_text(NOBODY_ANSWERS)).to_be_visible()
    assert axe_violations(user) == []
    user.get_by_role("button", name="Try now").click()
    expect(user.get_by_text(NOBODY_ANSWERS)).to_be_visible()
    context.set_offline(False)
    expect(user.get_by_text(NOBODY_ANSWERS)).to_have_count(0, timeout=LONG_MS)
    problems.expect_none("ERR_INTERNET_DISCONNECTED")


def test_a_stream_that_may_not_last_is_taken_up_quietly(page: Page, problems: Problems, tmp_path: Path) -> None:
    """As behind a proxy that ends long requests: nothing is told, and news still come."""
    with running(tmp_path / "workspace", XTTS_STREAM_LIMIT_S="1") as studio:
        sign_in(page, studio)
        page.goto(f"{studio.url}/settings/")
        told = page.locator("[role=status]", has_text=NOBODY_ANSWERS)
        page.evaluate(COUNT_TOLD, NOBODY_ANSWERS)
        for _ in range(3):
            page.wait_for_event("request", lambda request: request.url.endswith("/api/events"))
        studio.post("/api/models/pull", 202, json={"name": "mine", "source": str(tmp_path / "absent")})
        open_jobs(page)
        expect(page.get_by_role("article", name="Download · mine").get_by_role("alert")).to_contain_text("absent")
        expect(told).to_have_count(0)
        assert page.evaluate("window.timesTold") == 0
    problems.expect_none(*GONE)


def test_everything_is_found_by_its_name(page: Page, problems: Problems, studio_here: Studio) -> None:
    sign_in(page, studio_here)
    page.goto(f"{studio_here.url}/settings/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_placeholder("Go to").fill("harb")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"dataset=harbour"))
    page.keyboard.press("Control+k")
    page.get_by_placeholder("Go to").fill("dark")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_class(re.compile("dark"))
    expect(page.get_by_role("grid")).to_be_visible()  # its keys are there with its clips
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()  # of the dataset that is open
    problems.expect_none()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_jobs_and_the_keys_fit_a_narrow_window(user: Page, problems: Problems, language: str) -> None:
    user.add_init_script(f"localStorage.setItem('locale', '{language}')")
    user.set_viewport_size({"width": 390, "height": 844})
    user.goto("/settings/")
    expect(user.get_by_role("heading", level=1)).to_be_visible()
    for opened in ("j", "?"):
        if opened == "j":
            user.keyboard.press("g")
        user.keyboard.press(opened)
        expect(user.get_by_role("dialog")).to_be_visible()
        assert user.evaluate("document.documentElement.scrollWidth") <= 390
        assert axe_violations(user) == []
        user.keyboard.press("Escape")
        expect(user.get_by_role("dialog")).to_have_count(0)
    problems.expect_none()
