"""A dataset that is sent away and taken in again: nothing of it is lost, in any format."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings, strategies as st

from tests.dataset.exchanged import (
    AWKWARD_TEXTS,
    FOREIGN,
    FORMATS,
    clip,
    content,
    exported,
    imported,
    nothing_left,
    packed,
    stored,
    texts,
    unpacked,
    without,
)
from xtts_studio.dataset import edits, history, store, versions
from xtts_studio.dataset.exchange.importing import import_dataset
from xtts_studio.dataset.exchange.reading import Format
from xtts_studio.dataset.exchange.records import RECORDS
from xtts_studio.errors import DatasetError
from xtts_studio.events import ignore
from xtts_studio.shapes import Chunk, ChunkEdit, ClipDetails, ClipMeasures, ImportDatasetRequest, Proof, Word
from xtts_studio.workspace import Workspace

any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(AWKWARD_TEXTS)
words = st.builds(Word, word=any_text, start_s=st.just(0.01), end_s=st.just(0.05), probability=st.floats(0, 1))
details = st.builds(
    ClipDetails,
    words=st.lists(words, max_size=3),
    proof=st.none() | st.builds(Proof, alone=any_text, in_context=any_text, agreement=st.just(0.5)),
    measures=st.none() | st.builds(ClipMeasures, sound=any_text, duration_s=st.just(0.1), lead_s=st.just(0.0),
                                   tail_s=st.just(0.0), speech_s=st.just(0.1)),
)  # fmt: skip


@st.composite
def clips(draw: st.DrawFn) -> list[tuple[Chunk, ClipDetails]]:
    """Up to six clips of any text, script, state and history."""
    numbers = draw(st.lists(st.integers(1, 2000), min_size=1, max_size=6, unique=True))
    fields = st.fixed_dictionaries(
        {
            "text_source": st.sampled_from([None, "heard", "typed", "imported"]),
            "language": st.sampled_from([None, "en", "ja", "zh-cn", "ar"]),
            "speaker": st.none() | any_text,
            "confidence": st.none() | st.floats(0, 1),
            "flags": st.lists(st.sampled_from(["too_short", "no_speech", "forced_cut"]), unique=True),
            "state": st.sampled_from(["active", "dropped"]),
        }
    )
    return [(clip(number, draw(any_text), **draw(fields)), draw(details)) for number in numbers]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@pytest.fixture
def awkward(workspace: Workspace) -> Iterator[Workspace]:
    """A dataset `awkward` with one clip for each awkward text; the third is dropped."""
    chunks = [clip(at, text, state="dropped" if at == 3 else "active") for at, text in enumerate(AWKWARD_TEXTS, 1)]
    stored(workspace, "awkward", chunks, {})
    yield workspace
    assert nothing_left(workspace)


@pytest.mark.parametrize("format", FORMATS)
@given(given_clips=clips())
@settings(max_examples=25, deadline=None)
def test_a_round_trip_loses_nothing(format: Format, given_clips: list[tuple[Chunk, ClipDetails]]) -> None:
    with TemporaryDirectory() as home:
        workspace = Workspace(Path(home))
        chunks = [chunk for chunk, _ in given_clips]
        some = {at: found for at, (_, found) in enumerate(given_clips) if found != ClipDetails()}
        folder = stored(workspace, "anna", chunks, some)
        before, zipped = content(folder), exported(workspace, "anna", format)
        shutil.rmtree(folder)
        result = imported(workspace, zipped, "anna")
        assert (result.added, result.left_out, result.format) == (len(chunks), [], format)
        assert content(folder) == before


@pytest.mark.parametrize("format", FOREIGN)
@given(given_texts=st.lists(any_text, min_size=1, max_size=6))
@settings(max_examples=15, deadline=None)
def test_texts_survive_without_our_own_record(format: Format, given_texts: list[str]) -> None:
    with TemporaryDirectory() as home:
        workspace = Workspace(Path(home))
        stored(workspace, "anna", [clip(at, text) for at, text in enumerate(given_texts, 1)], {})
        files = without(unpacked(exported(workspace, "anna", format)), [RECORDS])
        told = [text for text in given_texts if text.strip()]
        if not told and format in ("ljspeech", "coqui"):
            return  # no rows at all
        imported(workspace, packed(files), "again")
        kept = told if format in ("ljspeech", "coqui") else given_texts
        assert sorted(map(_plain, texts(workspace, "again"))) == sorted(_plain(text) for text in kept)


def _plain(text: str) -> str:
    """What tables can hold of a text: no line breaks, and no pipes in LJSpeech's."""
    return "".join(text.replace("|", " ").replace("\0", " ").split())


