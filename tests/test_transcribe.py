"""The step `transcribe` with a small real recogniser that knows the sentences of these recordings."""

import json
import re
from pathlib import Path

import jiwer
import numpy as np
import pytest

from tests.recorded import uploaded
from tests.shared import shared
from xtts_studio.audio.encode import write_wav
from xtts_studio.dataset import store
from xtts_studio.errors import Cancelled, InvalidInput, ModelMissing, NotFound
from xtts_studio.events import Event, Log, Progress, ignore
from xtts_studio.segment.steps import chunk
from xtts_studio.shapes import Chunk, ChunkEdit, ChunkRequest, TranscribeRequest
from xtts_studio.transcribe import load_recogniser, transcribe
from xtts_studio.workspace import Workspace

_MODEL = "lj"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("home"))
    folder = workspace.cache / "whisper"
    folder.mkdir(parents=True)
    (folder / _MODEL).symlink_to(shared("models/whisper-lj"))
    return workspace


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^a-z' ]", " ", text.lower()).split())


def _cut(workspace: Workspace, dataset: str, **range_s: float) -> None:
    recording = uploaded(workspace, shared("audio/long/long_en_lj_built.flac"))
    chunk(ChunkRequest(recording_id=recording.id, dataset=dataset, **range_s), workspace, ignore)


def test_the_text_of_a_whole_recording_is_right(workspace: Workspace) -> None:
    _cut(workspace, "whole")
    seen: list[Event] = []
    result = transcribe(TranscribeRequest(dataset="whole", whisper_model=_MODEL), workspace, seen.append)
    dataset = store.read(workspace, "whole")
    known = json.loads(shared("audio/long/long_en_lj_built.json").read_text("utf-8"))["segments"]
    error_rate = jiwer.wer(
        _plain(" ".join(one["text"] for one in known)), _plain(" ".join(c.text for c in dataset.chunks))
    )
    assert error_rate <= 0.15
    assert (result.transcribed, result.empty) == (len(dataset.chunks), 0)
    assert (dataset.language, result.languages) == ("en", {"en": len(dataset.chunks)})
    for one in dataset.chunks:
        _check_words(one)
    logs = [event.message for event in seen if isinstance(event, Log)]
    assert all(one.text in log for one, log in zip(dataset.chunks, logs, strict=True))
    fractions = [event.fraction for event in seen if isinstance(event, Progress)]
    assert fractions == sorted(fractions)


def _check_words(one: Chunk) -> None:
    assert one.confidence is not None
    assert 0 < one.confidence <= 1
    assert _plain(" ".join(word.word for word in one.words)) == _plain(one.text)
    times = [time for word in one.words for time in (word.start_s, word.end_s)]
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] <= one.duration_s + 0.1


def test_texts_that_are_there_stay_unless_asked(workspace: Workspace) -> None:
    _cut(workspace, "kept", end_s=40.0)
    store.edit_chunk(workspace, "kept", "chunk_002.wav", ChunkEdit(text="Typed by hand."))
    store.drop_chunk(workspace, "kept", "chunk_003.wav")
    request = TranscribeRequest(dataset="kept", whisper_model=_MODEL, language="en")
    result = transcribe(request, workspace, ignore)
    chunks = store.read(workspace, "kept").chunks
    assert result.transcribed == len(chunks) - 2
    assert "1 chunks have a text already" in result.notices[0]
    assert (chunks[1].text, chunks[2].text) == ("Typed by hand.", "")
    assert transcribe(request, workspace, ignore).transcribed == 0
    again = transcribe(request.model_copy(update={"overwrite": True}), workspace, ignore)
    assert again.transcribed == len(chunks) - 1
    assert store.read(workspace, "kept").chunks[1].text != "Typed by hand."


def test_cancelled_keeps_what_is_done(workspace: Workspace) -> None:
    _cut(workspace, "cancelled", end_s=40.0)

    def report(event: Event) -> None:
        if isinstance(event, Progress) and "3 of" in event.message:
            raise Cancelled

    with pytest.raises(Cancelled):
        transcribe(TranscribeRequest(dataset="cancelled", whisper_model=_MODEL), workspace, report)
    chunks = store.read(workspace, "cancelled").chunks
    assert [bool(one.text) for one in chunks] == [True] * 2 + [False] * (len(chunks) - 2)


