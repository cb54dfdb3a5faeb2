"""How loud sound is to the ear, in LUFS (ITU-R BS.1770-4, one channel), and sound brought to a loudness."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from xtts_studio.audio.mix import Samples

BLOCK_S, STEP_S = 0.4, 0.1
SILENT_LUFS = -70.0
"""Blocks below are never counted; sound that has no others is silence."""
RELATIVE_LU = -10.0
PEAK = 10 ** (-1 / 20)
"""No sample of what is made louder goes beyond."""
MOST_GAIN_DB = 20.0
"""Sound is never made louder by more: what is that quiet is more noise than speech."""
MOST_LIMITED_DB = 9.0
_LOOKAHEAD_S = 0.005
_CLOSE_LU, _MOST_ROUNDS = 0.1, 4  # what is held down at the peaks is given back to the whole
_OFFSET_LU = -0.691
_RINGS_S = 0.25  # after which nothing is left of what the filters answer to an impulse


class _Biquad(NamedTuple):
    """Coefficients of one second-order filter: numerator and denominator in z⁻¹."""

    b: tuple[float, float, float]
    a: tuple[float, float, float]


def integrated_lufs(samples: Samples, rate_hz: int) -> float:
    """Loudness of mono samples (n,); -inf for silence. What is shorter than a block of 400 ms is one block."""
    if not len(samples):
        return -np.inf
    blocks = _block_powers(_k_weighted(samples, rate_hz), rate_hz)
    loud = blocks[_lufs(blocks) > SILENT_LUFS]
    if not len(loud):
        return -np.inf
    return float(_lufs(loud[_lufs(loud) > _lufs(loud.mean()) + RELATIVE_LU].mean()))


def to_loudness(samples: Samples, rate_hz: int, target_lufs: float) -> Samples:
    """Mono samples (n,) as loud as asked, none beyond -1 dBFS; silence stays as it is.

    Peaks are held down for the moments they last, by 9 dB at most; what would need more, or more than 20 dB of gain,
    stays quieter than asked.
    """
    found = integrated_lufs(samples, rate_hz)
    if found == -np.inf:
        return samples
    peak = float(np.abs(samples).max())
    most = min(10 ** (MOST_GAIN_DB / 20), PEAK * 10 ** (MOST_LIMITED_DB / 20) / peak)
    gain, made = 1.0, samples
    for _ in range(_MOST_ROUNDS):
        gain = min(gain * 10 ** ((target_lufs - found) / 20), most)
        made = np.asarray(samples * gain, dtype=np.float32)
        if gain * peak <= PEAK:
            return made
        made = limited(made, rate_hz)
        found = integrated_lufs(made, rate_hz)
        if gain == most or abs(target_lufs - found) < _CLOSE_LU:
            break
    return made


def limited(samples: Samples, rate_hz: int) -> Samples:
    """Samples (n,) with peaks beyond -1 dBFS turned down, by a gain that moves smoothly over 5 ms around each."""
    if np.abs(samples).max(initial=0) <= PEAK:
        return samples
    needed = np.minimum(1.0, PEAK / np.maximum(np.abs(samples), PEAK))
    reach = max(1, round(_LOOKAHEAD_S * rate_hz))
    width = 2 * reach + 1
    lowest = _sliding_min(np.pad(needed, 2 * reach, constant_values=1.0), width)
    sums = np.cumsum(np.concatenate([[0.0], lowest]))
    gain = (sums[width:] - sums[:-width]) / width  # a mean of values none of which is too high
    return np.asarray(
        np.clip(samples * gain, -PEAK, PEAK), dtype=np.float32
    )  # what is cut off here is a rounding error


def _sliding_min(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """The least of each `width` neighbours, (n,) -> (n - width + 1,), in as many steps as `width` has binary digits."""
    size = 1
    while 2 * size <= width:
        values, size = np.minimum(values[:-size], values[size:]), 2 * size
    rest = width - size
    return np.minimum(values[: len(values) - rest], values[rest:])


def _k_weighted(samples: Samples, rate_hz: int) -> NDArray[np.float64]:
    """The signal as the head and the ear weigh it. By FFT: the filters' answer is short, and numpy has no recursion."""
    rings = round(_RINGS_S * rate_hz)
    response = _response(rate_hz)
    size = 2 * (len(response) - 1)
    block = size - rings
    blocks = np.pad(samples.astype(np.float64), (0, -len(samples) % block)).reshape(-1, block)
    answers = np.fft.irfft(np.fft.rfft(blocks, size) * response, size)
    weighted = np.pad(answers[:, :block].ravel(), (0, rings))
    for at, answer in enumerate(answers[:, block:], start=1):  # what rings on is heard in the next block
        weighted[at * block : at * block + rings] += answer
    return np.asarray(weighted[: len(samples)])


@lru_cache(8)
def _response(rate_hz: int) -> NDArray[np.complex128]:
    """Both filters' answer to each frequency of an FFT that is long enough for blocks of half a second or more."""
    size = 1 << round(3 * _RINGS_S * rate_hz).bit_length()
    z = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    response = np.ones_like(z)
    for b, a in (_shelf(rate_hz), _high_pass(rate_hz)):
        response *= (b[0] + b[1] * z + b[2] * z * z) / (a[0] + a[1] * z + a[2] * z * z)
    return np.asarray(response)


def _shelf(rate_hz: int) -> _Biquad:
    """Stage 1, the head: 4 dB more above 1.7 kHz. The analogue filter behind the standard's table for 48 kHz."""
    k, q = np.tan(np.pi * 1681.974450955533 / rate_hz), 0.7071752369554196
    high = 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416
    norm = 1 + k / q + k * k
    b = ((high + band * k / q + k * k), 2 * (k * k - high), (high - band * k / q + k * k))
    return _Biquad((b[0] / norm, b[1] / norm, b[2] / norm), (1.0, 2 * (k * k - 1) / norm, (1 - k / q + k * k) / norm))


def _high_pass(rate_hz: int) -> _Biquad:
    """Stage 2: nothing below 38 Hz."""
    k, q = np.tan(np.pi * 38.13547087602444 / rate_hz), 0.5003270373238773
    norm = 1 + k / q + k * k
    return _Biquad((1.0, -2.0, 1.0), (1.0, 2 * (k * k - 1) / norm, (1 - k / q + k * k) / norm))


def _block_powers(weighted: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:
    """Mean square of each whole block of 400 ms, a new one every 100 ms; of all there is where that is less."""
    block, step = round(BLOCK_S * rate_hz), round(STEP_S * rate_hz)
    sums = np.concatenate([[0.0], np.cumsum(weighted**2)])
    if len(weighted) < block:
        return np.array([sums[-1] / len(weighted)])
    starts = np.arange(0, len(weighted) - block + 1, step)
    return np.asarray((sums[starts + block] - sums[starts]) / block)


def _lufs(power: NDArray[np.float64] | np.float64) -> NDArray[np.float64]:
    return np.asarray(_OFFSET_LU + 10 * np.log10(np.maximum(power, 1e-20)))
