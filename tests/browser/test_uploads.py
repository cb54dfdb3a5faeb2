"""Files on their way in: in parts, through a killed server, paused, cancelled, taken up after a reload of the page."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Locator, Page, Request, expect

from tests.browser.conftest import Problems, sign_in
from tests.studio import Studio, running, start

PART_BYTES = 8 * 1024 * 1024
LENGTH_S = 200
RATE_HZ = 48_000
ARRIVED_MS = 60_000


@pytest.fixture
def own_studio(tmp_path: Path) -> Iterator[Studio]:
    """A studio of the test's own: it may be killed."""
    with running(tmp_path / "workspace") as studio:
        yield studio


@pytest.fixture(scope="module")
def long_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of three parts: noise, which no network makes smaller."""
    path = tmp_path_factory.mktemp("long") / "interview.wav"
    noise = np.random.default_rng(1).normal(0, 3000, LENGTH_S * RATE_HZ)
    soundfile.write(path, noise.astype(np.int16), RATE_HZ)
    assert 2 * PART_BYTES < path.stat().st_size < 3 * PART_BYTES
    return path


@pytest.fixture
def data_page(page: Page, problems: Problems, own_studio: Studio) -> Page:
    """The data page over a network that takes about four seconds for the long file."""
    sign_in(page, own_studio)
    page.goto(f"{own_studio.url}/data-processing/")
    expect(page.get_by_text("No recordings yet")).to_be_visible()
    session = page.context.new_cdp_session(page)
    speeds = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 5_000_000}
    session.send("Network.emulateNetworkConditions", speeds)
    return page


def send(page: Page, path: Path) -> Locator:
    """Chooses the file; gives its row once a part has arrived and the next one is on its way."""
    with page.expect_response(lambda answer: answer.request.method == "PATCH", timeout=ARRIVED_MS):
        page.get_by_label("Audio files").set_input_files(path)
    return row_of(page, path)


def row_of(page: Page, path: Path) -> Locator:
    return page.get_by_role("list", name="Uploads").get_by_role("listitem").filter(has_text=path.name)


def offsets(page: Page) -> list[int]:
    """Where each part begins that is sent from now on."""
    seen: list[int] = []

    def note(request: Request) -> None:
        if request.method == "PATCH":
            seen.append(int(re.findall(r"offset=(\d+)", request.url)[0]))

    page.on("request", note)
    return seen


def expect_whole(studio: Studio, path: Path) -> None:
    """The one recording there is has the bytes of the file, and nothing is left of its way in."""
    (recording,) = studio.get("/api/data/recordings")["recordings"]
    kept = studio.home / "data" / "recordings" / recording["id"] / "audio.wav"
    assert kept.read_bytes() == path.read_bytes()
    assert studio.get("/api/data/uploads")["uploads"] == []


def test_a_file_arrives_whole_through_a_killed_server(
    data_page: Page, problems: Problems, own_studio: Studio, long_file: Path
) -> None:
    parts = offsets(data_page)
    row = send(data_page, long_file)
    expect(row).to_contain_text(re.compile(r"[\d.]+ MB of 19\.2 MB · [\d.]+ (MB|kB)/s · \d.* left"))
    own_studio.process.kill()
    own_studio.process.wait()
    expect(row).to_contain_text("goes on by itself")
    expect(row.get_by_role("progressbar")).to_be_visible()
    port = int(own_studio.url.rpartition(":")[2])
    sent_before = len(parts)
    again = start(own_studio.home, port)
    try:
        expect(row).to_contain_text("Done", timeout=ARRIVED_MS)
        expect_whole(again, long_file)
    finally:
        again.stop()
    assert parts[sent_before] >= PART_BYTES  # what had arrived was not sent again
    assert any("ERR_CONNECTION" in line for line in problems.seen)
    problems.expect_none("ERR_CONNECTION", "ERR_EMPTY_RESPONSE", "ERR_SOCKET", "ERR_INCOMPLETE")


def test_a_paused_file_waits_and_goes_on_where_it_was(
    data_page: Page, problems: Problems, own_studio: Studio, long_file: Path
) -> None:
    parts = offsets(data_page)
    row = send(data_page, long_file)
    row.get_by_role("button", name="Pause the upload of interview.wav").click()
    expect(row).to_contain_text("Paused")
    sent = len(parts)
    data_page.wait_for_timeout(1500)
    assert len(parts) == sent
    row.get_by_role("button", name="Go on with the upload of interview.wav").click()
    expect(row).to_contain_text("Done", timeout=ARRIVED_MS)
    assert parts[sent] >= PART_BYTES
    expect_whole(own_studio, long_file)
    problems.expect_none()


def test_a_cancelled_file_leaves_nothing(
    data_page: Page, problems: Problems, own_studio: Studio, long_file: Path
) -> None:
    row = send(data_page, long_file)
    with data_page.expect_response(lambda answer: answer.request.method == "DELETE") as answer:
        row.get_by_role("button", name="Cancel the upload of interview.wav").click()
    assert answer.value.ok
    expect(row).to_have_count(0)
    assert own_studio.get("/api/data/uploads")["uploads"] == []
    assert own_studio.get("/api/data/recordings")["recordings"] == []
    assert list((own_studio.home / "data" / "incoming").iterdir()) == []
    problems.expect_none()


def test_after_a_reload_the_file_chosen_again_goes_on(
    data_page: Page, problems: Problems, own_studio: Studio, long_file: Path, tmp_path: Path
) -> None:
    send(data_page, long_file)
    data_page.reload()
    row = row_of(data_page, long_file)
    expect(row).to_contain_text("Choose the same file again to go on")
    other = tmp_path / "other" / long_file.name
    other.parent.mkdir()
    other.write_bytes(long_file.read_bytes()[:-2])
    choose = row.locator("input[type=file]")
    choose.set_input_files(other)
    expect(row.get_by_role("alert")).to_contain_text("is not that file")
    parts = offsets(data_page)
    choose.set_input_files(long_file)
    expect(row).to_contain_text("Done", timeout=ARRIVED_MS)
    expect(row).to_have_count(1)
    assert parts[0] >= PART_BYTES
    expect_whole(own_studio, long_file)
    problems.expect_none()


def test_what_was_begun_can_be_thrown_away_after_a_reload(
    data_page: Page, problems: Problems, own_studio: Studio, long_file: Path
) -> None:
    send(data_page, long_file)
    data_page.reload()
    row = row_of(data_page, long_file)
    row.get_by_role("button", name="Throw away what was sent of interview.wav").click()
    expect(row).to_have_count(0)
    data_page.reload()
    expect(data_page.get_by_text("No recordings yet")).to_be_visible()
    expect(row).to_have_count(0)
    assert own_studio.get("/api/data/uploads")["uploads"] == []
    problems.expect_none()


def test_uploads_go_on_while_another_page_is_looked_at(
    data_page: Page, problems: Problems, own_studio: Studio, long_file: Path
) -> None:
    send(data_page, long_file)
    data_page.get_by_role("link", name="Training").click()
    expect(data_page.get_by_role("heading", level=1)).to_have_text("Training")
    data_page.get_by_role("link", name="Data", exact=True).click()
    expect(row_of(data_page, long_file)).to_contain_text("Done", timeout=ARRIVED_MS)
    expect_whole(own_studio, long_file)
    problems.expect_none()


def test_an_empty_file_is_told_of_in_its_row(data_page: Page, problems: Problems, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.wav"
    nothing.touch()
    data_page.get_by_label("Audio files").set_input_files(nothing)
    expect(row_of(data_page, nothing)).to_contain_text("The file is empty")
    problems.expect_none()


def test_a_dropped_folder_gives_its_sounds(data_page: Page, problems: Problems, tmp_path: Path) -> None:
    """However deep they lie; a file that is no sound is left where it is."""
    folder = tmp_path / "takes"
    (folder / "day 2").mkdir(parents=True)
    for path in (folder / "b.wav", folder / "a.WAV", folder / "day 2" / "c.flac"):
        noise = np.random.default_rng(len(path.name) + ord(path.name[0])).normal(0, 3000, RATE_HZ // 2)
        soundfile.write(path, noise.astype(np.int16), RATE_HZ)
    (folder / "notes.txt").write_text("Not a sound.")
    (folder / ".hidden.wav").write_bytes(b"")
    drop(data_page, folder)
    recordings = data_page.get_by_role("region", name="List of recordings")
    for name in ("a.WAV", "b.wav", "c.flac"):
        expect(recordings.get_by_text(name)).to_be_visible(timeout=ARRIVED_MS)
    expect(data_page.get_by_role("list", name="Uploads").get_by_role("listitem")).to_have_count(3)
    (tmp_path / "empty").mkdir()
    drop(data_page, tmp_path / "empty")
    expect(data_page.get_by_role("status").filter(has_text="There is no audio file")).to_be_visible()
    problems.expect_none()


def drop(page: Page, path: Path) -> None:
    """Drops a file or folder of the disk on the place for it, as a hand does."""
    box = page.get_by_test_id("drop-zone").bounding_box()
    assert box is not None
    session = page.context.new_cdp_session(page)
    where = {"x": box["x"] + box["width"] / 2, "y": box["y"] + 5}
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **where, "data": data})
