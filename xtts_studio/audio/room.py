"""How long a room rings after words, judged by how fast the sound falls at its fastest.

A voice falls silent within a few hundredths of a second; the room beneath it falls at a rate of its own. So the fastest
falls of a clip tell: about 0.27 s for recordings close to the microphone, 0.46 s in a room that rings for 0.5 s,
0.63 s at 0.8 s, 0.79 s at 1.2 s (voices folded with synthetic rooms; the longest are told too short).
"""

import numpy as np

from xtts_studio.audio.measures import HOP_S, Powers

_LOWEST_HZ, _HIGHEST_HZ = 250.0, 4_000.0
_FALL_FRAMES = 12  # 0.19 s
_FASTEST_PERCENTILE = 1.0
_SILENT = 1e-12


def reverberation_s(powers: Powers, bin_hz: float) -> float | None:
    """The time to fall by 60 dB at the rate of a clip's fastest falls; None for a clip of less than half a second."""
    if len(powers) < 3 * _FALL_FRAMES:
        return None
    level_db = 10 * np.log10(powers[:, round(_LOWEST_HZ / bin_hz) : round(_HIGHEST_HZ / bin_hz)].sum(axis=1) + _SILENT)
    at_s = (np.arange(_FALL_FRAMES) - (_FALL_FRAMES - 1) / 2) * HOP_S
    slopes = np.convolve(level_db, (at_s / (at_s**2).sum())[::-1], "valid")  # dB per second, by least squares
    fastest = float(np.percentile(slopes, _FASTEST_PERCENTILE))
    return -60 / fastest if fastest < -1 else None
