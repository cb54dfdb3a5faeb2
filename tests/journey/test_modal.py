"""The whole way over HTTP, where a server of one's own has a stand-in for Modal do what wants a GPU."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import soundfile

from tests.jobs.modal_standin import Service
from tests.jobs.waiting import until
from tests.journey.material import Material, shared_material, tiny_model
from tests.server.conftest import Running, serving
from xtts_studio.jobs.local import LocalBackend
from xtts_studio.jobs.modal import hybrid_lanes
from xtts_studio.jobs.store import JobStore
from xtts_studio.settings import Settings
from xtts_studio.workspace import Workspace

ENDED_S = 240.0
WHOLE_BYTES = 100_000_000


@pytest.fixture(scope="module")
def material() -> Material:
    return shared_material()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, material: Material) -> Iterator[Service]:
    """Modal with the app deployed and its cache filled."""
    assert material.whisper is not None
    service = Service(tmp_path_factory.mktemp("modal"), fake=False)
    cache = service.volumes["cache"].root
    tiny_model(cache / "xtts-v2", material)
    (cache / "whisper").mkdir(parents=True, exist_ok=True)
    yield service
    service.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, service: Service) -> Iterator[Running]:
    def make_backend(store: JobStore, workspace: Workspace, settings: Settings) -> LocalBackend:
        return LocalBackend(store, workspace, settings, make_lane=hybrid_lanes(workspace, service.sdk, poll_s=0.05))

    home = tmp_path_factory.mktemp("own") / "workspace"
    chosen = {"XTTS_DEVICE": "cpu", "XTTS_UPLOAD_LIMIT_BYTES": WHOLE_BYTES}
    with serving(home, make_backend=make_backend, **chosen) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: Running, material: Material) -> Iterator[httpx.Client]:
    with server.user() as client:
        for name, folder in (("xtts-v2", None), ("whisper-lj", material.whisper)):
            source = str(folder or tiny_model(server.studio.workspace.home.parent / "xtts", material))
            ended(server, client.post("/api/models/pull", json={"name": name, "source": source}))
        yield client


def ended(server: Running, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    job_id = answer.json()["job"]["id"]
    until(lambda: server.studio.store.get(job_id).finished, within_s=ENDED_S)
    job = server.studio.store.get(job_id)
    assert job.error is None, job.error
    return job.model_dump(mode="json")


def test_from_a_recording_to_speech(
    server: Running, client: httpx.Client, service: Service, material: Material
) -> None:
    sent = client.post("/api/data/upload", files={"files": (material.recording.name, material.recording.read_bytes())})
    recording = sent.json()["recordings"][0]
    body = {"recording_id": recording["id"], "dataset": "reader", "language": "en", "start_s": 13.8, "end_s": 60.0}
    ended(server, client.post("/api/data/chunk", json=body))
    heard = {"dataset": "reader", "whisper_model": "whisper-lj"}
    ended(server, client.post("/api/data/process", json=heard))
    chunks = client.get("/api/datasets/reader").json()["chunks"]
    assert len(chunks) > 2
    assert all(chunk["text"] for chunk in chunks)
    training = {"dataset": "reader", "name": "tuned", "max_steps": 2, "batch_size": 2, "audition": False}
    done = ended(server, client.post("/api/training/start", json=training))
    losses = client.get(f"/api/training/{done['id']}/metrics").json()["metrics"]
    assert [point["step"] for point in losses if point["name"] == "loss"] == [1, 2]
    assert [call.function for call in service.calls] == ["whisper_worker", "training_worker"]
    assert "tuned" in {model["name"] for model in client.get("/api/training/models").json()["models"]}
    speaks(client, material)


def speaks(client: httpx.Client, material: Material) -> None:
    """A voice and a sentence of the model that was trained there: the sound and the history are here."""
    reference = {"files": (material.reference.name, Path(material.reference).read_bytes())}
    made = client.post("/api/inference/speakers", data={"name": "Reader"}, files=reference, timeout=ENDED_S)
    assert made.status_code == 201, made.text
    body = {"text": "The market was quiet.", "language": "en", "speaker": "Reader", "model": "tuned", "seed": 3}
    spoken = client.post("/api/inference/generate", json=body, timeout=ENDED_S)
    assert spoken.status_code == 200, spoken.text
    sound, rate_hz = soundfile.read(io.BytesIO(spoken.content))
    assert rate_hz == 24_000
    (kept,) = client.get("/api/inference/history").json()["speech"]
    assert kept["audio_s"] == pytest.approx(len(sound) / rate_hz, abs=0.01)
