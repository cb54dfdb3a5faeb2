"""A clip's sound in memory: where somebody speaks in it, where it is quiet, and its ends faded.

What is speech is judged by levels alone, beside the clip's own loudest and quietest moments. Low rumble doesn't count.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from xtts_studio.audio.mix import Samples, mixdown
from xtts_studio.dataset.text_parts import Written
from xtts_studio.errors import AudioError, NotFound
from xtts_studio.shapes import Chunk, ClipDetails, CutSettings

FRAME_S = 0.01
FADE_S = CutSettings.model_fields["fade_ms"].default / 1000
TOUCHES_BELOW_DB = -20.0
"""An edge is loud that lies less below the clip's mean."""

_LONGEST_S = 1800
_EMPHASIS = 0.95
_SILENT_DB = -85.0  # below is digital silence, which says nothing of the room's noise
_LOWEST_FLOOR_DB = -80.0
_SPEECH_OVER_FLOOR_DB, _SPEECH_BELOW_LOUDEST_DB = 10.0, -50.0
_EDGE_OVER_FLOOR_DB, _LONGEST_EDGE_FRAMES = 6.0, 15
_PAUSE_BELOW_LOUDEST_DB = -32.0
_LEAST_RANGE_DB = 16.0
_CLICK_FRAMES, _ALONE_FRAMES = 3, 20
_WINDOW_S, _STEP_S = 0.02, 0.001
_AS_QUIET = 1.12  # half a decibel

Spans = list[tuple[float, float]]


@dataclass(frozen=True)
class Clip:
    """A clip that is worked on: mono samples (n,), and what is known of it. `language` is the dataset's, if need be."""

    chunk: Chunk
    details: ClipDetails
    samples: Samples
    rate_hz: int
    language: str | None

    @property
    def name(self) -> str:
        return Path(self.chunk.file).name

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.rate_hz

    @cached_property
    def levels(self) -> "Levels":
        return Levels.of(self.samples, self.rate_hz)

    @cached_property
    def written(self) -> Written:
        return Written(self.chunk.text, self.language, self.details.words)


def read_clip(path: Path, chunk: Chunk, details: ClipDetails, language: str | None) -> Clip:
    """A clip with its sound. Raises `NotFound` for a file that is gone, `AudioError` for one that can't be read."""
    name = Path(chunk.file).name
    try:
        with soundfile.SoundFile(path) as file:
            if file.frames > _LONGEST_S * file.samplerate:
                raise AudioError(
                    f"{name} lasts longer than {_LONGEST_S // 60} minutes.", hint="Upload it as a recording and cut it."
                )
            samples, rate_hz = file.read(dtype="float32", always_2d=True), file.samplerate
    except (soundfile.LibsndfileError, OSError) as error:
        if not path.exists():
            raise NotFound(f"The sound of {name} is no longer there.", hint="Drop the clip.") from error
        raise AudioError(f"The sound of {name} can't be read.", hint="Drop the clip.") from error
    if not len(samples):
        raise AudioError(f"{name} holds no sound.", hint="Drop the clip.")
    return Clip(chunk, details, mixdown(np.ascontiguousarray(samples.T)), rate_hz, chunk.language or language)


@dataclass(frozen=True)
class _Band:
    """How loud each 10 ms are, in dBFS, (frames,), and what is quietest and loudest in it."""

    db: NDArray[np.float64]
    floor_db: float
    loudest_db: float

    @classmethod
    def of(cls, samples: Samples, rate_hz: int) -> "_Band":
        power = powers(samples, rate_hz)
        db = _db(power)
        return cls(db, _floor(power, db), float(_db(_smoothed(power, 10)).max()))

    @property
    def clear(self) -> bool:
        enough = max(self.floor_db, _SILENT_DB) + _LEAST_RANGE_DB
        return self.loudest_db >= enough

    def over(self, floor_db: float, loudest_db: float = -np.inf) -> NDArray[np.bool_]:
        """Which frames are so far over the floor, and not too far below the loudest."""
        return np.asarray(self.db > max(self.floor_db + floor_db, self.loudest_db + loudest_db))


@dataclass(frozen=True)
class Levels:
    """Where it is loud in a clip, judged as it is and with its highs raised: a hum hides neither s nor f."""

    bands: tuple[_Band, _Band]

    @classmethod
    def of(cls, samples: Samples, rate_hz: int) -> "Levels":
        exact = samples - samples.mean(dtype=np.float64).astype(np.float32)
        raised = exact - np.float32(_EMPHASIS) * np.concatenate([exact[:1], exact[:-1]])
        return cls((_Band.of(exact, rate_hz), _Band.of(raised, rate_hz)))

    @property
    def clear(self) -> bool:
        """Can speech be told from what is beneath it?"""
        return all(band.clear for band in self.bands)

    @cached_property
    def speech(self) -> tuple[float, float] | None:
        """When speech begins and ends, soft beginnings and ends included; None where it can't be told."""
        runs = _without_clicks(_runs(self._over(_SPEECH_OVER_FLOOR_DB, _SPEECH_BELOW_LOUDEST_DB)))
        if not runs or not self.clear:
            return None
        first, last = runs[0][0], runs[-1][1]
        soft = self._over(_EDGE_OVER_FLOOR_DB)
        before = soft[max(0, first - _LONGEST_EDGE_FRAMES) : first][::-1]
        after = soft[last : last + _LONGEST_EDGE_FRAMES]
        return (first - _leading(before)) * FRAME_S, (last + _leading(after)) * FRAME_S

    @cached_property
    def pauses(self) -> Spans:
        """Quiet stretches between the first and the last speech."""
        if self.speech is None:
            return []
        start_s, end_s = self.speech
        runs = ((first * FRAME_S, last * FRAME_S) for first, last in _runs(~self._voiced))
        return [(first, last) for first, last in runs if first > start_s and last < end_s]

    def voiced_share(self, until_s: float) -> float:
        """Which share of what isn't pause lies before a moment."""
        voiced = self._voiced if self.clear else np.ones(len(self._voiced), dtype=np.bool_)
        return float(voiced[: round(until_s / FRAME_S)].sum() / max(1, voiced.sum()))

    @cached_property
    def _voiced(self) -> NDArray[np.bool_]:
        return self._over(_SPEECH_OVER_FLOOR_DB, _PAUSE_BELOW_LOUDEST_DB)

    def _over(self, floor_db: float, loudest_db: float = -np.inf) -> NDArray[np.bool_]:
        exact, raised = (band.over(floor_db, loudest_db) for band in self.bands)
        return exact | raised


