"""Material: each dataset split by itself, in the state that was saved, and what is left out named with its dataset."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.training.conftest import settings, write_clips
from xtts_studio.dataset import edits, store
from xtts_studio.errors import DatasetError, InvalidInput, NotFound
from xtts_studio.events import Event, Log, ignore
from xtts_studio.shapes import Chunk, ChunkEdit, Dataset, TrainRequest
from xtts_studio.text.tokenizer import Tokenizer
from xtts_studio.training.material.features import Extractor, FeatureFile, TrainingClip, fingerprint
from xtts_studio.training.material.gathering import Material, gather, pinned, remembering, texts
from xtts_studio.workspace import Workspace, write_json


def write_dataset(workspace: Workspace, name: str, clips: slice, recording: str) -> None:
    sources = write_clips(workspace.dataset(name) / "chunks")[clips]
    chunks = [
        Chunk(
            file=f"chunks/{one.path.name}", text=one.text, recording=recording, start_s=at, end_s=at + 3, duration_s=3
        )
        for at, one in enumerate(sources)
    ]
    dataset = Dataset(name=name, language="en", created_at="2024-01-01T00:00:00Z", chunks=chunks)
    write_json(workspace.dataset(name) / "metadata.json", dataset.model_dump())


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Two datasets, "harbour" of ten clips and "guest" of six."""
    workspace = Workspace(tmp_path / "home")
    write_dataset(workspace, "harbour", slice(None), "first")
    write_dataset(workspace, "guest", slice(6), "second")
    return workspace


@pytest.fixture
def tokenizer(tiny_folder: Path) -> Tokenizer:
    return Tokenizer(tiny_folder / "vocab.json")


def both(**changes: object) -> TrainRequest:
    """A training on both datasets, "guest" seen two and a half times as often."""
    return settings(**({"more_datasets": [{"dataset": "guest", "weight": 2.5}], "eval_fraction": 0.3} | changes))


def files(material: Material, group: int) -> tuple[set[str], set[str]]:
    """What is trained on and what is evaluated of one dataset."""
    parts = (material.train, material.evaluation)
    train, evaluation = ({one.path.name for one in part if one.group == group} for part in parts)
    return train, evaluation


def test_clips_know_their_dataset_and_its_weight(workspace: Workspace, tokenizer: Tokenizer) -> None:
    material = gather(both(dataset_weight=0.5), workspace, tokenizer, ignore)
    clips = [*material.train, *material.evaluation]
    assert material.usable == 16
    assert {(clip.path.parent.parent.name, clip.group, clip.weight) for clip in clips} == {
        ("harbour", 0, 0.5),
        ("guest", 1, 2.5),
    }
    assert [(one.name, one.version, one.weight) for one in material.datasets] == [
        ("harbour", 1, 0.5),
        ("guest", 1, 2.5),
    ]
    assert [one.train_clips + one.eval_clips for one in material.datasets] == [10, 6]
    assert [one.speech_s for one in material.datasets] == [30, 18]


def test_a_dataset_is_split_the_same_whatever_it_is_trained_with(workspace: Workspace, tokenizer: Tokenizer) -> None:
    together = gather(both(), workspace, tokenizer, ignore)
    for group, name in enumerate(["harbour", "guest"]):
        alone = gather(settings(dataset=name, eval_fraction=0.3), workspace, tokenizer, ignore)
        assert files(together, group) == files(alone, 0)
        assert files(alone, 0)[1]


def test_the_states_of_all_datasets_are_remembered(workspace: Workspace, tokenizer: Tokenizer) -> None:
    begun = gather(both(), workspace, tokenizer, ignore)
    assert (begun.request.dataset_version, begun.request.more_datasets[0].version) == (1, 1)
    for name in ("harbour", "guest"):
        first = store.read(workspace, name).chunks[0].file
        edits.edit_chunk(workspace, name, first, ChunkEdit(text="Something else."))
        edits.drop_chunk(workspace, name, store.read(workspace, name).chunks[1].file)
    resumed = gather(remembering(both(), begun.request), workspace, tokenizer, ignore)
    assert resumed == begun
    anew = gather(both(), workspace, tokenizer, ignore)
    assert (anew.request.dataset_version, anew.request.more_datasets[0].version) == (2, 2)
    assert anew.usable == begun.usable - 2
    named = both(dataset_version=2, more_datasets=[{"dataset": "guest", "weight": 2.5, "version": 1}])
    assert remembering(named, begun.request) == named


