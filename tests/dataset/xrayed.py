"""Datasets of real speech for x-rays, with a model whose vocabulary is the published one."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from tests.shared import shared
from xtts_studio.audio.encode import write_wav
from xtts_studio.dataset import store
from xtts_studio.dataset.xray import xray
from xtts_studio.dataset.xray_file import read_xray
from xtts_studio.events import Report, ignore
from xtts_studio.shapes import Chunk, Xray, XrayRequest
from xtts_studio.workspace import Workspace

RATE_HZ = 22_050
NAME, MODEL = "lj", "tuned"


@dataclass
class Clip:
    """What a test puts into a dataset."""

    samples: NDArray[np.float32]
    text: str
    fields: dict[str, object] = field(default_factory=dict)


def lj_clips(count: int = 32) -> dict[str, Clip]:
    """Clips of LJ Speech by their names."""
    folder = shared("audio/ljspeech")
    rows = [line.split("|") for line in (folder / "metadata.csv").read_text(encoding="utf-8").splitlines()]
    return {
        name: Clip(soundfile.read(folder / "wavs" / f"{name}.wav", dtype="float32")[0], text)
        for name, _, text in rows[:count]
    }


def workspace_with_model(home: Path) -> Workspace:
    """A workspace with a model that is nothing but its vocabulary."""
    workspace = Workspace(home)
    model = workspace.models / MODEL
    model.mkdir(parents=True)
    (model / "vocab.json").symlink_to(shared("parity/vocab.json"))
    return workspace


def write_dataset(workspace: Workspace, clips: dict[str, Clip], name: str = NAME, language: str = "en") -> Path:
    """Writes clips as a dataset, each of a recording of its own unless its fields say otherwise."""
    with store.changing(workspace, name, create=True) as dataset:
        dataset.language = language
        for clip_name, clip in clips.items():
            file = f"chunks/{clip_name}.wav"
            (workspace.dataset(name) / "chunks").mkdir(parents=True, exist_ok=True)
            write_wav(workspace.dataset(name) / file, clip.samples, RATE_HZ)
            seconds = len(clip.samples) / RATE_HZ
            place = {"recording": f"imported-{clip_name}", "start_s": 0.0, "end_s": seconds, "duration_s": seconds}
            about = {"text_source": "heard", "confidence": 0.9}
            dataset.chunks.append(
                Chunk.model_validate({"file": file, "text": clip.text, **about, **place, **clip.fields})
            )
    return workspace.dataset(name)


def xrayed(workspace: Workspace, name: str = NAME, report: Report = ignore) -> Xray:
    """What an x-ray of the dataset finds."""
    xray(XrayRequest(dataset=name, base_model=MODEL), workspace, report)
    found = read_xray(workspace.dataset(name))
    assert found is not None
    return found


def codes(found: Xray) -> dict[str, list[str]]:
    """The codes of every clip's findings, by the clip's name; clips without any are left out."""
    return {Path(row.file).stem: [one.code for one in row.findings] for row in found.clips if row.findings}
