"""The settings page: what takes room and what can go, models that go, memory that is freed."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Problems, axe_violations, sign_in
from tests.journey.material import own_material, tiny_model
from tests.studio import Studio, running


@pytest.fixture
def own_studio(tmp_path: Path) -> Iterator[Studio]:
    """With the tiny base model, a recording, and features of a dataset that nobody needs."""
    with running(tmp_path / "workspace") as studio:
        source = str(tiny_model(tmp_path / "xtts", own_material()))
        studio.finished(studio.post("/api/models/pull", 202, json={"name": "xtts-v2", "source": source})["job"])
        studio.post("/api/data/sample", 201)
        features = studio.home / "data" / "datasets" / "reader" / "features.safetensors"
        features.parent.mkdir(parents=True)
        features.write_bytes(bytes(3_000_000))
        yield studio


def test_room_is_made_and_memory_freed(page: Page, problems: Problems, own_studio: Studio) -> None:
    sign_in(page, own_studio)
    page.goto(f"{own_studio.url}/settings/")
    storage = page.get_by_role("region", name="Storage")
    expect(storage.get_by_role("listitem").filter(has_text="Recordings")).to_contain_text("harbour")
    expect(storage.get_by_role("listitem").filter(has_text="Base and Whisper models")).to_be_visible()
    storage.get_by_role("button", name="Delete: Features of datasets").click()
    dialog = page.get_by_role("alertdialog", name="Delete: Features of datasets")
    expect(dialog).to_contain_text("3 MB")
    assert axe_violations(page) == []
    dialog.get_by_role("button", name="Delete").click()
    expect(storage.get_by_text("3 MB were freed.")).to_be_visible()
    expect(storage.get_by_role("button", name="Delete: Features of datasets")).to_have_count(0)
    assert not (own_studio.home / "data" / "datasets" / "reader" / "features.safetensors").exists()
    assert own_studio.get("/api/system")["workers"]  # the one that read the recording
    page.get_by_role("button", name="Free their memory").click()
    expect(page.get_by_text("None is running; each starts with its first work.")).to_be_visible()
    problems.expect_none()


def test_a_model_is_deleted_once_asked(page: Page, problems: Problems, own_studio: Studio) -> None:
    sign_in(page, own_studio)
    page.goto(f"{own_studio.url}/settings/")
    row = page.get_by_role("row", name=re.compile("^xtts-v2"))
    expect(row.get_by_text("Here", exact=True)).to_be_visible()
    row.get_by_role("button", name="Delete the model xtts-v2").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Cancel").click()
    assert (own_studio.home / "cache" / "xtts-v2" / "model.pth").exists()
    row.get_by_role("button", name="Delete the model xtts-v2").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(row.get_by_text("Not here", exact=True)).to_be_visible()
    assert not (own_studio.home / "cache" / "xtts-v2").exists()
    problems.expect_none()


def test_a_part_of_the_page_has_an_address(page: Page, problems: Problems, own_studio: Studio) -> None:
    sign_in(page, own_studio)
    page.goto(f"{own_studio.url}/settings/#storage")
    expect(page.get_by_role("region", name="Storage")).to_be_in_viewport()
    links = page.get_by_role("navigation", name="Parts of this page")
    links.get_by_role("link", name="About").click()
    expect(page).to_have_url(re.compile("#about$"))
    about = page.get_by_role("region", name="About")
    expect(about).to_be_in_viewport()
    told = about.get_by_label("Diagnostics", exact=True)
    expect(told).to_have_value(re.compile(r"^XTTS Studio \d.*\ndevices: .*packages: torch", re.DOTALL))
    assert str(own_studio.home) not in told.input_value()
    problems.expect_none()


def test_the_way_to_modal_is_looked_at(page: Page, problems: Problems, own_studio: Studio) -> None:
    """This machine has no token."""
    sign_in(page, own_studio)
    page.goto(f"{own_studio.url}/settings/#compute")
    compute = page.get_by_role("region", name="Compute")
    compute.get_by_role("button", name="Test the way to Modal").click()
    missing = compute.get_by_role("listitem").filter(has_text="There is no token for Modal.")
    expect(missing).to_contain_text("modal token new")
    assert axe_violations(page) == []
    problems.expect_none()
