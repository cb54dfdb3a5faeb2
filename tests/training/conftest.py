"""A tiny model folder, ten clips of speech with their texts, and the features made of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

from tests.recorded import SENTENCES
from tests.tiny_models import one_thread as one_thread, tiny_folder as tiny_folder
from xtts_studio.events import ignore
from xtts_studio.sample import RECORDING
from xtts_studio.shapes import TrainRequest
from xtts_studio.text.tokenizer import Tokenizer
from xtts_studio.training.loop.around import Clips
from xtts_studio.training.material.features import Extractor, FeatureFile, Source, TrainingClip
from xtts_studio.xtts.checkpoint import Network, load_dvae, load_network

SETTINGS = {
    "dataset": "harbour",
    "name": "mine",
    "batch_size": 1,
    "grad_accumulation": 1,
    "epochs": 10,
    "learning_rate": 1e-3,
    "lr_schedule": "constant",
    "warmup_steps": 0,
    "prompts": "same",
    "save_every_steps": 200,
    "early_stop_after": 0,
    "precision": "float32",
    "gradient_checkpointing": False,
    "audition": False,
    "model_precision": "float32",
}


def write_clips(folder: Path) -> list[Source]:
    """The ten sentences of the harbour recording as WAV files of 22 050 Hz."""
    folder.mkdir(parents=True, exist_ok=True)
    samples, rate_hz = soundfile.read(RECORDING)
    sources = []
    for number, segment in enumerate(SENTENCES, start=1):
        path = folder / f"chunk_{number:03}.wav"
        speech = samples[round(segment["start_s"] * rate_hz) : round(segment["end_s"] * rate_hz)]
        soundfile.write(path, speech, rate_hz, subtype="PCM_16")
        sources.append(Source(path, segment["text"], "en"))
    return sources


@pytest.fixture
def sources(tmp_path: Path) -> list[Source]:
    """Clips in a dataset folder of their own."""
    return write_clips(tmp_path / "dataset" / "chunks")


@pytest.fixture
def make_network(tiny_folder: Path) -> Callable[[], Network]:
    """Loads the tiny network anew, only its GPT to be trained."""

    def make() -> Network:
        network = load_network(tiny_folder)
        network.requires_grad_(False)
        network.gpt.requires_grad_(True)
        return network

    return make


@pytest.fixture
def make_extractor(tiny_folder: Path, make_network: Callable[[], Network]) -> Callable[[Path], Extractor]:
    """An extractor that keeps its features in the given file."""
    mel_stats = make_network().mel_stats

    def make(file: Path) -> Extractor:
        vocabulary = tiny_folder / "vocab.json"
        return Extractor(load_dvae(tiny_folder), mel_stats, Tokenizer(vocabulary), vocabulary, FeatureFile(file))

    return make


@pytest.fixture
def features(sources: list[Source], make_extractor: Callable[[Path], Extractor], tmp_path: Path) -> list[TrainingClip]:
    """The features of the ten clips."""
    return make_extractor(tmp_path / "features.safetensors").extract(sources, ignore)


@pytest.fixture
def clips(features: list[TrainingClip]) -> Clips:
    """Seven clips to train on (an odd number, so that batches are left over), three to evaluate."""
    return Clips(features[:7], features[7:])


def settings(**changes: object) -> TrainRequest:
    """Training settings for tiny models, with nothing left to the recipe."""
    wanted = SETTINGS | changes
    wanted.setdefault("effective_batch", wanted["batch_size"] * wanted["grad_accumulation"])  # type: ignore[operator]
    return TrainRequest.model_validate(wanted)