@pytest.mark.parametrize("format", FORMATS)
def test_two_exports_are_the_same_bytes(awkward: Workspace, format: Format) -> None:
    awkward.incoming.mkdir(parents=True)
    assert exported(awkward, "awkward", format) == exported(awkward, "awkward", format)


@pytest.mark.parametrize("format", FOREIGN)
def test_dropped_clips_stay_behind_unless_asked_for(awkward: Workspace, format: Format) -> None:
    result = imported(awkward, exported(awkward, "awkward", format, dropped=False), "active only")
    assert result.added == len(AWKWARD_TEXTS) - 1
    assert all(chunk.state == "active" for chunk in store.read(awkward, "active only").chunks)


def test_our_own_zip_always_has_them(awkward: Workspace) -> None:
    result = imported(awkward, exported(awkward, "awkward", "zip", dropped=False), "all")
    assert result.added == len(AWKWARD_TEXTS)


@pytest.mark.parametrize(
    ("format", "table"),
    [("ljspeech", "metadata.csv"), ("coqui", "metadata_train.csv"), ("audiofolder", "train/metadata.jsonl")],
)
def test_a_text_that_was_edited_in_the_foreign_file_wins(awkward: Workspace, format: Format, table: str) -> None:
    files = unpacked(exported(awkward, "awkward", format))
    edited = files[table].replace(b"b;c", b"edited")
    assert edited != files[table]
    imported(awkward, packed(files | {table: edited}), "edited")
    before = store.read(awkward, "awkward").chunks
    for old, new in zip(before, store.read(awkward, "edited").chunks, strict=True):
        if "b;c" in old.text:
            assert new.text == old.text.replace("b;c", "edited")
            assert new.text_source == "imported"
        else:
            assert new == old


def test_an_edit_of_only_the_normalised_text_counts_too(awkward: Workspace) -> None:
    files = unpacked(exported(awkward, "awkward", "ljspeech"))
    files["metadata.csv"] = files["metadata.csv"].replace(b"=1+1|=1+1", b"=1+1|one and one")
    imported(awkward, packed(files), "edited")
    assert "one and one" in texts(awkward, "edited")


def test_a_text_written_for_a_clip_that_had_none_is_taken(awkward: Workspace) -> None:
    files = unpacked(exported(awkward, "awkward", "ljspeech"))
    assert b"chunk_004" not in files["metadata.csv"]  # it has no text, and trainers stumble over empty ones
    files["metadata.csv"] += b"chunk_004|Now it has one.|Now it has one.\n"
    imported(awkward, packed(files), "edited")
    assert texts(awkward, "edited")[3] == "Now it has one."


def test_a_row_that_was_taken_out_stays_out_and_that_is_told(awkward: Workspace) -> None:
    files = unpacked(exported(awkward, "awkward", "ljspeech"))
    rows = files["metadata.csv"].splitlines(keepends=True)
    result = imported(awkward, packed(files | {"metadata.csv": b"".join(rows[1:])}), "fewer")
    assert [(one.file, one.code) for one in result.left_out] == [("wavs/chunk_001.wav", "no_row")]
    assert len(texts(awkward, "fewer")) == len(AWKWARD_TEXTS) - 1


