"""The network is cut, or the worker dies, while speech is made and heard: what came stays, the rest follows."""

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Problems, axe_violations, sign_in
from tests.browser.test_speech import SPOKEN_MS, queue, sound, until
from tests.browser.wire import Wire, wire_to
from tests.studio import Studio

HISTORY = "/api/inference/history"
SOME_SECONDS_BYTES = 120_000
TEXT = "The small boat left the harbour before the sun rose. " * 8
CUT = "The connection to the studio is lost."


@pytest.fixture
def wire(speaking_studio: Studio) -> Iterator[Wire]:
    until(lambda: queue(speaking_studio)["running"] == 0)
    with wire_to(speaking_studio.url) as wire:
        yield wire
    until(lambda: queue(speaking_studio)["running"] == 0, timeout_s=90)


@pytest.fixture
def desk(page: Page, wire: Wire, speaking_studio: Studio) -> Page:
    """The speech page of somebody signed in, behind a wire that can be cut."""
    sign_in(page, speaking_studio)
    page.goto(f"{wire.url}/inference/")
    expect(page.get_by_role("combobox", name="Voice", exact=True)).to_contain_text("Reader")
    expect(page.locator("[data-slot=skeleton]")).to_have_count(0)
    return page


def test_a_cut_network_costs_nothing_of_a_speech(desk: Page, wire: Wire, speaking_studio: Studio) -> None:
    """It plays on while nobody answers, is whole in the end, and was spoken once."""
    before = speaking_studio.get(HISTORY)["total"]
    wire.cut_after(SOME_SECONDS_BYTES)
    begin(desk, TEXT)
    told = desk.get_by_role("status").filter(has_text=CUT)
    expect(told).to_be_visible(timeout=SPOKEN_MS)
    assert wire.is_cut
    plays_on(desk)
    assert axe_violations(desk) == []
    wire.mend()
    expect(told).to_be_hidden(timeout=SPOKEN_MS)
    expect(desk.get_by_role("button", name="Generate")).to_be_enabled(timeout=SPOKEN_MS)
    after = speaking_studio.get(HISTORY)
    assert after["total"] == before + 1
    length_s = round(len(sound(speaking_studio, after["speech"][0])) / 48_000)
    live(desk).get_by_role("button", name="Pause").click()
    whole = desk.get_by_role("group", name="Generated speech")
    expect(whole).to_contain_text(re.compile(rf"/ {length_s // 60}:0?{length_s % 60}|/ {length_s // 60}:"))
    expect(whole.locator("[data-slot=outline]")).to_be_visible()


def test_it_can_be_stopped_while_nobody_answers(desk: Page, wire: Wire) -> None:
    """The page is ready for the next text at once."""
    wire.cut_after(SOME_SECONDS_BYTES)
    begin(desk, TEXT)
    expect(desk.get_by_role("status").filter(has_text=CUT)).to_be_visible(timeout=SPOKEN_MS)
    desk.get_by_role("button", name="Stop", exact=True).click()
    expect(desk.get_by_role("button", name="Generate")).to_be_enabled()
    expect(desk.get_by_role("status").filter(has_text=CUT)).to_be_hidden()


def test_leaving_the_page_frees_the_place_at_once(desk: Page, speaking_studio: Studio) -> None:
    """Who leaves on purpose is not waited for as one whose network was cut."""
    begin(desk, TEXT * 60)
    expect(live(desk)).to_be_visible(timeout=SPOKEN_MS)
    desk.reload()
    until(lambda: queue(speaking_studio)["running"] == 0, timeout_s=40)


def test_a_dead_worker_is_told_and_the_speech_gone_on_with(
    desk: Page, wire: Wire, problems: Problems, speaking_studio: Studio
) -> None:
    """What was heard stays and can be heard again; one button goes on from there."""
    begin(desk, TEXT * 60)
    expect(live(desk)).to_contain_text(re.compile(r"^0:0[1-9] /"), timeout=SPOKEN_MS)
    os.kill(inference_pid(speaking_studio), 9)
    expect(desk.get_by_role("alert").filter(has_text="The speech broke off")).to_be_visible(timeout=SPOKEN_MS)
    part = desk.get_by_role("group", name="What came of the speech")
    expect(part).to_be_visible(timeout=SPOKEN_MS)  # once it was heard to where it broke off
    had_s = seconds(part)
    assert had_s > 0
    part.get_by_role("button", name="Play").click()
    expect(part.get_by_role("button", name="Pause")).to_be_visible()
    assert axe_violations(desk) == []
    desk.get_by_role("button", name="Go on").click()
    expect(live(desk)).to_be_visible(timeout=SPOKEN_MS)
    until(lambda: seconds(live(desk)) > had_s + 1)
    desk.get_by_role("button", name="Stop", exact=True).click()
    until(lambda: queue(speaking_studio)["running"] == 0, timeout_s=40)
    problems.expect_none("503 GET", "ERR_INCOMPLETE_CHUNKED_ENCODING", "net::ERR")


def test_a_studio_that_can_not_be_reached_is_told(desk: Page, wire: Wire) -> None:
    desk.get_by_label("Text", exact=True).fill("Nobody there?")
    wire.cut()
    desk.get_by_role("button", name="Generate").click()
    expect(desk.get_by_role("alert").filter(has_text="The studio can't be reached.")).to_be_visible()
    wire.mend()
    desk.get_by_role("button", name="Try again", exact=True).click()
    expect(desk.get_by_role("group", name="Generated speech")).to_be_visible(timeout=SPOKEN_MS)


def test_a_sound_of_the_history_plays_when_the_network_is_back(desk: Page, wire: Wire, speaking_studio: Studio) -> None:
    made(speaking_studio)
    desk.reload()
    player = (
        desk.get_by_role("list", name="History").locator("> li").first.get_by_role("group", name=re.compile("^Speech:"))
    )
    expect(player).to_be_visible()
    wire.cut()
    player.get_by_role("button", name="Play").click()
    expect(player.get_by_role("alert")).to_be_visible()
    wire.mend()
    player.get_by_role("button", name="Try again").click()
    expect(player.get_by_role("button", name="Pause")).to_be_visible()
    expect(player.get_by_role("alert")).to_be_hidden()


def begin(page: Page, text: str) -> None:
    page.get_by_label("Text", exact=True).fill(text)
    page.get_by_role("button", name="Generate").click()


def live(page: Page) -> Locator:
    return page.get_by_role("group", name="Speech as it is made")


def plays_on(page: Page) -> None:
    """What has come is heard further on, to its end."""
    at = page.get_by_role("progressbar", name="Position")
    until(lambda: int(at.get_attribute("aria-valuenow") or 0) >= seconds(live(page)))


def seconds(player: Locator) -> int:
    """How long what a player has is."""
    minutes, rest = player.inner_text().rsplit("/", 1)[1].strip().split(":")[-2:]
    return 60 * int(minutes) + int(rest)


def inference_pid(studio: Studio) -> int:
    (pid,) = [worker["pid"] for worker in studio.get("/api/system")["workers"] if worker["role"] == "inference"]
    return int(pid)


def made(studio: Studio) -> dict[str, Any]:
    """A speech of some seconds."""
    body = {"text": "The market was quiet.", "language": "en", "speaker": "Reader", "seed": 5}
    assert studio.client.post("/api/inference/generate", json=body).status_code == 200
    speech: dict[str, Any] = studio.get(HISTORY)["speech"][0]
    return speech
