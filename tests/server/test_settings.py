"""Settings, system and models over HTTP."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.jobs.waiting import until
from tests.server.conftest import Running, error, serving, upload
from xtts_studio.server import machine


@pytest.fixture
def own_server(tmp_path: Path) -> Any:
    with serving(tmp_path) as running:
        yield running


def test_nothing_secret_is_among_the_settings(tmp_path: Path) -> None:
    with serving(tmp_path, AUTH_PASSWORD="hush hush", JWT_SECRET="s" * 40) as running, running.user() as client:
        answer = client.get("/api/settings")
        assert answer.status_code == 200
        assert answer.json()["default_password"] is False
        assert "hush" not in answer.text
        assert "sss" not in answer.text


def test_settings_are_kept_over_a_restart(tmp_path: Path) -> None:
    with serving(tmp_path) as running, running.user() as client:
        changed = client.put("/api/settings", json={"device": "cpu", "whisper_model": "small"}).json()
        assert (changed["device"], changed["whisper_model"], changed["worker_idle_s"]) == ("cpu", "small", 300)
    with serving(tmp_path, XTTS_DEVICE="cuda") as running, running.user() as client:
        assert client.get("/api/settings").json() == changed


@pytest.mark.parametrize(
    "change",
    [
        {"device": "toaster"},
        {"worker_idle_s": 0},
        {"worker_idle_s": "long"},
        {"whisper_model": ""},
        {"host": "0.0.0.0"},
    ],
)
def test_settings_that_can_not_be_are_refused(client: httpx.Client, change: dict[str, Any]) -> None:
    before = client.get("/api/settings").json()
    told = error(client.put("/api/settings", json=change), 422, "invalid_input")
    assert next(iter(change)) in told["message"]
    assert client.get("/api/settings").json() == before


def test_a_file_of_settings_that_was_damaged_does_not_stop_the_server(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("{not json", encoding="utf-8")
    with serving(tmp_path, XTTS_DEVICE="cpu") as running, running.user() as client:
        assert client.get("/api/settings").json()["device"] == "cpu"


def test_the_whisper_model_of_the_settings_is_taken_where_none_is_named(own_server: Running) -> None:
    with own_server.user() as client:
        client.put("/api/settings", json={"whisper_model": "small"})
        recording_id = upload(client)
        job = own_server.finish(client.post("/api/data/process", json={"recording_ids": [recording_id]}))
        assert job["result"]["notices"] == ["small"]
        body = {"recording_ids": [recording_id], "whisper_model": "tiny"}
        assert own_server.finish(client.post("/api/data/process", json=body))["result"]["notices"] == ["tiny"]


def test_the_system_tells_what_there_is(client: httpx.Client) -> None:
    upload(client, hz=601)
    system = client.get("/api/system").json()
    assert system["devices"][0]["id"] == "cpu"
    assert system["disk"]["free_bytes"] > 0
    assert system["packages"]["torch"]
    [worker] = [one for one in system["workers"] if one["role"] == "vad" and one["lane"] == "vad calls"]
    assert worker["state"] == "idle"
    assert worker["pid"] > 0


def test_gpus_are_told_by_nvidia_smi() -> None:
    told = "0, NVIDIA H200, 143771, 1024\n1, NVIDIA L4, [N/A], 12\n"
    gpus = machine._gpus(lambda: told)
    assert [(gpu.id, gpu.name) for gpu in gpus] == [("cuda:0", "NVIDIA H200"), ("cuda:1", "NVIDIA L4")]
    assert (gpus[0].memory_bytes, gpus[0].memory_used_bytes) == (143771 * 1024**2, 1024**3)
    assert gpus[1].memory_bytes is None


def test_without_nvidia_smi_there_are_no_gpus() -> None:
    def absent() -> str:
        raise FileNotFoundError("nvidia-smi")

    assert machine._gpus(absent) == []


def test_idle_workers_are_unloaded_and_busy_ones_go_on(server: Running, client: httpx.Client) -> None:
    body = {"recording_id": upload(client, hz=411), "dataset": "slow"}
    job = client.post("/api/data/chunk", json=body).json()["job"]
    until(lambda: client.get(f"/api/jobs/{job['id']}").json()["job"]["message"] == "Cutting slowly")
    lanes = {worker["lane"] for worker in client.get("/api/system").json()["workers"]}
    assert lanes >= {"vad", "vad calls"}  # the upload was read by the second
    left = client.post("/api/system/unload").json()["workers"]
    assert [(worker["lane"], worker["state"]) for worker in left] == [("vad", "busy")]
    client.post(f"/api/jobs/{job['id']}/cancel")
    until(lambda: client.get(f"/api/jobs/{job['id']}").json()["job"]["state"] == "cancelled")


def test_models_are_listed_and_fetched(server: Running, client: httpx.Client) -> None:
    names = {model["name"]: model for model in client.get("/api/models").json()["models"]}
    assert names["xtts-v2"]["present"] is False
    assert all(model["kind"] != "whisper" for model in client.get("/api/training/models").json()["models"])
    job = server.finish(client.post("/api/models/pull", json={"name": "tiny"}))
    assert job["step"] == "pull"
    error(client.post("/api/models/pull", json={}), 422, "invalid_input")


def test_the_licence_is_shown_and_accepted_once(own_server: Running) -> None:
    with own_server.user() as client:
        licence = client.get("/api/models/licence").json()
        assert licence["accepted"] is False
        assert "non-commercial" in licence["text"]
        assert client.post("/api/models/licence/accept").json()["accepted"] is True
        assert client.get("/api/models/licence").json()["accepted"] is True
