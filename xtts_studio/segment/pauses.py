"""Pauses, by how loud it is: where speech really begins and ends, short pauses that the detector passes over, and how
much a pause sounds like the recording's own silence. Arrays in, arrays out; times in seconds.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.float64]

SHORTEST_S = 0.15
"""A shorter quiet moment is no pause: so long a mouth can be shut within a word, before a "p" or a "t"."""

_LOWEST_DB = -90.0  # what is below this, zeros too, is all the same
_ABOVE_SILENCE_DB = 10.0
_BELOW_SPEECH_DB = 20.0
_LEAST_ROOM_DB = 3.0
_LATE_S = 0.1  # by which the detector's edges are moved at most
_APART_S = 0.1  # next to speech, silence has its echo
_LEAST_SILENCE_S = 0.5
_QUIETEST_SHARE = 5  # per cent
_STEADY_S = 0.1
_CLEAR_S = 0.3


@dataclass(frozen=True)
class Loudness:
    """Mean square per frame of `frame_s`, (frames,), and the stretches of speech in it, (n, 2)."""

    frames: NDArray[np.float32]
    frame_s: float
    speech: Times

    @cached_property
    def levels_db(self) -> NDArray[np.float32]:
        return _decibels(self.frames)

    @cached_property
    def _spoken(self) -> NDArray[np.bool_]:
        return self._within(self.speech)

    @cached_property
    def silence_db(self) -> float:
        """How loud it is where nobody speaks; where there is no such moment, in the quietest ones."""
        apart = self.speech + np.array([-_APART_S, _APART_S])
        silent = self.levels_db[~self._within(apart)]
        if len(silent) * self.frame_s >= _LEAST_SILENCE_S:
            return float(np.median(silent))
        return float(np.percentile(self.levels_db, _QUIETEST_SHARE)) if len(self.frames) else _LOWEST_DB

    @cached_property
    def pause_db(self) -> float:
        """How quiet a pause of this recording gets, commonly."""
        begin_s, end_s = self.speech[:-1, 1], self.speech[1:, 0]
        clear = end_s - begin_s >= _CLEAR_S
        found = self.steady_db(begin_s[clear], end_s[clear])
        return float(np.median(found)) if len(found) else self.silence_db

    @cached_property
    def speech_db(self) -> float:
        spoken = self.frames[self._spoken]
        return float(_decibels(np.array([spoken.mean(dtype=np.float64)]))[0]) if len(spoken) else 0.0

    @cached_property
    def _limit_db(self) -> float:
        return min(self.silence_db + _ABOVE_SILENCE_DB, self.speech_db - _BELOW_SPEECH_DB)

    @cached_property
    def quiet(self) -> NDArray[np.bool_] | None:
        """Which frames are as good as silent, (frames,); None where noise is too near to speech to tell."""
        if len(self.frames) == 0 or self._limit_db < self.silence_db + _LEAST_ROOM_DB:
            return None
        return np.asarray(self.levels_db <= self._limit_db)

    def _between(self, frames: NDArray[np.int64]) -> Times:
        """When it becomes quiet or loud where these frames begin to be: between the middles of two, in proportion. So a
        little more or less noise moves it a little, and not by a whole frame."""
        last = len(self.frames) - 1
        before, after = self.levels_db[np.clip(frames - 1, 0, last)], self.levels_db[np.clip(frames, 0, last)]
        steps = np.where(after == before, 1.0, after - before)
        shares = np.where(after == before, 0.5, np.clip((self._limit_db - before) / steps, 0, 1))
        return np.asarray((frames - 0.5 + shares) * self.frame_s, dtype=np.float64)

    def index(self, times_s: Times) -> NDArray[np.int64]:
        """The frames that hold these times."""
        found = np.floor(times_s / self.frame_s + 1e-6).astype(np.int64)
        return np.clip(found, 0, max(0, len(self.frames) - 1))

    def quietest(self, low_s: float, high_s: float, smooth: int = 1) -> float:
        """The middle of the quietest run of `smooth` frames between two times."""
        first, last = max(0, int(low_s / self.frame_s)), max(0, int(np.ceil(high_s / self.frame_s)))
        frames = self.frames[first:last]
        if len(frames) == 0:
            return (low_s + high_s) / 2
        if len(frames) > smooth > 1:
            frames = np.convolve(frames, np.ones(smooth, dtype=np.float32), mode="valid")
            first += smooth // 2
        # of equally quiet ones (digital silence) the middle one
        least = np.flatnonzero(frames == frames.min())
        return float(min(max((first + least[len(least) // 2] + 0.5) * self.frame_s, low_s), high_s))

    def quietest_near(self, times_s: Times, within_s: float) -> Times:
        """The quietest moment from each time on, or up to it if `within_s` is negative; of equal ones the nearest."""
        ahead = np.arange(1 + round(abs(within_s) / self.frame_s)) * (1 if within_s > 0 else -1)
        near = np.clip(self.index(times_s)[:, np.newaxis] + ahead, 0, len(self.frames) - 1)
        chosen = self.frames[near].argmin(axis=1)
        found = (near[np.arange(len(near)), chosen] + 0.5) * self.frame_s
        return np.asarray(np.where(chosen == 0, times_s, found), dtype=np.float64)

    def valleys(self, start_s: float, end_s: float, each_s: float, smooth: int) -> list[tuple[float, float]]:
        """Of each whole stretch of `each_s` in a range, the quietest moment and how loud it is, over so many frames."""
        size, first = max(1, round(each_s / self.frame_s)), int(self.index(np.array(start_s)))
        count = (min(len(self.frames), int(end_s / self.frame_s)) - first) // size
        numbers = first + np.arange(max(0, count) * size).reshape(-1, size)
        low, high = np.maximum(numbers - smooth // 2, 0), np.minimum(numbers + smooth // 2 + 1, len(self.frames))
        means = (self._sums[high] - self._sums[low]) / (high - low)
        chosen = np.arange(len(numbers)), means.argmin(axis=1) if count > 0 else np.zeros(0, dtype=np.int64)
        times_s = (numbers[chosen] + 0.5) * self.frame_s
        return list(zip(times_s.tolist(), _decibels(means[chosen]).tolist(), strict=True))

    def mean(self, first: int, last: int) -> float:
        """The mean square of frames."""
        first, last = max(0, first), min(len(self.frames), last)
        return max(0.0, float(self._sums[last] - self._sums[first])) / max(1, last - first)

    def steady_db(self, low_s: Times, high_s: Times) -> NDArray[np.float64]:
        """How loud the quietest tenth of a second between each two times is."""
        if len(self.frames) == 0 or len(low_s) == 0:
            return np.full(len(low_s), _LOWEST_DB)
        means = self._steady
        first = np.minimum(self.index(low_s), len(means) - 1)
        last = np.clip(self.index(high_s) - round(_STEADY_S / self.frame_s) + 1, first + 1, len(means))
        bounds = np.stack([first, last], axis=1).ravel()
        # reduceat wants every bound to be an index; the very end is none
        return _decibels(np.minimum.reduceat(np.append(means, means[-1]), bounds)[::2]).astype(np.float64)

    @cached_property
    def _sums(self) -> NDArray[np.float64]:
        return np.concatenate([[0.0], np.cumsum(self.frames, dtype=np.float64)])

    @cached_property
    def _steady(self) -> NDArray[np.float64]:
        """The mean over a tenth of a second from each frame on."""
        run = min(round(_STEADY_S / self.frame_s), len(self.frames))
        return np.asarray((self._sums[run:] - self._sums[:-run]) / run)

    def split(self, speech: Times, least_s: float) -> Times:
        """Stretches of speech, (n, 2), parted at quiet moments in them of at least `least_s` and `SHORTEST_S`."""
        if self.quiet is None or len(speech) == 0:
            return speech
        spans = self._between(runs(self.quiet))
        spans = spans[spans[:, 1] - spans[:, 0] >= max(least_s, SHORTEST_S) - 1e-6]
        inside = np.searchsorted(speech[:, 0], spans[:, 0], side="right") - 1
        held = speech[np.maximum(inside, 0)]
        within = (inside >= 0) & (spans[:, 0] > held[:, 0] + _LATE_S) & (spans[:, 1] < held[:, 1] - _LATE_S)
        spans = spans[within]
        starts = np.sort(np.concatenate([speech[:, 0], spans[:, 1]]))
        ends = np.sort(np.concatenate([speech[:, 1], spans[:, 0]]))
        return np.stack([starts, ends], axis=1)

    def heard(self, stretches: Times) -> Times:
        """Where each stretch, (n, 2), begins and ends by its loudness: up to a tenth of a second from where it was
        said to, since the detector is late at both ends."""
        if self.quiet is None or len(stretches) == 0:
            return stretches.copy()
        bounds = np.r_[0, np.flatnonzero(np.diff(self.quiet)) + 1, len(self.quiet)]  # of runs, quiet and loud in turn
        first, last = self.index(stretches[:, 0]), self.index(stretches[:, 1] - self.frame_s / 2)
        of_first, of_last = (np.searchsorted(bounds, at, side="right") - 1 for at in (first, last))
        begin = bounds[np.where(self.quiet[first], of_first + 1, of_first)]
        end = bounds[np.where(self.quiet[last], of_last, of_last + 1)]
        moved = self._between(np.stack([begin, end], axis=1))
        moved = np.clip(moved, stretches - _LATE_S, stretches + _LATE_S)
        return np.where((moved[:, 1] > moved[:, 0])[:, np.newaxis], moved, stretches)

    def _within(self, spans: Times) -> NDArray[np.bool_]:
        """Which frames lie in one of the spans."""
        steps = np.zeros(len(self.frames) + 1, dtype=np.int16)
        edges = np.clip(np.round(spans / self.frame_s).astype(np.int64), 0, len(self.frames))
        np.add.at(steps, edges[:, 0], 1)
        np.add.at(steps, edges[:, 1], -1)
        return np.asarray(np.cumsum(steps[:-1], dtype=np.int16) > 0)


def runs(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Begin and end (exclusive) of each run of True, (runs, 2)."""
    return np.flatnonzero(np.diff(np.r_[False, mask, False].astype(np.int8))).reshape(-1, 2)


def _decibels(powers: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.asarray(10 * np.log10(np.maximum(powers, 10 ** (_LOWEST_DB / 10))), dtype=np.float32)
