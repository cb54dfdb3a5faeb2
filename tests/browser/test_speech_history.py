"""A history of hundreds, turned and searched; a seed that is kept; a value that is typed."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Problems, axe_violations, sign_in
from tests.browser.test_speech import generate, history, queue, sound, until
from tests.studio import Studio

MANY = 500
ROW = "INSERT INTO history (id, request, seed, audio_s, wall_s, created_at) VALUES (?, ?, ?, 1.0, 2.0, ?)"


@pytest.fixture
def many(speaking_studio: Studio) -> Iterator[None]:
    """So much was said already; its sounds are gone."""
    rows = []
    for number in range(MANY):
        words = "Über die Brücke" if number == 7 else "The boat left"
        request = {"text": f"{words}, {number}.", "language": "en", "speaker": "Reader", "model": "xtts-v2"}
        rows.append((f"row{number:029d}", json.dumps(request), number, "2026-01-01T00:00:00Z"))
    with closing(sqlite3.connect(speaking_studio.home / "studio.db", timeout=30)) as database, database:
        database.executemany(ROW, rows)
    yield
    with closing(sqlite3.connect(speaking_studio.home / "studio.db", timeout=30)) as database, database:
        database.execute("DELETE FROM history WHERE id LIKE 'row%'")


@pytest.fixture
def desk(page: Page, problems: Problems, speaking_studio: Studio) -> Page:
    until(lambda: queue(speaking_studio)["running"] == 0)
    sign_in(page, speaking_studio)
    page.goto(f"{speaking_studio.url}/inference/")
    expect(page.get_by_role("combobox", name="Voice", exact=True)).to_contain_text("Reader")
    return page


def test_hundreds_are_turned_and_searched(many: None, desk: Page, problems: Problems) -> None:
    """However many there are, the page holds few."""
    expect(history(desk)).to_have_count(10)
    expect(history(desk).first).to_contain_text(f"The boat left, {MANY - 1}.")
    desk.get_by_role("button", name="Older").click()
    expect(history(desk).first).to_contain_text(f"The boat left, {MANY - 11}.")
    expect(desk.get_by_role("navigation", name="Pages of the history")).to_contain_text("Page 2 of")
    assert axe_violations(desk) == []
    search = desk.get_by_role("searchbox")
    search.fill("ÜBER brücke")
    expect(history(desk)).to_have_count(1)
    expect(history(desk)).to_contain_text("Über die Brücke, 7.")
    search.fill("nobody said this")
    expect(desk.get_by_text("Nothing was found")).to_be_visible()
    search.fill("")
    expect(history(desk)).to_have_count(10)
    problems.expect_none()


def test_the_seed_of_the_last_speech_is_kept(desk: Page, problems: Problems, speaking_studio: Studio) -> None:
    """The lock makes the same again; open, each speech is a new one. It outlives a reload."""
    desk.get_by_label("Text", exact=True).fill("Good day.")
    desk.get_by_text("Advanced").click()
    seed, lock = desk.get_by_label("Seed"), desk.get_by_role("button", name="Keep it for the next speech")
    first = generate(desk, speaking_studio)
    expect(seed).to_have_value("")
    lock.click()
    expect(seed).to_have_value(str(first["seed"]))
    desk.reload()
    desk.get_by_text("Advanced").click()
    expect(seed).to_have_value(str(first["seed"]))
    expect(lock).to_have_attribute("aria-pressed", "true")
    again = generate(desk, speaking_studio)
    player = desk.get_by_role("group", name="Generated speech")
    expect(player.locator("[data-slot=outline]")).to_be_visible()
    position = player.get_by_role("slider")
    position.press("Home")
    position.press("ArrowRight")
    expect(position).to_have_attribute("aria-valuenow", re.compile(r"^(1$|0\.[1-9])"))
    assert sound(speaking_studio, again) == sound(speaking_studio, first)
    lock.click()
    expect(seed).to_have_value("")
    problems.expect_none()


def test_a_slider_can_be_typed(desk: Page, problems: Problems) -> None:
    """What lies beyond the ends becomes the end; it outlives a reload and goes back by a button."""
    typed = desk.get_by_role("spinbutton", name="Speed: value")
    slider = desk.get_by_role("slider", name="Speed")
    typed.fill("1.25")
    expect(slider).to_have_attribute("aria-valuenow", "1.25")
    desk.reload()
    expect(typed).to_have_value("1.25")
    typed.fill("9")
    typed.press("Tab")
    expect(typed).to_have_value("2")
    expect(slider).to_have_attribute("aria-valuenow", "2")
    desk.get_by_role("button", name=re.compile("^Reset Speed")).click()
    expect(typed).to_have_value("1")
    problems.expect_none()
