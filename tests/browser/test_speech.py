"""Speech to the full by clicks: pauses, formats, the same again, heard as it is made, the queue, and being stopped."""

import re
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any

import av
import numpy as np
import pytest
import soundfile
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Problems, axe_violations, sign_in
from tests.studio import Studio

SPOKEN_MS = 90_000
LONG_TEXT = "The small boat left the harbour before the sun rose. " * 60


@pytest.fixture
def desk(page: Page, problems: Problems, speaking_studio: Studio) -> Page:
    """The speech page of somebody signed in, with nobody else speaking."""
    until(lambda: queue(speaking_studio)["running"] == 0)
    sign_in(page, speaking_studio)
    page.goto(f"{speaking_studio.url}/inference/")
    expect(page.get_by_role("combobox", name="Voice", exact=True)).to_contain_text("Reader")
    expect(page.locator("[data-slot=skeleton]")).to_have_count(0)
    return page


def test_pauses_loudness_and_a_format(desk: Page, problems: Problems, speaking_studio: Studio) -> None:
    """What was asked for arrives in the sound, is told, and is saved in the format that was chosen."""
    desk.get_by_label("Text", exact=True).fill("The boat left.")
    desk.get_by_role("button", name="Insert pause").click()
    desk.keyboard.type("Quiet again.")
    expect(desk.get_by_label("Text", exact=True)).to_have_value("The boat left. [pause 500ms] Quiet again.")
    desk.get_by_text("Pauses and loudness").click()
    desk.get_by_label("Between sentences").fill("250")
    choose(desk, "Loudness", "−16 LUFS")
    speech = generate(desk, speaking_studio)
    asked = {"sentence_pause_ms": 250, "loudness_lufs": -16, "split": True, "paragraph_pause_ms": 400}
    assert speech["settings"].items() >= asked.items()
    assert longest_silence_s(sound(speaking_studio, speech)) >= 0.5
    entry = history(desk).first
    for told in ("250 / 400 ms", "−16 LUFS", str(speech["seed"]), "First sound after", "Real-time factor"):
        expect(entry).to_contain_text(told)
    with desk.expect_download() as download:
        entry.get_by_role("button", name=re.compile("^Other formats")).click()
        desk.get_by_role("menuitem", name=re.compile("^MP3")).click()
    assert download.value.suggested_filename == f"Reader-{speech['seed']}.mp3"
    codec, length_s = decoded(download.value.path())
    assert codec == "mp3"
    assert length_s == pytest.approx(speech["audio_s"], abs=0.2)
    expect(entry.get_by_role("link", name=re.compile("^Download as MP3"))).to_be_visible()
    assert axe_violations(desk) == []
    problems.expect_none()


def test_the_same_again_from_the_history(desk: Page, problems: Problems, speaking_studio: Studio) -> None:
    """Text and every setting come back into the form, and the sound is the same to the last sample."""
    desk.get_by_label("Text", exact=True).fill("The market was quiet.")
    desk.get_by_text("Advanced").click()
    choose(desk, "Precision", "Exact (float32)")
    first = generate(desk, speaking_studio)
    desk.get_by_label("Text", exact=True).fill("Something else.")
    desk.get_by_role("button", name="Back to usual settings").click()
    expect(desk.get_by_label("Seed")).to_have_value("")
    history(desk).first.get_by_role("button", name=re.compile("^Use these settings")).click()
    expect(desk.get_by_label("Text", exact=True)).to_have_value("The market was quiet.")
    expect(desk.get_by_label("Seed")).to_have_value(str(first["seed"]))
    second = generate(desk, speaking_studio)
    assert second["id"] != first["id"]
    assert second["settings"] == first["settings"]
    assert sound(speaking_studio, second) == sound(speaking_studio, first)
    problems.expect_none()


def test_it_is_heard_as_it_is_made_and_ends_when_stopped(
    desk: Page, problems: Problems, speaking_studio: Studio
) -> None:
    """Sound plays long before all of it is there. Stopping frees the place; what came can be heard and saved, but is no
    speech of the history."""
    before = latest(speaking_studio)
    desk.get_by_label("Text", exact=True).fill(LONG_TEXT)
    desk.get_by_role("button", name="Generate").click()
    live = desk.get_by_role("group", name="Speech as it is made")
    expect(live).to_contain_text(re.compile(r"^0:0[1-9] / 0:\d\d"), timeout=SPOKEN_MS)
    live.get_by_role("button", name="Pause").click()
    expect(live.get_by_role("button", name="Play")).to_be_visible()
    assert axe_violations(desk) == []
    desk.get_by_role("button", name="Stop", exact=True).click()
    expect(desk.get_by_role("button", name="Generate")).to_be_enabled()
    expect(live).to_be_hidden()
    until(lambda: queue(speaking_studio)["running"] == 0)
    assert latest(speaking_studio) == before
    assert desk.get_by_role("alert").filter(has=desk.locator("p")).count() == 0
    with desk.expect_download() as download:
        desk.get_by_role("link", name="What came of the speech").click()
    frames, _ = soundfile.read(download.value.path(), dtype="int16")
    assert len(frames) >= 12_000
    part = desk.get_by_role("group", name="What came of the speech")
    part.get_by_role("button", name="Play").click()
    expect(part.get_by_role("button", name="Pause")).to_be_visible()
    assert axe_violations(desk) == []
    problems.expect_none()


