"""Curating over HTTP: many chunks at once, undo, versions, filters; a server that is killed in the middle of edits."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import studio
from tests.server.conftest import Running, error, upload
from xtts_studio.dataset import store
from xtts_studio.shapes import Chunk
from xtts_studio.workspace import Workspace

DATASET = "/api/datasets/my data"
FILES = [f"chunk_{number:03d}.wav" for number in (1, 2, 3)]


@pytest.fixture(autouse=True)
def dataset(server: Running) -> Iterator[None]:
    """A dataset with three chunks."""
    with server.user() as client:
        body = {"recording_id": upload(client, hz=510), "dataset": "my data"}
        server.finish(client.post("/api/data/chunk", json=body))
        yield
        client.delete(DATASET)


def _states(client: httpx.Client) -> list[str]:
    return [chunk["state"] for chunk in client.get(DATASET).json()["chunks"]]


def _labels(client: httpx.Client, kind: str) -> list[str]:
    return [change["label"] for change in client.get(f"{DATASET}/changes").json()[kind]]


def test_many_chunks_are_dropped_and_it_is_undone_and_done_again(client: httpx.Client) -> None:
    changed = client.post(f"{DATASET}/chunks", json={"files": FILES[:2], "state": "dropped"}).json()["chunks"]
    assert [chunk["state"] for chunk in changed] == ["dropped", "dropped"]
    assert _labels(client, "undo") == ["Drop 2 clips"]
    assert client.post(f"{DATASET}/undo").json()["label"] == "Drop 2 clips"
    assert _states(client) == ["active"] * 3
    assert _labels(client, "redo") == ["Drop 2 clips"]
    client.post(f"{DATASET}/redo")
    assert _states(client) == ["dropped", "dropped", "active"]


def test_nothing_to_undo_is_told(client: httpx.Client) -> None:
    assert "nothing to undo" in error(client.post(f"{DATASET}/undo"), 409, "conflict")["message"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"files": []}, 422),
        ({"files": [*FILES, "chunk_999.wav"], "state": "dropped"}, 404),
        ({"files": ["../../secret.wav"], "state": "dropped"}, 404),
        ({"files": FILES, "text": "All the same."}, 422),
        ({"files": FILES, "state": "gone"}, 422),
        ({"files": FILES, "language": "tlh"}, 422),
    ],
)
def test_a_bulk_change_that_can_not_be_changes_nothing(client: httpx.Client, body: dict[str, Any], status: int) -> None:
    answer = client.post(f"{DATASET}/chunks", json=body)
    assert error(answer, status, "not_found" if status == 404 else "invalid_input")["message"]
    assert _states(client) == ["active"] * 3


@pytest.mark.parametrize(
    ("method", "path", "field"),
    [
        ("PATCH", f"{DATASET}/chunks/{FILES[0]}", "text"),
        ("POST", f"{DATASET}/xray", "base_model"),
        ("POST", f"{DATASET}/versions", "note"),
        ("POST", "/api/training/start", "name"),
    ],
)
def test_halves_of_characters_are_refused(client: httpx.Client, method: str, path: str, field: str) -> None:
    """No answer could hold them: in a job's request they would break the list of all jobs."""
    answer = client.request(
        method, path, content=f'{{"{field}": "\\ud800"}}', headers={"Content-Type": "application/json"}
    )
    assert field in error(answer, 422, "invalid_input")["message"]
    assert client.get("/api/jobs").status_code == 200


def test_versions_are_saved_listed_and_restored(client: httpx.Client) -> None:
    first = client.post(f"{DATASET}/versions", json={"note": "as cut"}).json()["version"]
    client.post(f"{DATASET}/chunks", json={"files": FILES[1:], "state": "dropped"})
    client.patch(f"{DATASET}/chunks/{FILES[0]}", json={"text": "Hello."})
    second = client.post(f"{DATASET}/versions", json={}).json()["version"]
    assert (second["id"], second["active"]) == (first["id"] + 1, 1)
    listed = client.get(f"{DATASET}/versions").json()["versions"]
    assert [version["note"] for version in listed] == ["", "as cut"]
    assert client.post(f"{DATASET}/versions/{first['id']}/restore").status_code == 204
    chunks = client.get(DATASET).json()["chunks"]
    assert [(chunk["state"], chunk["text"]) for chunk in chunks] == [("active", "")] * 3
    client.post(f"{DATASET}/undo")
    assert _states(client) == ["active", "dropped", "dropped"]
    assert client.post(f"{DATASET}/versions/77/restore").status_code == 404


