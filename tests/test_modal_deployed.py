"""The app deployed by the real command line to a stand-in for Modal's service, and run by the SDK's own containers."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from modal_proto import api_pb2 as api

from tests.journey.material import Material, own_material, tiny_model
from tests.modal_service.service import ModalService, modal_service
from tests.studio import USER, Studio, running
from xtts_studio.server.app import DIST

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "a password for tests"
SECRET = (f"JWT_SECRET={'0123456789abcdef' * 4}", f"AUTH_PASSWORD={PASSWORD}")
VOLUMES = {
    "/studio/data": "xtts-finetune-data",
    "/studio/cache": "xtts-model-cache",
    "/studio/speakers": "xtts-speakers",
}
WORKERS = ("whisper_worker", "training_worker", "vad_chunking_worker")
TRAINING: dict[str, Any] = {"dataset": "reader", "max_steps": 2, "batch_size": 1, "audition": False}
LONG_S = 300.0


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModalService]:
    """Modal after the commands of docs/modal.md, with the tiny model on the cache volume."""
    root = tmp_path_factory.mktemp("modal")
    with modal_service(root) as service:
        command(service, "secret", "create", "xtts-auth", *SECRET)
        command(service, "deploy", "--strategy", "recreate", "modal/app.py")
        folder = tiny_model(root / "xtts", own_material())
        command(service, "volume", "put", "xtts-model-cache", str(folder), "xtts-v2")
        yield service
        assert service.unknown == []


def command(service: ModalService, *words: str, expect: int = 0, **environment: str) -> str:
    """What `modal …` writes; `expect` is its exit status."""
    done = subprocess.run(
        [sys.executable, "-m", "modal", *words],
        cwd=ROOT,
        env=service.environment | {"COLUMNS": "200"} | environment,
        capture_output=True,
        text=True,
        timeout=LONG_S,
    )
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def hosted(service: ModalService) -> Iterator[Studio]:
    """The app's `api` function, signed in."""
    with httpx.Client(base_url=service.web_url, timeout=LONG_S) as client:
        studio = Studio(service.web_url, service.root, service.root / "log", None, client)
        studio.post("/api/auth/login", json={"username": USER, "password": PASSWORD})
        yield studio


@pytest.fixture(scope="module")
def dataset(hosted: Studio) -> list[dict[str, Any]]:
    return cut(hosted, own_material())


def cut(studio: Studio, material: Material) -> list[dict[str, Any]]:
    """The chunks of a dataset with texts, made from the sample recording."""
    files = [("files", (material.recording.name, material.recording.read_bytes()))]
    recording = studio.post("/api/data/upload", 201, files=files)["recordings"][0]
    body = {"recording_id": recording["id"], "dataset": "reader", "language": "en"}
    studio.finished(studio.post("/api/data/chunk", 202, json=body)["job"])
    chunks: list[dict[str, Any]] = studio.get("/api/datasets/reader")["chunks"]
    for chunk in chunks:
        text = material.words_between(chunk["start_s"], chunk["end_s"])
        path = f"/api/datasets/reader/chunks/{Path(chunk['file']).name}"
        assert studio.client.patch(path, json={"text": text, "language": "en"}).status_code == 200
    return chunks


def test_without_its_secret_it_is_not_deployed(tmp_path: Path) -> None:
    with modal_service(tmp_path) as empty:
        assert "xtts-auth" in command(empty, "deploy", "modal/app.py", expect=1)
        command(empty, "secret", "create", "xtts-auth", "JWT_SECRET=of-no-use-alone")
        assert "AUTH_PASSWORD" in command(empty, "deploy", "modal/app.py", expect=1)
        assert empty.apps == {}


def test_what_reaches_modal(service: ModalService) -> None:
    there = {name: service.functions[object_id] for name, object_id in service.apps["xtts-studio"].function_ids.items()}
    machines = {name: (one.resources.gpu_config.gpu_type, one.timeout_secs) for name, one in there.items()}
    assert machines == {
        "api": ("", 3600),
        "whisper_worker": ("T4", 3600),
        "training_worker": ("A10G", 7200),
        "vad_chunking_worker": ("", 3600),
        "inference_worker.*": ("T4", 600),
        "fill_cache": ("", 3600),
    }
    assert {name for name, one in there.items() if one.retry_policy.retries} == {"training_worker"}
    assert {name for name, one in there.items() if one.single_use_containers} == {"training_worker"}
    assert {name for name, one in there.items() if one.checkpointing_enabled} == {"inference_worker.*"}
    assert there["api"].webhook_config.type == api.WEBHOOK_TYPE_ASGI_APP
    assert there["api"].autoscaler_settings.max_containers == 1
    secret_ids = [service.named("st", "xtts-auth", create=False)]
    for name, one in there.items():
        mounted = {mount.mount_path: service.volume_folder(mount.volume_id).name for mount in one.volume_mounts}
        assert mounted == VOLUMES, name
        assert [*one.secret_ids] == (secret_ids if name == "api" else []), name


