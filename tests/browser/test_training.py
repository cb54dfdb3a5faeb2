"""Training by clicks: the recipe and its reasons, curves over resumes, auditions heard and compared blindly, models
made of checkpoints and taken elsewhere, and the strength with which they speak.

The model is tiny and its weights are generated: what is heard is sound of the right kind, never taken for speech."""

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Problems, axe_violations, sign_in
from tests.browser.test_filled import NARROW, cut, open_settled
from tests.browser.test_journey import choose
from tests.browser.training_steps import (
    LONG_MS,
    SENTENCE,
    curves_are_complete,
    export_and_download,
    go_on_with_more_epochs,
    hear_an_audition,
    latest_run,
    open_form,
    publish_a_checkpoint,
    start_an_adapter,
    vote_blindly,
)
from tests.journey.material import own_material, tiny_model
from tests.studio import Studio, running

FRAME_MS = 16
"""What is left to draw in, at sixty frames a second; the median of many drawings."""

TABS = {"en": ("Curves", "Listen", "Checkpoints", "Recipe"), "ru": ("Графики", "Слушать", "Точки", "Рецепт")}


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio with the tiny model, the voice "Reader", and the datasets "reader" and, with fewer clips, "short"."""
    folder, material = tmp_path_factory.mktemp("training"), own_material()
    with running(folder / "workspace") as studio:
        source = str(tiny_model(folder / "xtts", material))
        studio.finished(studio.post("/api/models/pull", 202, json={"name": "xtts-v2", "source": source})["job"])
        recording = cut(studio, material)
        body = {"recording_id": recording["id"], "dataset": "short", "language": "en", "end_s": 20}
        studio.finished(studio.post("/api/data/chunk", 202, json=body)["job"])
        for chunk in studio.get("/api/datasets/short")["chunks"]:
            path = f"/api/datasets/short/chunks/{Path(chunk['file']).name}"
            text = material.words_between(chunk["start_s"], chunk["end_s"])
            assert studio.client.patch(path, json={"text": text, "language": "en"}).status_code == 200
        files = [("files", (material.reference.name, material.reference.read_bytes()))]
        studio.post("/api/inference/speakers", 201, data={"name": "Reader"}, files=files)
        yield studio


@pytest.fixture(scope="module")
def trained(workshop: Studio) -> dict[str, Any]:
    """The job of an adapter that was trained for one epoch, and heard before and after it."""
    body = {"dataset": "reader", "name": "light", "method": "lora", "epochs": 1, "audition_sentences": [SENTENCE]}
    return workshop.finished(workshop.post("/api/training/start", 202, json=body)["job"])


@pytest.fixture
def trainer(page: Page, problems: Problems, workshop: Studio) -> Page:
    """Somebody signed in to that studio, watched by `problems`."""
    sign_in(page, workshop)
    return page


def fact(page: Page, name: str) -> Locator:
    """What the recipe says of the size of the training."""
    return page.locator("dl[aria-label=Size] > div").filter(has=page.get_by_text(name, exact=True)).locator("dd")


def test_the_recipe_tells_its_reasons(trainer: Page, problems: Problems, workshop: Studio) -> None:
    """Every choice has a value and a sentence; it is the server's for the same request."""
    open_form(trainer, workshop)
    told = workshop.post("/api/training/recipe", json={"dataset": "reader", "name": "reader-v1", "method": "lora"})
    assert told["choices"]
    for choice in told["choices"]:
        row = trainer.locator(f"[data-setting={choice['setting']}]")
        expect(row).to_contain_text(choice["reason"])
        assert row.locator("span").last.inner_text().strip()
    expect(fact(trainer, "Steps")).to_contain_text(f"{told['total_steps']} in all")
    expect(fact(trainer, "Disk")).to_contain_text("free")
    assert axe_violations(trainer) == []
    problems.expect_none()


def learned_and_judged(facts: dict[str, Any]) -> str:
    """The clips as the page tells them: a clip is learned from or judged by, never both."""
    return f"{facts['clips'] - facts['eval_clips']} to learn from, {facts['eval_clips']} to judge by"


