"""The step `transcribe` with a small real recogniser that knows the sentences of these recordings."""

from pathlib import Path

import ctranslate2
import numpy as np
import pytest
import soundfile

from tests.recorded import uploaded
from tests.shared import shared
from tests.transcription.material import MODEL, chunks_of, cut, logged, plain, run, with_sounds
from xtts_studio.audio.decode import decode_file
from xtts_studio.audio.mix import Samples
from xtts_studio.dataset import edits, store, versions
from xtts_studio.dataset.details import read_details
from xtts_studio.errors import Cancelled, InvalidInput, ModelMissing, NotFound
from xtts_studio.events import Event, Metric, Progress, ignore
from xtts_studio.recordings import original_path
from xtts_studio.shapes import Chunk, ChunkEdit, TranscribeRequest
from xtts_studio.transcription.hints import leaked
from xtts_studio.transcription.job import transcribe
from xtts_studio.transcription.listening import TIMES_REAL_TIME
from xtts_studio.transcription.loading import load_recogniser
from xtts_studio.transcription.recogniser import Heard, Recogniser
from xtts_studio.transcription.task import read_chunk
from xtts_studio.workspace import Workspace


def test_words_and_confidence_are_kept_beside_the_sound(workspace: Workspace) -> None:
    cut(workspace, "words", end_s=40.0)
    seen: list[Event] = []
    result = run(workspace, "words", seen.append)
    dataset = store.read(workspace, "words")
    assert (result.transcribed, result.empty) == (len(dataset.chunks), 0)
    assert (dataset.language, result.languages) == ("en", {"en": len(dataset.chunks)})
    for one in dataset.chunks:
        assert one.text_source == "heard"
        assert one.words == []
        _check_words(workspace, one)
    logs = logged(seen)
    assert all(any(one.text in log for log in logs) for one in dataset.chunks)
    fractions = [event.fraction for event in seen if isinstance(event, Progress)]
    assert fractions == sorted(fractions)
    speeds = [event for event in seen if isinstance(event, Metric)]
    assert speeds[-1].step == len(dataset.chunks)
    assert all(one.name == TIMES_REAL_TIME and one.value > 0 for one in speeds)
    assert any(mark in one.text for one in dataset.chunks for mark in ",.")


def _check_words(workspace: Workspace, one: Chunk) -> None:
    words = read_details(workspace.dataset("words"), one.file).words
    assert one.confidence is not None
    assert 0 < one.confidence <= 1
    assert all(0 <= word.probability <= 1 for word in words)
    assert plain(" ".join(word.word for word in words)) == plain(one.text)
    times = [time for word in words for time in (word.start_s, word.end_s)]
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] <= one.duration_s + 0.1


def test_many_clips_at_once_are_heard_as_one_by_one(workspace: Workspace) -> None:
    cut(workspace, "batches", end_s=60.0)
    recogniser = load_recogniser(workspace.cache / "whisper" / MODEL, "cpu")
    usual = recogniser.batch
    run(workspace, "batches", prove=False)
    together = [one.text for one in chunks_of(workspace, "batches")]
    try:
        recogniser.batch = 1
        run(workspace, "batches", prove=False, overwrite=True)
    finally:
        recogniser.batch = usual
    assert [one.text for one in chunks_of(workspace, "batches")] == together


def test_texts_that_are_there_stay_unless_asked(workspace: Workspace) -> None:
    cut(workspace, "kept", end_s=40.0)
    edits.edit_chunk(workspace, "kept", "chunk_002.wav", ChunkEdit(text="Typed by hand."))
    edits.drop_chunk(workspace, "kept", "chunk_003.wav")
    result = run(workspace, "kept", language="en")
    chunks = chunks_of(workspace, "kept")
    assert result.transcribed == len(chunks) - 2
    assert "1 chunks have a text already" in result.notices[0]
    assert [(one.text, one.text_source) for one in chunks[1:3]] == [("Typed by hand.", "typed"), ("", None)]
    assert run(workspace, "kept").transcribed == 0
    assert run(workspace, "kept", files=["chunk_001.wav"]).transcribed == 1
    assert chunks_of(workspace, "kept")[1].text == "Typed by hand."
    anew = run(workspace, "kept", overwrite=True)
    assert anew.transcribed == len(chunks) - 1
    [version] = versions.list_versions(workspace.dataset("kept"))
    assert any(f"version {version.id} of the dataset keeps it" in notice for notice in anew.notices)
    assert versions.read_version(workspace.dataset("kept"), version.id)[1].text == "Typed by hand."
    second = chunks_of(workspace, "kept")[1]
    assert second.text != "Typed by hand."
    assert second.text_source == "heard"


