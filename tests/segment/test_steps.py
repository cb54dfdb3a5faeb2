"""The steps `analyze` and `chunk` on real recordings."""

import errno
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.recorded import SENTENCES, tone, uploaded
from tests.shared import shared
from xtts_studio.audio.decode import read_mono
from xtts_studio.audio.encode import write_wav
from xtts_studio.dataset import store
from xtts_studio.errors import AudioError, Cancelled, InvalidInput, NotFound
from xtts_studio.events import Event, Progress, Report, ignore
from xtts_studio.recordings import delete_recording
from xtts_studio.sample import RECORDING
from xtts_studio.segment.steps import analyze, chunk
from xtts_studio.shapes import AnalyzeRequest, ChunkRequest, Recording
from xtts_studio.workspace import Workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def built(workspace: Workspace) -> Recording:
    return uploaded(workspace, shared("audio/long/long_en_lj_built.flac"))


@pytest.fixture(scope="module")
def ours(workspace: Workspace) -> Recording:
    return uploaded(workspace, RECORDING)


def _gaps(name: str) -> list[tuple[float, float]]:
    known = json.loads(shared(f"audio/long/{name}.json").read_text("utf-8"))
    return [(gap["start"] / known["sample_rate"], gap["end"] / known["sample_rate"]) for gap in known["silences"]]


def _outside(edges: list[float], gaps: list[tuple[float, float]]) -> list[float]:
    return [edge for edge in edges if not any(start <= edge <= end for start, end in gaps)]


def _edges(workspace: Workspace, recording: Recording, **range_s: float) -> list[float]:
    found = analyze(AnalyzeRequest(recording_id=recording.id, **range_s), workspace, ignore)
    return [edge for one in found.chunks for edge in (one.start_s, one.end_s)]


def test_every_cut_lies_in_a_gap_and_no_speech_is_lost(workspace: Workspace, built: Recording) -> None:
    """In the built recording; among its gaps is one of 0.15 s between two clips that are too long for one chunk."""
    found = analyze(AnalyzeRequest(recording_id=built.id), workspace, ignore)
    edges = [edge for one in found.chunks for edge in (one.start_s, one.end_s)]
    assert len(edges) > 50
    assert _outside(edges, _gaps("long_en_lj_built")) == []
    assert all(1.5 <= one.end_s - one.start_s <= 11.5 and not one.flags for one in found.chunks)
    known = json.loads(shared("audio/long/long_en_lj_built.json").read_text("utf-8"))["segments"]
    spoken = [(one["speech_start"] / 22_050, one["speech_end"] / 22_050) for one in known]
    covered_s = sum(max(0.0, min(e, o.end_s) - max(s, o.start_s)) for s, e in spoken for o in found.chunks)
    assert covered_s == pytest.approx(sum(end - start for start, end in spoken), rel=0.001)


@pytest.mark.parametrize("missing", [111, 623, 946])
def test_it_does_not_hang_on_how_the_detectors_windows_fall(workspace: Workspace, tmp_path: Path, missing: int) -> None:
    samples, rate_hz = soundfile.read(shared("audio/long/long_en_lj_built.flac"), dtype="int16", start=missing)
    soundfile.write(tmp_path / "shorter.flac", samples, rate_hz)
    edges = _edges(workspace, uploaded(workspace, tmp_path / "shorter.flac"))
    assert _outside([edge + missing / rate_hz for edge in edges], _gaps("long_en_lj_built")) == []


@pytest.mark.parametrize("start_s", [13.751, 13.76, 13.77, 13.78, 13.79, 162.0, 192.0])
def test_it_does_not_hang_on_where_the_range_begins(workspace: Workspace, built: Recording, start_s: float) -> None:
    assert _outside(_edges(workspace, built, start_s=start_s), _gaps("long_en_lj_built")) == []


@pytest.mark.parametrize(
    ("name", "least_chunks", "least_speech_s"),
    [
        ("long_en_lj_nopause.flac", 12, 115),
        ("long_fr_petites_vieilles.mp3", 30, 230),
        ("long_en_columbia_2003.mp3", 12, 100),
    ],
)
def test_real_recordings_are_cut_sanely(
    workspace: Workspace, name: str, least_chunks: int, least_speech_s: float
) -> None:
    recording = uploaded(workspace, shared(f"audio/long/{name}"))
    request = AnalyzeRequest(recording_id=recording.id)
    found = analyze(request, workspace, ignore)
    statistics = found.statistics
    assert statistics.chunk_count == len(found.chunks) >= least_chunks
    assert statistics.speech_s > least_speech_s
    assert statistics.chunk_max_s <= request.max_duration_s
    assert sum(statistics.histogram) == statistics.chunk_count
    assert 5 < statistics.chunk_mean_s < 10
    assert sum(bool(one.flags) for one in found.chunks) <= len(found.chunks) / 5
    _edges_are_quiet(workspace, recording, [edge for one in found.chunks for edge in (one.start_s, one.end_s)])