def test_deploying_again_changes_the_functions_and_keeps_their_ids(tmp_path: Path) -> None:
    with modal_service(tmp_path) as service:
        command(service, "secret", "create", "xtts-auth", *SECRET)
        command(service, "deploy", "modal/app.py")
        before = dict(service.apps["xtts-studio"].function_ids)
        command(service, "deploy", "modal/app.py", XTTS_MODAL_GPU_TRAINING="H100:2", XTTS_MODAL_GPU_VAD="T4")
        assert dict(service.apps["xtts-studio"].function_ids) == before
        training = service.functions[before["training_worker"]].resources.gpu_config
        assert (training.gpu_type, training.count) == ("H100", 2)
        assert service.functions[before["vad_chunking_worker"]].resources.gpu_config.gpu_type == "T4"
        said = command(service, "deploy", "modal/app.py", expect=1, XTTS_MODAL_TIMEOUT_TRAINING_S="86401")
        assert "XTTS_MODAL_TIMEOUT_TRAINING_S" in said


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_answers_from_what_is_in_its_image(service: ModalService, name: str) -> None:
    """Its module is imported, its volumes reloaded; a step that it doesn't know is told, with its version."""
    call = f"modal.Function.from_name('xtts-studio', {name!r}).remote('j', 'juggle', {{}})"
    done = subprocess.run(
        [sys.executable, "-c", f"import modal; print({call}['error']['message'])"],
        env=service.environment,
        capture_output=True,
        text=True,
        timeout=LONG_S,
    )
    assert "has no step 'juggle'" in done.stdout, done.stderr + logs(service)


def logs(service: ModalService) -> str:
    """What its containers wrote."""
    return "\n".join(f"{one.name}:\n{one.log.read_text(errors='replace')[-2000:]}" for one in service.containers)


def test_models_are_fetched_only_once_their_licence_is_accepted(service: ModalService) -> None:
    said = command(service, "run", "modal/app.py::fill_cache", expect=1)
    assert "non-commercial use only. It was not accepted here yet." in said, said + logs(service)


def test_the_page_is_served_from_there(hosted: Studio) -> None:
    assert hosted.get("/healthz")["status"] == "ok"
    if not (DIST / "login" / "index.html").is_file():
        pytest.skip("The page is not built. Build it: make page")
    answer = httpx.get(f"{hosted.url}/login/")
    assert answer.status_code == 200
    assert "script-src 'self'" in answer.headers["content-security-policy"]


def test_a_stranger_is_refused(service: ModalService, hosted: Studio) -> None:
    answer = httpx.get(f"{service.web_url}/api/datasets", timeout=LONG_S)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_signed_in")


def test_the_whole_way_on_modal(service: ModalService, hosted: Studio, dataset: list[dict[str, Any]]) -> None:
    assert len(dataset) > 2
    started = hosted.post("/api/training/start", 202, json=TRAINING | {"name": "tuned"})
    job = hosted.finished(started["job"])
    points = hosted.get(f"/api/training/{job['id']}/metrics")["metrics"]
    assert [one["step"] for one in points if one["name"] == "loss"] == [1, 2]
    sound = speech(hosted, "tuned")
    assert sound[:4] == b"RIFF"
    assert {"api", "vad_chunking_worker", "training_worker", "inference_worker.*"} <= {
        one.name for one in service.containers
    }
    assert service.named("vo", "xtts-finetune-data", create=False) in service.commits


def speech(studio: Studio, model: str) -> bytes:
    """A sentence of the model, by a voice that is made for it."""
    clip = own_material().reference
    files = [("files", (clip.name, clip.read_bytes()))]
    studio.post("/api/inference/speakers", 201, data={"name": model}, files=files)
    body = {"text": "It was early.", "language": "en", "speaker": model, "model": model, "seed": 3}
    answer = studio.client.post("/api/inference/generate", json=body, timeout=LONG_S)
    assert answer.status_code == 200, answer.text
    return answer.content


def test_a_machine_that_is_taken_away_in_training(service: ModalService, hosted: Studio, dataset: object) -> None:
    """Another container goes on with the run from its last checkpoint, and every step is counted once."""
    wanted = TRAINING | {"name": "twice", "max_steps": 8, "save_every_steps": 2}
    job = hosted.post("/api/training/start", 202, json=wanted)["job"]
    for event in hosted.events(job["id"]):
        if event["event"] == "artifact" and event["data"]["what"] == "checkpoint":
            break
    first = next(one for one in service.containers if one.name == "training_worker" and one.alive)
    first.kill()
    hosted.finished(job)
    assert len([one for one in service.containers if one.name == "training_worker" and one is not first]) >= 1
    points = hosted.get(f"/api/training/{job['id']}/metrics")["metrics"]
    assert [one["step"] for one in points if one["name"] == "loss"] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_server_of_ones_own_with_modal_for_what_wants_a_gpu(service: ModalService, tmp_path: Path) -> None:
    """Cutting is done here, training and speech there; the model is fetched back and lies here as if trained here."""
    known = {name: value for name, value in service.environment.items() if name.startswith("MODAL_")}
    with running(tmp_path / "workspace", XTTS_COMPUTE="modal", **known) as own:
        checks = own.post("/api/system/compute/test")["checks"]
        assert [(one["name"], one["ok"]) for one in checks] == [("sdk", True), ("token", True), ("app", True)]
        source = str(tiny_model(tmp_path / "xtts", own_material()))
        own.finished(own.post("/api/models/pull", 202, json={"name": "xtts-v2", "source": source})["job"])
        before = len(service.containers)
        cut(own, own_material())
        assert len(service.containers) == before, "cutting needs nobody else"
        own.finished(own.post("/api/training/start", 202, json=TRAINING | {"name": "own"})["job"])
        (run,) = (tmp_path / "workspace" / "data" / "runs").iterdir()
        assert (run / "metrics.jsonl").is_file()
        assert "own" in {one["name"] for one in own.get("/api/training/models")["models"]}
        assert speech(own, "own")[:4] == b"RIFF"
