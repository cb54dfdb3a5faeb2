"""Float samples as 16-bit ones, in one way everywhere."""

import numpy as np
from numpy.typing import NDArray


def int16(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    """Samples of any shape, 1.0 as 32768; clipped where that is beyond the largest of 32767.

    Rounded, not cut off: quiet sounds stay centred on zero, and what was 16-bit before is the same again.
    """
    return np.asarray(np.rint(np.clip(samples, -1, 32767 / 32768) * 32768), dtype=np.int16)


def pcm16(samples: bytes) -> bytes:
    """Float32 samples as 16-bit ones, both little-endian, as steps report sound and as formats take it."""
    pcm: bytes = int16(np.frombuffer(samples, "<f4")).astype("<i2").tobytes()
    return pcm
