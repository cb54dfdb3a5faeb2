"""A workspace with the tiny base model, a model and an adapter trained on it, the dataset they came of, and a voice."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from tests.parity.published import write_published_folder
from tests.tiny_models import one_thread as one_thread
from xtts_studio.events import ignore
from xtts_studio.export.steps import export_model
from xtts_studio.shapes import Chunk, ClipQuality, Dataset, ExportModelRequest, ExportModelResult, Speaker
from xtts_studio.workspace import Workspace, write_json
from xtts_studio.xtts.adapter_file import Adapter, LoraConfig, save_adapter
from xtts_studio.xtts.checkpoint import load_network, save_network
from xtts_studio.xtts.lora import adapter_state, attach, base_fingerprint

MODEL, ADAPTER, VOICE, DATASET = "anna", "anna-small", "Anna Lee", "harbour"
BEST_CLIP = "chunks/chunk_004.wav"
RATE_HZ = 22_050
LORA = LoraConfig(rank=4, alpha=8)


@pytest.fixture(scope="package")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Made once; tests that change it take `workspace`."""
    workspace = Workspace(tmp_path_factory.mktemp("export") / "home")
    base = write_published_folder(workspace.cache / "xtts-v2", "tiny")
    _tuned(workspace, base)
    _adapter(workspace, base)
    _dataset(workspace)
    _voice(workspace)
    return workspace


@pytest.fixture
def workspace(made: Workspace, tmp_path: Path) -> Iterator[Workspace]:
    """A copy; what is large is linked."""
    for part in ("cache", "data/datasets", "data/models", "speakers"):
        shutil.copytree(made.home / part, tmp_path / "home" / part, copy_function=_linked)
    yield Workspace(tmp_path / "home")
    shutil.rmtree(tmp_path / "home")


def _linked(source: str, target: str) -> None:
    Path(target).hardlink_to(source)


def _tuned(workspace: Workspace, base: Path) -> None:
    network = load_network(base)
    random = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in network.gpt.parameters():
            parameter += 0.02 * parameter.std() * torch.randn(parameter.shape, generator=random)
    folder = save_network(workspace.model(MODEL), network, base / "vocab.json")
    write_json(folder / "card.json", card("full"))


def _adapter(workspace: Workspace, base: Path) -> None:
    network = load_network(base)
    fingerprint = base_fingerprint(network.gpt)
    attach(network.gpt, LORA, seed=1)
    random = torch.Generator().manual_seed(2)
    tensors = {
        name: torch.randn(one.shape, generator=random) * 0.02 for name, one in adapter_state(network.gpt).items()
    }
    folder = workspace.model(ADAPTER)
    folder.mkdir(parents=True)
    save_adapter(folder / "adapter.safetensors", Adapter(LORA, tensors, "xtts-v2", fingerprint))
    write_json(folder / "card.json", card("adapter"))


def card(kind: str) -> dict[str, object]:
    """As training writes it."""
    dataset = {"name": DATASET, "version": 1, "fingerprint": "f" * 64, "train_clips": 7, "eval_clips": 3}
    return {
        "name": MODEL if kind == "full" else ADAPTER,
        "kind": kind,
        "base": "xtts-v2",
        "run_id": "20240101-000000-abcdef",
        "created_at": "2024-01-01T00:00:00+00:00",
        "licence": {"name": "CPML", "url": "https://example.org/cpml", "of": "the weights"},
        "dataset": dataset,
        "settings": {"epochs": 2, "learning_rate": 1e-5},
        "steps": 14,
        "losses": {"train": 3.5, "eval": 3.75},
    }


def _dataset(workspace: Workspace) -> None:
    """Six clips; the fourth is the longest of those with nothing against them."""
    folder = workspace.dataset(DATASET) / "chunks"
    folder.mkdir(parents=True)
    chunks = []
    for number, length_s in enumerate([5.0, 6.5, 11.0, 8.0, 7.0, 30.0], start=1):
        tone = 0.3 * np.sin(np.arange(round(length_s * RATE_HZ)) * number / 20)
        soundfile.write(folder / f"chunk_{number:03}.wav", tone, RATE_HZ, subtype="PCM_16")
        chunks.append(
            Chunk(
                file=f"chunks/chunk_{number:03}.wav",
                text="Good morning.",
                recording="r",
                start_s=0,
                end_s=length_s,
                duration_s=length_s,
            )
        )
    chunks[2].flags = ["last_word_cut"]
    dataset = Dataset(name=DATASET, language="en", created_at="2024-01-01T00:00:00Z", chunks=chunks)
    write_json(workspace.dataset(DATASET) / "metadata.json", dataset.model_dump())


def _voice(workspace: Workspace) -> None:
    folder = workspace.speaker(VOICE)
    folder.mkdir(parents=True)
    clips = workspace.dataset(DATASET) / "chunks"
    for number in (1, 2):
        shutil.copyfile(clips / f"chunk_00{number}.wav", folder / f"clip_00{number}.wav")
    quality = [
        ClipQuality(clip="clip_001.wav", duration_s=3, speech_s=3, score=60),
        ClipQuality(clip="clip_002.wav", duration_s=3, speech_s=3, score=90),
    ]
    names = ["clip_001.wav", "clip_002.wav"]
    voice = Speaker(name=VOICE, clips=names, duration_s=6, created_at="2024-01-01T00:00:00Z", quality=quality)
    write_json(folder / "speaker.json", voice.model_dump())


def export(workspace: Workspace, **fields: object) -> ExportModelResult:
    """Exports `anna`, unless told otherwise."""
    return export_model(ExportModelRequest.model_validate({"model": MODEL} | fields), workspace, ignore)


def unpacked(workspace: Workspace, result: ExportModelResult, folder: Path) -> Path:
    """The content of an export."""
    with zipfile.ZipFile(workspace.home / result.file) as archive:
        archive.extractall(folder)
    return folder
