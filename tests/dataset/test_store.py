"""Datasets on disk: read, edit, list, delete; edits at the same time."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from xtts_studio.dataset import edits, store
from xtts_studio.dataset.details import with_words
from xtts_studio.errors import DatasetError, InvalidInput, NotFound
from xtts_studio.shapes import Chunk, ChunkEdit, Word
from xtts_studio.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """With a dataset "voice" of three chunks of two seconds, the second without text."""
    workspace = Workspace(tmp_path)
    with store.changing(workspace, "voice", create=True) as dataset:
        dataset.language = "en"
        for index, text in enumerate(("One.", "", "Three.")):
            word = Word(word="One", start_s=0, end_s=1, probability=0.5)
            dataset.chunks.append(_chunk(index, text=text, words=[word], confidence=0.5))
    chunks = workspace.dataset("voice") / store.CHUNKS
    chunks.mkdir(exist_ok=True)
    for index in range(3):
        (chunks / f"chunk_{index + 1:03d}.wav").write_bytes(b"sound")
    return workspace


def _chunk(index: int, **fields: object) -> Chunk:
    place = {"start_s": 2.0 * index, "end_s": 2.0 * index + 2, "duration_s": 2.0, "recording": "r1"}
    return Chunk.model_validate({"file": f"chunks/chunk_{index + 1:03d}.wav", **place, **fields})


def test_a_new_text_replaces_the_words_that_were_heard(workspace: Workspace) -> None:
    edited = edits.edit_chunk(workspace, "voice", "chunk_001.wav", ChunkEdit(text="Uno.", language="es"))
    assert (edited.text, edited.language, edited.words, edited.confidence) == ("Uno.", "es", [], None)
    assert store.read(workspace, "voice").chunks[0] == edited


def test_an_edit_without_a_text_keeps_the_words(workspace: Workspace) -> None:
    edited = edits.edit_chunk(workspace, "voice", "chunks/chunk_001.wav", ChunkEdit(text="One.", language="fr"))
    assert (edited.text, edited.language) == ("One.", "fr")
    assert len(with_words(workspace.dataset("voice"), edited).words) == 1


def test_dropped_chunks_stay_and_come_back(workspace: Workspace) -> None:
    edits.drop_chunk(workspace, "voice", "chunk_003.wav")
    summary = store.summarize(store.read(workspace, "voice"))
    assert (summary.chunk_count, summary.dropped_count, summary.transcribed_count) == (3, 1, 1)
    assert summary.duration_s == 4
    assert edits.restore_chunk(workspace, "voice", "chunk_003.wav").state == "active"
    assert store.summarize(store.read(workspace, "voice")).dropped_count == 0
    assert store.chunk_path(workspace, "voice", "chunk_003.wav").read_bytes() == b"sound"


def test_list_is_newest_first_and_passes_over_what_is_broken(workspace: Workspace) -> None:
    with store.changing(workspace, "another", create=True) as dataset:
        dataset.created_at = "2999-01-01T00:00:00.000Z"
    (workspace.datasets / "broken").mkdir()
    (workspace.datasets / "broken" / "metadata.json").write_text("{")
    (workspace.datasets / "empty").mkdir()
    assert [found.name for found in store.list_datasets(workspace)] == ["another", "voice"]
    assert store.list_datasets(Workspace(workspace.home / "nowhere")) == []


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"name": "x"}', '{"name": "x", "created_at": "", "chunks": 5}', "\x00"]
)
def test_broken_metadata_is_explained(workspace: Workspace, content: str) -> None:
    (workspace.dataset("voice") / "metadata.json").write_text(content)
    with pytest.raises(DatasetError, match=r"metadata\.json of dataset 'voice' can't be read"):
        store.read(workspace, "voice")


def test_what_is_not_there_is_not_found(workspace: Workspace) -> None:
    with pytest.raises(NotFound):
        store.read(workspace, "nothing")
    with pytest.raises(NotFound):
        edits.edit_chunk(workspace, "voice", "chunk_009.wav", ChunkEdit(text="x"))
    with pytest.raises(NotFound):
        store.delete(workspace, "nothing")
    with pytest.raises(InvalidInput):
        store.read(workspace, "../voice")


@pytest.mark.parametrize(
    "file", ["../metadata.json", "chunks/../../../secret.wav", "/etc/passwd", "chunk_009.wav", "", "..", "a\x00.wav"]
)
def test_only_chunks_are_given_out(workspace: Workspace, file: str) -> None:
    (workspace.home / "data" / "secret.wav").write_bytes(b"secret")
    with pytest.raises(NotFound):
        store.chunk_path(workspace, "voice", file)


def test_a_link_out_of_the_dataset_is_not_followed(workspace: Workspace) -> None:
    secret = workspace.home / "secret.wav"
    secret.write_bytes(b"secret")
    (workspace.dataset("voice") / store.CHUNKS / "chunk_004.wav").symlink_to(secret)
    with pytest.raises(NotFound):
        store.chunk_path(workspace, "voice", "chunk_004.wav")


def test_an_error_on_the_way_writes_nothing(workspace: Workspace) -> None:
    before = (workspace.dataset("voice") / "metadata.json").read_bytes()

    def fail() -> None:
        with store.changing(workspace, "voice") as dataset:
            dataset.chunks.clear()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert (workspace.dataset("voice") / "metadata.json").read_bytes() == before


def test_edits_at_the_same_time_are_all_kept(workspace: Workspace) -> None:
    def edit(index: int) -> None:
        edits.edit_chunk(workspace, "voice", f"chunk_{index % 3 + 1:03d}.wav", ChunkEdit(text=f"{index}"))
        with store.changing(workspace, "voice") as dataset:
            dataset.chunks.append(_chunk(100 + index))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(edit, range(40)))
    chunks = store.read(workspace, "voice").chunks
    assert sorted(chunk.file for chunk in chunks[3:]) == [f"chunks/chunk_{101 + index:03d}.wav" for index in range(40)]


def test_numbers_are_never_given_twice(workspace: Workspace) -> None:
    dataset, folder = store.read(workspace, "voice"), workspace.dataset("voice")
    assert store.next_number(dataset, folder) == 4
    (folder / store.CHUNKS / "chunk_1234.wav").write_bytes(b"left over")
    assert store.next_number(dataset, folder) == 1235


def test_metadata_has_the_documented_fields(workspace: Workspace) -> None:
    content = json.loads((workspace.dataset("voice") / "metadata.json").read_text("utf-8"))
    assert {"version", "name", "language", "sample_rate_hz", "created_at", "recordings", "chunks"} <= content.keys()
    documented = {"file", "text", "language", "recording", "start_s", "end_s", "duration_s", "flags", "state"}
    assert documented <= content["chunks"][0].keys()
    assert content["sample_rate_hz"] == 22_050


def test_a_deleted_dataset_is_gone(workspace: Workspace) -> None:
    store.delete(workspace, "voice")
    assert not workspace.dataset("voice").exists()
    assert store.list_datasets(workspace) == []


def test_a_dataset_can_be_copied_away(workspace: Workspace, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(workspace.dataset("voice"), tmp_path / "elsewhere")
    assert store.read_folder(tmp_path / "elsewhere") == store.read(workspace, "voice")


def test_the_list_tells_of_changes_by_anybody(workspace: Workspace) -> None:
    assert [dataset.transcribed_count for dataset in store.list_datasets(workspace)] == [2]
    with store.changing(workspace, "voice") as dataset:
        dataset.chunks[1].text = "Two."
    assert [dataset.transcribed_count for dataset in store.list_datasets(workspace)] == [3]
    (workspace.dataset("voice") / "metadata.json").write_text("{")
    assert store.list_datasets(workspace) == []


@pytest.mark.parametrize("typed", ["caf\u00e9", " cafe\u0301 "])
def test_a_dataset_has_one_lock_however_its_name_is_typed(tmp_path: Path, typed: str) -> None:
    """A transcription locks by the name that it was asked for, others by that of the folder."""
    with store.locked(Workspace(tmp_path), typed):
        assert [path.name for path in (tmp_path / "data/datasets/.locks").iterdir()] == ["caf\u00e9.lock"]
