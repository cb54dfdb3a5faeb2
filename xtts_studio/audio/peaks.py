"""The outline of a recording, for drawing its waveform: the lowest and highest sample of every hundredth of a second.

Kept as an int8 array (pairs, 2) in a .npy file, 200 bytes per second of sound, and read through a memory map.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PAIRS_PER_S = 100

Outline = NDArray[np.int8]


class PeakCollector:
    """Takes blocks (channels, n) one after the other and keeps the outline over all channels.

    first_sample: where in the file the first block begins, for outlines that are joined.
    """

    def __init__(self, first_sample: int = 0) -> None:
        self._pairs: list[NDArray[np.float32]] = []
        self._first_pair = 0
        self._samples = first_sample
        self._count = 0

    def __call__(self, block: NDArray[np.float32], sample_rate_hz: int) -> None:
        """The next block; its pairs are joined with the last one where a hundredth spans two blocks."""
        begin, end = self._samples, self._samples + block.shape[1]
        first, last = begin * PAIRS_PER_S // sample_rate_hz, (end - 1) * PAIRS_PER_S // sample_rate_hz
        edges = -(-np.arange(first, last + 1) * sample_rate_hz // PAIRS_PER_S) - begin
        edges[0] = 0
        low = np.minimum.reduceat(block.min(axis=0), edges)
        high = np.maximum.reduceat(block.max(axis=0), edges)
        self._add(first, np.stack([low, high], axis=1))
        self._samples = end

    def join(self, following: "PeakCollector") -> None:
        """Adds the outline of the sound that follows exactly."""
        first = following._first_pair
        for pairs in following._pairs:
            self._add(first, pairs)
            first += len(pairs)
        self._samples = following._samples

    def _add(self, first: int, pairs: NDArray[np.float32]) -> None:
        """Pairs from pair `first` on, which may be the last one that is there."""
        if not self._count:
            self._first_pair = first
        elif first < self._first_pair + self._count:
            previous = self._pairs[-1][-1]
            previous[0], previous[1] = min(previous[0], pairs[0, 0]), max(previous[1], pairs[0, 1])
            pairs = pairs[1:]
        if len(pairs):
            self._pairs.append(pairs)
        self._count += len(pairs)

    def pairs(self) -> NDArray[np.float32]:
        """The outline so far, (pairs, 2)."""
        return np.concatenate(self._pairs) if self._pairs else np.zeros((0, 2), dtype=np.float32)

    def peak(self) -> float:
        """The largest sample."""
        return max((float(max(pairs.max(), -pairs.min())) for pairs in self._pairs), default=0.0)

    def level(self) -> float:
        """How loud the loud parts are, 0 to 1: speech sets it, silence around it hardly matters."""
        squares = [np.abs(pairs).max(axis=1).astype(np.float64) ** 2 for pairs in self._pairs]
        total = sum(float(part.sum()) for part in squares)
        fourth = sum(float((part**2).sum()) for part in squares)
        return round((fourth / total) ** 0.5, 9) if total > 0 else 0.0  # by whatever blocks the sums were made

    def save(self, path: Path) -> None:
        """Writes the outline; peaks beyond full scale are scaled down, as the sound is."""
        scale = 127 / max(1.0, self.peak())
        with path.open("wb") as file:
            np.lib.format.write_array_header_1_0(
                file, {"descr": "|i1", "fortran_order": False, "shape": (self._count, 2)}
            )
            for pairs in self._pairs:  # piece by piece: hours of it are tens of megabytes, which copies would multiply
                file.write(np.rint(pairs * np.float32(scale)).astype(np.int8).tobytes())


def read_peaks(path: Path, start_s: float = 0.0, end_s: float | None = None, buckets: int = 1000) -> Outline:
    """The outline from `start_s` to `end_s` in at most `buckets` pairs (low, high): int8 (pairs, 2).

    Fewer pairs come back where the file has no more.
    """
    outline: Outline = np.load(path, mmap_mode="r", allow_pickle=False)
    first = min(len(outline), max(0, int(start_s * PAIRS_PER_S)))
    last = len(outline) if end_s is None else min(len(outline), int(np.ceil(end_s * PAIRS_PER_S)))
    part = outline[first : max(first, last)]
    if len(part) <= buckets:
        return np.array(part)
    edges = np.arange(buckets) * len(part) // buckets
    return np.stack([np.minimum.reduceat(part[:, 0], edges), np.maximum.reduceat(part[:, 1], edges)], axis=1)
