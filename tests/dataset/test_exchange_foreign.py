"""Datasets that others wrote: what is understood of them, and what is told of the rest."""

import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.dataset.exchanged import (
    AWKWARD_TEXTS,
    clip,
    content,
    exported,
    imported,
    nothing_left,
    packed,
    sound,
    stored,
    texts,
)
from xtts_studio.dataset import store
from xtts_studio.errors import Cancelled, DatasetError, StudioError
from xtts_studio.events import Event, Progress
from xtts_studio.shapes import Chunk, ImportDatasetResult
from xtts_studio.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def codes(result: ImportDatasetResult) -> dict[str, str]:
    return {one.file: one.code for one in result.left_out}


def test_ljspeech_as_it_is_published(workspace: Workspace) -> None:
    table = 'LJ001-0001|Printing, in 1450|Printing, in fourteen fifty\nLJ001-0002|"in being|"in being\n'
    files = {
        "LJSpeech-1.1/README": b"About.",
        "LJSpeech-1.1/metadata.csv": table.encode(),
        "LJSpeech-1.1/wavs/LJ001-0001.wav": sound(1),
        "LJSpeech-1.1/wavs/LJ001-0002.wav": sound(2),
        "__MACOSX/LJSpeech-1.1/._metadata.csv": b"\0\5\x16\7",
    }
    result = imported(workspace, packed(files), "lj", language="en")
    assert (result.format, result.added, result.left_out) == ("ljspeech", 2, [])
    dataset = store.read(workspace, "lj")
    assert dataset.language == "en"
    assert [chunk.text for chunk in dataset.chunks] == ["Printing, in 1450", '"in being']
    first = dataset.chunks[0]
    assert (first.text_source, first.start_s, first.end_s, first.duration_s) == ("imported", 0.0, 0.1, 0.1)
    assert first.recording.startswith("imported-")
    assert nothing_left(workspace)


def test_two_datasets_in_one_zip_are_refused_by_their_names(workspace: Workspace) -> None:
    files = {f"{name}/wavs/one.wav": sound(1) for name in "ab"}
    files |= {f"{name}/metadata.csv": b"one|Hello.|Hello.\n" for name in "ab"}
    with pytest.raises(DatasetError, match=r"a/metadata\.csv and b/metadata\.csv"):
        imported(workspace, packed(files), "both", language="en")
    assert nothing_left(workspace)


def test_a_second_column_of_speakers_is_not_taken_for_the_text(workspace: Workspace) -> None:
    table = "".join(f"wavs/{at}.wav|{'anna' if at % 2 else 'ben'}|Text {at}.\n" for at in range(12)).encode()
    files = {"metadata.csv": table} | {f"wavs/{at}.wav": sound(at) for at in range(12)}
    result = imported(workspace, packed(files), "two")
    assert any("second column was taken for the speaker" in notice for notice in result.notices)
    chunks = store.read(workspace, "two").chunks
    assert [(chunk.text, chunk.speaker) for chunk in chunks[:2]] == [("Text 0.", "ben"), ("Text 1.", "anna")]


def test_coqui_with_quotes_pipes_and_a_quote_that_none_closes(workspace: Workspace) -> None:
    train = (
        "audio_file|text|speaker_name\n"
        'wavs/a.wav|"He said ""hi"" | bye"|coqui\n'
        'wavs/b.wav|"So it begins|coqui\n'
        "wavs/c.wav|and goes on|coqui\n"
        'wavs/d.wav|"one\ntwo"|anna\n'
    )
    evaluation = "audio_file|text|speaker_name\nwavs/e.wav|The end.|coqui\n"
    files = {"metadata_train.csv": train.encode(), "metadata_eval.csv": evaluation.encode(), "lang.txt": b"de\n"}
    files |= {f"wavs/{name}.wav": sound(at) for at, name in enumerate("abcde")}
    result = imported(workspace, packed(files), "set")
    assert (result.format, result.left_out) == ("coqui", [])
    told = ['He said "hi" | bye', '"So it begins', "and goes on", "one\ntwo", "The end."]
    assert texts(workspace, "set") == told
    dataset = store.read(workspace, "set")
    assert dataset.language == "de"
    assert [chunk.speaker for chunk in dataset.chunks] == [None, None, None, "anna", None]


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_audiofolder_with_its_columns_in_any_order(workspace: Workspace, suffix: str) -> None:
    rows = [{"language": "fr", "transcription": 'Oui, "bien".', "file_name": "a.wav"}]
    tables = {
        "csv": b'language,transcription,file_name\nfr,"Oui, ""bien"".",a.wav\n',
        "jsonl": "".join(json.dumps(row) + "\n" for row in rows).encode(),
    }
    result = imported(workspace, packed({f"train/metadata.{suffix}": tables[suffix], "train/a.wav": sound(1)}), "fr")
    assert (result.format, result.added) == ("audiofolder", 1)
    [chunk] = store.read(workspace, "fr").chunks
    assert (chunk.text, chunk.language) == ('Oui, "bien".', "fr")


