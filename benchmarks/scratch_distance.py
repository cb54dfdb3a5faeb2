"""How far two sounds are apart, whatever their tempo."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from xtts_studio.xtts.mel import BANDS, SAMPLE_RATE_HZ, dvae_mel
from xtts_studio.xtts.resample import resample

RATE_HZ = 24_000


def mel_distance(one: Tensor, other: Tensor) -> float:
    """Mean difference of log-mel frames along their best alignment (dynamic time warping); waves (n,) at 24 000 Hz."""
    ours, theirs = _mel(one), _mel(other)
    costs = np.abs(ours[:, None] - theirs[None]).mean(-1)  # (frames, frames)
    return _along_best_path(costs)


def _mel(wave: Tensor) -> NDArray[np.float32]:
    found: NDArray[np.float32] = dvae_mel(resample(wave, RATE_HZ, SAMPLE_RATE_HZ)[None], torch.ones(BANDS))[0].T.numpy()
    return found


def _along_best_path(costs: NDArray[np.float32]) -> float:
    """Mean cost of a path from corner to corner that goes on in one direction or both at each step.

    Diagonal by diagonal from the upper right to the lower left: all of one follow from the two before.
    """
    rows, columns = costs.shape
    total = np.full((rows + 1, columns + 1), np.inf)
    steps = np.zeros((rows + 1, columns + 1))
    total[0, 0] = 0.0
    for diagonal in range(2, rows + columns + 1):
        row = np.arange(max(1, diagonal - columns), min(rows, diagonal - 1) + 1)
        column = diagonal - row
        came = np.stack([total[row - 1, column - 1], total[row - 1, column], total[row, column - 1]])
        gone = np.stack([steps[row - 1, column - 1], steps[row - 1, column], steps[row, column - 1]])
        best = came.argmin(0)[None]
        total[row, column] = np.take_along_axis(came, best, 0)[0] + costs[row - 1, column - 1]
        steps[row, column] = np.take_along_axis(gone, best, 0)[0] + 1
    return float(total[-1, -1] / steps[-1, -1])
