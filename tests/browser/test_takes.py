"""One sentence of a speech spoken once more by clicks and keys, heard, chosen, and put together into a new speech."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Problems, axe_violations, sign_in
from tests.browser.test_speech import SPOKEN_MS, queue, somebody_speaking, until
from tests.studio import Studio

BODY = {
    "text": "The boat left. [pause 300ms] The market was quiet.",
    "language": "en",
    "speaker": "Reader",
    "seed": 5,
}
HISTORY = "/api/inference/history"


@pytest.fixture
def speech(speaking_studio: Studio) -> dict[str, Any]:
    """A speech of two sentences."""
    until(lambda: queue(speaking_studio)["running"] == 0)
    answer = speaking_studio.client.post("/api/inference/generate", json=BODY)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = speaking_studio.get(HISTORY)["speech"][0]
    return made


@pytest.fixture
def entry(page: Page, problems: Problems, speaking_studio: Studio, speech: dict[str, Any]) -> Locator:
    """Its entry in the history, with the takes unfolded."""
    sign_in(page, speaking_studio)
    page.goto(f"{speaking_studio.url}/inference/")
    return unfolded(page)


def test_the_best_takes_become_a_new_speech(
    page: Page, problems: Problems, speaking_studio: Studio, speech: dict[str, Any], entry: Locator
) -> None:
    """What was chosen survives a reload, and the new speech is first in the history."""
    second = entry.get_by_role("listitem", name="Sentence 2")
    expect(entry.get_by_role("button", name="Put together")).to_be_disabled()
    second.get_by_role("button", name=re.compile("^Another take")).click()
    expect(second.get_by_role("radio", name=re.compile("^Take 2"))).to_be_checked(timeout=SPOKEN_MS)
    expect(entry.get_by_text("1 sentence is changed")).to_be_visible()
    assert axe_violations(page) == []
    for number in (2, 1):  # where the first begins, the second stops
        sentence = entry.get_by_role("listitem", name=f"Sentence {number}")
        if sentence.get_by_role("button", name="Play the chosen take").is_visible():
            sentence.get_by_role("button", name="Play the chosen take").click()
        expect(sentence.get_by_role("button", name="Pause")).to_be_visible()
    assert page.evaluate("[...document.querySelectorAll('audio')].filter((one) => !one.paused).length") == 1
    page.reload()
    entry = unfolded(page)
    second = entry.get_by_role("listitem", name="Sentence 2")
    expect(second.get_by_role("radio", name=re.compile("^Take 2"))).to_be_checked()
    expect(entry.get_by_role("listitem", name="Sentence 1").get_by_role("radio")).to_have_count(1)
    entry.get_by_role("button", name="Put together").click()
    expect(page.get_by_role("list", name="History").locator("> li").first).to_contain_text(
        re.compile(r"other takes of: sentence 2 \(seed \d+\)")
    )
    expect(page.get_by_role("list", name="History").locator("> li").first).not_to_contain_text("Real-time factor")
    joined = speaking_studio.get(HISTORY)["speech"][0]
    (take,) = speaking_studio.get(f"{HISTORY}/{speech['id']}/takes")["takes"]
    assert joined["id"] != speech["id"]
    assert joined["joined"] == [{"sentence": 1, "seed": take["seed"]}]
    problems.expect_none()


def test_a_take_is_deleted_and_a_choice_goes_with_its_speech(
    page: Page, problems: Problems, speaking_studio: Studio, speech: dict[str, Any], entry: Locator
) -> None:
    first = entry.get_by_role("listitem", name="Sentence 1")
    first.get_by_role("button", name=re.compile("^Another take")).click()
    expect(first.get_by_role("radio", name=re.compile("^Take 2"))).to_be_checked(timeout=SPOKEN_MS)
    assert page.evaluate(f"localStorage['takes:{speech['id']}']")
    first.get_by_role("button", name="Delete take 2 of sentence 1").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(first.get_by_role("radio")).to_have_count(1)
    expect(first.get_by_role("radio")).to_be_checked()
    assert speaking_studio.get(f"{HISTORY}/{speech['id']}/takes")["takes"] == []
    first.get_by_role("button", name=re.compile("^Another take")).click()
    expect(first.get_by_role("radio", name=re.compile("^Take 2"))).to_be_checked(timeout=SPOKEN_MS)
    entry.get_by_role("button", name=re.compile("^Delete: ")).click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(entry).not_to_contain_text("Sentence 1")
    until(lambda: page.evaluate(f"localStorage['takes:{speech['id']}'] ?? null") is None)
    problems.expect_none()


def test_a_take_that_waits_tells_its_place(
    page: Page, problems: Problems, speaking_studio: Studio, entry: Locator
) -> None:
    with somebody_speaking(speaking_studio):
        first = entry.get_by_role("listitem", name="Sentence 1")
        first.get_by_role("button", name=re.compile("^Another take")).click()
        expect(first.get_by_role("status")).to_have_text("In the queue: you are next")
        first.get_by_role("button", name=re.compile("^Stop")).click()
        until(lambda: queue(speaking_studio)["waiting"] == 0)
    problems.expect_none()


def test_takes_by_keys_alone(page: Page, problems: Problems, speaking_studio: Studio, entry: Locator) -> None:
    first = entry.get_by_role("listitem", name="Sentence 1")
    first.get_by_role("button", name=re.compile("^Another take")).press("Enter")
    own, other = first.get_by_role("radio").nth(0), first.get_by_role("radio").nth(1)
    expect(other).to_be_checked(timeout=SPOKEN_MS)
    other.focus()
    page.keyboard.press("ArrowLeft")
    expect(own).to_be_focused()
    with page.expect_response(re.compile(r"/sentences/0/audio$")) as answer:
        page.keyboard.press("Space")
    assert answer.value.status == 200
    expect(own).to_be_checked()
    expect(entry.get_by_text("Nothing is changed yet")).to_be_visible()
    problems.expect_none()


def test_it_fits_a_phone(page: Page, entry: Locator) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    expect(entry.get_by_role("button", name="Put together")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert axe_violations(page) == []


def unfolded(page: Page) -> Locator:
    entry = page.get_by_role("list", name="History").locator("> li").first
    entry.locator("summary", has_text="Takes").click()
    expect(entry.get_by_role("list", name="Sentences").get_by_role("listitem")).to_have_count(2)
    return entry