def powers(samples: Samples, rate_hz: int) -> NDArray[np.float64]:
    """Mean square of each 10 ms, the last of what is left: (n,) -> (frames,)."""
    edges = np.round(np.arange(int(len(samples) / (FRAME_S * rate_hz)) + 1) * FRAME_S * rate_hz).astype(int)
    edges = edges[edges < len(samples)]
    sums = np.add.reduceat(samples * samples, edges, dtype=np.float64)
    return np.asarray(sums / np.diff(np.append(edges, len(samples))))


def quietest(samples: Samples, rate_hz: int, low_s: float, high_s: float, wanted_s: float) -> int:
    """The sample around which 20 ms are quietest, between two times; of those about equal the one next to a third."""
    half, step = round(_WINDOW_S / 2 * rate_hz), max(1, round(_STEP_S * rate_hz))
    wanted = min(max(round(wanted_s * rate_hz), 0), len(samples))
    low, high = max(round(low_s * rate_hz), 0), min(round(high_s * rate_hz), len(samples))
    before, after = np.arange(wanted, low - 1, -step), np.arange(wanted, high + 1, step)
    places = np.unique(np.concatenate([before, after]))
    places = places[(places >= low) & (places <= high)]
    if not len(places):
        return wanted
    sums = np.concatenate([[0.0], np.cumsum(samples.astype(np.float64) ** 2)])
    begins, ends = np.maximum(places - half, 0), np.minimum(places + half, len(samples))
    found = (sums[ends] - sums[begins]) / np.maximum(ends - begins, 1)
    good = places[found <= found.min() * _AS_QUIET + 1e-10]
    return int(good[np.argmin(np.abs(good - wanted))])


def is_loud_at(samples: Samples, rate_hz: int, sample: int) -> bool:
    """Does somebody speak at this sample? The 10 ms around it tell, beside the whole."""
    half = round(FRAME_S / 2 * rate_hz)
    around = samples[max(0, sample - half) : sample + half].astype(np.float64)
    mean = float((samples.astype(np.float64) ** 2).mean())
    return around.size > 0 and mean > 0 and float((around**2).mean()) > mean * 10 ** (TOUCHES_BELOW_DB / 10)


def faded(samples: Samples, rate_hz: int, start: bool = True, end: bool = True) -> Samples:
    """The same sound with its beginning, its end or both faded over a few milliseconds, as cutting does it."""
    count = min(int(FADE_S * rate_hz), len(samples) // 2)
    rise = ((1 - np.cos(np.pi * (np.arange(count) + 0.5) / max(1, count))) / 2).astype(np.float32)
    made = samples.copy()
    if start:
        made[:count] *= rise
    if end:
        made[len(made) - count :] *= rise[::-1]
    return made


def _floor(power: NDArray[np.float64], db: NDArray[np.float64]) -> float:
    """The quietest 50 ms; digital silence is passed over."""
    if len(db) < 5:
        return _LOWEST_FLOOR_DB
    smooth = _db(_smoothed(power, 5))
    real = np.lib.stride_tricks.sliding_window_view(db > _SILENT_DB, 5).all(axis=1)
    return max(_LOWEST_FLOOR_DB, float(smooth[real].min())) if real.any() else _LOWEST_FLOOR_DB


def _smoothed(power: NDArray[np.float64], frames: int) -> NDArray[np.float64]:
    width = min(frames, len(power))
    return np.asarray(np.convolve(power, np.ones(width) / width, mode="valid"))


def _db(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(10 * np.log10(np.maximum(power, 1e-12)))


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and one after the last index of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(first), int(last)) for first, last in zip(edges[::2], edges[1::2], strict=True)]


def _without_clicks(runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The runs without short ones that stand alone at the beginning or the end: clicks of the mouth or the machine."""
    while len(runs) > 1 and runs[0][1] - runs[0][0] < _CLICK_FRAMES and runs[1][0] - runs[0][1] > _ALONE_FRAMES:
        runs = runs[1:]
    while len(runs) > 1 and runs[-1][1] - runs[-1][0] < _CLICK_FRAMES and runs[-1][0] - runs[-2][1] > _ALONE_FRAMES:
        runs = runs[:-1]
    return runs


def _leading(mask: NDArray[np.bool_]) -> int:
    """How many are True before the first that isn't."""
    return len(mask) if mask.all() else int(np.argmin(mask))