def _edges_are_quiet(workspace: Workspace, recording: Recording, edges: list[float]) -> None:
    """At nearly all edges there are 20 dB less than in the recording as a whole."""
    samples = read_mono(workspace.recording(recording.id) / f"audio.{recording.format}", 16_000)
    powers = [float(np.square(samples[max(0, round(edge * 16_000) - 80) :][:160]).mean()) for edge in edges]
    assert np.mean(np.array(powers) < 0.01 * float(np.square(samples).mean())) > 0.9


@pytest.mark.parametrize("name", ["LJ001-0008", "very_quiet", "stereo_antiphase", "silence_60s_then_speech"])
def test_speech_is_found_in_awkward_recordings(workspace: Workspace, name: str) -> None:
    paths = [shared("audio/ljspeech/wavs/LJ001-0008.wav"), *shared("audio/awkward").glob(f"{name}.*")]
    recording = uploaded(workspace, paths[-1])
    found = analyze(AnalyzeRequest(recording_id=recording.id), workspace, ignore)
    assert len(found.chunks) == 1
    assert found.statistics.speech_s == pytest.approx(1.7, abs=0.25)
    if name.startswith("silence"):
        assert found.chunks[0].start_s == pytest.approx(60, abs=0.3)


@pytest.mark.parametrize(
    "name", ["silence_10s.wav", "noise_white_5s.flac", "music_12s.ogg", "tone_440_3s.wav", "short_0.1s.wav"]
)
def test_no_speech_is_found_where_there_is_none(workspace: Workspace, name: str) -> None:
    recording = uploaded(workspace, shared(f"audio/awkward/{name}"))
    found = analyze(AnalyzeRequest(recording_id=recording.id), workspace, ignore)
    assert (found.speech, found.chunks) == ([], [])


def test_a_range_is_kept_to(workspace: Workspace, built: Recording) -> None:
    edges = _edges(workspace, built, start_s=45.0, end_s=90.0)
    assert min(edges) >= 45
    assert max(edges) <= 90


def test_our_recording_is_cut_into_its_sentences(workspace: Workspace, ours: Recording) -> None:
    request = AnalyzeRequest(recording_id=ours.id, target_duration_s=3, max_duration_s=6, min_duration_s=1)
    edges = [edge for one in analyze(request, workspace, ignore).chunks for edge in (one.start_s, one.end_s)]
    assert len(edges) >= len(SENTENCES)
    for edge in edges:
        assert not any(one["start_s"] + 0.05 < edge < one["end_s"] - 0.05 for one in SENTENCES)


def test_chunks_are_wav_with_what_was_planned(workspace: Workspace, ours: Recording) -> None:
    planned = analyze(AnalyzeRequest(recording_id=ours.id), workspace, ignore).chunks
    seen: list[Event] = []
    request = ChunkRequest(recording_id=ours.id, dataset="planned", language="en", fade_ms=0)
    result = chunk(request, workspace, seen.append)
    dataset = store.read(workspace, "planned")
    assert (result.added, result.total) == (len(planned), len(planned))
    assert [(one.start_s, one.end_s) for one in dataset.chunks] == [(one.start_s, one.end_s) for one in planned]
    assert [one.file for one in dataset.chunks] == [f"chunks/chunk_{i + 1:03d}.wav" for i in range(len(planned))]
    assert (dataset.language, dataset.recordings[0].sha256) == ("en", ours.sha256)
    whole = read_mono(RECORDING, 22_050)
    for one in dataset.chunks:
        samples, rate_hz = soundfile.read(store.chunk_path(workspace, "planned", one.file))
        assert (rate_hz, len(samples)) == (22_050, round(one.duration_s * 22_050))
        there = whole[round(one.start_s * 22_050) : round(one.end_s * 22_050)]
        size = min(len(there), len(samples))
        assert abs(len(there) - len(samples)) <= 2
        assert min(np.abs(there[: size - 2] - samples[shift : size - 2 + shift]).max() for shift in (0, 1)) < 2e-4
    fractions = [event.fraction for event in seen if isinstance(event, Progress)]
    assert fractions == sorted(fractions)
    assert 0 <= fractions[0] <= fractions[-1] <= 1


def test_the_same_again_adds_nothing(workspace: Workspace, ours: Recording) -> None:
    request = ChunkRequest(recording_id=ours.id, dataset="twice", end_s=10.0)
    first = chunk(request, workspace, ignore)
    before = _content(workspace, "twice")
    again = chunk(request, workspace, ignore)
    assert (again.added, again.total) == (0, first.total)
    assert "already" in again.notices[0]
    assert _content(workspace, "twice") == before
    more = chunk(request.model_copy(update={"end_s": None}), workspace, ignore)
    assert more.added > 0
    after = _content(workspace, "twice")
    assert all(after[name] == content for name, content in before.items() if name != "metadata.json")