def test_each_thing_that_is_left_out_is_told_with_its_reason(workspace: Workspace) -> None:
    table = "a|One.|One.\nb|Two.|Two.\na|Again.|Again.\nno columns\nbroken|Three.|Three.\nempty|Four.|Four.\n\n"
    files = {
        "metadata.csv": table.encode(),
        "wavs/a.wav": sound(1),
        "wavs/unnamed.wav": sound(2),
        "wavs/broken.wav": b"RIFF is not enough",
        "wavs/empty.wav": sound(3, seconds=0),
    }
    result = imported(workspace, packed(files), "some")
    assert result.added == 1
    assert codes(result) == {
        "b": "sound_missing",
        "wavs/a.wav": "named_again",
        "metadata.csv:4": "row_unreadable",
        "wavs/broken.wav": "unusable_audio",
        "wavs/empty.wav": "unusable_audio",
        "wavs/unnamed.wav": "no_row",
    }
    assert all(one.reason.endswith(".") for one in result.left_out)


def test_half_a_character_is_told_and_left_out(workspace: Workspace) -> None:
    rows = b'{"file_name": "a.wav", "text": "\\ud83d"}\n{"file_name": "b.wav", "text": "\\ud83c\\udf88"}\n'
    result = imported(workspace, packed({"metadata.jsonl": rows, "a.wav": sound(1), "b.wav": sound(2)}), "half")
    assert codes(result) == {"metadata.jsonl:1": "row_unreadable", "a.wav": "no_row"}
    assert texts(workspace, "half") == ["🎈"]


def test_nothing_is_made_where_no_clip_can_be_taken(workspace: Workspace) -> None:
    with pytest.raises(DatasetError, match=r"None of its 2 clips.*no such sound file"):
        imported(workspace, packed({"metadata.csv": b"a|One.|One.\nb|Two.|Two.\n"}), "none")
    assert not workspace.dataset("none").exists()
    assert nothing_left(workspace)


@pytest.mark.parametrize(
    ("kind", "rate_hz", "channels", "suffix"),
    [("WAV", 48_000, 2, "wav"), ("FLAC", 16_000, 1, "flac"), ("OGG", 44_100, 1, "ogg"), ("WAV", 8_000, 1, "wav")],
)
def test_sound_of_any_kind_becomes_that_of_a_dataset(
    workspace: Workspace, kind: str, rate_hz: int, channels: int, suffix: str
) -> None:
    data = sound(1, 0.5, rate_hz, kind, channels)
    imported(workspace, packed({"metadata.csv": b"a|One.|One.\n", f"wavs/a.{suffix}": data}), "any")
    [chunk] = store.read(workspace, "any").chunks
    found = soundfile.info(workspace.dataset("any") / chunk.file)
    assert (found.format, found.subtype, found.samplerate, found.channels) == ("WAV", "PCM_16", 22_050, 1)
    assert found.frames / 22_050 == pytest.approx(chunk.duration_s, abs=1e-6) == pytest.approx(0.5, abs=0.01)


def test_sound_that_is_right_already_stays_as_it_is(workspace: Workspace) -> None:
    out = io.BytesIO()
    with soundfile.SoundFile(out, "w", 22_050, 1, "PCM_16", format="WAV") as file:
        file.title = "Kept"
        file.write(np.arange(5000, dtype=np.int16))
    imported(workspace, packed({"metadata.csv": b"a|One.|One.\n", "a.wav": out.getvalue()}), "same")
    assert (workspace.dataset("same") / "chunks" / "chunk_001.wav").read_bytes() == out.getvalue()


def test_texts_of_another_encoding_are_read_and_that_is_told(workspace: Workspace) -> None:
    table = "a|Schöne Grüße aus Köln an der schönen Mosel|x\n".encode("cp1252")
    result = imported(workspace, packed({"metadata.csv": table, "wavs/a.wav": sound(1)}), "old")
    assert texts(workspace, "old") == ["Schöne Grüße aus Köln an der schönen Mosel"]
    assert any("not UTF-8" in notice for notice in result.notices)


def test_names_of_any_script_are_found_however_they_are_written(workspace: Workspace) -> None:
    files = {"metadata.csv": "wavs\\Müller.WAV|Eins.|Eins.\n".encode(), "wavs/Müller.WAV": sound(1)}
    assert imported(workspace, packed(files), "names").added == 1


def test_adding_touches_nothing_that_is_there_and_adds_nothing_twice(workspace: Workspace) -> None:
    folder = stored(workspace, "anna", [clip(at, text) for at, text in enumerate(AWKWARD_TEXTS, 1)], {})
    before, chunks = content(folder), store.read(workspace, "anna").chunks
    for format in ("zip", "coqui", "parquet"):
        result = imported(workspace, exported(workspace, "anna", format), "anna")
        assert result.added == 0
        assert any("same sound already" in notice for notice in result.notices)
        assert content(folder) == before
    files = {"metadata.csv": b"a|New.|New.\n", "wavs/a.wav": sound(99)}
    assert imported(workspace, packed(files), "anna", language="de").added == 1
    after = content(folder)
    assert {name: after[name] for name in before if name != "metadata.json"} == {
        name: data for name, data in before.items() if name != "metadata.json"
    }
    *same, new = store.read(workspace, "anna").chunks
    assert same == chunks
    assert (new.file, new.text, new.language) == (f"chunks/chunk_{len(chunks) + 1:03d}.wav", "New.", "de")