def test_a_sound_that_was_changed_elsewhere_is_measured_anew(workspace: Workspace) -> None:
    from tests.dataset.exchanged import sound

    heard = ClipDetails(words=[Word(word="Hello", start_s=0, end_s=0.1, probability=1)])
    stored(workspace, "anna", [clip(1, "Hello."), clip(2, "There.")], {0: heard, 1: heard})
    files = unpacked(exported(workspace, "anna", "ljspeech"))
    imported(workspace, packed(files | {"wavs/chunk_001.wav": sound(9, 0.2)}), "longer")
    first, second = store.read(workspace, "longer").chunks
    assert (first.text, first.duration_s, second.duration_s) == ("Hello.", 0.2, 0.1)
    folder = workspace.dataset("longer")
    assert not (folder / "chunks" / "chunk_001.json").exists()
    assert (folder / "chunks" / "chunk_002.json").exists()


def test_each_side_has_its_clips_once_and_both_have_some(awkward: Workspace) -> None:
    files = unpacked(exported(awkward, "awkward", "coqui"))
    sides = [files[f"metadata_{side}.csv"].decode().splitlines()[1:] for side in ("train", "eval")]
    assert all(sides)
    assert len(sides[0]) + len(sides[1]) == sum(1 for text in AWKWARD_TEXTS if text.strip())
    assert files["lang.txt"] == b"en\n"


def test_parquet_says_what_it_holds_as_hugging_face_does(awkward: Workspace, tmp_path: Path) -> None:
    from pyarrow import parquet

    files = unpacked(exported(awkward, "awkward", "parquet"))
    path = tmp_path / "shard.parquet"
    path.write_bytes(files["data/train-00000-of-00001.parquet"])
    table = parquet.read_table(path)
    features = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
    assert features["audio"] == {"sampling_rate": 22050, "_type": "Audio"}
    assert set(features) == set(table.column_names)
    first = table.to_pylist()[0]["audio"]
    assert first["bytes"] == (awkward.dataset("awkward") / "chunks" / first["path"]).read_bytes()


def test_undo_and_versions_go_along_in_our_own_zip(awkward: Workspace) -> None:
    folder = awkward.dataset("awkward")
    edits.edit_chunk(awkward, "awkward", "chunk_001.wav", ChunkEdit(text="Other."))
    versions.save_version(awkward, "awkward", "first")
    with history.changed(awkward, "awkward", "Replace") as dataset:
        dataset.chunks.pop()  # its sound stays
    before, zipped = content(folder), exported(awkward, "awkward", "zip")
    shutil.rmtree(folder)
    assert imported(awkward, zipped, "awkward").notices == ["1 clip without a text; transcribe the dataset."]
    assert content(folder) == before
    versions.restore_version(awkward, "awkward", 1)
    assert (folder / store.read(awkward, "awkward").chunks[-1].file).is_file()
    history.undo(awkward, "awkward")
    history.undo(awkward, "awkward")
    history.undo(awkward, "awkward")
    assert texts(awkward, "awkward") == AWKWARD_TEXTS


def test_a_past_that_names_other_files_is_left_behind(awkward: Workspace) -> None:
    edits.edit_chunk(awkward, "awkward", "chunk_001.wav", ChunkEdit(text="Other."))
    versions.save_version(awkward, "awkward", "first")
    files = unpacked(exported(awkward, "awkward", "zip"))
    for name in ("changes.jsonl", "versions/0001.json"):
        outside = files[name].replace(b"chunks/chunk_001.wav", b"../../../etc/passwd")
        result = imported(awkward, packed(files | {name: outside}), name.split(".")[0].replace("/", " "))
        assert any("left behind" in notice for notice in result.notices)
        assert not (awkward.dataset(result.dataset) / name).exists()
        assert result.added == len(AWKWARD_TEXTS)


def test_a_newer_version_of_ours_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "newer"
    folder.mkdir()
    (folder / "metadata.json").write_text('{"version": 99, "name": "newer", "created_at": "", "chunks": []}')
    workspace = Workspace(tmp_path / "home")
    workspace.incoming.mkdir(parents=True)
    (workspace.incoming / "newer").symlink_to(folder)
    request = ImportDatasetRequest(incoming="newer", name="newer", format="zip")
    with pytest.raises(DatasetError, match="version 99; version 1 or older is expected"):
        import_dataset(request, workspace, ignore)
