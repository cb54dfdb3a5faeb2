"""Speech detection over a stream of any length, in constant memory, on all the cores there are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xtts_studio.audio.mix import Samples
from xtts_studio.segment.ahead import side_by_side
from xtts_studio.segment.silero import CONTEXT_SAMPLES, NOTHING_HEARD, RATE_HZ, WINDOW_SAMPLES, detector
from xtts_studio.threads import cores

WINDOW_S = WINDOW_SAMPLES / RATE_HZ
ENERGY_SAMPLES = 160
ENERGY_S = ENERGY_SAMPLES / RATE_HZ

_WINDOWS_PER_CALL = 1_000
_QUIET = 0.05
_HYSTERESIS = 0.15
_LOWEST_THRESHOLD = 0.01


@dataclass(frozen=True)
class Track:
    """What is known of every moment of a stretch of sound that begins at `start_s` of its recording.

    `speech` (windows,): probability of speech per window of 32 ms. `energy` (frames,): mean square per 10 ms.
    """

    speech: Samples
    energy: Samples
    duration_s: float
    start_s: float = 0.0


def gain(level: float) -> float:
    """By how much to amplify a recording before looking for speech; quiet ones would be taken for silence."""
    return 0.25 / level if 0 < level < _QUIET else 1.0


def listen(blocks: Iterable[Samples], threads: int | None = None) -> Track:
    """Speech probability and energy of mono blocks (n,) at 16 kHz, on all cores, or in `threads`.

    The probabilities are bit for bit those of the model as published. Raises `StudioError` without the model.
    """
    model = detector()
    speech: list[Samples] = []
    energy: list[Samples] = []
    total, memory = 0, NOTHING_HEARD

    def first_half(block: tuple[Samples, Samples]) -> tuple[int, Samples, Samples]:
        samples, before = block
        windows = _padded(samples, WINDOW_SAMPLES)
        contexts = np.concatenate([before[np.newaxis], windows[:-1, -CONTEXT_SAMPLES:]])
        features = model.encode(np.concatenate([contexts, windows], axis=1))
        return samples.size, features, np.square(_padded(samples, ENERGY_SAMPLES)).mean(axis=1)

    heard = _with_ends(_regular(blocks, _WINDOWS_PER_CALL * WINDOW_SAMPLES))
    for size, features, squares in side_by_side(first_half, heard, threads or cores()):
        said, memory = model.recall(features, memory)
        speech.append(said)
        energy.append(squares)
        total += size
    empty = [np.zeros(0, dtype=np.float32)]
    return Track(np.concatenate(speech or empty), np.concatenate(energy or empty), total / RATE_HZ)


def speech_segments(
    probabilities: Samples, threshold: float, min_speech_s: float, min_silence_s: float, duration_s: float
) -> NDArray[np.float64]:
    """Stretches of speech, (segments, 2) with start and end in seconds: those of silero-vad itself, without padding.

    Speech begins with a window at or above `threshold`. It ends with the first window below a somewhat lower one if,
    before speech goes on, another such window begins at least `min_silence_s` later. What is no longer than
    `min_speech_s` is left out.
    """
    exact = probabilities.astype(np.float64)
    on = np.flatnonzero(exact >= threshold)
    if len(on) == 0:
        return np.zeros((0, 2))
    off = np.flatnonzero(exact < max(threshold - _HYSTERESIS, _LOWEST_THRESHOLD))
    until = np.append(on[1:], len(exact))
    first, behind = np.searchsorted(off, on), np.searchsorted(off, until)
    known = np.append(off, 0) * WINDOW_SAMPLES
    over = (first < behind) & (known[behind - 1] - known[first] >= round(min_silence_s * RATE_HZ))
    starts = on[np.append(True, over[:-1])] * WINDOW_SAMPLES
    ends = known[first[over]]
    if not over[-1]:
        ends = np.append(ends, round(duration_s * RATE_HZ))
    long_enough = ends - starts > round(min_speech_s * RATE_HZ)
    return np.asarray(np.stack([starts, ends], axis=1)[long_enough] / RATE_HZ, dtype=np.float64)


def _with_ends(blocks: Iterable[Samples]) -> Iterator[tuple[Samples, Samples]]:
    """Each block with the end of the one before it, (64,)."""
    before = np.zeros(CONTEXT_SAMPLES, dtype=np.float32)
    for block in blocks:
        yield block, before
        before = block[-CONTEXT_SAMPLES:]


def _regular(blocks: Iterable[Samples], size: int) -> Iterator[Samples]:
    """The same samples in blocks of exactly `size`, the last one shorter."""
    held: list[Samples] = []
    count = 0
    for block in blocks:
        held.append(block)
        count += block.size
        if count >= size:
            joined = np.concatenate(held)
            whole = count // size * size
            yield from joined[:whole].reshape(-1, size)
            held, count = [joined[whole:]], count - whole
    if count:
        yield np.concatenate(held)


def _padded(block: Samples, size: int) -> Samples:
    """(n,) -> (rows, size), the last row filled with silence."""
    return np.pad(block, (0, -block.size % size)).reshape(-1, size)