def test_cancelled_keeps_what_is_done_and_the_next_run_does_the_rest(workspace: Workspace) -> None:
    cut(workspace, "cancelled", end_s=60.0)

    def report(event: Event) -> None:
        if isinstance(event, Progress) and "Transcribing 5 of" in event.message:
            raise Cancelled

    with pytest.raises(Cancelled):
        run(workspace, "cancelled", report)
    chunks = chunks_of(workspace, "cancelled")
    assert [bool(one.text) for one in chunks] == [True] * 4 + [False] * (len(chunks) - 4)

    def proving(event: Event) -> None:
        if isinstance(event, Progress) and "Proving" in event.message:
            raise Cancelled

    with pytest.raises(Cancelled):
        run(workspace, "cancelled", proving)
    result = run(workspace, "cancelled")
    assert (result.transcribed, result.proven) == (0, len(chunks))


def test_a_text_that_is_typed_meanwhile_stays(workspace: Workspace) -> None:
    cut(workspace, "meanwhile", end_s=60.0)

    def report(event: Event) -> None:
        if isinstance(event, Progress) and "Transcribing 5 of" in event.message:
            edits.edit_chunk(workspace, "meanwhile", "chunk_001.wav", ChunkEdit(text="Mine."))
            edits.edit_chunk(workspace, "meanwhile", "chunk_005.wav", ChunkEdit(text="Mine, too."))
            edits.drop_chunk(workspace, "meanwhile", "chunk_006.wav")

    run(workspace, "meanwhile", report)
    chunks = chunks_of(workspace, "meanwhile")
    assert chunks[4].text == "Mine, too."
    assert (chunks[5].state, bool(chunks[5].text)) == ("dropped", True)


def test_where_nothing_is_said_a_flag_says_so(workspace: Workspace) -> None:
    with_sounds(
        workspace, "silent", {"noise": np.random.default_rng(0).normal(0, 0.01, 66_150), "zero": np.zeros(44_100)}
    )
    result = run(workspace, "silent")
    assert (result.transcribed, result.empty) == (2, 2)
    assert all(one.flags == ["no_speech"] and one.text == "" for one in chunks_of(workspace, "silent"))


def test_an_unreadable_chunk_is_named_and_passed_over(workspace: Workspace) -> None:
    with_sounds(workspace, "broken", {"good": np.zeros(44_100)})
    with store.changing(workspace, "broken") as dataset:
        dataset.chunks.append(dataset.chunks[0].model_copy(update={"file": "chunks/gone.wav", "recording": "other"}))
    result = run(workspace, "broken", language="en")
    assert result.transcribed == 1
    assert "gone.wav" in result.notices[0]


def test_whole_recordings_are_transcribed(workspace: Workspace) -> None:
    recording = uploaded(workspace, shared("audio/ljspeech/wavs/LJ001-0002.wav"))
    request = TranscribeRequest(recording_ids=[recording.id], whisper_model=MODEL)
    (transcript,) = transcribe(request, workspace, ignore).transcripts
    assert (transcript.recording_id, transcript.language) == (recording.id, "en")
    assert plain(transcript.text) == "in being comparatively modern"
    assert [plain(word.word) for word in transcript.words] == plain(transcript.text).split()


def test_what_is_wrong_with_a_request_is_said(workspace: Workspace) -> None:
    cut(workspace, "known", end_s=15.0)
    for request, error in [
        (TranscribeRequest(whisper_model=MODEL), InvalidInput),
        (TranscribeRequest(dataset="x", recording_ids=["y"], whisper_model=MODEL), InvalidInput),
        (TranscribeRequest(dataset="nothing", whisper_model=MODEL), NotFound),
        (TranscribeRequest(dataset="known", files=["gone.wav"], whisper_model=MODEL), NotFound),
        (TranscribeRequest(dataset="known", files=[], whisper_model=MODEL), InvalidInput),
        (TranscribeRequest(recording_ids=["nothing"], whisper_model=MODEL), NotFound),
        (TranscribeRequest(dataset="x", whisper_model="tiny"), ModelMissing),
    ]:
        with pytest.raises(error):
            transcribe(request, workspace, ignore)


def test_hints_help_and_never_appear_by_themselves(workspace: Workspace) -> None:
    with_sounds(
        workspace, "hinted", {"zero": np.zeros(44_100), "noise": np.random.default_rng(0).normal(0, 0.02, 66_150)}
    )
    run(workspace, "hinted", hints="Gutenberg, Schoeffer, Sweynheim and Pannartz")
    assert [one.text for one in chunks_of(workspace, "hinted")] == ["", ""]
    cut(workspace, "named", end_s=30.0)
    plainly = run(workspace, "named", prove=False)
    texts = [one.text for one in chunks_of(workspace, "named")]
    hints = "the Exhibition, woodcutters of the Netherlands, Gutenberg, Subiaco"
    run(workspace, "named", hints=hints, overwrite=True, prove=False)
    hinted = [one.text for one in chunks_of(workspace, "named")]
    assert plainly.notices == []
    for one, other in zip(texts, hinted, strict=True):
        assert not any(name in other and name not in one for name in ("Gutenberg", "Subiaco", "Netherlands,"))
    long = run(workspace, "named", hints="Gutenberg, " * 180, prove=False, files=["chunk_001.wav"])
    assert "hints are too long" in long.notices[0]


