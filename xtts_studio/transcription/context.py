"""Neighbouring chunks within their recording: windows of it that hold some of them, with what is said around them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from xtts_studio.audio.mix import Samples
from xtts_studio.shapes import Chunk, Word
from xtts_studio.transcription.loudness import FRAME_S, Loudness, loudness
from xtts_studio.transcription.recogniser import LONGEST_CLIP_S, RATE_HZ

MARGIN_S = 3.0
"""So much is heard before the first chunk of a window and after its last one."""

_LONGEST_GAP_S = 3.0
_SEARCHED_S = 1.5
_QUIET_FRAMES = 5


@dataclass(frozen=True)
class Window:
    """A stretch of a recording, and the chunks that are judged by what is heard in it."""

    start_s: float
    end_s: float
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True)
class Context:
    """A window that was listened to. All times are on its own clock, which begins at `start_s` of the recording."""

    window: Window
    start_s: float
    samples: Samples
    loudness: Loudness
    words: list[Word]

    def slice(self, start_s: float, end_s: float) -> Samples:
        """Samples (n,) at 16 kHz between two moments of the recording."""
        first, last = (round((time_s - self.start_s) * RATE_HZ) for time_s in (start_s, end_s))
        return self.samples[max(0, first) : max(0, last)]

    def words_within(self, start_s: float, end_s: float) -> list[Word]:
        """The words whose middle lies between two moments of the recording."""
        low, high = start_s - self.start_s, end_s - self.start_s
        return [word for word in self.words if low <= (word.start_s + word.end_s) / 2 < high]


def windows(chunks: list[Chunk], duration_s: float) -> list[Window]:
    """As few windows as hold all chunks (of one recording, in order), each no longer than is heard at once."""
    groups: list[list[Chunk]] = []
    for chunk in chunks:
        last = groups[-1] if groups else []
        near = bool(last) and chunk.start_s - last[-1].end_s < _LONGEST_GAP_S
        if near and chunk.end_s - last[0].start_s <= LONGEST_CLIP_S - 2 * MARGIN_S:
            last.append(chunk)
        else:
            groups.append([chunk])
    return [
        Window(max(0.0, group[0].start_s - MARGIN_S), min(duration_s, _end_s(group) + MARGIN_S), tuple(group))
        for group in groups
    ]


def _end_s(group: list[Chunk]) -> float:
    return max(chunk.end_s for chunk in group)


def sounds(blocks: Iterable[Samples], wanted: list[Window], begin_s: float) -> Iterator[Samples]:
    """The samples (n,) of each window, in order, from a stream at 16 kHz that begins at `begin_s` of the recording.

    Windows may overlap; no more is held than one of them and a block.
    """
    stream = iter(blocks)
    held, at = np.zeros(0, dtype=np.float32), 0
    for window in wanted:
        first, last = (max(0, round((time_s - begin_s) * RATE_HZ)) for time_s in (window.start_s, window.end_s))
        parts, have = [held], at + held.size
        while have < last and (block := next(stream, None)) is not None:
            if have <= first:
                parts, at = [], have
            parts.append(block)
            have += block.size
        held = np.concatenate(parts) if parts else held[:0]
        held, at = held[max(0, first - at) :], max(at, first)
        yield held[: last - at]


def trimmed(window: Window, samples: Samples) -> tuple[float, Samples]:
    """The window from and to quiet moments of its margins, so that it cuts no word itself: (start in s, samples)."""
    energy = loudness(samples).energy
    first_s = window.chunks[0].start_s - window.start_s
    last_s = _end_s(list(window.chunks)) - window.start_s
    begin = _quietest(energy, 0.0, min(_SEARCHED_S, first_s)) if first_s > FRAME_S and window.start_s > 0 else 0
    whole = len(energy)
    end = _quietest(energy, max(last_s, whole * FRAME_S - _SEARCHED_S), whole * FRAME_S)
    frame = round(FRAME_S * RATE_HZ)
    return window.start_s + begin * FRAME_S, samples[begin * frame : end * frame if end < whole - 1 else None]


def _quietest(energy: Samples, start_s: float, end_s: float) -> int:
    """The middle frame of the quietest run between two moments; the last moment where there is no room for one."""
    first, last = round(start_s / FRAME_S), round(end_s / FRAME_S)
    frames = energy[first:last]
    if len(frames) <= _QUIET_FRAMES:
        return last
    smooth = np.convolve(frames, np.ones(_QUIET_FRAMES, dtype=np.float32), mode="valid")
    return first + int(np.argmin(smooth)) + _QUIET_FRAMES // 2
