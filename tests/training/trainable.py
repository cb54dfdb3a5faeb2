"""A workspace to train in: a tiny base model and a dataset of ten clips."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.training.conftest import write_clips
from xtts_studio.errors import Cancelled
from xtts_studio.events import Artifact, Event, Metric
from xtts_studio.shapes import Chunk, Dataset, TrainRequest
from xtts_studio.training.run import train
from xtts_studio.workspace import Workspace, write_json


def trainable(home: Path, model: Path, dataset: str = "harbour") -> Workspace:
    """`model`: the folder of the base model, which is copied."""
    workspace = Workspace(home)
    workspace.cache.mkdir(parents=True, exist_ok=True)
    shutil.copytree(model, workspace.cache / "xtts-v2", dirs_exist_ok=True)
    harbour_dataset(workspace, dataset)
    return workspace


def harbour_dataset(workspace: Workspace, name: str = "harbour") -> Dataset:
    """Writes a dataset of the ten sentences of the harbour recording."""
    chunks = [
        Chunk(file=f"chunks/{one.path.name}", text=one.text, recording="r", start_s=0, end_s=3, duration_s=3)
        for one in write_clips(workspace.dataset(name) / "chunks")
    ]
    dataset = Dataset(name=name, language="en", created_at="2024-01-01T00:00:00Z", chunks=chunks)
    write_json(workspace.dataset(name) / "metadata.json", dataset.model_dump())
    return dataset


def stopped(workspace: Workspace, request: TrainRequest, after: int = 2) -> str:
    """Begins a run and stops it after so many steps; gives its id."""
    told: list[Event] = []

    def cancel(event: Event) -> None:
        told.append(event)
        if isinstance(event, Metric) and event.step == after:
            raise Cancelled

    with pytest.raises(Cancelled):
        train(request, workspace, cancel)
    return next(event.path for event in told if isinstance(event, Artifact) and event.what == "run").split("/")[-1]
