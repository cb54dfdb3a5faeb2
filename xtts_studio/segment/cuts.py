"""Where to cut: stretches of speech to chunks of a wanted duration. Pure functions over arrays, times in seconds.

Chunks begin and end inside pauses. Which pauses, a dynamic programme chooses over all of them at once: durations near
the target; long pauses rather than short ones, and those that sound like the recording's own silence rather than those
with a breath in them. Silence between chunks is left out. Speech longer than the maximum is cut where it is quietest,
and flagged.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xtts_studio.segment.grouping import Costs, cheapest
from xtts_studio.segment.pauses import Loudness, Times

LONGEST_PAUSE_INSIDE_S = 1.5
"""A longer pause always separates chunks: the trainer would learn the silence."""

ONSET_LATE_S = 0.08
"""Soft beginnings are noticed late: so much more is kept before speech than after it."""

_SHORT_PAUSE_S = 0.5
_SHORT_PAUSE_COST = 1.3
_LONG_PAUSE_S = 0.6
_LONG_PAUSE_COST = 0.25
_ALIKE_DB = 2.0
_UNLIKE_COST_PER_DB = 0.25
_MOST_UNLIKE_COST = 1.0
_FORCED_COST = 4.0
_LOUD_COST = 4.0
_LEAST_SPAN_DB = 10.0
_FORCED_EACH_S = 0.2
_FORCED_FRAMES = 5
_VALLEY_FRAMES = 3
_FURTHER_S = 0.04
_TOUCHES_BELOW = 10 ** (-20 / 10)
_CLEARLY_DB = 6.0
_TOUCHES_FRAMES = 3


@dataclass(frozen=True)
class Wanted:
    """What chunks should be like, in seconds; the pads are kept around speech where there is room. Quiet moments within
    speech that are at least `min_silence_s` long are pauses, too."""

    min_s: float
    target_s: float
    max_s: float
    start_pad_s: float
    end_pad_s: float
    min_silence_s: float = 0.1


@dataclass(frozen=True)
class Cut:
    """One chunk, and where speech begins and ends in it.

    Flags: `too_short`, `forced_cut` (in speech without a pause), `touches_speech` (an edge is loud).
    """

    start_s: float
    end_s: float
    flags: tuple[str, ...]
    speech_start_s: float
    speech_end_s: float

    def later(self, by_s: float) -> "Cut":
        """The same cut of a sound that begins `by_s` later."""
        start_s, end_s = self.start_s + by_s, self.end_s + by_s
        return Cut(start_s, end_s, self.flags, self.speech_start_s + by_s, self.speech_end_s + by_s)


@dataclass(frozen=True)
class _Pieces:
    """Stretches of speech that are not cut further, each array (n,).

    `start_s` and `end_s`: what must not be lost; `from_s` and `to_s`: the same with its padding. `forced[i]`: piece i
    goes on without a pause where piece i - 1 ends. `cost[i]`: how bad it is to cut before piece i.
    """

    start_s: Times
    end_s: Times
    from_s: Times
    to_s: Times
    forced: NDArray[np.bool_]
    cost: NDArray[np.float64]


def plan_cuts(speech: Times, loudness: Loudness, wanted: Wanted, range_s: tuple[float, float]) -> list[Cut]:
    """Chunks for stretches of `speech`, (stretches, 2) in order, that lie in a range of a sound.

    `loudness` is that of the whole sound, and its silence that of the recording. Chunks don't overlap, stay within the
    range, and none is longer than `wanted.max_s`.
    """
    stretches = loudness.split(speech, wanted.min_silence_s)
    if len(stretches) == 0:
        return []
    heard = np.clip(loudness.heard(stretches), *range_s)
    pieces = _pieces(stretches, heard, loudness, range_s, wanted)
    costs = Costs(wanted.min_s, wanted.target_s, wanted.max_s, LONGEST_PAUSE_INSIDE_S, _kept_cost(pieces), pieces.cost)
    groups = cheapest(pieces.start_s, pieces.end_s, pieces.from_s, pieces.to_s, costs)
    return [_cut(pieces, first, last, loudness, wanted) for first, last in groups]


def _pieces(
    stretches: Times, heard: Times, loudness: Loudness, range_s: tuple[float, float], wanted: Wanted
) -> _Pieces:
    start_s, end_s = stretches[:, 0].copy(), stretches[:, 1].copy()
    from_s = np.minimum(start_s, _quiet(heard[:, 0], -wanted.start_pad_s, loudness))
    to_s = np.maximum(end_s, _quiet(heard[:, 1], wanted.end_pad_s, loudness))
    from_s[0], to_s[-1] = max(from_s[0], range_s[0]), min(to_s[-1], range_s[1])
    _meet(from_s, to_s, stretches, heard, loudness)
    cost = np.append(0.0, _pause_cost(heard[:-1, 1], heard[1:, 0], loudness))
    forced = np.zeros(len(start_s), dtype=np.bool_)
    whole = _Pieces(start_s, end_s, from_s, to_s, forced, cost)
    return _divided(whole, loudness, wanted.max_s)


def _quiet(heard_s: Times, pad_s: float, loudness: Loudness) -> Times:
    """So far from where speech is heard to begin or end, or a little further where it is quieter still, so that all
    chunks get the same silence; where it isn't silent there, the quietest moment nearer."""
    if pad_s == 0:
        return heard_s
    edges_s = loudness.quietest_near(heard_s + pad_s, float(np.copysign(_FURTHER_S, pad_s)))
    if loudness.quiet is not None:
        for index in np.flatnonzero(~loudness.quiet[loudness.index(edges_s)]):
            near_s, far_s = heard_s[index] + pad_s / 4, heard_s[index] + pad_s
            edges_s[index] = loudness.quietest(min(near_s, far_s), max(near_s, far_s), _VALLEY_FRAMES)
    return edges_s


