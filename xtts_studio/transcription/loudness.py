"""Where a stretch of sound is loud enough to be speech, in frames of 10 ms; and where the words in it really lie."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from xtts_studio.audio.mix import Samples
from xtts_studio.shapes import Word
from xtts_studio.transcription.recogniser import RATE_HZ

FRAME_S = 0.01

_FRAME = int(FRAME_S * RATE_HZ)
_SPEECH_SHARE, _NOISE_SHARE = 90, 10  # percentiles of the frames' energy
_ABOVE_NOISE, _LEAST_ABOVE_NOISE = 10**0.6, 10**0.3
_BELOW_SPEECH, _AT_MOST = 10**-3.2, 10**-1.5
_WORD_PAUSE_S = 0.12
_END_S = 0.02
_TINY = 1e-12


@dataclass(frozen=True)
class Loudness:
    """Mean square per frame (frames,) of a stretch of sound, and above what a frame is taken for speech."""

    energy: NDArray[np.float32]
    threshold: float

    @cached_property
    def loud(self) -> NDArray[np.bool_]:
        """Which frames may hold speech."""
        return np.asarray(self.energy > self.threshold, dtype=np.bool_)

    @property
    def duration_s(self) -> float:
        return len(self.energy) * FRAME_S

    def pause_around(self, time_s: float) -> float:
        """How long it is quiet around a moment, in seconds; 0 where it is loud. Beyond the ends it is always quiet."""
        if not _END_S < time_s < self.duration_s - _END_S:
            return float("inf")
        return self.quiet_before(time_s) + self.quiet_after(time_s)

    def quiet_before(self, time_s: float) -> float:
        """How long it has been quiet before a moment."""
        loud = np.flatnonzero(self.loud[: self._at(time_s)])
        return time_s - float(loud[-1] + 1) * FRAME_S if len(loud) else np.inf

    def quiet_after(self, time_s: float) -> float:
        """How long it stays quiet after a moment."""
        at = self._at(time_s)
        loud = np.flatnonzero(self.loud[at:])
        return float(at + loud[0]) * FRAME_S - time_s if len(loud) else np.inf

    def level(self, start_s: float, end_s: float) -> float:
        """Mean square between two moments."""
        frames = self.energy[max(0, self._at(start_s)) : max(self._at(start_s) + 1, self._at(end_s))]
        return float(frames.mean()) if len(frames) else 0.0

    def pauses(self, start_s: float, end_s: float, least_s: float) -> list[tuple[float, float]]:
        """The quiet stretches between two moments that are at least so long."""
        first, last = self._at(start_s), self._at(end_s)
        quiet = ~self.loud[first:last]
        changes = np.flatnonzero(np.diff(np.r_[False, quiet, False].astype(np.int8))).reshape(-1, 2)
        spans = [(float(first + a) * FRAME_S, float(first + b) * FRAME_S) for a, b in changes]
        return [(a, b) for a, b in spans if b - a >= least_s - FRAME_S / 2]

    def placed(self, word: Word) -> Word:
        """The word where it is loud: Whisper lets words begin in the pause before them, by as much as seconds."""
        low, high = self._at(word.start_s), self._at(word.end_s)
        if high <= low or not self.loud[low:high].any():
            return word
        parts = _joined(self.loud[low:high], round(_WORD_PAUSE_S / FRAME_S))
        first, last = max(parts, key=lambda part: float(np.sqrt(self.energy[low + part[0] : low + part[1]]).sum()))
        start_s, end_s = (low + first) * FRAME_S, (low + last) * FRAME_S
        return word.model_copy(update={"start_s": max(word.start_s, start_s), "end_s": min(word.end_s, end_s)})

    def _at(self, time_s: float) -> int:
        return min(max(round(time_s / FRAME_S), 0), len(self.energy))


def loudness(samples: Samples) -> Loudness:
    """Of mono samples (n,) at 16 kHz: what is well above its quietest moments, and not far below speech, is loud."""
    frames = np.pad(samples, (0, -len(samples) % _FRAME)).reshape(-1, _FRAME)
    energy = np.square(frames - frames.mean(axis=1, keepdims=True)).mean(axis=1).astype(np.float32)
    if not len(energy):
        return Loudness(energy, 0.0)
    speech, noise = (float(np.percentile(energy, share)) for share in (_SPEECH_SHARE, _NOISE_SHARE))
    above_noise = max(min(noise * _ABOVE_NOISE, speech * _AT_MOST), noise * _LEAST_ABOVE_NOISE)
    return Loudness(energy, max(above_noise, speech * _BELOW_SPEECH, _TINY))


def _joined(loud: NDArray[np.bool_], most_quiet: int) -> list[tuple[int, int]]:
    """Runs of loud frames, those closer than `most_quiet` taken for one."""
    runs = np.flatnonzero(np.diff(np.r_[False, loud, False].astype(np.int8))).reshape(-1, 2).tolist()
    joined = [runs[0]]
    for first, last in runs[1:]:
        if first - joined[-1][1] < most_quiet:
            joined[-1][1] = last
        else:
            joined.append([first, last])
    return [(first, last) for first, last in joined]
