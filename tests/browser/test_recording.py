"""A recording on the page: settings change its preview at once, transcripts of one's own, wishes for transcribing."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Problems, axe_violations, sign_in
from tests.shared import shared
from tests.studio import Studio, running
from xtts_studio.sample import RECORDING as HARBOUR

SETTLED_MS = 30_000

SRT = "1\n00:00:01,000 --> 00:00:04,000\nNobody had seen the keeper.\n\n2\n00:00:04,000 --> {}\nThe light burned.\n"


@pytest.fixture(scope="module")
def recording_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio with a recording in mono, and the same in stereo."""
    folder = tmp_path_factory.mktemp("recording")
    samples, rate_hz = soundfile.read(HARBOUR, dtype="float32")
    stereo = folder / "call.flac"
    soundfile.write(stereo, np.stack([samples, 0.2 * samples], 1), rate_hz)
    with running(folder / "workspace") as studio:
        for path in (HARBOUR, stereo):
            studio.post("/api/data/upload", 201, files=[("files", (path.name, path.read_bytes()))])
        yield studio


@pytest.fixture
def view(page: Page, problems: Problems, recording_studio: Studio) -> Page:
    """The page with the mono recording opened and its preview there."""
    sign_in(page, recording_studio)
    page.goto(f"{recording_studio.url}/data-processing/")
    return opened(page, "harbour.flac")


def opened(page: Page, name: str) -> Page:
    page.get_by_role("button", name=name, exact=True).click()
    expect(count(page)).to_have_text(re.compile(r"^[1-9]\d*$"), timeout=SETTLED_MS)
    return page


def count(page: Page) -> Locator:
    return page.locator("[data-statistic=count] dd")


def test_settings_change_the_preview_and_go_back(view: Page, problems: Problems) -> None:
    usual = count(view).inner_text()
    target = view.get_by_role("slider", name="Target duration")
    target.focus()
    for _ in range(8):
        target.press("ArrowLeft")
    expect(count(view)).not_to_have_text(usual)
    assert int(count(view).inner_text()) > int(usual)
    view.get_by_role("button", name="Back to defaults").click()
    expect(count(view)).to_have_text(usual)
    expect(view.get_by_role("button", name="Back to defaults")).to_have_count(0)
    problems.expect_none()


def test_hidden_settings_are_sent_and_counted(view: Page, problems: Problems) -> None:
    view.get_by_text("Advanced", exact=True).click()
    fade = view.get_by_role("slider", name="Fade")
    with view.expect_request(lambda request: request.url.endswith("/api/data/analyze")) as request:
        fade.press("ArrowRight")
    assert json.loads(request.value.post_data or "")["fade_ms"] == 6
    expect(view.get_by_text("1 changed")).to_be_visible()
    problems.expect_none()


def test_marks_are_explained(view: Page, problems: Problems) -> None:
    """Without a pause within the longest duration, speech is cut: that is said, and how often."""
    longest = view.get_by_role("slider", name="Longest chunk")
    longest.focus()
    longest.press("Home")
    for _ in range(3):
        longest.press("ArrowRight")
    marks = view.get_by_label("What the marks mean")
    expect(marks.get_by_text(re.compile(r"Cut in speech \d+"))).to_be_visible()
    expect(marks).to_contain_text("cut at the quietest moment")
    problems.expect_none()


def test_a_transcript_is_read_replaced_and_removed(
    view: Page, problems: Problems, recording_studio: Studio, tmp_path: Path
) -> None:
    good, broken = tmp_path / "keeper.srt", tmp_path / "broken.srt"
    good.write_text(SRT.format("00:00:09,000"))
    broken.write_text(SRT.format("half past nine"))
    view.get_by_text("My own transcript").click()
    file = view.get_by_label("Transcript file")
    file.set_input_files(broken)
    alert = view.get_by_role("region", name="harbour.flac").get_by_role("alert")
    expect(alert).to_contain_text(re.compile(r"line 6", re.IGNORECASE))
    file.set_input_files(good)
    read = view.get_by_role("region", name="What was read")
    expect(read).to_contain_text("SRT · 2 parts")
    expect(read).to_contain_text("Nobody had seen the keeper.")
    expect(alert).to_have_count(0)
    assert axe_violations(view) == []
    view.reload()
    view.get_by_text("My own transcript").click()
    expect(read).to_contain_text("keeper.srt")
    view.get_by_role("button", name="Remove", exact=True).click()
    view.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    expect(read).to_have_count(0)
    listed = recording_studio.get("/api/data/recordings")["recordings"]
    assert not any(one["has_transcript"] for one in listed)
    problems.expect_none("/transcript")  # the refused file


