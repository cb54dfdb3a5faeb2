"""The step `train`: from a dataset on disk to a model folder that speaks, and what it says when it can't."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.training.conftest import settings, write_clips
from tests.training.trainable import stopped
from xtts_studio import models
from xtts_studio.dataset import edits, store
from xtts_studio.errors import Conflict, DatasetError, DiskFull, ModelMissing, NotFound
from xtts_studio.events import Artifact, Event, Log, Progress, ignore
from xtts_studio.shapes import Chunk, ChunkEdit, Dataset, TrainRequest
from xtts_studio.training.run import train
from xtts_studio.workspace import Workspace, read_json, write_json
from xtts_studio.xtts import Xtts
from xtts_studio.xtts.checkpoint import load_network

SHORT = {"max_steps": 3, "epochs": 1}


@pytest.fixture
def workspace(tmp_path: Path, tiny_folder: Path) -> Workspace:
    """A workspace with the tiny base model and a dataset of ten chunks, two of which can't be trained on."""
    workspace = Workspace(tmp_path / "home")
    (workspace.cache).mkdir(parents=True)
    shutil.copytree(tiny_folder, workspace.cache / "xtts-v2")
    sources = write_clips(workspace.dataset("harbour") / "chunks")
    chunks = [
        Chunk(file=f"chunks/{one.path.name}", text=one.text, recording="r", start_s=0, end_s=3, duration_s=3)
        for one in sources
    ]
    chunks[1].text = " "
    chunks[2].state = "dropped"
    dataset = Dataset(name="harbour", language="en", created_at="2024-01-01T00:00:00Z", chunks=chunks)
    write_json(workspace.dataset("harbour") / "metadata.json", dataset.model_dump())
    return workspace


def change_dataset(workspace: Workspace, **changes: Any) -> None:
    path = workspace.dataset("harbour") / "metadata.json"
    write_json(path, read_json(path) | changes)


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_train_makes_a_model_that_loads_and_speaks(workspace: Workspace) -> None:
    events: list[Event] = []
    base = digests(workspace.cache / "xtts-v2")
    result = train(settings(max_steps=3), workspace, events.append)
    assert (result.model, result.steps, result.usable) == ("mine", 3, 8)
    assert [(rejection.file, rejection.code) for rejection in result.rejected] == [
        ("chunks/chunk_002.wav", "no_text"),
        ("chunks/chunk_003.wav", "dropped"),
    ]
    warnings = [event.message for event in events if isinstance(event, Log) and event.level == "warning"]
    assert len(warnings) == 1
    assert warnings[0].startswith("chunks/chunk_002.wav is left out: ")
    assert digests(workspace.cache / "xtts-v2") == base
    _check_model(workspace, result.run_id)
    artifacts = [(event.what, event.path) for event in events if isinstance(event, Artifact)]
    assert artifacts == [
        ("run", f"data/runs/{result.run_id}"),
        ("checkpoint", f"data/runs/{result.run_id}/checkpoints/step-00000003"),
        ("model", "data/models/mine"),
    ]
    fractions = [event.fraction for event in events if isinstance(event, Progress)]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1


def _check_model(workspace: Workspace, run_id: str) -> None:
    folder = workspace.model("mine")
    assert sorted(path.name for path in folder.iterdir()) == [
        "card.json", "config.json", "model.safetensors", "vocab.json",
    ]  # fmt: skip
    before, after = (load_network(each).state_dict() for each in (workspace.cache / "xtts-v2", folder))
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed
    assert all(name.startswith("gpt.") for name in changed)
    card = read_json(folder / "card.json")
    assert (card["name"], card["base"], card["kind"], card["run_id"]) == ("mine", "xtts-v2", "full", run_id)
    assert card["dataset"]["train_clips"] + card["dataset"]["eval_clips"] == 8
    assert card["losses"]["train"] > 0
    model = Xtts.load(folder, device="cpu")
    voice = model.clone([workspace.dataset("harbour") / "chunks" / "chunk_001.wav"])
    wave = model.speak("Hello.", voice, "en", seed=1, max_new_codes=6)
    assert np.isfinite(wave).all()
    assert len(wave) > 1000
    assert "mine" in [one.name for one in models.list_models(workspace) if one.present]


def test_a_fine_tuned_model_can_be_the_base(workspace: Workspace) -> None:
    train(settings(**SHORT), workspace, ignore)
    before = digests(workspace.model("mine"))
    result = train(settings(name="mine again", base_model="mine", **SHORT), workspace, ignore)
    assert result.steps == 3
    assert digests(workspace.model("mine")) == before
    assert read_json(workspace.model("mine again") / "card.json")["base"] == "mine"


def test_cancelled_run_goes_on_to_the_same_model(workspace: Workspace) -> None:
    whole = train(settings(name="whole", max_steps=5), workspace, ignore)
    run_id = stopped(workspace, settings(max_steps=5))
    assert not workspace.model("mine").exists()
    resumed = train(settings(max_steps=5, run_id=run_id), workspace, ignore)
    assert (resumed.run_id, resumed.steps) == (run_id, 5)
    assert (resumed.train_loss, resumed.eval_loss) == (whole.train_loss, whole.eval_loss)
    weights = [(workspace.model(name) / "model.safetensors").read_bytes() for name in ("whole", "mine")]
    assert weights[0] == weights[1]


