"""Where to cut: stretches of speech to chunks of a wanted duration. Pure functions over arrays, times in seconds.

Chunks begin and end inside pauses, at the quietest moment of what padding allows. Which pauses, a dynamic programme
chooses over all of them at once: durations near the target, long pauses rather than short ones. Silence between chunks
is left out. Speech longer than the maximum is cut where it is quietest, and flagged.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.float64]

LONGEST_PAUSE_INSIDE_S = 1.5
"""A longer pause always separates chunks: the trainer would learn the silence."""

ONSET_LATE_S = 0.08
"""Silero notices the beginning of speech late (40 ms in the median, soft beginnings far more), hardly ever its end: so
much more is kept before speech than after it."""

_SHORT_PAUSE_S = 0.5
_SHORT_PAUSE_COST = 0.4
_LONG_PAUSE_S = 0.6
_LONG_PAUSE_COST = 0.5
_FORCED_COST = 4.0
_TOO_SHORT_COST = 2.0
_TOUCHES_BELOW = 10 ** (-20 / 10)
_SMOOTH_FRAMES = 5


@dataclass(frozen=True)
class Wanted:
    """What chunks should be like, in seconds; the pads are kept around speech where there is room."""

    min_s: float
    target_s: float
    max_s: float
    start_pad_s: float
    end_pad_s: float


@dataclass(frozen=True)
class Cut:
    """One chunk. Flags: `too_short`, `forced_cut` (in speech without a pause), `touches_speech` (an edge is loud)."""

    start_s: float
    end_s: float
    flags: tuple[str, ...]


@dataclass(frozen=True)
class _Stretch:
    """A stretch of speech that is not cut further, with its padded edges, and whether an edge was forced."""

    start_s: float
    end_s: float
    padded_start_s: float
    padded_end_s: float
    forced_start: bool
    forced_end: bool


@dataclass(frozen=True)
class _Energy:
    """Mean square per frame of `frame_s`; knows the quietest moment of a span."""

    frames: NDArray[np.float32]
    frame_s: float

    def quietest(self, low_s: float, high_s: float, latest: bool = False, smooth: int = 1) -> float:
        """The middle of the quietest frame between two times; of equal ones the first, or the latest.

        With `smooth`, of the quietest run of so many frames.
        """
        first, last = int(low_s / self.frame_s), int(np.ceil(high_s / self.frame_s))
        frames = self.frames[first:last]
        if len(frames) == 0:
            return high_s if latest else low_s
        if len(frames) > smooth > 1:
            frames = np.convolve(frames, np.ones(smooth, dtype=np.float32), mode="valid")
            first += smooth // 2
        index = len(frames) - 1 - int(np.argmin(frames[::-1])) if latest else int(np.argmin(frames))
        return float(min(max((first + index + 0.5) * self.frame_s, low_s), high_s))

    def at(self, time_s: float) -> float:
        index = min(max(int(time_s / self.frame_s), 0), len(self.frames) - 1)
        return float(self.frames[index]) if len(self.frames) else 0.0

    def mean(self, start_s: float, end_s: float) -> float:
        frames = self.frames[int(start_s / self.frame_s) : int(np.ceil(end_s / self.frame_s))]
        return float(frames.mean()) if len(frames) else 0.0


def plan_cuts(
    speech: Times, energy: NDArray[np.float32], frame_s: float, duration_s: float, wanted: Wanted
) -> list[Cut]:
    """Chunks for stretches of `speech`, (stretches, 2) in order, of a sound of `duration_s`.

    `energy` is the mean square per `frame_s`. Chunks don't overlap, none is longer than `wanted.max_s`.
    """
    known = _Energy(np.asarray(energy, dtype=np.float32), frame_s)
    stretches = _padded(_short_enough(speech, known, wanted), known, duration_s, wanted)
    return [_cut(group, known, wanted) for group in _grouped(stretches, wanted)]


def _short_enough(speech: Times, energy: _Energy, wanted: Wanted) -> list[tuple[float, float, bool, bool]]:
    """The stretches, those beyond the maximum cut at their quietest moments: (start, end, forced start, forced end)."""
    found: list[tuple[float, float, bool, bool]] = []
    for start_s, end_s in speech.tolist():
        edges = [start_s, *_forced_cuts(start_s, end_s, energy, wanted.max_s), end_s]
        last = len(edges) - 2
        found += [(a, b, i > 0, i < last) for i, (a, b) in enumerate(pairwise(edges))]
    return found


def _forced_cuts(start_s: float, end_s: float, energy: _Energy, max_s: float) -> list[float]:
    """Moments that leave no piece longer than `max_s`, with as few pieces as possible."""
    cuts: list[float] = []
    while end_s - start_s > max_s:
        pieces = int(np.ceil((end_s - start_s) / max_s))
        earliest = max(end_s - (pieces - 1) * max_s, start_s + max_s / 2)
        latest = start_s + max_s
        start_s = energy.quietest(min(earliest, latest), latest, smooth=_SMOOTH_FRAMES)
        cuts.append(start_s)
    return cuts


def _padded(
    stretches: list[tuple[float, float, bool, bool]], energy: _Energy, duration_s: float, wanted: Wanted
) -> list[_Stretch]:
    """Each stretch with its padded edges: into the pauses beside it, never beyond their middles."""
    found = []
    for index, (start_s, end_s, forced_start, forced_end) in enumerate(stretches):
        before = stretches[index - 1][1] if index else -start_s
        after = stretches[index + 1][0] if index + 1 < len(stretches) else 2 * duration_s - end_s
        padded_start = _start_edge(before, start_s, energy, wanted.start_pad_s)
        padded_end = _end_edge(end_s, after, energy, wanted.end_pad_s)
        found.append(_Stretch(start_s, end_s, padded_start, padded_end, forced_start, forced_end))
    return found


def _start_edge(before_s: float, start_s: float, energy: _Energy, pad_s: float) -> float:
    """The quietest moment in the far quarter of the padding before speech that begins at `start_s`."""
    furthest = max((before_s + start_s) / 2, start_s - pad_s, 0.0)
    return energy.quietest(furthest, furthest + (start_s - furthest) / 4)


def _end_edge(end_s: float, after_s: float, energy: _Energy, pad_s: float) -> float:
    furthest = min((end_s + after_s) / 2, end_s + pad_s)
    return energy.quietest(furthest - (furthest - end_s) / 4, furthest, latest=True)


def _grouped(stretches: list[_Stretch], wanted: Wanted) -> list[list[_Stretch]]:
    """Runs of stretches that become chunks: the cheapest way through all pauses, from the first to the last."""
    best = [0.0] + [np.inf] * len(stretches)
    came_from = [0] * (len(stretches) + 1)
    for end in range(1, len(stretches) + 1):
        kept = 0.0
        for begin in range(end - 1, -1, -1):
            if begin < end - 1 and not _together(stretches[begin : begin + 2], stretches[end - 1], wanted):
                break
            if begin < end - 1:
                kept += _kept_cost(stretches[begin], stretches[begin + 1])
            cost = best[begin] + kept + _cost(stretches[begin], stretches[end - 1], wanted)
            cost += _cut_cost(stretches, begin)
            if cost < best[end]:
                best[end], came_from[end] = cost, begin
    groups, end = [], len(stretches)
    while end:
        groups.append(stretches[came_from[end] : end])
        end = came_from[end]
    return groups[::-1]


def _together(pair: list[_Stretch], last: _Stretch, wanted: Wanted) -> bool:
    """May a chunk that begins with the second of `pair` and ends with `last` begin with the first instead?"""
    first, second = pair
    fits = last.padded_end_s - first.padded_start_s <= wanted.max_s
    return fits and second.start_s - first.end_s <= LONGEST_PAUSE_INSIDE_S


def _cost(first: _Stretch, last: _Stretch, wanted: Wanted) -> float:
    """How far a chunk is from what is wanted."""
    duration_s = last.padded_end_s - first.padded_start_s
    missing = max(0.0, wanted.min_s - duration_s) / wanted.min_s
    return ((duration_s - wanted.target_s) / wanted.target_s) ** 2 + _TOO_SHORT_COST * missing


def _kept_cost(before: _Stretch, after: _Stretch) -> float:
    """How bad it is to keep the pause between two stretches."""
    return _LONG_PAUSE_COST * max(0.0, after.start_s - before.end_s - _LONG_PAUSE_S) ** 2


def _cut_cost(stretches: list[_Stretch], begin: int) -> float:
    """How bad it is to cut before stretch `begin`."""
    if begin == 0:
        return 0.0
    if stretches[begin].forced_start:
        return _FORCED_COST
    pause_s = stretches[begin].start_s - stretches[begin - 1].end_s
    return _SHORT_PAUSE_COST * max(0.0, 1 - pause_s / _SHORT_PAUSE_S)


def _cut(group: list[_Stretch], energy: _Energy, wanted: Wanted) -> Cut:
    first, last = group[0], group[-1]
    start_s, end_s = _within(first, last, wanted.max_s)
    flags = []
    if end_s - start_s < wanted.min_s:
        flags.append("too_short")
    if first.forced_start or last.forced_end:
        flags.append("forced_cut")
    if max(energy.at(start_s), energy.at(end_s)) > _TOUCHES_BELOW * energy.mean(start_s, end_s) > 0:
        flags.append("touches_speech")
    return Cut(start_s, end_s, tuple(flags))


def _within(first: _Stretch, last: _Stretch, max_s: float) -> tuple[float, float]:
    """The padded edges, with less padding where it would make the chunk longer than the maximum."""
    start_pad, end_pad = first.start_s - first.padded_start_s, last.padded_end_s - last.end_s
    over = (last.padded_end_s - first.padded_start_s) - max_s
    if over <= 0 or start_pad + end_pad <= 0:
        return first.padded_start_s, last.padded_end_s
    share = min(1.0, over / (start_pad + end_pad))
    return first.padded_start_s + share * start_pad, last.padded_end_s - share * end_pad