def test_an_edit_between_pinning_and_gathering_changes_nothing(workspace: Workspace, tokenizer: Tokenizer) -> None:
    request = pinned(both(), workspace)
    spoken = texts(request, workspace)
    edits.edit_chunk(workspace, "guest", "chunks/chunk_001.wav", ChunkEdit(text="Something else."))
    material = gather(request, workspace, tokenizer, ignore)
    assert sorted((clip.text, clip.language) for clip in [*material.train, *material.evaluation]) == sorted(spoken)


def test_texts_are_told_whatever_the_model_makes_of_them(workspace: Workspace) -> None:
    """A vocabulary is to be made of them: characters that it lacks are no reason to leave a text out."""
    edits.edit_chunk(workspace, "guest", "chunks/chunk_001.wav", ChunkEdit(text="Ђорђе, ∆"))
    edits.edit_chunk(workspace, "guest", "chunks/chunk_002.wav", ChunkEdit(text=" "))
    edits.drop_chunk(workspace, "guest", "chunks/chunk_003.wav")
    found = texts(pinned(both(), workspace), workspace)
    assert len(found) == 14
    assert ("Ђорђе, ∆", "en") in found


def test_what_is_left_out_is_named_with_its_dataset(workspace: Workspace, tokenizer: Tokenizer) -> None:
    for name in ("harbour", "guest"):
        edits.edit_chunk(workspace, name, "chunks/chunk_002.wav", ChunkEdit(text=" "))
    told: list[Event] = []
    material = gather(both(), workspace, tokenizer, told.append)
    assert [one.file for one in material.rejected] == ["harbour/chunks/chunk_002.wav", "guest/chunks/chunk_002.wav"]
    messages = [event.message for event in told if isinstance(event, Log)]
    assert [message.split(" is left out")[0] for message in messages] == [one.file for one in material.rejected]
    alone = gather(settings(), workspace, tokenizer, ignore)
    assert [one.file for one in alone.rejected] == ["chunks/chunk_002.wav"]


@pytest.mark.parametrize("doubled", ["harbour", "guest"])
def test_a_dataset_named_twice_is_refused(workspace: Workspace, tokenizer: Tokenizer, doubled: str) -> None:
    request = both(more_datasets=[{"dataset": "guest"}, {"dataset": doubled}])
    with pytest.raises(InvalidInput, match=f"'{doubled}' is named 2 times"):
        gather(request, workspace, tokenizer, ignore)
    assert not (workspace.dataset("harbour") / "versions").exists()


def test_an_unknown_dataset_and_an_unknown_state_are_refused(workspace: Workspace, tokenizer: Tokenizer) -> None:
    with pytest.raises(NotFound, match="nobody"):
        gather(both(more_datasets=[{"dataset": "nobody"}]), workspace, tokenizer, ignore)
    with pytest.raises(NotFound, match="'guest' has no version 7"):
        gather(both(more_datasets=[{"dataset": "guest", "version": 7}]), workspace, tokenizer, ignore)


def test_a_dataset_that_gives_nothing_is_refused(workspace: Workspace, tokenizer: Tokenizer) -> None:
    for chunk in store.read(workspace, "guest").chunks:
        edits.drop_chunk(workspace, "guest", chunk.file)
    with pytest.raises(DatasetError, match=r"'guest' has no chunk that can be trained on\. 6 × It was dropped by hand"):
        gather(both(), workspace, tokenizer, ignore)


def test_a_dataset_deleted_meanwhile_is_told_and_the_others_features_stay(
    workspace: Workspace, tokenizer: Tokenizer, make_extractor: Callable[[Path], Extractor]
) -> None:
    material = gather(both(), workspace, tokenizer, ignore)
    extractor = make_extractor(workspace.home / "unused")
    extractor.files = [FeatureFile(folder / "features.safetensors") for folder in material.folders]
    shutil.rmtree(workspace.dataset("guest"))
    with pytest.raises(DatasetError, match=r"guest/chunks/chunk_00\d\.wav is no longer there"):
        extractor.extract(material.train, ignore)
    kept = FeatureFile(workspace.dataset("harbour") / "features.safetensors")
    assert len([key for key in kept.keys if key.startswith("codes/")]) == len(files(material, 0)[0])
    assert not workspace.dataset("guest").exists()


def test_each_dataset_is_described_with_its_own_fingerprint(
    workspace: Workspace, tokenizer: Tokenizer, make_extractor: Callable[[Path], Extractor]
) -> None:
    material = gather(both(), workspace, tokenizer, ignore)
    clips: list[TrainingClip] = make_extractor(workspace.home / "f").extract(
        [*material.train, *material.evaluation], ignore
    )
    described = material.described(clips)
    assert [one.fingerprint for one in described] == [
        fingerprint([clip for clip in clips if clip.group == group]) for group in (0, 1)
    ]
    assert [(one.name, one.languages) for one in described] == [("harbour", ("en",)), ("guest", ("en",))]