def test_a_text_that_is_typed_meanwhile_stays(workspace: Workspace) -> None:
    _cut(workspace, "meanwhile", end_s=25.0)

    def report(event: Event) -> None:
        if isinstance(event, Progress) and "2 of" in event.message:
            store.edit_chunk(workspace, "meanwhile", "chunk_001.wav", ChunkEdit(text="Mine."))
            store.drop_chunk(workspace, "meanwhile", "chunk_002.wav")

    transcribe(TranscribeRequest(dataset="meanwhile", whisper_model=_MODEL), workspace, report)
    first, second, *_ = store.read(workspace, "meanwhile").chunks
    assert first.text == "Mine."
    assert (second.state, bool(second.text)) == ("dropped", True)


def test_where_nothing_is_said_a_flag_says_so(workspace: Workspace) -> None:
    _with_sounds(
        workspace, "silent", {"noise": np.random.default_rng(0).normal(0, 0.01, 66_150), "zero": np.zeros(44_100)}
    )
    result = transcribe(TranscribeRequest(dataset="silent", whisper_model=_MODEL), workspace, ignore)
    assert (result.transcribed, result.empty) == (2, 2)
    assert all(one.flags == ["no_speech"] and one.text == "" for one in store.read(workspace, "silent").chunks)


def test_an_unreadable_chunk_is_named_and_passed_over(workspace: Workspace) -> None:
    _with_sounds(workspace, "broken", {"good": np.zeros(44_100)})
    with store.changing(workspace, "broken") as dataset:
        dataset.chunks.append(dataset.chunks[0].model_copy(update={"file": "chunks/gone.wav", "recording": "other"}))
    result = transcribe(TranscribeRequest(dataset="broken", whisper_model=_MODEL, language="en"), workspace, ignore)
    assert result.transcribed == 1
    assert "gone.wav" in result.notices[0]


def _with_sounds(workspace: Workspace, name: str, sounds: dict[str, np.ndarray]) -> None:
    with store.changing(workspace, name, create=True) as dataset:
        folder = workspace.dataset(name) / store.CHUNKS
        folder.mkdir(parents=True)
        for sound, samples in sounds.items():
            write_wav(folder / f"{sound}.wav", samples.astype(np.float32), 22_050)
            duration_s = len(samples) / 22_050
            dataset.chunks.append(
                Chunk(file=f"chunks/{sound}.wav", recording="r", start_s=0, end_s=duration_s, duration_s=duration_s)
            )


def test_whole_recordings_are_transcribed(workspace: Workspace) -> None:
    recording = uploaded(workspace, shared("audio/ljspeech/wavs/LJ001-0002.wav"))
    request = TranscribeRequest(recording_ids=[recording.id], whisper_model=_MODEL)
    (transcript,) = transcribe(request, workspace, ignore).transcripts
    assert (transcript.recording_id, transcript.language) == (recording.id, "en")
    assert _plain(transcript.text) == "in being comparatively modern"
    assert [_plain(word.word) for word in transcript.words] == _plain(transcript.text).split()


def test_what_is_wrong_with_a_request_is_said(workspace: Workspace) -> None:
    for request, error in [
        (TranscribeRequest(whisper_model=_MODEL), InvalidInput),
        (TranscribeRequest(dataset="x", recording_ids=["y"], whisper_model=_MODEL), InvalidInput),
        (TranscribeRequest(dataset="nothing", whisper_model=_MODEL), NotFound),
        (TranscribeRequest(recording_ids=["nothing"], whisper_model=_MODEL), NotFound),
        (TranscribeRequest(dataset="x", whisper_model="tiny"), ModelMissing),
    ]:
        with pytest.raises(error):
            transcribe(request, workspace, ignore)


def test_a_model_is_loaded_once_and_the_processor_stands_in_for_a_gpu(workspace: Workspace) -> None:
    folder: Path = workspace.cache / "whisper" / _MODEL
    assert load_recogniser(folder, "auto") is load_recogniser(folder, "auto")
    import ctranslate2

    if not ctranslate2.get_cuda_device_count():
        recogniser = load_recogniser(folder, "cuda")
        assert "on the processor" in recogniser.notices[0]
        assert recogniser.hear(np.zeros(16_000, dtype=np.float32)).text == ""