def test_the_recipe_follows_the_form(trainer: Page, problems: Problems, workshop: Studio) -> None:
    """Another dataset, one more, the other method, a setting of one's own: each changes what will be."""
    open_form(trainer, workshop)
    few = workshop.post("/api/training/recipe", json={"dataset": "short", "name": "a"})["facts"]
    many = workshop.post("/api/training/recipe", json={"dataset": "reader", "name": "a"})["facts"]
    assert few["speech_s"] < many["speech_s"]
    expect(fact(trainer, "Clips")).to_have_text(learned_and_judged(many))
    choose(trainer, "Dataset", re.compile("^short"))
    expect(fact(trainer, "Clips")).to_have_text(learned_and_judged(few))
    trainer.get_by_role("button", name="Add another dataset").click()
    trainer.get_by_label("Weight", exact=True).last.fill("2")
    for name in ("short", "reader"):
        checked = trainer.get_by_role("status").filter(has_text=f"{name}: ")
        expect(checked).to_have_text(re.compile(r": \d+ of \d+ clips? will train"))
    both = {"dataset": "short", "name": "a", "more_datasets": [{"dataset": "reader", "weight": 2}]}
    facts = workshop.post("/api/training/recipe", json=both)["facts"]
    expect(fact(trainer, "Clips")).to_have_text(learned_and_judged(facts))
    rate = trainer.locator("[data-setting=learning_rate] span").last
    adapter = rate.inner_text()
    expect(trainer.get_by_role("radio", name="Adapter (LoRA)")).to_be_checked()
    expect(trainer.get_by_role("radio", name="Adapter (LoRA)")).to_have_accessible_description(re.compile("^Suggested"))
    trainer.get_by_role("radio", name="Full").check()
    expect(rate).not_to_have_text(adapter)
    trainer.get_by_text("Advanced").click()
    expect(trainer.get_by_label("Learning rate", exact=True)).to_have_attribute("placeholder", rate.inner_text())
    trainer.get_by_label("Max steps").fill("7")
    expect(fact(trainer, "Steps")).to_contain_text("7 in all")
    problems.expect_none()


def test_what_it_takes_is_measured_before(trainer: Page, problems: Problems, workshop: Studio) -> None:
    open_form(trainer, workshop, "short")
    trainer.get_by_role("button", name="Measure on this machine").click()
    forecast = trainer.locator("dl[aria-label=Forecast]")
    expect(forecast).to_contain_text("Whole training", timeout=LONG_MS)
    expect(forecast).to_contain_text(re.compile(r"Memory.*B of .*B"))
    expect(forecast).to_contain_text("One step")
    assert axe_violations(trainer) == []
    problems.expect_none()


def test_an_adapter_from_the_form_to_an_export(
    trainer: Page, problems: Problems, workshop: Studio, tmp_path: Path
) -> None:
    start_an_adapter(trainer, workshop)
    expect(trainer.get_by_role("link", name="Speak with anna")).to_be_visible(timeout=LONG_MS)
    run_id = latest_run(workshop)
    curves_are_complete(trainer, workshop, run_id)
    trainer.reload()
    curves_are_complete(trainer, workshop, run_id)
    hear_an_audition(trainer)
    vote_blindly(trainer, workshop, run_id)
    publish_a_checkpoint(trainer, workshop)
    export_and_download(trainer, tmp_path)
    go_on_with_more_epochs(trainer, workshop, run_id)
    problems.expect_none()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_view_of_a_run_is_sound(
    trainer: Page, problems: Problems, workshop: Studio, trained: dict[str, Any], theme: Literal["light", "dark"]
) -> None:
    trainer.emulate_media(color_scheme=theme)
    open_settled(trainer, f"{workshop.url}/training/run/?id={trained['id']}")
    for tab in TABS["en"]:
        trainer.get_by_role("tab", name=tab, exact=True).click()
        expect(trainer.locator("[data-slot=skeleton]")).to_have_count(0)
        assert axe_violations(trainer) == [], tab
    trainer.get_by_role("tab", name="Curves").click()
    best = next(one["step"] for one in run_of(workshop, trained)["checkpoints"] if one["best"])
    expect(loss_chart(trainer)).to_have_attribute("aria-label", re.compile(rf"Best: step {best}$"))
    trainer.get_by_role("button", name="Table: Loss").click()
    numbers = trainer.get_by_role("table", name="Numbers: Loss")
    expect(numbers.get_by_role("rowheader", name=f"{best} Best")).to_be_visible()
    problems.expect_none()


def test_every_view_of_a_run_fits_a_narrow_window(
    trainer: Page, problems: Problems, workshop: Studio, trained: dict[str, Any]
) -> None:
    trainer.set_viewport_size(NARROW)
    open_settled(trainer, f"{workshop.url}/training/run/?id={trained['id']}", "ru")
    for tab in TABS["ru"]:
        trainer.get_by_role("tab", name=tab, exact=True).click()
        expect(trainer.locator("[data-slot=skeleton]")).to_have_count(0)
        assert trainer.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], tab
        assert axe_violations(trainer) == [], tab
    problems.expect_none()


