"""What a clip sounds like in a few bytes: alike for copies at another level, in another format, with other silence.

The speech is divided into 48 equal parts and 13 bands; each bit says whether the step from one band to the next grew or
fell from one part to the next. Levels, filters and codecs change powers, hardly which of two differences is greater.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from xtts_studio.audio.measures import Powers

PARTS, BANDS = 48, 13
BITS = (PARTS - 1) * (BANDS - 1)
_LOWEST_HZ, _HIGHEST_HZ = 250.0, 3_500.0  # what telephones and codecs of few bits keep
_LEFT_OUT = 0.005  # of the power, at either end
_AT_ONCE = 512


def fingerprint(powers: Powers, bin_hz: float) -> str:
    """Of a clip's frames, (frames, bands), as hexadecimal digits; "" for too few frames to tell."""
    edges = np.geomspace(_LOWEST_HZ, _HIGHEST_HZ, BANDS + 1) / bin_hz
    columns = np.clip(np.round(edges).astype(int), 1, powers.shape[1]) - 1
    bands = np.diff(np.cumsum(powers, axis=1)[:, columns], axis=1)  # (frames, BANDS)
    start, end = _loud_span(bands.sum(axis=1))
    if end - start < PARTS / 4:
        return ""
    over_time = np.pad(np.cumsum(bands, axis=0), ((1, 0), (0, 0)))
    at, known = np.linspace(start, end, PARTS + 1), np.arange(len(over_time))
    cells = np.stack([np.diff(np.interp(at, known, band)) for band in over_time.T], axis=1)  # (PARTS, BANDS)
    level = np.log(cells + 1e-9 * cells.max())
    bits = np.diff(np.diff(level, axis=1), axis=0) > 0
    return np.packbits(bits.ravel()).tobytes().hex()


def _loud_span(powers: NDArray[np.float64]) -> tuple[float, float]:
    """Between which frames almost all of the power lies: no threshold that a little noise or silence could move."""
    sums = np.concatenate([[0.0], np.cumsum(powers)])
    if sums[-1] <= 0:
        return 0.0, 0.0
    start, end = np.interp([_LEFT_OUT * sums[-1], (1 - _LEFT_OUT) * sums[-1]], sums, np.arange(len(sums)))
    return float(start), float(end)


def alike(
    fingerprints: Sequence[str], lengths_s: Sequence[float], most_different: float, about: float
) -> list[tuple[int, int]]:
    """Pairs (earlier, later) of fingerprints that differ in at most that share of their bits.

    Only clips whose speech is about as long are compared: the longer by at most the share `about`.
    """
    known = [index for index, one in enumerate(fingerprints) if one]
    if len(known) < 2:
        return []
    order = sorted(known, key=lambda index: lengths_s[index])
    lengths = np.array([lengths_s[index] for index in order])
    signs = _signs([fingerprints[index] for index in order])
    found = []
    for at in range(0, len(order), _AT_ONCE):
        rows = signs[at : at + _AT_ONCE]
        stop = int(np.searchsorted(lengths, lengths[at + len(rows) - 1] * (1 + about), "right"))
        different = (1 - rows @ signs[at:stop].T / BITS) / 2
        one, other = np.nonzero(different <= most_different)
        near = (other > one) & (lengths[at + other] <= lengths[at + one] * (1 + about))
        found += [(order[at + i], order[at + j]) for i, j in zip(one[near].tolist(), other[near].tolist(), strict=True)]
    return sorted((min(pair), max(pair)) for pair in found)


def _signs(fingerprints: Sequence[str]) -> NDArray[np.float32]:
    """(n, bits) of -1 and 1."""
    raw = np.stack([np.frombuffer(bytes.fromhex(one), np.uint8) for one in fingerprints])
    return np.unpackbits(raw, axis=1)[:, :BITS].astype(np.float32) * 2 - 1