def test_waiting_says_who_is_before_one(desk: Page, problems: Problems, speaking_studio: Studio) -> None:
    """This studio speaks for one at a time. Who waits is told so, and may leave."""
    desk.get_by_label("Text", exact=True).fill("My turn.")
    with somebody_speaking(speaking_studio):
        desk.get_by_role("button", name="Generate").click()
        expect(desk.get_by_role("status").filter(has_text="you are next")).to_be_visible()
        assert queue(speaking_studio)["waiting"] == 1
        desk.get_by_role("button", name="Stop", exact=True).click()
        until(lambda: queue(speaking_studio)["waiting"] == 0)
    problems.expect_none()


def test_a_full_queue_says_when_to_come_again(desk: Page, problems: Problems, speaking_studio: Studio) -> None:
    desk.get_by_label("Text", exact=True).fill("Room for me?")
    with somebody_speaking(speaking_studio), somebody_speaking(speaking_studio):
        desk.get_by_role("button", name="Generate").click()
        expect(desk.get_by_role("alert").filter(has_text="the queue is full")).to_be_visible()
        expect(desk.get_by_text(re.compile(r"a place (in about \d+ s|now)"))).to_be_visible()
        assert axe_violations(desk) == []
    until(lambda: queue(speaking_studio)["running"] == 0)
    desk.get_by_role("button", name="Try again").click()
    expect(desk.get_by_role("group", name="Generated speech")).to_be_visible(timeout=SPOKEN_MS)
    problems.expect_none("429 POST")


def choose(page: Page, label: str, option: str) -> None:
    """Takes an option of a select by its words."""
    page.get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def generate(page: Page, studio: Studio) -> dict[str, Any]:
    """Speaks what is in the form to its end; gives the speech as it is kept."""
    before = latest(studio)
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Generate")).to_be_enabled(timeout=SPOKEN_MS)
    expect(page.get_by_role("group", name="Generated speech")).to_be_visible(timeout=SPOKEN_MS)
    speech = studio.get("/api/inference/history")["speech"][0]
    assert speech["id"] != before
    return dict(speech)


def history(page: Page) -> Locator:
    return page.get_by_role("list", name="History").locator("> li")


def latest(studio: Studio) -> str | None:
    """The id of what was said last."""
    found = studio.get("/api/inference/history")["speech"]
    return str(found[0]["id"]) if found else None


def queue(studio: Studio) -> dict[str, Any]:
    return studio.get("/api/inference/queue")


def sound(studio: Studio, speech: dict[str, Any]) -> bytes:
    """Its samples."""
    answer = studio.client.get(f"/api/inference/history/{speech['id']}/audio")
    with wave.open(BytesIO(answer.content)) as file:
        pcm: bytes = file.readframes(file.getnframes())
        return pcm


def longest_silence_s(pcm: bytes) -> float:
    """The longest run of exact zeros; speech has none of any length."""
    sounding = np.flatnonzero(np.frombuffer(pcm, "<i2"))
    return float(np.diff(sounding).max()) / 24_000


def decoded(path: Path) -> tuple[str, float]:
    """What is in a file: its codec, and how many seconds of sound."""
    with av.open(str(path)) as file:
        frames = list(file.decode(audio=0))
        return file.streams.audio[0].codec_context.codec.canonical_name, sum(f.samples for f in frames) / frames[0].rate


@contextmanager
def somebody_speaking(studio: Studio) -> Iterator[None]:
    """Another listener with a long text, in a place or in the queue, who goes away at the end."""
    body = {"text": LONG_TEXT * 20, "language": "en", "speaker": "Reader", "stream": True}
    before, leave = queue(studio), False

    def listen() -> None:
        with studio.client.stream("POST", "/api/inference/generate", json=body, timeout=120) as answer:
            for _ in answer.iter_raw():
                if leave:
                    return

    def there() -> bool:
        now = queue(studio)
        return bool(now["running"] + now["waiting"] > before["running"] + before["waiting"])

    listener = Thread(target=listen)
    listener.start()
    try:
        until(there)
        yield
    finally:
        leave = True
        listener.join(60)


def until(so: Callable[[], bool], timeout_s: float = 60) -> None:
    """Waits until something is so."""
    deadline = time.monotonic() + timeout_s
    while not so():
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.1)
