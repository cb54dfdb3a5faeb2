"""Which speaker embeddings lie apart from the others: far from their centre, beside how far the others lie."""

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Embeddings = NDArray[np.float32]
"""Rows of length 1."""

LEAST_CLIPS = 8
"""Fewer have no centre to speak of."""
FAR = 0.45
"""1 - cosine, from the centre of the clips: nearer is always the same person. Taken from what is published of such
encoders (clips of one person lie within 0.3, other people beyond 0.6), not measured with the published weights."""

_SIGMAS = 5.0
_SIGMA = 1.4826  # of a normal distribution, in median absolute deviations
_CORE = 0.75  # of the clips make the centre


def outliers(embeddings: Mapping[str, Embeddings], speakers: Mapping[str, str | None]) -> dict[str, float]:
    """The clips that lie apart and how far, by file; where speakers are told, within each speaker's own clips."""
    groups: dict[str | None, list[str]] = defaultdict(list)
    for file in embeddings:
        groups[speakers.get(file)].append(file)
    found: dict[str, float] = {}
    for files in groups.values():
        if len(files) >= LEAST_CLIPS:
            apart = distances(np.stack([embeddings[file] for file in files]))
            found |= {file: float(far) for file, far in zip(files, apart, strict=True) if far > _limit(apart)}
    return found


def distances(rows: Embeddings) -> NDArray[np.float64]:
    """1 - cosine of each row from the centre of the three quarters that lie together most closely."""
    near = _from_centre(rows, rows)
    core = rows[np.argsort(near)[: max(1, round(_CORE * len(rows)))]]
    return _from_centre(rows, core)


def _from_centre(rows: Embeddings, core: Embeddings) -> NDArray[np.float64]:
    centre = core.astype(np.float64).mean(axis=0)
    return np.asarray(1 - rows @ (centre / max(float(np.linalg.norm(centre)), 1e-9)))


def _limit(apart: NDArray[np.float64]) -> float:
    middle = float(np.median(apart))
    return max(FAR, middle + _SIGMAS * _SIGMA * float(np.median(np.abs(apart - middle))))