@pytest.mark.parametrize(
    ("text", "plain_text", "expected"),
    [
        ("Anna Berg and Carl Hof", "", True),
        ("Anna Berg and Carl Hof", "The rain fell all day.", True),
        ("Anna Berg and Carl Hof", "Ana Berk and Karl Hoff.", False),
        ("We met Anna.", "We met Hannah.", False),
    ],
)
def test_hints_that_are_written_down_are_told_from_those_that_are_said(
    text: str, plain_text: str, expected: bool
) -> None:
    assert leaked(text, "Anna Berg, and Carl Hof", lambda: plain_text) is expected


def test_two_channels_are_two_speakers(workspace: Workspace) -> None:
    recording = uploaded(workspace, shared("audio/misc/stereo_diarization.wav"))
    with_sounds(workspace, "voices", {name: np.zeros(22_050) for name in "abcde"})
    with store.changing(workspace, "voices") as dataset:
        for index, one in enumerate(dataset.chunks):
            one.recording, one.start_s, one.end_s = recording.id, index * 1.0, index + 1.0
    run(workspace, "voices", speakers_by_channel=True, prove=False)
    samples = decode_file(original_path(workspace, recording)).samples
    rate = samples.shape[1] // 5
    louder = [np.square(samples[:, at * rate : (at + 1) * rate]).mean(axis=1).argmax() for at in range(5)]
    assert [one.speaker for one in chunks_of(workspace, "voices")] == [("left", "right")[one] for one in louder]
    assert len(set(louder)) == 2


@pytest.mark.parametrize(
    ("source", "told"),
    [("audio/ljspeech/wavs/LJ001-0002.wav", "has one channel"), (None, "hold the same")],
)
def test_where_channels_tell_nothing_that_is_said(
    workspace: Workspace, tmp_path: Path, source: str | None, told: str
) -> None:
    path = shared(source) if source else tmp_path / "same.wav"
    if source is None:
        tone = np.sin(np.arange(44_100) / 20).astype(np.float32) * 0.3
        soundfile.write(path, np.stack([tone, tone], axis=1), 22_050)
    recording = uploaded(workspace, path)
    name = f"mono{bool(source)}"
    with_sounds(workspace, name, {"a": np.zeros(22_050)})
    with store.changing(workspace, name) as dataset:
        dataset.chunks[0].recording = recording.id
    result = run(workspace, name, speakers_by_channel=True, prove=False)
    assert any(told in notice for notice in result.notices)
    assert chunks_of(workspace, name)[0].speaker is None


def test_a_model_is_loaded_once_and_the_processor_stands_in_for_a_gpu(workspace: Workspace) -> None:
    folder: Path = workspace.cache / "whisper" / MODEL
    assert load_recogniser(folder, "auto") is load_recogniser(folder, "auto")
    if not ctranslate2.get_cuda_device_count():
        recogniser = load_recogniser(folder, "cuda")
        assert "GPU can't be used" in recogniser.notices[0]
        assert "on the processor" in recogniser.notices[-1]
        assert recogniser.hear(np.zeros(16_000, dtype=np.float32)).text == ""


def test_each_kind_of_numbers_is_tried_before_the_processor(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A GPU that none of us has: it knows two types, and fails with both."""
    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: 1)
    monkeypatch.setattr(ctranslate2, "get_supported_compute_types", lambda *at: {"float16", "int8_float16", "int8"})
    recogniser = load_recogniser.__wrapped__(workspace.cache / "whisper" / MODEL, "auto")
    assert ["float16" in notice for notice in recogniser.notices] == [True, True, False]
    assert "int8_float16" in recogniser.notices[1]
    assert recogniser.hear(np.zeros(16_000, dtype=np.float32)).text == ""


def test_the_batch_shrinks_where_memory_is_short(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    recogniser = load_recogniser(workspace.cache / "whisper" / MODEL, "cpu")
    together, sizes = Recogniser._together, []

    def short(self: Recogniser, clips: list[Samples], language: str, hints: str) -> list[Heard | None]:
        sizes.append(len(clips))
        if len(clips) > 1:
            raise RuntimeError("CUDA failed with error out of memory")
        return together(self, clips, language, hints)

    monkeypatch.setattr(Recogniser, "_together", short)
    clip = read_chunk(shared("audio/ljspeech/wavs/LJ001-0002.wav"))
    try:
        found = recogniser.hear_clips([clip] * 4, "en")
    finally:
        recogniser.batch = 4
    assert [plain(heard.text) for heard in found] == ["in being comparatively modern"] * 4
    assert sizes == [4, 2, 1, 1, 1, 1]
