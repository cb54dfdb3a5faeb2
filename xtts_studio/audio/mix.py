"""Channels to one: weights that keep what is said, whatever the channels hold."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

_BLOCK_SAMPLES = 1 << 16
_SILENT_BELOW = 10 ** (-40 / 10)  # energy of a channel beside the loudest one
_CANCELLED_BELOW = 0.05  # energy of the mean beside the loudest channel


def gram(samples: Samples) -> NDArray[np.float64]:
    """Products of the channels with each other, summed over time: (channels, channels). Adds up over blocks.

    Without BLAS, whose threads would wait for each other; in pieces, so that float32 is exact enough.
    """
    pieces = (samples[:, at : at + _BLOCK_SAMPLES] for at in range(0, samples.shape[1], _BLOCK_SAMPLES))
    products = (np.einsum("in,jn->ij", piece, piece).astype(np.float64) for piece in pieces)
    return np.asarray(sum(products, np.zeros((len(samples), len(samples)))))


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


def mixed(samples: Samples, channel_weights: Sequence[float]) -> Samples:
    """One channel by weights: (channels, n) -> (n,)."""
    parts = [channel * np.float32(weight) for channel, weight in zip(samples, channel_weights, strict=True) if weight]
    return np.asarray(sum(parts[1:], parts[0]) if parts else np.zeros(samples.shape[1]), dtype=np.float32)


def mixdown(samples: Samples) -> Samples:
    """One channel of many: (channels, n) -> (n,)."""
    if samples.shape[0] == 1:
        return np.ascontiguousarray(samples[0])
    return np.asarray(weights(gram(samples)) @ samples, dtype=np.float32)
