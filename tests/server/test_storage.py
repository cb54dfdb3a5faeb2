"""What takes how much room, and making room without touching what a job works with."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.jobs.waiting import until
from tests.server.conftest import Running, error, serving, wav
from xtts_studio.workspace import write_json


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with serving(tmp_path / "workspace") as running:
        yield running


@pytest.fixture
def client(server: Running) -> Iterator[httpx.Client]:
    with server.user() as client:
        yield client


@pytest.fixture
def files(server: Running) -> dict[str, Path]:
    """Files of known sizes, by what they are."""
    home = server.studio.workspace.home
    found = {
        "export": home / "data" / "exports" / "anna-coqui.zip",
        "features": home / "data" / "datasets" / "reader" / "features.safetensors",
        "clip": home / "data" / "datasets" / "reader" / "chunks" / "chunk_001.wav",
        "small": home / "data" / "datasets" / "small" / "chunks" / "chunk_001.wav",
        "moments": home / "data" / "runs" / "run-1" / "checkpoints" / "step-00000010" / "moments.safetensors",
        "weights": home / "data" / "runs" / "run-1" / "checkpoints" / "step-00000010" / "gpt.safetensors",
        "going on": home / "data" / "runs" / "run-2" / "checkpoints" / "step-00000010" / "moments.safetensors",
    }
    for number, path in enumerate(found.values(), start=1):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(1000 * number))
    for run, planned in (("run-1", 10), ("run-2", 20)):  # the second was stopped half-way
        checkpoint = home / "data" / "runs" / run / "checkpoints" / "step-00000010"
        write_json(checkpoint / "progress.json", {"step": 10, "planned_steps": planned})
    return found


def kind_of(body: dict[str, Any], kind: str, part: str = "kinds") -> dict[str, Any]:
    (found,) = [one for one in body[part] if one["kind"] == kind]
    return dict(found)


def test_each_kind_is_told_with_its_largest(client: httpx.Client, files: dict[str, Path]) -> None:
    body = client.get("/api/storage").json()
    datasets = kind_of(body, "datasets")
    assert (datasets["count"], datasets["size_bytes"]) == (2, 9000)
    assert datasets["largest"] == [{"name": "reader", "size_bytes": 5000}, {"name": "small", "size_bytes": 4000}]
    run = files["moments"].parent
    (ended, *_) = [one for one in kind_of(body, "runs")["largest"] if one["name"] == "run-1"]
    assert ended["size_bytes"] == 11_000 + (run / "progress.json").stat().st_size
    assert kind_of(body, "voices") == {"kind": "voices", "count": 0, "size_bytes": 0, "largest": []}
    assert body["free_bytes"] > 0
    told = {one["kind"]: (one["count"], one["size_bytes"]) for one in body["cleanable"]}
    assert told == {"exports": (1, 1000), "features": (1, 2000), "training_states": (1, 5000)}


def test_things_have_the_names_that_people_gave_them(client: httpx.Client) -> None:
    recording = client.post("/api/data/sample").json()["recording"]
    told = kind_of(client.get("/api/storage").json(), "recordings")
    assert [one["name"] for one in told["largest"]] == [recording["name"]] == ["harbour.flac"]


def test_only_what_was_chosen_goes(client: httpx.Client, files: dict[str, Path]) -> None:
    assert client.post("/api/storage/clean", json={"kinds": ["features"]}).json() == {"freed_bytes": 2000}
    assert {name for name, path in files.items() if not path.exists()} == {"features"}
    kinds = ["exports", "training_states"]
    assert client.post("/api/storage/clean", json={"kinds": kinds}).json() == {"freed_bytes": 6000}
    assert {name for name, path in files.items() if path.exists()} == {"clip", "small", "going on", "weights"}
    assert client.post("/api/storage/clean", json={"kinds": kinds}).json() == {"freed_bytes": 0}


def test_what_a_job_works_with_stays(server: Running, client: httpx.Client, files: dict[str, Path]) -> None:
    (files["clip"].parent.parent / "metadata.json").write_text("{}")
    job = client.post("/api/training/start", json={"dataset": "reader", "name": "slowly"}).json()["job"]
    until(lambda: client.get(f"/api/jobs/{job['id']}").json()["job"]["state"] == "running")
    assert kind_of(client.get("/api/storage").json(), "features", "cleanable")["count"] == 0
    assert client.post("/api/storage/clean", json={"kinds": ["features"]}).json() == {"freed_bytes": 0}
    assert files["features"].exists()
    client.post(f"/api/jobs/{job['id']}/cancel")
    until(lambda: client.get(f"/api/jobs/{job['id']}").json()["job"]["state"] == "cancelled")
    assert client.post("/api/storage/clean", json={"kinds": ["features"]}).json() == {"freed_bytes": 2000}


@pytest.mark.parametrize("kinds", [[], ["recordings"], "features"])
def test_nothing_else_can_be_cleaned(client: httpx.Client, files: dict[str, Path], kinds: object) -> None:
    error(client.post("/api/storage/clean", json={"kinds": kinds}), 422, "invalid_input")
    assert all(path.exists() for path in files.values())


def test_an_upload_that_became_a_recording_is_none_any_more(client: httpx.Client) -> None:
    content = wav()
    for sent in (content, content[:100]):
        begun = client.post("/api/data/uploads", json={"name": "tone.wav", "size_bytes": len(content)}).json()["upload"]
        at = f"/api/data/uploads/{begun['id']}"
        client.patch(at, params={"offset": 0}, content=sent).raise_for_status()
        client.post(f"{at}/finish")  # refused for the half
    stored = client.get("/api/storage").json()
    assert [kind_of(stored, kind)["count"] for kind in ("uploads", "recordings")] == [1, 1]