def test_finished_run_can_be_given_more_steps(workspace: Workspace) -> None:
    first = train(settings(max_steps=2), workspace, ignore)
    again = train(settings(max_steps=4, run_id=first.run_id), workspace, ignore)
    assert (again.steps, again.run_id) == (4, first.run_id)
    assert read_json(workspace.model("mine") / "card.json")["steps"] == 4
    assert [path.name for path in workspace.models.iterdir()] == ["mine"]


@pytest.mark.parametrize("name", ["xtts-v2", "XTTS-v2"])
def test_the_base_models_name_is_refused(workspace: Workspace, name: str) -> None:
    with pytest.raises(Conflict, match="base model's name"):
        train(settings(name=name, **SHORT), workspace, ignore)
    assert not workspace.runs.exists()


def test_taken_name_is_refused_before_training(workspace: Workspace) -> None:
    train(settings(**SHORT), workspace, ignore)
    before = digests(workspace.model("mine"))
    events: list[Event] = []
    with pytest.raises(Conflict, match="already a model named 'mine'"):
        train(settings(**SHORT), workspace, events.append)
    assert not events
    assert digests(workspace.model("mine")) == before


def test_going_on_with_other_settings_is_refused(workspace: Workspace) -> None:
    run_id = train(settings(**SHORT), workspace, ignore).run_id
    with pytest.raises(Conflict, match=r"learning_rate 0\.001 \(now 0\.5\)"):
        train(settings(learning_rate=0.5, run_id=run_id, **SHORT), workspace, ignore)
    with pytest.raises(Conflict, match="dataset_version 1"):
        train(settings(dataset_version=2, run_id=run_id, **SHORT), workspace, ignore)


def test_a_run_knows_what_it_was_trained_on(workspace: Workspace) -> None:
    """Edits come later than the run: going on takes the texts it began with; another run takes the new ones."""
    begun = train(settings(max_steps=1), workspace, ignore)
    assert begun.dataset_version == 1
    left_out = {rejection.file for rejection in begun.rejected}
    first, second, *_ = [one.file for one in store.read(workspace, "harbour").chunks if one.file not in left_out]
    edits.edit_chunk(workspace, "harbour", first, ChunkEdit(text="Something else."))
    edits.drop_chunk(workspace, "harbour", second)
    again = train(settings(max_steps=2, run_id=begun.run_id), workspace, ignore)
    assert (again.dataset_version, again.usable) == (1, begun.usable)
    other = train(settings(name="other", max_steps=1), workspace, ignore)
    assert (other.dataset_version, other.usable) == (2, begun.usable - 1)
    assert read_json(workspace.model("other") / "card.json")["dataset"]["version"] == 2
    old = train(settings(name="old", max_steps=1, dataset_version=1), workspace, ignore)
    assert (old.dataset_version, old.usable, old.train_loss) == (1, begun.usable, begun.train_loss)


def test_going_on_with_other_sound_is_refused(workspace: Workspace) -> None:
    run_id = train(settings(**SHORT), workspace, ignore).run_id
    chunks = workspace.dataset("harbour") / "chunks"
    (chunks / "chunk_001.wav").write_bytes((chunks / "chunk_002.wav").read_bytes())
    with pytest.raises(Conflict, match="are not those"):
        train(settings(run_id=run_id, **SHORT), workspace, ignore)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({"run_id": "unknown"}, NotFound), ({"dataset": "unknown"}, NotFound), ({"base_model": "unknown"}, NotFound)],
)
def test_unknown_things(workspace: Workspace, changes: dict[str, Any], expected: type[Exception]) -> None:
    with pytest.raises(expected, match="unknown"):
        train(settings(**changes), workspace, ignore)
    assert not workspace.runs.exists()


def test_nothing_usable_is_refused_with_the_reasons(workspace: Workspace) -> None:
    change_dataset(workspace, language=None)
    with pytest.raises(DatasetError, match="no chunk that can be trained on") as caught:
        train(settings(), workspace, ignore)
    assert "8 × Its language is not known" in caught.value.message
    assert len(caught.value.details["rejected"]) == 10
    assert not workspace.runs.exists()


@pytest.mark.parametrize(("file", "told"), [("model.pth", "model.safetensors missing"), ("dvae.pth", "dvae.pth")])
def test_missing_model_comes_before_anything_else(workspace: Workspace, file: str, told: str) -> None:
    (workspace.cache / "xtts-v2" / file).unlink()
    with pytest.raises(ModelMissing, match=told) as caught:
        train(TrainRequest(dataset="unknown", name="mine"), workspace, ignore)
    assert "models pull xtts-v2" in caught.value.hint


def test_full_disk_is_refused_before_training(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        free = 1000

    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage)
    with pytest.raises(DiskFull, match=r"Training needs 0\.\d GB"):
        train(settings(), workspace, ignore)
    assert not workspace.runs.exists()
