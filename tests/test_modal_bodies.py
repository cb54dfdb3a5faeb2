"""The functions on Modal, run here by `.local()`: the whole way on a real recording, with a tiny model."""

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tests.journey.material import Material, shared_material, tiny_model
from tests.test_modal import Queue, Volume
from xtts_studio.shapes import SpeakResult, TrainResult
from xtts_studio.synthesis.process import forget_engine

ROOT = Path(__file__).resolve().parent.parent
VOICE = "Reader"


@pytest.fixture
def container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """modal/app.py, whose home is a folder of the test's and whose queue and volumes are of this machine."""
    spec = importlib.util.spec_from_file_location("xtts_modal_bodies", ROOT / "modal" / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, value in {"XTTS_HOME": str(tmp_path), "XTTS_DEVICE": "cpu", "XTTS_PRECISION": "float32"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(module, "events", Queue())
    monkeypatch.setattr(module, "VOLUMES", {"/studio/data": Volume()})
    forget_engine()
    yield module
    forget_engine()


def result_of(answer: dict[str, Any]) -> dict[str, Any]:
    assert "result" in answer, answer.get("error")
    return dict(answer["result"])


@pytest.mark.filterwarnings("ignore:.*executing locally:UserWarning")
def test_the_whole_way_in_the_functions(container: ModuleType, tmp_path: Path) -> None:
    material = shared_material()
    lay_out(tmp_path, material)
    recording = result_of(
        container.vad_chunking_worker.local("j1", "ingest", {"incoming": "rec", "name": "r.flac", "sha256": "0" * 64})
    )
    cut = {"recording_id": recording["id"], "dataset": "reader", "language": "en", "start_s": 13.8, "end_s": 60.0}
    chunks = result_of(container.vad_chunking_worker.local("j2", "chunk", cut))
    assert chunks["added"] > 2
    heard = result_of(
        container.whisper_worker.local("j3", "transcribe", {"dataset": "reader", "whisper_model": "whisper-lj"})
    )
    assert heard["transcribed"] > 2
    body = {"dataset": "reader", "name": "tuned", "max_steps": 2, "batch_size": 2, "audition": False}
    trained = TrainResult.model_validate(result_of(container.training_worker.local("j4", "train", body)))
    assert trained.steps == 2
    assert (tmp_path / "data" / "models" / "tuned" / "model.safetensors").is_file()
    speaking(container)


def speaking(container: ModuleType) -> None:
    """A voice, and what it says with the model that was trained: sound while it is made, then how it was made."""
    worker = container.inference_worker()
    *_, made = worker.stream.local("j5", "clone", {"name": VOICE, "files": ["clip.wav"]})
    result_of(made)
    body = {"text": "The market was quiet.", "language": "en", "speaker": VOICE, "model": "tuned", "seed": 3}
    *pieces, told = worker.stream.local("j6", "speak", body)
    spoken = SpeakResult.model_validate(result_of(told))
    samples = np.frombuffer(b"".join(piece["sound"] for piece in pieces), np.float32)
    assert len(samples) / 24_000 == pytest.approx(spoken.audio_s, abs=0.01)
    assert np.isfinite(samples).all()


def lay_out(home: Path, material: Material) -> None:
    """What uploads and the setup function leave: files that have come in, and the models in the cache."""
    assert material.whisper is not None
    incoming = home / "data" / "incoming"
    incoming.mkdir(parents=True)
    shutil.copyfile(material.recording, incoming / "rec")
    shutil.copyfile(material.reference, incoming / "clip.wav")
    tiny_model(home / "cache" / "xtts-v2", material)
    shutil.copytree(material.whisper, home / "cache" / "whisper" / "whisper-lj")