def test_an_import_that_is_stopped_leaves_nothing(workspace: Workspace) -> None:
    files = {"metadata.csv": "".join(f"{at}|Text.|Text.\n" for at in range(5)).encode()}
    files |= {f"wavs/{at}.wav": sound(at) for at in range(5)}

    def stop(event: Event) -> None:
        if isinstance(event, Progress) and event.message == "Saving":
            raise Cancelled

    with pytest.raises(Cancelled):
        imported(workspace, packed(files), "stopped", report=stop)
    assert not workspace.dataset("stopped").exists()
    assert nothing_left(workspace)


def test_a_full_disk_leaves_the_dataset_as_it_was(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from xtts_studio.dataset.exchange import adding

    folder = stored(workspace, "anna", [clip(1, "One.")], {})
    before = content(folder)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(adding, "write", full)
    with pytest.raises(OSError, match="No space"):
        imported(workspace, packed({"metadata.csv": b"a|New.|New.\n", "wavs/a.wav": sound(9)}), "anna")
    assert content(folder) == before
    assert nothing_left(workspace)


def test_a_dataset_folder_as_it_lies_here_can_be_taken_in(workspace: Workspace, tmp_path: Path) -> None:
    old = {"version": 1, "name": "old", "created_at": "2026-01-31T12:00:00.000Z", "language": "en"}
    heard = [{"word": "One.", "start_s": 0.0, "end_s": 0.1, "probability": 0.9}]
    chunk = Chunk(file="chunks/chunk_001.wav", text="One.", recording="r", start_s=0, end_s=0.1, duration_s=0.1)
    missing = chunk.model_copy(update={"file": "chunks/chunk_002.wav"})
    old["chunks"] = [chunk.model_dump() | {"words": heard}, missing.model_dump()]
    files = {"old/metadata.json": json.dumps(old).encode(), "old/chunks/chunk_001.wav": sound(1)}
    result = imported(workspace, packed(files), "old")
    assert codes(result) == {"chunks/chunk_002.wav": "sound_missing"}
    details = json.loads((workspace.dataset("old") / "chunks" / "chunk_001.json").read_text())
    assert details == {"words": heard}


def test_a_dataset_without_a_sound_file_is_exported_and_that_is_told(workspace: Workspace) -> None:
    folder = stored(workspace, "anna", [clip(1, "One."), clip(2, "Two.")], {})
    (folder / "chunks" / "chunk_002.wav").unlink()
    for format in ("zip", "ljspeech", "audiofolder"):
        zipped = exported(workspace, "anna", format)
        result = imported(workspace, zipped, f"again {format}")
        assert (result.added, list(codes(result).values())) == (1, ["sound_missing"])
        shutil.rmtree(workspace.dataset(f"again {format}"))


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"notes.txt": b"Hello."}, "No metadata file was found in it. It holds notes.txt"),
        ({"metadata.csv": b"a,b\n1,2\n"}, "of no format that is known"),
        ({"train/metadata.csv": b"file_name,words\na.wav,x\n"}, "has the columns file_name, words"),
        ({"metadata.json": b'{"name": 5}'}, "metadata.json can't be read"),
        ({"a.parquet": b"PAR1 but nothing else PAR1"}, "a.parquet can't be read"),
        ({"metadata.csv": b"a|b|c\n", "xtts-studio.jsonl": b"{}\n"}, "xtts-studio.jsonl can't be read"),
    ],
)
def test_what_is_no_dataset_is_refused_in_a_sentence(workspace: Workspace, files: dict[str, bytes], told: str) -> None:
    with pytest.raises(DatasetError) as refused:
        imported(workspace, packed(files), "none")
    assert told in refused.value.message
    assert refused.value.hint
    assert nothing_left(workspace)


def test_parquet_without_a_column_of_sound_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(arrow.table({"text": ["One."]}), tmp_path / "a.parquet")
    with pytest.raises(DatasetError, match="one with sound"):
        imported(workspace, (tmp_path / "a.parquet").read_bytes(), "none")


def test_what_parquet_needs_is_told_where_it_is_missing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(workspace, "anna", [clip(1, "One.")], {})
    zipped = exported(workspace, "anna", "parquet")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for act in (lambda: exported(workspace, "anna", "parquet"), lambda: imported(workspace, zipped, "again")):
        with pytest.raises(StudioError) as refused:
            act()
        assert "xtts-studio[parquet]" in refused.value.hint
    assert nothing_left(workspace)
