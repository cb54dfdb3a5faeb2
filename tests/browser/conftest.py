"""Real Chromium against a real server with the built page. What is missing skips these tests, and is named."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, expect

from tests.journey.material import own_material, tiny_model
from tests.studio import PASSWORD, USER, Studio, running
from xtts_studio.server.app import DIST

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
FAILED_LOAD = "Failed to load resource"
"""Chromium's line for any answer of 4xx or 5xx; `Problems` notes the answer itself, with its address."""

expect.set_options(timeout=20_000)  # what is there is seen at once; a loaded machine is waited for


def chromium() -> str | None:
    """The browser to drive: the one named in CHROMIUM, or the system's."""
    return os.environ.get("CHROMIUM") or next((found for name in BROWSERS if (found := shutil.which(name))), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks these tests, and skips them where they can't run."""
    reason = _what_is_missing()
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


def _what_is_missing() -> str | None:
    if chromium() is None:
        return "Chromium is missing. On Debian and Ubuntu: apt-get install chromium; or name one: CHROMIUM=/path/to/it"
    if not (DIST / "login" / "index.html").is_file() or not AXE.is_file():
        return "The page is not built. Build it: make page"
    return None


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's browser instead of one that Playwright would download."""
    return {**browser_type_launch_args, "executable_path": chromium(), "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A desktop window in English."""
    return {**browser_context_args, "viewport": {"width": 1440, "height": 900}, "locale": "en-US"}


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """One server with an empty workspace for all of these tests."""
    with running(tmp_path_factory.mktemp("browser") / "workspace") as studio:
        yield studio


@pytest.fixture(scope="session")
def base_url(studio: Studio) -> str:
    """What relative addresses in `page.goto` are relative to."""
    return studio.url


@pytest.fixture(scope="session")
def speaking_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """One server with the tiny model that speaks for one at a time while one waits. Voices: Reader, and a noisy one."""
    folder, material = tmp_path_factory.mktemp("speaking"), own_material()
    with running(folder / "workspace", XTTS_SPEECH_AT_ONCE="1", XTTS_SPEECH_QUEUE="1") as studio:
        source = str(tiny_model(folder / "xtts", material))
        studio.finished(studio.post("/api/models/pull", 202, json={"name": "xtts-v2", "source": source})["job"])
        clips = {"Reader": material.reference, "Street": noisy(material.reference, folder / "street.wav")}
        for name, clip in clips.items():
            files = [("files", (clip.name, clip.read_bytes()))]
            studio.post("/api/inference/speakers", 201, data={"name": name}, files=files)
        yield studio


def noisy(clip: Path, path: Path) -> Path:
    """The first seconds of a clip in a noise nearly as loud."""
    samples, rate_hz = soundfile.read(clip, frames=8 * 44_100, dtype="float32")
    noise = np.random.default_rng(1).normal(0, 0.5 * samples.std(), samples.shape)
    soundfile.write(path, np.clip(samples + noise, -1, 1), rate_hz)
    return path


class Problems:
    """All that a page complains of: console, scripts, content policy, answers of 4xx and 5xx, requests that failed."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def watch(self, page: Page) -> None:
        """Listens from now on."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.seen.append(f"script: {error}"))
        page.on("response", self._response)
        page.on("requestfailed", self._failed)

    def expect_none(self, *but: str) -> None:
        """Fails with all complaints, but for those that contain one of `but`."""
        assert [line for line in self.seen if not any(part in line for part in but)] == []

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and FAILED_LOAD not in message.text:
            self.seen.append(f"console {message.type}: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.seen.append(f"{response.status} {response.request.method} {response.url}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # what a page leaves behind when it goes: streams, prefetches
            self.seen.append(f"{request.failure} {request.method} {request.url}")


@pytest.fixture
def page(page: Page) -> Page:
    """As patient with what is done as `expect` is with what is seen; a click on a file input never opens a dialog."""
    page.set_default_timeout(60_000)
    page.on("filechooser", lambda chooser: None)  # from the start: `expect_file_chooser` alone may begin after the key
    return page


@pytest.fixture
def problems(page: Page) -> Problems:
    """Watches the test's page from its start."""
    problems = Problems()
    problems.watch(page)
    return problems


@pytest.fixture(scope="session")
def signed_in_state(browser: Browser, base_url: str) -> Any:
    """Cookies of somebody who is signed in."""
    context = browser.new_context(base_url=base_url)
    answer = context.request.post("/api/auth/login", data={"username": USER, "password": PASSWORD})
    assert answer.ok, answer.text()
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def user(context: BrowserContext, page: Page, problems: Problems, signed_in_state: Any) -> Page:
    """A page of somebody who is signed in, watched by `problems`."""
    context.add_cookies(signed_in_state["cookies"])
    return page


def sign_in(page: Page, studio: Studio) -> None:
    """Gives the page's browser a login at this studio."""
    assert page.request.post(f"{studio.url}/api/auth/login", data={"username": USER, "password": PASSWORD}).ok


def axe_violations(page: Page) -> list[str]:
    """What axe-core finds wrong with the page as it is now, one line for each."""
    page.evaluate(AXE.read_text(encoding="utf-8"))  # over the debugging protocol, which the page's policy lets be
    found = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    violations = [
        {
            "rule": violation["id"],
            "nodes": [f"{node['html'][:160]} :: {node['failureSummary']}" for node in violation["nodes"]],
        }
        for violation in found["violations"]
    ]
    return [json.dumps(violation, ensure_ascii=False) for violation in violations]
