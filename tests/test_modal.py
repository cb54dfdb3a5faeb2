"""The Modal app, loaded with the real SDK: what it registers is what is wanted, and steps run by `.local()`."""

import importlib.util
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import modal
import pytest

from xtts_studio.sample import RECORDING
from xtts_studio.server.app import create_app
from xtts_studio.settings import Settings
from xtts_studio.shapes import IngestRequest, Recording

ROOT = Path(__file__).resolve().parent.parent
VOLUMES = {
    "/studio/data": "xtts-finetune-data",
    "/studio/cache": "xtts-model-cache",
    "/studio/speakers": "xtts-speakers",
}


Registered = dict[str, dict[str, Any]]
"""What was passed to `App.function` or `App.cls`, by the name under which modal/app.py keeps the function."""


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, Registered]:
    return load(monkeypatch)


def load(monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, Registered]:
    """modal/app.py, loaded by path: `import modal.app` would give the SDK's own module."""
    calls: list[tuple[Any, dict[str, Any]]] = []

    def recording(real: Any) -> Any:
        def recorded(self: modal.App, **options: Any) -> Any:
            def decorate(target: Any) -> Any:
                calls.append((real(self, **options)(target), options))
                return calls[-1][0]

            return decorate

        return recorded

    for kind in ("function", "cls"):
        monkeypatch.setattr(modal.App, kind, recording(getattr(modal.App, kind)))
    spec = importlib.util.spec_from_file_location("xtts_modal_app", ROOT / "modal" / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        spec.loader.exec_module(module)
    names = {id(value): name for name, value in vars(module).items()}
    return module, {names[id(function)]: options for function, options in calls}


@pytest.fixture
def deployed(loaded: tuple[ModuleType, Registered]) -> ModuleType:
    return loaded[0]


@pytest.fixture
def registered(loaded: tuple[ModuleType, Registered]) -> Registered:
    return loaded[1]


class Queue:
    """Stands in for `modal.Queue`; `full` raises as a full one does."""

    def __init__(self, full: bool = False) -> None:
        self.full = full
        self.items: list[tuple[str, dict[str, Any]]] = []

    def put(self, v: Any, /, *, block: bool, partition: str) -> None:
        assert block is False
        if self.full:
            raise RuntimeError("queue is full")
        self.items.append((partition, v))


class Volume:
    """Stands in for `modal.Volume`, counting what is asked of it."""

    def __init__(self) -> None:
        self.commits = self.reloads = 0

    def commit(self) -> None:
        self.commits += 1

    def reload(self) -> None:
        self.reloads += 1


@pytest.fixture
def local(deployed: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module with the queue and the volumes of this machine."""
    monkeypatch.setenv("XTTS_HOME", str(tmp_path))
    monkeypatch.setattr(deployed, "events", Queue())
    monkeypatch.setattr(deployed, "VOLUMES", {"/studio/data": Volume()})
    return deployed


def test_registers_the_functions_of_the_brief(registered: Registered) -> None:
    gpus_and_timeouts = {name: (options.get("gpu"), options.get("timeout")) for name, options in registered.items()}
    assert gpus_and_timeouts == {
        "api": (None, 3600),
        "whisper_worker": ("T4", 3600),
        "training_worker": ("A10G", 7200),
        "vad_chunking_worker": (None, 3600),
        "inference_worker": ("T4", 600),
        "fill_cache": (None, 3600),
    }


def test_only_a_training_is_tried_again_and_each_has_a_container_of_its_own(registered: Registered) -> None:
    """Modal refuses retries for generators and web functions; what fails in the other steps fails again."""
    assert {name for name, options in registered.items() if options.get("retries")} == {"training_worker"}
    assert registered["training_worker"]["retries"].max_retries == 3
    assert {name for name, options in registered.items() if options.get("single_use_containers")} == {"training_worker"}
    assert registered["api"]["max_containers"] == 1
    assert registered["inference_worker"]["enable_memory_snapshot"] is True


def test_another_machine_is_chosen_by_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = {"GPU_VAD": "T4", "GPU_TRAINING": "H100:2", "TIMEOUT_TRAINING_S": "86400", "REGION": "eu"}
    for name, value in chosen.items():
        monkeypatch.setenv(f"XTTS_MODAL_{name}", value)
    registered = load(monkeypatch)[1]
    assert registered["vad_chunking_worker"]["gpu"] == "T4"
    assert (registered["training_worker"]["gpu"], registered["training_worker"]["timeout"]) == ("H100:2", 86_400)
    assert {options["region"] for options in registered.values()} == {"eu"}


@pytest.mark.parametrize(
    ("name", "value"), [("TIMEOUT_TRAINING_S", "86401"), ("RETRIES_TRAINING", "11"), ("GPU_WHISPER", "a T4")]
)
def test_what_the_sdk_does_not_check_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"XTTS_MODAL_{name}", value)
    with pytest.raises(ValueError, match=f"XTTS_MODAL_{name}"):
        load(monkeypatch)


def test_mounts_the_volumes_and_gives_the_secret_to_the_api_alone(registered: Registered) -> None:
    for options in registered.values():
        assert {path: volume.name for path, volume in options["volumes"].items()} == VOLUMES
    assert {name for name, options in registered.items() if options.get("secrets")} == {"api"}


def test_a_step_runs_locally_and_tells_its_result(local: ModuleType, tmp_path: Path) -> None:
    incoming = tmp_path / "data" / "incoming" / "clip"
    incoming.parent.mkdir(parents=True)
    incoming.write_bytes(RECORDING.read_bytes())
    body = IngestRequest(incoming="clip", name="harbour.flac", sha256="0" * 64).model_dump()
    answer = local.vad_chunking_worker.local("job-1", "ingest", body)
    recording = Recording.model_validate(answer["result"])
    assert recording.duration_s == pytest.approx(38.07, abs=0.01)
    assert (tmp_path / "data" / "recordings" / recording.id / "recording.json").is_file()
    assert [(v.reloads, v.commits) for v in local.VOLUMES.values()] == [(1, 1)]


def test_an_error_is_returned_not_raised_so_that_modal_does_not_run_it_again(local: ModuleType) -> None:
    answer = local.vad_chunking_worker.local("job-2", "analyze", {"recording_id": "nowhere"})
    assert answer["error"]["code"] == "not_found"
    assert [v.commits for v in local.VOLUMES.values()] == [1]


def test_speech_ends_with_its_error_where_the_model_is_missing(local: ModuleType) -> None:
    body = {"text": "Hello.", "language": "en", "speaker": "nobody"}
    items = list(local.inference_worker().stream.local("job-3", "speak", body))
    assert items[-1]["error"]["code"] in {"model_missing", "not_found"}


def test_an_unexpected_error_is_told_without_its_trace(local: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where a folder should be")
    answer = local.vad_chunking_worker.local("job-4", "analyze", {"recording_id": "any"})
    assert answer["error"]["code"] in {"not_found", "internal"}
    assert "Traceback" not in str(answer)


def test_a_server_outside_the_app_sends_only_what_wants_a_gpu(tmp_path: Path) -> None:
    studio = create_app(Settings(XTTS_COMPUTE="modal", XTTS_HOME=tmp_path)).state.studio
    here = {name for name, lane in studio.backend._job_lanes.items() if not lane.outlives_server}
    assert here == {"vad", "download"}


def test_a_full_queue_does_not_end_a_step(local: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "events", Queue(full=True))
    test_a_step_runs_locally_and_tells_its_result(local, tmp_path)


def test_a_cache_that_could_not_be_filled_says_why(local: ModuleType) -> None:
    with pytest.raises(RuntimeError, match="non-commercial"):
        local.fill_cache.local()
