"""Cutting through its public steps, on a real recording: for any settings, any range, any file of the same sound."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.recorded import uploaded
from xtts_studio.audio.mix import Samples
from xtts_studio.dataset import store
from xtts_studio.events import ignore
from xtts_studio.sample import RECORDING
from xtts_studio.segment.steps import analyze, chunk
from xtts_studio.shapes import AnalyzeRequest, AnalyzeResult, ChunkRequest, Recording
from xtts_studio.workspace import Workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def ours(workspace: Workspace) -> Recording:
    return uploaded(workspace, RECORDING)


@pytest.fixture(scope="module")
def sound() -> tuple[Samples, int]:
    return soundfile.read(RECORDING, dtype="float32")


@st.composite
def _settings(draw: st.DrawFn) -> dict[str, float]:
    durations_s = sorted(draw(st.floats(0.5, 15)) for _ in range(3))
    return {
        "threshold": draw(st.floats(0.05, 0.95)),
        "min_speech_ms": draw(st.integers(0, 1_000)),
        "min_silence_ms": draw(st.integers(0, 1_000)),
        "speech_pad_ms": draw(st.integers(0, 600)),
        "min_duration_s": durations_s[0],
        "target_duration_s": durations_s[1],
        "max_duration_s": durations_s[2],
    }


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=_settings(), start_s=st.floats(0, 30), length_s=st.floats(0.5, 40))
def test_any_settings_and_range(
    workspace: Workspace,
    ours: Recording,
    sound: tuple[Samples, int],
    asked: dict[str, float],
    start_s: float,
    length_s: float,
) -> None:
    request = AnalyzeRequest(recording_id=ours.id, start_s=start_s, end_s=start_s + length_s, **asked)
    found = analyze(request, workspace, ignore)
    edges = [edge for one in found.chunks for edge in (one.start_s, one.end_s)]
    assert edges == sorted(edges), "in order, and none over another"
    assert all(start_s - 1e-4 <= edge <= min(start_s + length_s, ours.duration_s) + 1e-4 for edge in edges), "inside"
    assert all(one.end_s - one.start_s <= request.max_duration_s + 3e-4 for one in found.chunks), "none too long"
    assert _loudest_left_out_db(found, sound) <= _speech_db(found, sound) - 20, "a pause may be left out, no speech"
    assert analyze(request, workspace, ignore) == found, "the same again"


def _speech_db(found: AnalyzeResult, sound: tuple[Samples, int]) -> float:
    samples, rate_hz = sound
    spoken = [samples[round(one.start_s * rate_hz) : round(one.end_s * rate_hz)] for one in found.speech]
    return float(10 * np.log10(np.square(np.concatenate(spoken)).mean())) if spoken else 0.0


def _loudest_left_out_db(found: AnalyzeResult, sound: tuple[Samples, int]) -> float:
    """How loud the loudest 20 ms are that are speech, says the detector, and in no chunk."""
    samples, rate_hz = sound
    missing = np.zeros(len(samples), dtype=np.bool_)
    for is_missing, spans in ((True, found.speech), (False, found.chunks)):
        for one in spans:
            missing[round(one.start_s * rate_hz) : round(one.end_s * rate_hz)] = is_missing
    size = rate_hz // 50
    squares = np.where(missing, np.square(samples), 0)[: len(samples) // size * size].reshape(-1, size)
    return float(10 * np.log10(squares.mean(axis=1).max() + 1e-12))


def _edges(workspace: Workspace, recording: Recording) -> list[float]:
    found = analyze(AnalyzeRequest(recording_id=recording.id), workspace, ignore)
    return [edge for one in found.chunks for edge in (one.start_s, one.end_s)]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(silent=st.integers(0, 22_050 * 90))
def test_silence_before_it_only_moves_the_cuts(
    workspace: Workspace, ours: Recording, sound: tuple[Samples, int], tmp_path: Path, silent: int
) -> None:
    samples, rate_hz = sound
    soundfile.write(tmp_path / "later.flac", np.r_[np.zeros(silent, dtype=np.float32), samples], rate_hz)
    moved = [edge - silent / rate_hz for edge in _edges(workspace, uploaded(workspace, tmp_path / "later.flac"))]
    assert moved == pytest.approx(_edges(workspace, ours), abs=0.01)


def _written(path: Path, sound: tuple[Samples, int], **options: str) -> Path:
    soundfile.write(path, *sound, **options)
    return path


@pytest.mark.parametrize("name", ["same.wav", "same.w64", "same.aiff", "same.caf"])
def test_lossless_files_of_the_same_sound_are_cut_alike(
    workspace: Workspace, ours: Recording, sound: tuple[Samples, int], tmp_path: Path, name: str
) -> None:
    recording = uploaded(workspace, _written(tmp_path / name, sound, subtype="PCM_16"))
    assert _edges(workspace, recording) == _edges(workspace, ours)


@pytest.mark.parametrize(
    "write",
    [
        lambda path, sound: _written(path / "same.mp3", sound),
        lambda path, sound: _written(path / "same.ogg", sound, format="OGG", subtype="VORBIS"),
        lambda path, sound: _written(path / "stereo.flac", (np.stack([sound[0]] * 2, axis=1), sound[1])),
        lambda path, sound: _written(path / "quieter.wav", (sound[0] / 2, sound[1]), subtype="FLOAT"),
    ],
    ids=["mp3", "ogg", "stereo", "quieter"],
)
def test_other_files_of_the_same_sound_are_cut_nearly_alike(
    workspace: Workspace,
    ours: Recording,
    sound: tuple[Samples, int],
    tmp_path: Path,
    write: Callable[[Path, tuple[Samples, int]], Path],
) -> None:
    recording = uploaded(workspace, write(tmp_path, sound))
    assert _edges(workspace, recording) == pytest.approx(_edges(workspace, ours), abs=0.05)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fade_ms=st.integers(0, 200), pad_ms=st.sampled_from([0, 3, 120]))
def test_fades_are_as_long_as_the_padding_at_most(
    workspace: Workspace, ours: Recording, sound: tuple[Samples, int], fade_ms: int, pad_ms: int
) -> None:
    rate_hz = sound[1]
    for name in ("plain", "faded"):
        shutil.rmtree(workspace.dataset(name), ignore_errors=True)
    asked = {"recording_id": ours.id, "speech_pad_ms": pad_ms}
    chunk(ChunkRequest(dataset="plain", fade_ms=0, **asked), workspace, ignore)
    chunk(ChunkRequest(dataset="faded", fade_ms=fade_ms, **asked), workspace, ignore)
    speech = analyze(AnalyzeRequest(**asked), workspace, ignore).speech
    for one in store.read(workspace, "faded").chunks:
        plain, faded = (soundfile.read(store.chunk_path(workspace, name, one.file))[0] for name in ("plain", "faded"))
        assert len(plain) == len(faded)
        changed = np.flatnonzero(np.abs(plain - faded) > 1e-4) / rate_hz + one.start_s
        within_s = np.minimum(changed - one.start_s, one.end_s - changed)
        assert (within_s <= fade_ms / 1000 + 1e-3).all()
        for spoken in speech:
            assert not ((changed > spoken.start_s + 1e-3) & (changed < spoken.end_s - 1e-3)).any(), "over speech"
        if fade_ms >= 5 and pad_ms == 120:
            assert max(abs(faded[0]), abs(faded[-1])) <= 2e-4