def test_speech_that_is_there_twice_is_told(workspace: Workspace, built: Recording) -> None:
    """A range that ended in a sentence, and a wider one afterwards, which has that sentence whole."""
    chunk(ChunkRequest(recording_id=built.id, dataset="wider", end_s=33.0), workspace, ignore)
    wider = chunk(ChunkRequest(recording_id=built.id, dataset="wider", end_s=60.0), workspace, ignore)
    places = sorted((one.start_s, one.end_s) for one in store.read(workspace, "wider").chunks)
    doubled_s = sum(max(0.0, one[1] - other[0]) for one, other in pairwise(places))
    assert doubled_s > 1
    assert any(f"1 of the new chunks repeat {doubled_s:.1f} s" in notice for notice in wider.notices), wider.notices
    beside = chunk(ChunkRequest(recording_id=built.id, dataset="wider", start_s=60.0), workspace, ignore)
    assert not any("repeat" in notice for notice in beside.notices), beside.notices


def test_cancelled_leaves_the_dataset_as_it_was(workspace: Workspace, ours: Recording) -> None:
    analyze(AnalyzeRequest(recording_id=ours.id), workspace, ignore)  # heard once, so that all cuts tell the same
    chunk(ChunkRequest(recording_id=ours.id, dataset="cancelled", end_s=8.0), workspace, ignore)
    before = _content(workspace, "cancelled")
    for dataset in ("cancelled", "never"):
        seen: list[Event] = []
        chunk(ChunkRequest(recording_id=ours.id, dataset=f"{dataset}-whole"), workspace, seen.append)
        for allowed in range(len(seen) - (2 if dataset == "cancelled" else 0)):
            with pytest.raises(Cancelled):
                chunk(ChunkRequest(recording_id=ours.id, dataset=dataset), workspace, _cancels_after(allowed))
    assert _content(workspace, "cancelled") == before
    with pytest.raises(NotFound):
        store.read(workspace, "never")
    assert not [path for path in workspace.datasets.iterdir() if path.name.startswith(".making")]


def _content(workspace: Workspace, name: str) -> dict[str, bytes]:
    folder = workspace.dataset(name)
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _cancels_after(most: int) -> Report:
    count = 0

    def report(event: Event) -> None:
        nonlocal count
        count += 1
        if count > most:
            raise Cancelled

    return report


def test_a_disk_that_fills_up_at_the_end_leaves_the_dataset_as_it_was(
    workspace: Workspace, ours: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(folder: Path, content: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    chunk(ChunkRequest(recording_id=ours.id, dataset="filled", end_s=8), workspace, ignore)
    before = _content(workspace, "filled")
    monkeypatch.setattr(store, "write", full)
    with pytest.raises(OSError, match="No space"):
        chunk(ChunkRequest(recording_id=ours.id, dataset="filled"), workspace, ignore)
    assert _content(workspace, "filled") == before


def test_a_recording_deleted_meanwhile_is_told(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "home")
    samples, rate_hz = soundfile.read(RECORDING, dtype="float32")
    write_wav(tmp_path / "unheard.wav", samples, rate_hz)  # what other tests have heard would be remembered
    going = uploaded(workspace, tmp_path / "unheard.wav")

    def delete(event: Event) -> None:
        if workspace.recording(going.id).exists():
            delete_recording(workspace, going.id)

    with pytest.raises(NotFound, match="no longer there"):
        chunk(ChunkRequest(recording_id=going.id, dataset="gone"), workspace, delete)
    assert not workspace.recording(going.id).exists()
    with pytest.raises(NotFound):
        store.read(workspace, "gone")


def test_contradicting_durations_are_named(workspace: Workspace, ours: Recording) -> None:
    for durations, names in [
        ({"min_duration_s": 9, "target_duration_s": 5}, ("9 s", "5 s")),
        ({"target_duration_s": 9, "max_duration_s": 6}, ("9 s", "6 s")),
    ]:
        with pytest.raises(InvalidInput) as caught:
            analyze(AnalyzeRequest(recording_id=ours.id, **durations), workspace, ignore)
        assert all(name in caught.value.message for name in names)


@pytest.mark.parametrize("range_s", [{"start_s": 5.0, "end_s": 2.0}, {"start_s": 1e6}, {"start_s": 2.0, "end_s": 2.0}])
def test_an_impossible_range_is_refused(workspace: Workspace, ours: Recording, range_s: dict[str, float]) -> None:
    with pytest.raises(InvalidInput, match="range"):
        analyze(AnalyzeRequest(recording_id=ours.id, **range_s), workspace, ignore)


def test_where_nobody_speaks_nothing_is_cut(workspace: Workspace, tmp_path: Path) -> None:
    tone(tmp_path / "tone.wav", 5.0)
    recording = uploaded(workspace, tmp_path / "tone.wav")
    found = analyze(AnalyzeRequest(recording_id=recording.id), workspace, ignore)
    assert (found.speech, found.chunks, found.statistics.chunk_count) == ([], [], 0)
    with pytest.raises(AudioError, match="No speech"):
        chunk(ChunkRequest(recording_id=recording.id, dataset="silent"), workspace, ignore)
    assert not workspace.dataset("silent").exists()


def test_an_unknown_recording_is_not_found(workspace: Workspace) -> None:
    with pytest.raises(NotFound):
        analyze(AnalyzeRequest(recording_id="nothing"), workspace, ignore)
