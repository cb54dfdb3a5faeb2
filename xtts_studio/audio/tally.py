"""What is found in a sound file block by block: outline, the largest sample, how the channels go together."""

import threading
from collections.abc import Callable

import numpy as np

from xtts_studio.audio.mix import Samples, gram
from xtts_studio.audio.peaks import PeakCollector

Watch = Callable[[float, float | None], None]
"""Called with the seconds of sound read so far, and how many there are by what the file says, if it does. From several
threads, one at a time."""


class Tally:
    """What was found in consecutive blocks: how many samples, their outline, and products of the channels.

    first_sample: where in the file the first block begins.
    """

    def __init__(self, first_sample: int = 0) -> None:
        self.samples = 0
        self.outline = PeakCollector(first_sample)
        self.products = np.zeros((1, 1))

    def take(self, block: Samples, rate_hz: int) -> None:
        """The next block, (channels, n)."""
        self.samples += block.shape[1]
        self.outline(block, rate_hz)
        self.products = self.products + gram(block)

    def add(self, following: "Tally") -> None:
        """What was found in the blocks after these."""
        self.samples += following.samples
        self.outline.join(following.outline)
        self.products = self.products + following.products


class Clock:
    """Adds up what several readers have read."""

    def __init__(self, watch: Watch, claimed_s: float | None = None) -> None:
        self._watch, self._claimed_s = watch, claimed_s
        self._read_s, self._lock = 0.0, threading.Lock()

    def add(self, block: Samples, rate_hz: int) -> None:
        """One reader has read this block, (channels, n). Raises what `watch` raises."""
        with self._lock:
            self._read_s += block.shape[1] / rate_hz
            self._watch(self._read_s, self._claimed_s)
