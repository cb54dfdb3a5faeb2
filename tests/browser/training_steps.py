"""What somebody does with a training by clicks and keys, and what must be seen then: the steps of its tests."""

import re
import zipfile
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import axe_violations
from tests.browser.test_journey import choose
from tests.studio import Studio

LONG_MS = 180_000
SENTENCE = "Yes."


def open_form(page: Page, studio: Studio, dataset: str = "reader") -> None:
    """The form with a dataset chosen, and its recipe told."""
    page.goto(f"{studio.url}/training/")
    choose(page, "Dataset", re.compile(f"^{dataset}"))
    expect(page.locator("[data-setting=epochs]")).to_be_visible(timeout=30_000)


def start_an_adapter(page: Page, studio: Studio) -> None:
    """Two epochs; heard before the first and after the second."""
    open_form(page, studio, "short")
    page.get_by_role("radio", name="Adapter (LoRA)").check()
    page.get_by_label("Model name").fill("anna")
    page.get_by_text("Advanced").click()
    page.get_by_label("Epochs", exact=True).fill("2")
    page.get_by_label("Clips per step").fill("1")
    page.get_by_label("Audition after (epochs)").fill("50")
    page.get_by_label("Sentences to speak").fill(SENTENCE)
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url("**/training/run/**")


def latest_run(studio: Studio) -> str:
    run_id: str = studio.get("/api/training/runs")["runs"][0]["run_id"]
    return run_id


def measured_steps(studio: Studio, run_id: str, name: str = "loss") -> list[int]:
    points = studio.get(f"/api/training/runs/{run_id}/metrics")["metrics"]
    return [point["step"] for point in points if point["name"] == name]


def curves_are_complete(page: Page, studio: Studio, run_id: str) -> None:
    """The run measured every step once, and the chart of the loss has all of them and those of the evaluations."""
    steps = measured_steps(studio, run_id)
    assert steps == list(range(1, len(steps) + 1))
    shown = {*steps, *measured_steps(studio, run_id, "eval_loss")}
    loss = page.get_by_role("img", name=re.compile(r"^Loss: training \d"))
    expect(loss).to_have_attribute("data-steps", str(len(shown)), timeout=30_000)
    expect(page.get_by_role("img", name=re.compile(r"^Auditions: Score \d"))).to_be_visible()


def hear_an_audition(page: Page) -> None:
    page.get_by_role("tab", name="Listen").click()
    table = page.get_by_role("table", name="Sentences and checkpoints")
    expect(table.get_by_role("columnheader")).to_have_count(3)  # the sentence, the base model, the last step
    expect(table).to_contain_text("Best")
    with page.expect_response(re.compile(r"/auditions/\d+/1/audio$")) as answer:
        table.get_by_role("button", name=re.compile("^Play sentence 1 at step [1-9]")).click()
    assert answer.value.status in (200, 206)
    reference = page.get_by_role("group", name=re.compile("^The real voice"))
    expect(reference).to_contain_text(re.compile(r"0:00 / 0:0[1-9]|0:00 / 0:1\d"), timeout=30_000)


def vote_blindly(page: Page, studio: Studio, run_id: str) -> None:
    """By keys alone; before the vote nothing tells which is which."""
    page.get_by_role("button", name="Begin").click()
    trial = page.get_by_role("group", name="Blind comparison")
    expect(trial.get_by_role("button", name="1 is better")).to_be_disabled()
    page.keyboard.press("2")  # too early: neither was heard
    page.keyboard.press("ArrowLeft")
    expect(trial).to_contain_text("Listen to both first.")
    page.keyboard.press("ArrowRight")
    expect(trial.get_by_role("button", name="1 is better")).to_be_enabled()
    expect(trial).not_to_contain_text(re.compile("Step|Base"))
    page.keyboard.press("1")
    expect(trial.get_by_role("status")).to_contain_text("You preferred")
    [vote] = studio.get(f"/api/training/runs/{run_id}")["votes"]
    assert vote["line"] == 1
    assert vote["preferred"] in ("a", "b")
    preferred = vote[f"step_{vote['preferred']}"]
    expect(trial.get_by_role("status")).to_contain_text(
        f"preferred: {f'Step {preferred}' if preferred else 'Base model'}"
    )
    expect(page.get_by_role("row", name=re.compile("^Blind votes"))).to_contain_text("1 / 1")


def publish_a_checkpoint(page: Page, studio: Studio) -> None:
    page.get_by_role("tab", name="Checkpoints").click()
    page.get_by_role("button", name=re.compile(r"^Make a model of step")).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Model name").fill("anna-picked")
    dialog.get_by_role("button", name="Make the model").click()
    expect(dialog.get_by_role("link", name="Speak with anna-picked")).to_be_visible(timeout=LONG_MS)
    dialog.get_by_role("button", name="Close").click()
    assert "anna-picked" in [model["name"] for model in studio.get("/api/training/models")["models"]]


def export_and_download(page: Page, folder: Path) -> None:
    page.get_by_role("button", name="Export").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name=re.compile("^xtts-api-server")).check()
    dialog.get_by_role("slider", name="Strength").press("ArrowLeft")
    dialog.get_by_role("button", name="Write the file").click()
    expect(dialog.get_by_text(re.compile("^Ready: "))).to_be_visible(timeout=LONG_MS)
    assert axe_violations(page) == []
    with page.expect_download() as download:
        dialog.get_by_role("link", name="Download").click()
    download.value.save_as(folder / "anna.zip")
    names = zipfile.ZipFile(folder / "anna.zip").namelist()
    assert {"model.pth", "config.json", "vocab.json"} <= {Path(name).name for name in names}
    dialog.get_by_role("button", name="Close").click()
    expect(page.get_by_role("list", name="Exports").get_by_role("link")).to_have_count(1)


def go_on_with_more_epochs(page: Page, studio: Studio, run_id: str) -> None:
    """The finished run goes on; its page shows the curves of both jobs, that of the first job leads to it."""
    before = len(measured_steps(studio, run_id))
    first = page.url
    page.get_by_role("button", name="Train 5 more epochs").click()
    page.wait_for_url(lambda url: url != first)
    expect(page.get_by_role("link", name="Speak with anna")).to_be_visible(timeout=LONG_MS)
    assert latest_run(studio) == run_id
    assert len(measured_steps(studio, run_id)) == before * 7 // 2
    curves_are_complete(page, studio, run_id)
    page.goto(first)
    page.get_by_role("link", name="To where it is now").click()
    page.wait_for_url(lambda url: url != first)