def test_the_strength_of_a_model_is_sent(
    trainer: Page, problems: Problems, workshop: Studio, trained: dict[str, Any]
) -> None:
    """The dial is there for what was trained; the base model has none, and is asked to speak as it is."""
    trainer.goto(f"{workshop.url}/inference/?model=light")
    dial = trainer.get_by_role("slider", name="Fine-tuning strength")
    expect(dial).to_have_attribute("aria-valuenow", "1")
    dial.press("ArrowLeft")
    dial.press("ArrowLeft")
    assert asked_to_speak(trainer)["strength"] == 0.9
    choose(trainer, "Model", "xtts-v2")
    expect(dial).to_be_hidden()
    assert asked_to_speak(trainer)["strength"] == 1
    problems.expect_none()


def asked_to_speak(page: Page) -> dict[str, Any]:
    """What the page asks for when a short text is to be spoken; waits for its end."""
    page.get_by_label("Text", exact=True).fill(SENTENCE)
    with page.expect_request("**/api/inference/generate") as request:
        page.get_by_role("button", name="Generate").click()
    expect(page.get_by_role("group", name="Generated speech")).to_be_visible(timeout=LONG_MS)
    asked: dict[str, Any] = request.value.post_data_json
    return asked


def test_a_stopped_run_says_how_to_go_on_and_can_be_deleted(
    trainer: Page, problems: Problems, workshop: Studio
) -> None:
    body = {"dataset": "reader", "name": "stopped", "method": "lora", "epochs": 5000, "audition": False}
    job = workshop.post("/api/training/start", 202, json=body)["job"]
    trainer.goto(f"{workshop.url}/training/run/?id={job['id']}")
    expect(trainer.get_by_text(re.compile(r"Step [1-9]\d* of \d+"))).to_be_visible(timeout=LONG_MS)
    trainer.get_by_role("button", name="Stop", exact=True).click()
    note = trainer.get_by_role("note").filter(has_text="The run pauses.")
    expect(note).to_contain_text(re.compile(r"goes on from step [1-9]\d*"), timeout=LONG_MS)
    expect(trainer.get_by_role("button", name="Resume")).to_be_visible()
    assert axe_violations(trainer) == []
    trainer.get_by_role("button", name="Delete the run").click()
    trainer.get_by_role("alertdialog").get_by_role("button", name="Delete the run").click()
    trainer.wait_for_url(f"{workshop.url}/training/")
    trainer.goto(f"{workshop.url}/training/run/?id={job['id']}")
    expect(trainer.get_by_role("note")).to_contain_text("The files of this run were deleted.")
    problems.expect_none("404 GET")


def write_run(studio: Studio, run_id: str, steps: int, **settings: Any) -> None:
    """A run as the command line leaves it behind, with every curve over so many steps."""
    folder = studio.home / "data" / "runs" / run_id
    folder.mkdir(parents=True)
    request = {"dataset": "reader", "name": run_id, "method": "lora", "base_model": "xtts-v2"} | settings
    (folder / "request.json").write_text(json.dumps({"run_id": run_id, "request": request}))
    names = ("loss", "learning_rate", "grad_norm", "steps_per_s")
    points = [
        {"step": step, "name": name, "value": 2 + math.sin(step / 50 + number)}
        for step in range(1, steps + 1)
        for number, name in enumerate(names)
    ]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(point) + "\n" for point in points))


def run_of(studio: Studio, job: dict[str, Any]) -> dict[str, Any]:
    """The run of a training job, as it lies on the disk."""
    [run_id] = [one["run_id"] for one in studio.get("/api/training/runs")["runs"] if one["job"]["id"] == job["id"]]
    return studio.get(f"/api/training/runs/{run_id}")


def loss_chart(page: Page) -> Locator:
    return page.get_by_role("img", name=re.compile("^Loss: "))