def _meet(from_s: Times, to_s: Times, stretches: Times, heard: Times, loudness: Loudness) -> None:
    """Where the pads of two neighbours would overlap, they end at the quietest moment about the middle of the pause."""
    for index in np.flatnonzero(to_s[:-1] > from_s[1:]):
        low_s = max(stretches[index, 1], min(heard[index, 1], stretches[index + 1, 0]))
        high_s = max(low_s, min(stretches[index + 1, 0], max(heard[index + 1, 0], low_s)))
        quarter_s = (high_s - low_s) / 4
        valley_s = loudness.quietest(low_s + quarter_s, high_s - quarter_s, _VALLEY_FRAMES)
        to_s[index], from_s[index + 1] = min(to_s[index], valley_s), max(from_s[index + 1], valley_s)


def _pause_cost(begin_s: Times, end_s: Times, loudness: Loudness) -> NDArray[np.float64]:
    """How bad it is to cut in each pause: short ones, and those that don't sound like the recording's silence. Louder,
    and there is a breath or an echo; quieter, and the chunk's edge would sound unlike all others."""
    short = np.maximum(0.0, 1 - (end_s - begin_s) / _SHORT_PAUSE_S) ** 2
    unlike_db = np.abs(loudness.steady_db(begin_s, end_s) - loudness.pause_db)
    unlike = np.clip(_UNLIKE_COST_PER_DB * (unlike_db - _ALIKE_DB), 0, _MOST_UNLIKE_COST)
    return np.asarray(_SHORT_PAUSE_COST * short + unlike, dtype=np.float64)


def _kept_cost(pieces: _Pieces) -> NDArray[np.float64]:
    """How bad it is to keep the pause before each piece inside a chunk."""
    pause_s = np.append(0.0, pieces.start_s[1:] - pieces.end_s[:-1])
    return np.asarray(_LONG_PAUSE_COST * np.maximum(0.0, pause_s - _LONG_PAUSE_S) ** 2, dtype=np.float64)


def _divided(whole: _Pieces, loudness: Loudness, max_s: float) -> _Pieces:
    """The same with pieces that are too long for one chunk divided wherever they could be cut."""
    rows: list[tuple[float, float, float, float, bool, float]] = []
    span_db = max(_LEAST_SPAN_DB, loudness.speech_db - loudness.silence_db)
    columns = (whole.start_s, whole.end_s, whole.from_s, whole.to_s, whole.cost)
    for start_s, end_s, from_s, to_s, cost in zip(*(column.tolist() for column in columns), strict=True):
        forced = False
        for valley_s, level_db in _valleys(start_s, end_s, loudness, max_s):
            rows.append((start_s, valley_s, from_s, valley_s, forced, cost))
            loud = min(1.0, (level_db - loudness.silence_db) / span_db)
            start_s, from_s, forced, cost = valley_s, valley_s, True, _FORCED_COST + _LOUD_COST * loud
        rows.append((start_s, end_s, from_s, to_s, forced, cost))
    table = list(zip(*rows, strict=True))
    times = [np.array(column, dtype=np.float64) for column in table[:4]]
    return _Pieces(times[0], times[1], times[2], times[3], np.array(table[4]), np.array(table[5], dtype=np.float64))


def _valleys(start_s: float, end_s: float, loudness: Loudness, max_s: float) -> list[tuple[float, float]]:
    """Of speech that is longer than `max_s`, the quietest moment of each fifth of a second, and its level in dB."""
    if end_s - start_s <= max_s:
        return []
    each_s = min(_FORCED_EACH_S, max_s / 4)
    return loudness.valleys(start_s + each_s, end_s, each_s, _FORCED_FRAMES)


def _cut(pieces: _Pieces, first: int, last: int, loudness: Loudness, wanted: Wanted) -> Cut:
    speech = float(pieces.start_s[first]), float(pieces.end_s[last])
    start_s, end_s = _within(float(pieces.from_s[first]), *speech, float(pieces.to_s[last]), wanted.max_s)
    flags = []
    if end_s - start_s < wanted.min_s:
        flags.append("too_short")
    if pieces.forced[first] or (last + 1 < len(pieces.forced) and pieces.forced[last + 1]):
        flags.append("forced_cut")
    if _touches(start_s, end_s, loudness):
        flags.append("touches_speech")
    return Cut(start_s, end_s, tuple(flags), *speech)


def _within(from_s: float, start_s: float, end_s: float, to_s: float, max_s: float) -> tuple[float, float]:
    """The padded edges, with less padding where it would make the chunk longer than the maximum."""
    padding_s = (start_s - from_s) + (to_s - end_s)
    over_s = (to_s - from_s) - max_s
    if over_s <= 0 or padding_s <= 0:
        return from_s, to_s
    share = min(1.0, over_s / padding_s)
    return from_s + share * (start_s - from_s), to_s - share * (to_s - end_s)


def _touches(start_s: float, end_s: float, loudness: Loudness) -> bool:
    """Is it as loud at an edge as if somebody spoke there, for longer than a click?"""
    first, last = loudness.index(np.array([start_s, end_s])).tolist()
    noise_db = min(loudness.silence_db + _CLEARLY_DB, loudness.speech_db - _CLEARLY_DB)
    limit = max(_TOUCHES_BELOW * loudness.mean(first, last + 1), 10 ** (noise_db / 10))
    edges = loudness.mean(first, first + _TOUCHES_FRAMES), loudness.mean(last + 1 - _TOUCHES_FRAMES, last + 1)
    return max(edges) > limit
