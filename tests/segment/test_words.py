"""Speech without pauses between its sentences: cuts beside what a recogniser says about words."""

import json
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from tests.recorded import uploaded
from tests.shared import shared
from xtts_studio.audio.decode import read_mono
from xtts_studio.audio.mix import Samples
from xtts_studio.events import ignore
from xtts_studio.segment.steps import analyze
from xtts_studio.shapes import AnalyzeRequest, PlannedChunk
from xtts_studio.workspace import Workspace

_NAME = "audio/long/long_en_lj_nopause"
_RATE_HZ = 16_000
_FRAME = 160
_SILENT_BELOW_DB = -50.0  # speech is at -20 dB, the reader's pauses at -65 dB
_WELL_KNOWN_S = 0.05


@lru_cache(maxsize=1)
def _words() -> list[tuple[float, float]]:
    """Begin and end of every word of the recording, in seconds, as heard in each clip alone: there they are known."""
    faster_whisper = pytest.importorskip("faster_whisper")
    model = faster_whisper.WhisperModel(str(shared("models/whisper-lj")), device="cpu", compute_type="int8")
    known = json.loads(shared(f"{_NAME}.json").read_text("utf-8"))["segments"]
    trimmed = json.loads(shared("audio/long/long_en_lj_built.json").read_text("utf-8"))["segments"]
    left_out_s = {one["id"]: (one["speech_start"] - one["start"]) / 22_050 for one in trimmed}
    found = []
    for one in known:
        clip = str(shared(f"audio/ljspeech/wavs/{one['id']}.wav"))
        segments, _ = model.transcribe(clip, beam_size=1, word_timestamps=True, language="en")
        shift_s = one["start"] / 22_050 - left_out_s[one["id"]]
        found += [(word.start + shift_s, word.end + shift_s) for segment in segments for word in segment.words]
    return found


def _silence_s(samples: Samples, moment_s: float) -> float:
    """How long it is silent around a moment."""
    frames = np.square(samples[: len(samples) // _FRAME * _FRAME]).reshape(-1, _FRAME).mean(axis=1)
    loud = np.flatnonzero(10 * np.log10(frames + 1e-12) > _SILENT_BELOW_DB)
    at = min(int(moment_s * _RATE_HZ / _FRAME), len(frames) - 1)
    after = loud[loud >= at].min(initial=len(frames))
    before = loud[loud <= at].max(initial=-1)
    return max(0, int(after - before - 1)) * _FRAME / _RATE_HZ


def _within_a_word(moment_s: float) -> bool:
    return any(start_s + _WELL_KNOWN_S < moment_s < end_s - _WELL_KNOWN_S for start_s, end_s in _words())


def _planned(tmp_path: Path, **asked: float) -> list[PlannedChunk]:
    workspace = Workspace(tmp_path)
    recording = uploaded(workspace, shared(f"{_NAME}.flac"))
    return analyze(AnalyzeRequest(recording_id=recording.id, **asked), workspace, ignore).chunks


def test_no_cut_lies_within_a_word(tmp_path: Path) -> None:
    """Where it does by the recogniser's times, but has been silent for a tenth of a second, these are wrong."""
    samples = read_mono(shared(f"{_NAME}.flac"), _RATE_HZ)
    chunks = _planned(tmp_path)
    edges = [edge for one in chunks for edge in (one.start_s, one.end_s)][1:-1]
    assert len(edges) > 20
    assert len(_words()) > 200
    assert [edge for edge in edges if _within_a_word(edge) and _silence_s(samples, edge) < 0.1] == []
    assert all(one.end_s - one.start_s <= 11.5 for one in chunks)


def test_cuts_without_a_pause_are_flagged(tmp_path: Path) -> None:
    """No pause of this recording is as long as is asked for here, so each cut is forced."""
    chunks = _planned(tmp_path, min_silence_ms=2_000)
    assert len(chunks) > 10
    assert all("forced_cut" in one.flags for one in chunks)
    samples = read_mono(shared(f"{_NAME}.flac"), _RATE_HZ)
    edges = [one.end_s for one in chunks[:-1]]
    assert [edge for edge in edges if _within_a_word(edge) and _silence_s(samples, edge) < 0.03] == []
