"""Sample rates, by soxr."""

from collections.abc import Iterator

import numpy as np
import soxr

from xtts_studio.audio.mix import Samples


def resample(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    """Mono samples (n,) at another rate; delay-free, the duration stays."""
    if from_hz == to_hz or samples.size == 0:
        return samples
    return np.asarray(soxr.resample(samples, from_hz, to_hz, quality="HQ"), dtype=np.float32)


def resample_blocks(blocks: Iterator[Samples], from_hz: int, to_hz: int) -> Iterator[Samples]:
    """The same for a stream of blocks, equal to `resample` of the whole."""
    if from_hz == to_hz:
        yield from blocks
        return
    stream = soxr.ResampleStream(from_hz, to_hz, 1, dtype="float32", quality="HQ")
    for block in blocks:
        yield stream.resample_chunk(np.ascontiguousarray(block))
    yield stream.resample_chunk(np.empty(0, dtype=np.float32), last=True)
