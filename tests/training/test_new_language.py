"""Two datasets in one run, one in a language that the base lacks: trained, stopped, gone on with, spoken."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.training.conftest import write_clips
from tests.training.test_vocabulary import SWEDISH
from tests.training.trainable import stopped
from xtts_studio.dataset import edits
from xtts_studio.errors import DatasetError
from xtts_studio.events import Artifact, Event, Metric, ignore
from xtts_studio.shapes import Chunk, ChunkEdit, Dataset, TrainRequest
from xtts_studio.training.records.files import read_metrics
from xtts_studio.training.run import train
from xtts_studio.workspace import Workspace, read_json, write_json
from xtts_studio.xtts import Xtts

REQUEST = TrainRequest.model_validate(
    {
        "dataset": "harbour",
        "name": "mine",
        "more_datasets": [{"dataset": "hamn", "weight": 2.0}],
        "new_tokens": 40,
        "max_steps": 5,
        "epochs": 3,
        "effective_batch": 4,
        "batch_size": 2,
        "learning_rate": 1e-3,
        "audition": False,
        "save_every_steps": 100,
    }
)


@pytest.fixture
def workspace(tmp_path: Path, tiny_folder: Path) -> Workspace:
    """A workspace with the tiny base model, an English dataset and a Swedish one."""
    workspace = Workspace(tmp_path / "home")
    shutil.copytree(tiny_folder, workspace.cache / "xtts-v2")
    for name, language, texts in (("harbour", "en", None), ("hamn", "sv", SWEDISH)):
        sources = write_clips(workspace.dataset(name) / "chunks")[:6]
        chunks = [
            Chunk(
                file=f"chunks/{one.path.name}",
                text=texts[number] if texts else one.text,
                language=language,
                recording="r",
                start_s=number,
                end_s=number + 3,
                duration_s=3,
            )
            for number, one in enumerate(sources)
        ]
        dataset = Dataset(name=name, language=language, created_at="2024-01-01T00:00:00Z", chunks=chunks)
        write_json(workspace.dataset(name) / "metadata.json", dataset.model_dump())
    return workspace


def test_a_model_learns_to_speak_it(workspace: Workspace) -> None:
    """Stopped and gone on with, after both datasets were edited: the same model as in one go."""
    whole = train(REQUEST.model_copy(update={"name": "whole"}), workspace, ignore)
    run_id = stopped(workspace, REQUEST)
    for name in ("harbour", "hamn"):
        edits.edit_chunk(workspace, name, "chunks/chunk_001.wav", ChunkEdit(text="Quite another text than before."))
    resumed = train(REQUEST.model_copy(update={"run_id": run_id}), workspace, ignore)
    assert (resumed.run_id, resumed.steps, resumed.usable) == (run_id, 5, 12)
    assert (resumed.train_loss, resumed.eval_loss) == (whole.train_loss, whole.eval_loss)
    files = [workspace.model(name) / "model.safetensors" for name in ("whole", "mine")]
    assert files[0].read_bytes() == files[1].read_bytes()
    curves = [
        [
            point
            for point in read_metrics(workspace.run(one.run_id))
            if point.name not in ("steps_per_s", "eta_s", "memory_bytes")
        ]
        for one in (whole, resumed)
    ]
    assert curves[0] == curves[1]
    assert [point.step for point in curves[1] if point.name == "loss"] == [1, 2, 3, 4, 5]
    _speaks_swedish(workspace)
    card = read_json(workspace.model("mine") / "card.json")
    assert [(one["name"], one["version"], one["languages"]) for one in card["datasets"]] == [
        ("harbour", 1, ["en"]),
        ("hamn", 1, ["sv"]),
    ]
    assert 10 < card["added_tokens"] <= 41


def _speaks_swedish(workspace: Workspace) -> None:
    base, model = (Xtts.load(path, device="cpu") for path in (workspace.cache / "xtts-v2", workspace.model("mine")))
    ids = model.tokenizer.encode(SWEDISH[0], "sv")
    assert max(ids) > base.tokenizer.size
    assert model.network.config.text_tokens == model.tokenizer.size
    voice = model.clone([workspace.dataset("hamn") / "chunks" / "chunk_001.wav"])
    wave = model.speak(SWEDISH[0], voice, "sv", seed=1, max_new_codes=6)
    assert np.isfinite(wave).all()
    assert len(wave) > 1000


def test_without_entries_for_it_the_language_is_refused(workspace: Workspace) -> None:
    with pytest.raises(DatasetError, match=r"'hamn' has no chunk .* no \[sv\]"):
        train(REQUEST.model_copy(update={"new_tokens": 0}), workspace, ignore)


def test_a_clip_cut_off_in_the_midst_of_a_run_is_named_and_nothing_is_lost(workspace: Workspace) -> None:
    request = REQUEST.model_copy(update={"new_tokens": 8, "save_every_steps": 1, "max_steps": 3, "prompts": "same"})
    clips = sorted((workspace.dataset("hamn") / "chunks").glob("*.wav"))
    sounds = [clip.read_bytes() for clip in clips]
    told: list[Event] = []

    def cut_off(event: Event) -> None:
        told.append(event)
        if isinstance(event, Metric) and event.step == 2:
            for clip, sound in zip(clips, sounds, strict=True):
                clip.write_bytes(sound[:4000])

    with pytest.raises(DatasetError, match=r"hamn/chunks/chunk_0\d\d\.wav (has \d+ samples|can't be read)"):
        train(request, workspace, cut_off)
    run_id = next(event.path for event in told if isinstance(event, Artifact) and event.what == "run").split("/")[-1]
    for clip, sound in zip(clips, sounds, strict=True):
        clip.write_bytes(sound)
    resumed = train(request.model_copy(update={"run_id": run_id}), workspace, ignore)
    whole = train(request.model_copy(update={"name": "whole"}), workspace, ignore)
    assert (resumed.steps, resumed.train_loss) == (3, whole.train_loss)
    files = [workspace.model(name) / "model.safetensors" for name in ("whole", "mine")]
    assert files[0].read_bytes() == files[1].read_bytes()
