"""Every page with something on it, in both languages and themes, from a phone to 4K.

Nothing is wrong for axe, in the console or by the content policy, and nothing scrolls sideways. Each is loaded once per
language.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Problems, axe_violations
from tests.journey.material import Material, own_material, tiny_model
from tests.studio import PASSWORD, USER, Studio, running

NARROW = {"width": 390, "height": 844}
WIDTHS = (NARROW["width"], 1440, 3840)
NAMES = ("login", "missing", "data", "training", "run", "inference", "settings")
ENGLISH = re.compile(r"\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\b")
OTHERS = {"login": "/login/", "missing": "/no/such/page/"}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The addresses of a studio's pages after a short day's work on our own recording."""
    folder, material = tmp_path_factory.mktemp("filled"), own_material()
    with running(folder / "workspace") as studio:
        source = str(tiny_model(folder / "xtts", material))
        studio.finished(studio.post("/api/models/pull", 202, json={"name": "xtts-v2", "source": source})["job"])
        recording = cut(studio, material)
        run = train(studio)
        speak(studio, material)
        yield {
            "data": f"{studio.url}/data-processing/?recording={recording['id']}&dataset=reader",
            "training": f"{studio.url}/training/",
            "run": f"{studio.url}/training/run/?id={run['id']}",
            "inference": f"{studio.url}/inference/",
            "settings": f"{studio.url}/settings/",
        }


def cut(studio: Studio, material: Material) -> dict[str, Any]:
    """A recording and the dataset "reader" of it, with its texts and one clip without."""
    files = [("files", (material.recording.name, material.recording.read_bytes()))]
    recording: dict[str, Any] = studio.post("/api/data/upload", 201, files=files)["recordings"][0]
    body = {"recording_id": recording["id"], "dataset": "reader", "language": "en"}
    studio.finished(studio.post("/api/data/chunk", 202, json=body)["job"])
    for chunk in studio.get("/api/datasets/reader")["chunks"][1:]:
        path = f"/api/datasets/reader/chunks/{Path(chunk['file']).name}"
        text = material.words_between(chunk["start_s"], chunk["end_s"])
        assert studio.client.patch(path, json={"text": text, "language": "en"}).status_code == 200
    return recording


def train(studio: Studio) -> dict[str, Any]:
    """A run of two steps, done."""
    body = {"dataset": "reader", "name": "tuned", "max_steps": 2, "batch_size": 2, "audition": False}
    return studio.finished(studio.post("/api/training/start", 202, json=body)["job"])


def speak(studio: Studio, material: Material) -> None:
    """The voice "Reader", and something it said."""
    files = [("files", (material.reference.name, material.reference.read_bytes()))]
    studio.post("/api/inference/speakers", 201, data={"name": "Reader"}, files=files)
    body = {"text": "The market was quiet.", "language": "en", "speaker": "Reader", "model": "tuned", "seed": 3}
    assert studio.client.post("/api/inference/generate", json=body).status_code == 200


@pytest.fixture
def visitor(page: Page, problems: Problems, filled: dict[str, str]) -> Page:
    """Somebody signed in to that studio, watched by `problems`."""
    origin = filled["training"].removesuffix("/training/")
    assert page.request.post(f"{origin}/api/auth/login", data={"username": USER, "password": PASSWORD}).ok
    return page


def open_settled(page: Page, address: str, language: str = "en") -> None:
    """Opens a page and waits until nothing loads any more."""
    page.add_init_script(f"localStorage.setItem('locale', '{language}')")
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("[data-slot=skeleton]")).to_have_count(0)
    if "recording=" in address:
        expect(page.locator("[data-ready=true]")).to_be_visible(timeout=30_000)
        expect(page.locator("[data-statistic=count] dd")).to_have_text(re.compile(r"^[1-9]\d*$"), timeout=30_000)


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_sound_everywhere(
    visitor: Page, problems: Problems, filled: dict[str, str], name: str, language: str
) -> None:
    origin = filled["training"].removesuffix("/training/")
    if name == "login":
        visitor.context.clear_cookies()
    open_settled(visitor, filled.get(name) or origin + OTHERS[name], language)
    expect(visitor.locator("html")).to_have_attribute("lang", language)
    if language == "ru" and name not in ("data", "inference"):  # those show texts that are in English
        expect(visitor.locator("main")).not_to_contain_text(ENGLISH)
    for width in WIDTHS:
        visitor.set_viewport_size({"width": width, "height": 900})
        settle(visitor)
        assert visitor.evaluate("document.documentElement.scrollWidth") <= width, f"scrolls sideways at {width} px"
        for theme in ("light", "dark"):
            if width == WIDTHS[-1] and theme == "dark":
                continue  # colours are those of the other widths
            visitor.emulate_media(color_scheme=theme)
            expect(visitor.locator("html")).to_have_class(re.compile(rf"\b{theme}\b"))
            settle(visitor)
            assert axe_violations(visitor) == [], f"{theme}, {width} px"
    problems.expect_none(*(["404 GET", "404 HEAD"] if name == "missing" else []))


def settle(page: Page) -> None:
    """Two frames, and every transition at its end."""
    page.evaluate(
        """async () => {
          for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame)
          const ends = (one) => one.effect?.getTiming().iterations !== Infinity
          document.getAnimations().filter(ends).forEach((one) => one.finish())
        }"""
    )


def test_clips_that_will_not_train_are_named_before(visitor: Page, problems: Problems, filled: dict[str, str]) -> None:
    """The form says how many train, and of the others why they don't."""
    open_settled(visitor, filled["training"])
    expect(visitor.get_by_text(re.compile(r"^\d of \d clips will train$"))).to_be_visible(timeout=30_000)
    visitor.get_by_text("1 clip is left out").click()
    left_out = visitor.get_by_role("region", name="Clips left out")
    expect(left_out).to_contain_text("chunk_001.wav")
    expect(left_out).to_contain_text("text")
    assert axe_violations(visitor) == []
    problems.expect_none()