def test_ten_thousand_points_follow_the_hand(trainer: Page, problems: Problems, workshop: Studio) -> None:
    """Every chart of a long run is drawn within what one frame has, by the browser's own clock."""
    write_run(workshop, "long-run", 10_000)
    trainer.add_init_script(
        "window.drawn = []; new PerformanceObserver(list => window.drawn.push(...list.getEntries()"
        ".filter(entry => entry.name === 'chart').map(entry => entry.duration))).observe({entryTypes: ['measure']})"
    )
    trainer.goto(f"{workshop.url}/training/run/?run=long-run")
    expect(loss_chart(trainer)).to_have_attribute("data-steps", "10000", timeout=30_000)
    smoothing = trainer.get_by_role("slider", name="Smoothing")
    for _ in range(10):
        smoothing.press("ArrowRight")
    expect(smoothing).to_have_attribute("aria-valuenow", "0.1")
    trainer.wait_for_function("window.drawn.length >= 40")
    drawn = sorted(trainer.evaluate("window.drawn"))
    assert drawn[len(drawn) // 2] < FRAME_MS, drawn
    problems.expect_none()


def test_charts_show_the_same_steps_and_as_a_table(trainer: Page, problems: Problems, workshop: Studio) -> None:
    """What is dragged over is shown by all; keys do the same; the choice of smoothing and tab outlives a reload."""
    write_run(workshop, "shown-run", 1000)
    trainer.goto(f"{workshop.url}/training/run/?run=shown-run")
    box = loss_chart(trainer).bounding_box()
    assert box
    trainer.mouse.move(box["x"] + box["width"] / 2, box["y"] + 100)
    expect(trainer.get_by_role("heading", name=re.compile(r"step \d+"))).not_to_have_count(0)
    trainer.mouse.down()
    trainer.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 100, steps=4)
    trainer.mouse.up()
    in_view = trainer.get_by_text(re.compile(r"^steps \d+ to \d+$"))
    expect(in_view).to_be_visible()
    trainer.get_by_role("button", name="Table: Gradient norm").click()
    low, high = map(int, re.findall(r"\d+", in_view.inner_text()))
    assert 300 < low < 600 < high < 850
    rows = trainer.get_by_role("table", name="Numbers: Gradient norm").get_by_role("rowheader").all_inner_texts()
    assert rows
    assert all(low <= int(step) <= high + 1 for step in rows)
    loss_chart(trainer).dblclick(position={"x": 200, "y": 100})
    expect(in_view).to_have_count(0)
    loss_chart(trainer).press("+")
    expect(in_view).to_be_visible()
    trainer.keyboard.press("Escape")
    expect(in_view).to_have_count(0)
    trainer.get_by_role("slider", name="Smoothing").press("End")
    trainer.get_by_role("button", name="Log scale: Loss").click()
    assert axe_violations(trainer) == []
    trainer.get_by_role("tab", name="Recipe").click()
    trainer.reload()
    expect(trainer.get_by_role("tab", name="Recipe")).to_have_attribute("aria-selected", "true")
    trainer.get_by_role("tab", name="Curves").click()
    expect(trainer.get_by_role("slider", name="Smoothing")).to_have_attribute("aria-valuenow", "0.99")
    problems.expect_none()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_runs_are_compared(
    trainer: Page, problems: Problems, workshop: Studio, trained: dict[str, Any], theme: Literal["light", "dark"]
) -> None:
    """From the list, where runs of the command line stand too, to charts with a curve for each and what differs."""
    trainer.emulate_media(color_scheme=theme)
    write_run(workshop, f"by-hand-{theme}", 30, learning_rate=0.0003)
    trainer.goto(f"{workshop.url}/training/")
    trainer.get_by_role("checkbox", name=f"Compare the run by-hand-{theme}").check()
    trainer.get_by_role("checkbox", name="Compare the run light").check()
    trainer.get_by_role("searchbox", name="Filter the runs").fill("by-hand")
    expect(trainer.get_by_role("link", name="Open the run light")).to_have_count(0)
    trainer.reload()
    expect(trainer.get_by_role("searchbox", name="Filter the runs")).to_have_value("by-hand")
    expect(trainer.get_by_role("link", name=f"Open the run by-hand-{theme}")).to_be_visible()
    expect(trainer.get_by_role("link", name="Open the run light")).to_have_count(0)
    trainer.get_by_role("searchbox", name="Filter the runs").fill("light adapter done")
    expect(trainer.get_by_role("link", name="Open the run light")).to_be_visible()
    trainer.get_by_role("link", name="Compare 2 runs").click()
    trainer.wait_for_url(re.compile(rf"/training/compare/\?runs=by-hand-{theme},"))
    chart = trainer.get_by_role("img", name=re.compile("^Loss: "))
    expect(chart).to_have_attribute("data-steps", "30")
    expect(chart).to_have_attribute("aria-label", re.compile(rf"by-hand-{theme} \d.*light \d"))
    row = trainer.get_by_role("table", name="What differs").get_by_role("row", name=re.compile("^Learning rate"))
    expect(row).to_contain_text("3e-4")
    assert axe_violations(trainer) == []
    trainer.set_viewport_size(NARROW)
    assert trainer.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    problems.expect_none()
