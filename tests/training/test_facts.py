"""The facts that a recipe is chosen from are those that training then meets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training.trainable import harbour_dataset
from xtts_studio.dataset import edits
from xtts_studio.dataset.versions import save_version
from xtts_studio.errors import DatasetError, NotFound
from xtts_studio.events import ignore
from xtts_studio.shapes import Dataset, TrainRequest
from xtts_studio.text.tokenizer import Tokenizer
from xtts_studio.training.loop.batches import Schedule
from xtts_studio.training.material.features import TrainingClip
from xtts_studio.training.material.gathering import gather
from xtts_studio.training.plan.bases import PUBLISHED_BYTES, base_folder, weight_bytes
from xtts_studio.training.plan.facts import facts
from xtts_studio.workspace import Workspace, write_json
from xtts_studio.xtts.checkpoint import Network, load_network, save_network


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Two datasets; one has a clip that was dropped, one without a text, one that is too short."""
    workspace = Workspace(tmp_path / "home")
    harbour_dataset(workspace, "second")
    harbour = harbour_dataset(workspace)
    chunks = harbour.chunks
    chunks[1].text, chunks[2].state, chunks[3].duration_s = " ", "dropped", 0.2
    (workspace.dataset("harbour") / chunks[3].file).unlink()  # training leaves it out, too: it can't be read
    write_json(workspace.dataset("harbour") / "metadata.json", harbour.model_dump())
    return workspace


def request(**changes: Any) -> TrainRequest:
    return TrainRequest.model_validate({"dataset": "harbour", "name": "mine"} | changes)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"eval_fraction": 0},
        {"dataset_weight": 0.5},
        {"dataset_weight": 2.5, "more_datasets": [{"dataset": "second", "weight": 0.3}], "eval_fraction": 0.4},
        {"more_datasets": [{"dataset": "second"}]},
    ],
)
def test_training_meets_what_the_recipe_was_told(
    workspace: Workspace, tiny_folder: Path, asked: dict[str, Any]
) -> None:
    wanted = request(**asked)
    told = facts(wanted, workspace)
    met = gather(wanted, workspace, Tokenizer(tiny_folder / "vocab.json"), ignore)
    assert (told.clips, told.eval_clips) == (met.usable, len(met.evaluation))
    ids = torch.ones(1, dtype=torch.int64)
    clips = [TrainingClip(one.path, ids, ids, 1000, "", weight=one.weight) for one in met.train]
    assert told.clips_per_epoch == Schedule(clips, 1, 1).clips_per_epoch


def test_a_saved_state_counts_as_it_was(workspace: Workspace) -> None:
    version = save_version(workspace, "harbour").id
    before = facts(request(), workspace)
    edits.drop_chunk(workspace, "harbour", "chunks/chunk_005.wav")
    assert facts(request(), workspace).clips == before.clips - 1
    assert facts(request(dataset_version=version), workspace) == before


@pytest.mark.parametrize(
    ("asked", "kind"),
    [({"dataset": "nobody"}, NotFound), ({"base_model": "nobody"}, NotFound), ({"dataset_version": 9}, NotFound)],
)
def test_what_is_not_there_is_told(workspace: Workspace, asked: dict[str, Any], kind: type[Exception]) -> None:
    with pytest.raises(kind):
        facts(request(**asked), workspace)


def test_nothing_usable_is_told(workspace: Workspace) -> None:
    path = workspace.dataset("harbour") / "metadata.json"
    dataset = Dataset.model_validate_json(path.read_text(encoding="utf-8"))
    write_json(path, dataset.model_copy(update={"language": None}).model_dump())
    with pytest.raises(DatasetError, match="no clip that can be trained on in 'harbour'"):
        facts(request(), workspace)


def test_a_model_is_as_large_as_its_numbers_however_stored(
    workspace: Workspace, tiny_folder: Path, tmp_path: Path
) -> None:
    network: Network = load_network(tiny_folder)
    numbers = sum(tensor.numel() for tensor in network.state_dict().values())
    for dtype in (torch.float32, torch.float16):
        folder = workspace.model(str(dtype).removeprefix("torch."))
        save_network(folder, network.to(dtype), tiny_folder / "vocab.json")
        assert weight_bytes(base_folder(workspace, folder.name)) == 4 * numbers
    adapter = workspace.model("small")
    adapter.mkdir()
    (adapter / "adapter.safetensors").write_bytes(b"")
    write_json(adapter / "card.json", {"base": "float16"})
    assert weight_bytes(base_folder(workspace, "small")) == 4 * numbers  # its base counts
    assert base_folder(workspace, "xtts-v2") is None
    assert weight_bytes(None) == PUBLISHED_BYTES
