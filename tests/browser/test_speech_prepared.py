"""Before it is spoken: what will be said, and the same as a program that runs as it was copied."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import av
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Problems, axe_violations, sign_in
from tests.studio import Studio

SPOKEN_S = 120


@pytest.fixture
def desk(page: Page, problems: Problems, speaking_studio: Studio) -> Page:
    """The speech page with the voice Reader chosen."""
    sign_in(page, speaking_studio)
    page.goto(f"{speaking_studio.url}/inference/")
    expect(page.get_by_role("combobox", name="Voice", exact=True)).to_contain_text("Reader")
    return page


def test_what_will_be_said_follows_the_text(desk: Page, problems: Problems) -> None:
    text = desk.get_by_label("Text", exact=True)
    text.fill("Dr. Jones paid $20. [pause 2s] Then he left.")
    title = desk.get_by_text("What will be said", exact=True)
    expect(title).to_be_visible()
    expect(desk.get_by_text("2 pieces · about", exact=False)).to_be_visible()
    title.click()
    pieces = desk.get_by_role("list", name="What will be said").get_by_role("listitem")
    expect(pieces).to_have_count(2)
    expect(pieces.first).to_contain_text("doctor jones paid twenty dollars")
    expect(pieces.first).to_contain_text("Pause of 2")
    expect(pieces.last).not_to_contain_text("then he left")  # nothing to tell: it is read as it is written
    assert axe_violations(desk) == []
    text.fill("???")
    expect(desk.get_by_role("alert").filter(has_text="nothing")).to_be_visible()
    text.fill("")
    expect(title).to_have_count(0)
    problems.expect_none("422")


@pytest.mark.parametrize("program", ["curl", "Python", "OpenAI client"])
def test_what_was_copied_runs(
    desk: Page, problems: Problems, speaking_studio: Studio, tmp_path: Path, program: str
) -> None:
    """Whatever the text is: quotes of all kinds, dollars, backslashes, lines, letters of other scripts."""
    if program == "curl" and shutil.which("curl") is None:
        pytest.skip("curl is missing; the system's packages have it")
    desk.get_by_label("Text", exact=True).fill('It\'s "late", $HOME `now` \\n; True?\nПривет!')
    desk.get_by_role("button", name="As code").click()
    dialog = desk.get_by_role("dialog", name="The same by a program")
    dialog.get_by_role("tab", name=program).click()
    assert axe_violations(desk) == []
    code = dialog.get_by_role("textbox", name=program).input_value()
    key = speaking_studio.post("/api/keys", 201, json={"name": program})
    command = ["sh", "-c", code] if program == "curl" else [sys.executable, "-c", code]
    ran = subprocess.run(
        command, cwd=tmp_path, env=os.environ | {"XTTS_KEY": key["secret"]}, capture_output=True, timeout=SPOKEN_S
    )
    assert ran.returncode == 0, ran.stderr.decode()[-2000:]
    with av.open(str(tmp_path / "speech.mp3")) as sound:
        assert sound.streams.audio[0].codec_context.name.startswith("mp3")
    newest = speaking_studio.get("/api/inference/history?limit=1")["speech"][0]
    assert newest["text"] == 'It\'s "late", $HOME `now` \\n; True?\nПривет!'
    problems.expect_none()
