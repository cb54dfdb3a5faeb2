"""Channels to one: weights that keep what is said, whatever the channels hold."""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

_BLOCK_SAMPLES = 1 << 16
_SILENT_BELOW = 10 ** (-40 / 10)  # energy of a channel beside the loudest one
_CANCELLED_BELOW = 0.05  # energy of the mean beside the loudest channel


def gram(samples: Samples) -> NDArray[np.float64]:
    """Products of the channels with each other, summed over time: (channels, channels). Adds up over blocks."""
    exact = samples.astype(np.float64)
    return exact @ exact.T


def weights(products: NDArray[np.float64]) -> Samples:
    """How much of each channel a mono version takes, (channels,), from `gram`.

    The mean of the channels that carry sound (in 5.1 often the centre alone). Where the channels cancel each other,
    as a channel and its inverse do, the loudest channel alone.
    """
    energies = np.diag(products)
    loudest = int(np.argmax(energies))
    audible = (energies > energies[loudest] * _SILENT_BELOW) | (energies == energies[loudest])
    mean = audible / audible.sum()
    if mean @ products @ mean < _CANCELLED_BELOW * energies[loudest]:
        mean = np.eye(len(energies))[loudest]
    return np.asarray(mean, dtype=np.float32)


def mixdown(samples: Samples) -> Samples:
    """One channel of many: (channels, n) -> (n,)."""
    if samples.shape[0] == 1:
        return np.ascontiguousarray(samples[0])
    blocks = (samples[:, at : at + _BLOCK_SAMPLES] for at in range(0, samples.shape[1], _BLOCK_SAMPLES))
    channels = samples.shape[0]
    return np.asarray(weights(sum(map(gram, blocks), np.zeros((channels, channels)))) @ samples, dtype=np.float32)
