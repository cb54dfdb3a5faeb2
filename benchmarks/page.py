"""The page with much in it, measured by the browser's own performance entries: a long recording, a long list of clips.

    python -m benchmarks.page [--hours 3] [--clips 20000] [--runs 3] [--recording FILE]

Starts a server with a workspace of its own and drives Chromium (the system's, or the one named in CHROMIUM) through it.
Needs a built page, and the packages of the tests.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.datasets import fill
from tests.browser.conftest import FLAGS, chromium, sign_in
from tests.studio import Studio, running
from xtts_studio.workspace import Workspace

RATE_HZ = 44_100
LONG_MS = 600_000
WINDOW = {"width": 1440, "height": 900}

WATCH = """
    window.longTasks = []
    new PerformanceObserver((list) => list.getEntries().forEach((one) => longTasks.push([one.startTime, one.duration])))
        .observe({type: "longtask", buffered: true})
"""
SHOWN = """
    () => {
        const outline = performance.getEntriesByType("resource").filter((one) => one.name.includes("/peaks")).at(-1)
        const shown = performance.getEntriesByName("waveform-shown").at(-1)
        return outline && shown && [outline.startTime, outline.responseEnd, shown.startTime]
    }
"""
SCROLL = """
    async ([grid, steps]) => {
        const step = (grid.scrollHeight - grid.clientHeight) / steps
        const frames = []
        let last = performance.now(), most = 0
        for (let i = 0; i < steps; i++) {
            grid.scrollTop += i % 10 ? 240 : step * 10
            await new Promise(requestAnimationFrame)
            frames.push(performance.now() - last)
            last = performance.now()
            most = Math.max(most, grid.querySelectorAll("[role=row]").length)
        }
        return [frames, most]
    }
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=3.0)
    parser.add_argument("--clips", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--recording", type=Path, help="instead of noise that is as long as --hours")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "workspace") as studio:
        recording = options.recording or long_recording(Path(folder) / "long.flac", options.hours)
        fill(Workspace(studio.home), options.clips)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            page = browser.new_context(viewport=WINDOW, locale="en-US").new_page()  # type: ignore[arg-type]
            page.add_init_script(WATCH)
            sign_in(page, studio)
            added(page, studio, recording)
            for _ in range(options.runs):
                shown(page, studio)
            for _ in range(options.runs):
                scrolled(page, studio, options.clips)
            browser.close()


def long_recording(path: Path, hours: float) -> Path:
    """Stereo that swells like speech: two seconds of noise, then a pause."""
    rnd = np.random.default_rng(1)
    swell = np.clip(np.sin(np.arange(10 * RATE_HZ) * 2 * np.pi / (2.5 * RATE_HZ)), 0, 1)[:, None]
    ten_s = (rnd.normal(0, 3000, (10 * RATE_HZ, 2)) * swell).astype("<i2")
    with soundfile.SoundFile(path, "w", RATE_HZ, 2, "PCM_16", format="FLAC") as file:
        for _ in range(round(hours * 360)):
            file.write(ten_s)
    return path


def added(page: Page, studio: Studio, recording: Path) -> None:
    """Prints how long sending a recording takes, and until it can be opened."""
    page.goto(f"{studio.url}/data-processing/")
    started = time.perf_counter()
    page.get_by_label("Audio files").set_input_files(recording)
    row = page.get_by_role("list", name="Uploads").get_by_role("listitem")
    expect(row).to_have_attribute("data-state", "reading", timeout=LONG_MS)
    sent = time.perf_counter()
    expect(row).to_have_attribute("data-state", "done", timeout=LONG_MS)
    read = time.perf_counter()
    size = recording.stat().st_size / 1e6
    print(f"{recording.name}, {size:.0f} MB: sent in {sent - started:.1f} s, read by the server in {read - sent:.1f} s")


def shown(page: Page, studio: Studio) -> None:
    """Prints the time from asking for the outline to a waveform that is drawn, and to one that plays."""
    page.goto(f"{studio.url}/data-processing/")
    name = studio.get("/api/data/recordings")["recordings"][0]["name"]
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_function(SHOWN, timeout=LONG_MS)
    asked, came, drawn = page.evaluate(SHOWN)
    started = time.perf_counter()
    page.get_by_role("button", name="Play the recording").click()
    expect(page.get_by_role("button", name="Pause the recording")).to_be_visible(timeout=LONG_MS)
    played = (time.perf_counter() - started) * 1000
    slow = [length for start, length in page.evaluate("longTasks") if start >= asked]
    print(
        f"waveform: outline here after {came - asked:.0f} ms, drawn after {drawn - asked:.0f} ms; plays {played:.0f} ms"
        f" after the click; longest task {max(slow, default=0):.0f} ms"
    )


def scrolled(page: Page, studio: Studio, clips: int) -> None:
    """Prints what the browser found slow while the whole list is scrolled through."""
    page.goto(f"{studio.url}/data-processing/?dataset=big")
    grid = page.get_by_role("grid", name="Clips")
    expect(grid.locator("[data-file]").first).to_be_visible(timeout=LONG_MS)
    page.wait_for_timeout(500)
    page.evaluate("longTasks.length = 0")
    with traced(page) as tasks:
        frames, rows = page.evaluate(SCROLL, [grid.element_handle(), 400])
        page.wait_for_timeout(500)
    slow = [length for _, length in page.evaluate("longTasks")]
    worked_ms = max((task.get("tdur", 0) / 1000 for task in tasks), default=0)
    print(
        f"{clips} clips, 400 steps of scrolling: {len(slow)} tasks over 50 ms (longest {max(slow, default=0):.0f} ms);"
        f" longest on the processor {worked_ms:.0f} ms;"
        f" a frame takes {statistics.median(frames):.0f} ms, the slowest {max(frames):.0f} ms; at most {rows} rows"
    )


@contextmanager
def traced(page: Page) -> Iterator[list[dict[str, Any]]]:
    """The tasks of all threads meanwhile, filled at the end. `tdur`: µs on the processor, whoever else is on it."""
    session = page.context.new_cdp_session(page)
    tasks: list[dict[str, Any]] = []
    ended: list[object] = []
    session.on("Tracing.dataCollected", lambda event: tasks.extend(event["value"]))
    session.on("Tracing.tracingComplete", lambda event: ended.append(event))
    config = {"traceConfig": {"includedCategories": ["toplevel"]}, "transferMode": "ReportEvents"}
    session.send("Tracing.start", config)
    yield tasks
    session.send("Tracing.end")
    while not ended:
        page.wait_for_timeout(50)
    tasks[:] = [task for task in tasks if str(task.get("name")).endswith("RunTask")]


if __name__ == "__main__":
    main()
