"""Speech, noise, clipping, level and band of a clip, measured from its samples alone.

Powers of short frames and bands are compared with how quiet each band gets now and then: what is always there is
noise, what stands out is speech.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xtts_studio.audio.mix import Samples

Powers = NDArray[np.float64]
"""Power per frame and band, (frames, bands); a row's sum is the mean square of the frame."""

BEST_DB = 60.0
"""No signal-to-noise ratio is told beyond."""
FRAME_S = 0.032
HOP_S = FRAME_S / 2

_SMOOTHED_FRAMES = 4
_QUICK = 48  # sizes that it divides have small factors, where 706, 32 ms of 22 050 Hz, has the prime 353
_LOWEST_HZ = 80.0  # below is rumble that no voice has
_FLOOR_PERCENTILE = 10.0
_FLOOR_BIAS = 0.43  # of noise's mean power that this percentile of it is; set by test_noise_is_its_own_floor
_SPEECH_ABOVE = 10 ** (4 / 10)  # of a frame's power, over the noise
_LOUDEST_ABOVE = 10 ** (8 / 10)  # what steady sound, hum or rumble, does not reach by chance
_SPEECH_BELOW_LOUDEST = 10 ** (-35 / 10)
_FLAT_RUN, _FLAT_STEP, _FLAT_ABOVE = 3, 1.5 / 32768, 0.98
_BAND_BELOW = 10 ** (-55 / 10)


@dataclass(frozen=True)
class Measured:
    """What there is to measure of a clip. `snr_db` None: too short to tell. `band_hz`: above is nothing."""

    speech_s: float
    snr_db: float | None
    clipped_share: float
    level_dbfs: float | None
    band_hz: float | None


def measure(samples: Samples, rate_hz: int) -> Measured:
    """Of mono samples (n,)."""
    return measure_frames(samples, rate_hz, *frame_powers(samples, rate_hz))


def measure_frames(samples: Samples, rate_hz: int, powers: Powers, bin_hz: float) -> Measured:
    """The same where the frames' powers are known."""
    if len(powers) < 2 * _SMOOTHED_FRAMES:
        return Measured(len(samples) / rate_hz, None, clipped_share(samples), _dbfs(float(np.mean(samples**2))), None)
    noise = float(noise_floor(powers).sum())
    frames = powers.sum(axis=1)
    speech = frames > max(noise * _SPEECH_ABOVE, float(frames.max()) * _SPEECH_BELOW_LOUDEST)
    if frames.max() < noise * _LOUDEST_ABOVE:
        return Measured(0.0, 0.0, clipped_share(samples), _dbfs(float(frames.mean())), None)
    loud = float(frames[speech].mean())
    snr_db = 10 * np.log10(max(loud - noise, 1e-12) / max(noise, 1e-12))
    return Measured(
        speech_s=float(speech.mean()) * len(samples) / rate_hz,
        snr_db=float(np.clip(snr_db, 0, BEST_DB)),
        clipped_share=clipped_share(samples),
        level_dbfs=_dbfs(loud),
        band_hz=_band_hz(powers[speech].mean(axis=0), bin_hz),
    )


def clipped_share(samples: Samples) -> float:
    """Share of the samples in runs of three or more that lie flat at the clip's loudest."""
    size = np.abs(samples)
    if len(size) < _FLAT_RUN or not size.max():
        return 0.0
    flat = (np.abs(np.diff(samples)) <= _FLAT_STEP) & (size[1:] >= _FLAT_ABOVE * size.max())
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flat, [False]]).astype(np.int8)))
    runs = (edges[1::2] - edges[::2]) + 1  # differences -> samples
    return float(runs[runs >= _FLAT_RUN].sum() / len(samples))


def frame_powers(samples: Samples, rate_hz: int, quick: bool = False) -> tuple[Powers, float]:
    """Power per frame and band, (frames, bands), and how many Hz a band is wide.

    Frames overlap by half; a row's sum is the frame's mean square. `quick` transforms in single precision and in frames
    of a slightly other size, which is four times as fast.
    """
    size = max(2, round(FRAME_S * rate_hz))
    if quick:
        size = max(_QUICK, round(size / _QUICK) * _QUICK)
    precision = np.float32 if quick else np.float64
    window = np.hanning(size + 1)[:-1]
    count = max(0, (len(samples) - size) // (size // 2) + 1)
    at = np.arange(size) + (size // 2) * np.arange(count)[:, np.newaxis]
    spectrum = np.fft.rfft(samples[at].astype(precision) * window.astype(precision), axis=1)
    powers = np.asarray(2 * np.abs(spectrum) ** 2 / (size * np.sum(window**2)), np.float64)
    bin_hz = rate_hz / size
    powers[:, : round(_LOWEST_HZ / bin_hz)] = 0
    return powers, bin_hz


def noise_floor(powers: Powers) -> NDArray[np.float64]:
    """The power of steady noise in each band: how quiet the band is for a tenth of the time."""
    sums = np.cumsum(np.concatenate([np.zeros((1, powers.shape[1])), powers]), axis=0)
    smoothed = (sums[_SMOOTHED_FRAMES:] - sums[:-_SMOOTHED_FRAMES]) / _SMOOTHED_FRAMES
    return np.asarray(np.percentile(smoothed, _FLOOR_PERCENTILE, axis=0)) / _FLOOR_BIAS


def _band_hz(powers: Powers, bin_hz: float) -> float:
    """The highest band in which speech has any power to speak of."""
    return float(np.flatnonzero(powers >= powers.max() * _BAND_BELOW)[-1] * bin_hz)


def _dbfs(power: float) -> float | None:
    return float(10 * np.log10(power)) if power > 0 else None