def test_wishes_for_the_transcription_travel_with_the_cut(view: Page, problems: Problems) -> None:
    """Two speakers are offered where there are two channels; the transcript where there is one."""
    form = view.get_by_role("region", name="Cut into a dataset")
    form.get_by_role("checkbox", name="Transcribe afterwards").check()
    expect(form.get_by_role("checkbox", name="Prove the cuts")).to_be_checked()
    expect(form.get_by_role("checkbox", name="Two channels are two speakers")).to_have_count(0)
    expect(form.get_by_role("checkbox", name="Use my transcript")).to_have_count(0)
    opened(view, "call.flac")
    form.get_by_role("checkbox", name="Transcribe afterwards").check()
    form.get_by_label("Names and rare words").fill("Ngozi, Wrocław")
    form.get_by_role("checkbox", name="Prove the cuts").uncheck()
    form.get_by_role("checkbox", name="Two channels are two speakers").check()
    with view.expect_request(lambda request: request.url.endswith("/api/data/chunk")) as request:
        form.get_by_role("button", name="Cut into a dataset").click()
    sent = json.loads(request.value.post_data or "")
    wishes = {"transcribe": True, "hints": "Ngozi, Wrocław", "prove": False, "speakers_by_channel": True}
    assert sent.items() >= wishes.items()
    cutting = view.get_by_role("region", name="Cutting", exact=True)
    expect(cutting).to_contain_text(re.compile(r"chunks? (was|were) added"), timeout=SETTLED_MS)
    problems.expect_none()


def test_a_transcription_is_told_in_words_and_leads_to_what_is_doubtful(
    view: Page, problems: Problems, recording_studio: Studio
) -> None:
    """Also under another recogniser than the voice was made for: what it hears differently each time is doubtful."""
    source = str(shared("models/whisper-lj"))
    pulled = recording_studio.post("/api/models/pull", 202, json={"name": "whisper-lj", "source": source})
    recording_studio.finished(pulled["job"])
    view.reload()
    opened(view, "harbour.flac")
    view.get_by_label("End (s)").fill("9")
    form = view.get_by_role("region", name="Cut into a dataset")
    form.get_by_label("Dataset name").fill("nine seconds")
    form.get_by_role("checkbox", name="Transcribe afterwards").check()
    form.get_by_role("button", name="Cut into a dataset").click()
    told = view.get_by_role("region", name="Transcription", exact=True).first
    expect(told).to_contain_text(re.compile(r"(chunk has|chunks have) a new text"), timeout=120_000)
    chunks = recording_studio.get("/api/datasets/nine seconds", params={"flag": "doubtful"})
    link = told.get_by_role("link", name=re.compile("Listen to the"))
    expect(link).to_have_count(1 if chunks["total"] else 0)
    if chunks["total"]:
        link.click()
        expect(view).to_have_url(re.compile(r"dataset=nine(%20|\+)seconds&flag=doubtful"))
        expect(view.locator("[data-file]")).to_have_count(chunks["total"])
    problems.expect_none()


def test_another_theme_goes_on_where_one_listens(view: Page, problems: Problems) -> None:
    view.get_by_role("button", name="Play the recording").click()
    time = view.get_by_test_id("time")
    expect(time).to_contain_text(re.compile(r"^0:0[2-9]"))
    view.emulate_media(color_scheme="dark")
    expect(view.locator("html")).to_have_class(re.compile("dark"))
    expect(time).to_contain_text(re.compile(r"^0:(0[4-9]|[1-9]\d)"))
    expect(view.get_by_role("button", name="Pause the recording")).to_be_visible()
    heard = time.inner_text()
    expect(time).not_to_have_text(heard)
    problems.expect_none()