def test_lists_are_filtered(client: httpx.Client) -> None:
    client.patch(f"{DATASET}/chunks/{FILES[1]}", json={"text": "Ein schöner Satz."})

    def found(**query: str) -> list[str]:
        return [Path(chunk["file"]).name for chunk in client.get(DATASET, params=query).json()["chunks"]]

    assert found(q="SCHÖNER") == [FILES[1]]
    assert found(has_text="false") == [FILES[0], FILES[2]]
    assert found(q="chunk_003") == [FILES[2]]
    assert found(flag="no_such_flag") == found(light="red") == found(recording="none") == []
    assert client.get(DATASET, params={"order": "upwards"}).status_code == 422
    told = error(client.get(f"{DATASET}/files", params={"findings": "noisy"}), 422, "invalid_input")
    assert "'findings'" in told["message"]
    assert "finding" in told["hint"]


def test_no_xray_yet_is_no_error(client: httpx.Client) -> None:
    assert client.get(f"{DATASET}/xray").json()["made_at"] is None
    assert client.get("/api/datasets/nothing/xray").status_code == 404
    error(client.post(f"{DATASET}/xray", json={"base_model": "../../etc"}), 422, "invalid_input")


@pytest.mark.parametrize("damage", ["", "{", '{"made_at": "yesterday"}', "yesterday", "2026-11-23T07:00:00"])
def test_a_damaged_xray_is_none(server: Running, client: httpx.Client, damage: str) -> None:
    """It can be made again, and nothing else of the dataset is in its way. Of the last two only the date is bad."""
    server.finish(client.post(f"{DATASET}/xray"))
    path = server.studio.workspace.dataset("my data") / "xray.json"
    whole = path.read_text()
    made_at = json.loads(whole)["made_at"]
    path.write_text(damage if not damage or "{" in damage else whole.replace(made_at, damage))
    assert client.get(f"{DATASET}/xray").json()["made_at"] is None
    assert client.get("/api/datasets/my data", params={"light": "green"}).status_code == 200


def test_a_server_that_is_killed_while_people_edit_loses_no_answered_edit(tmp_path: Path) -> None:
    """kill -9 in the middle of edits by several clients: what was answered is there, and nothing is half-written."""
    home = tmp_path / "home"
    with store.changing(Workspace(home), "voice", create=True) as dataset:
        place = {"recording": "r", "start_s": 0.0, "end_s": 1.0, "duration_s": 1.0}
        files = [f"chunk_{number:03d}.wav" for number in range(1, 9)]
        dataset.chunks = [Chunk.model_validate({"file": f"chunks/{file}", **place}) for file in files]
    running = studio.start(home)
    answered: dict[str, int] = {}

    def edit(file: str) -> None:
        for number in range(1, 100_000):
            try:
                answer = running.client.patch(f"/api/datasets/voice/chunks/{file}", json={"text": f"Text {number}"})
            except httpx.TransportError:
                return
            assert answer.status_code == 200, answer.text
            answered[file] = number

    editors = [threading.Thread(target=edit, args=(file,)) for file in files]
    for editor in editors:
        editor.start()
    killer = threading.Timer(1.5, running.process.kill)
    killer.start()
    for editor in editors:
        editor.join(30)
    running.process.wait()
    assert len(answered) == len(files)
    json.loads((home / "data" / "datasets" / "voice" / "metadata.json").read_text("utf-8"))
    with studio.running(home) as again:
        for chunk in again.get("/api/datasets/voice")["chunks"]:
            number = int(chunk["text"].removeprefix("Text "))
            file = Path(chunk["file"]).name
            assert number in (answered[file], answered[file] + 1)  # the last one may have been written but not answered
        again.post("/api/datasets/voice/undo")


def test_doubtful_chunks_are_found_by_any_of_their_flags(server: Running, client: httpx.Client) -> None:
    with store.changing(server.studio.workspace, "my data") as dataset:
        for chunk, flag in zip(
            dataset.chunks, ("last_word_cut", "starts_mid_sentence", "heard_differently"), strict=True
        ):
            chunk.flags = [flag]
    found = client.get(DATASET, params={"flag": "doubtful"}).json()
    assert [Path(chunk["file"]).name for chunk in found["chunks"]] == [FILES[0], FILES[2]]
    assert found["total"] == 2
