"""Tones: what lies beneath the speech when it pauses, and how high the voice is."""

import numpy as np
from numpy.typing import NDArray

from xtts_studio.audio.mix import Samples

_WINDOW_S = 0.093  # tells notes of a chord apart
_LOWEST_HZ, _HIGHEST_HZ = 150.0, 4_000.0  # above the hum of mains
_STEADY_FRAMES = 4  # a voice's tones move within that time, an instrument's stay
_AROUND_BINS = 16
_STANDS_OUT = 2.0  # in natural logarithm, 9 dB above what is around it
_QUIETEST = 0.1
_INAUDIBLE_DB, _AUDIBLE_DB = -38.0, -30.0  # beside the speech
_SILENT = 1e-13

_PITCH_WINDOW_S = 0.046
_LOWEST_PITCH_HZ, _HIGHEST_PITCH_HZ = 60.0, 450.0
_VOICED = 0.6  # of a frame's power that repeats
_MOST_FRAMES = 48


def music_share(samples: Samples, rate_hz: int) -> float | None:
    """0 to 1: which share of the sound, where the clip is quietest, lies in steady tones; 0 where that is inaudible.

    Noise and rooms have hardly any, music most of it. None for less than half a second.
    """
    powers, bin_hz = _windows(samples, rate_hz, _WINDOW_S)
    powers = powers[:, round(_LOWEST_HZ / bin_hz) : round(_HIGHEST_HZ / bin_hz)]
    if len(powers) < 2 * _STEADY_FRAMES:
        return None
    steady, levels = _mean_over_time(powers), _mean_over_time(np.log(powers + _SILENT))
    tonal = np.where(levels - _around(levels) > _STANDS_OUT, steady, 0).sum(axis=1)
    whole = steady.sum(axis=1)
    quiet = whole <= np.quantile(whole, _QUIETEST)
    share = float(np.median(tonal[quiet] / np.maximum(whole[quiet], _SILENT)))
    frames = powers.sum(axis=1)
    speech = float(frames[frames >= frames.max() * 1e-3].mean())
    level_db = 10 * np.log10((float(np.median(tonal[quiet])) + _SILENT) / (speech + _SILENT))
    return share * float(np.clip((level_db - _INAUDIBLE_DB) / (_AUDIBLE_DB - _INAUDIBLE_DB), 0, 1))


def pitch_hz(samples: Samples, rate_hz: int) -> float | None:
    """The middle pitch of the voiced among the clip's loudest moments; None where nothing is voiced."""
    size = 1 << round(np.log2(_PITCH_WINDOW_S * rate_hz))
    if len(samples) < size:
        return None
    starts = np.arange(0, len(samples) - size + 1, size // 2)
    sums = np.concatenate([[0.0], np.cumsum(samples.astype(np.float64) ** 2)])
    loudest = np.argsort(sums[starts] - sums[starts + size])[:_MOST_FRAMES]
    frames = samples[starts[loudest][:, np.newaxis] + np.arange(size)] * np.hanning(size)
    repeats = np.fft.irfft(np.abs(np.fft.rfft(frames, 2 * size, axis=1)) ** 2, axis=1)[:, :size]
    window = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(size), 2 * size)) ** 2)[:size]
    alike = repeats / np.maximum(repeats[:, :1], _SILENT) / np.maximum(window / window[0], 0.1)
    lags = slice(round(rate_hz / _HIGHEST_PITCH_HZ), min(size, round(rate_hz / _LOWEST_PITCH_HZ)))
    best = alike[:, lags].argmax(axis=1)
    voiced = alike[:, lags].max(axis=1) > _VOICED
    return float(rate_hz / np.median(best[voiced] + lags.start)) if voiced.any() else None


def _windows(samples: Samples, rate_hz: int, window_s: float) -> tuple[NDArray[np.float32], float]:
    """Power per window and band, windows half overlapping, of a size that is quickly transformed."""
    size = 1 << round(np.log2(window_s * rate_hz))
    count = max(0, (len(samples) - size) // (size // 2) + 1)
    at = np.arange(size) + (size // 2) * np.arange(count)[:, np.newaxis]
    window = np.hanning(size + 1)[:-1].astype(np.float32)
    spectrum = np.fft.rfft(samples[at] * window, axis=1)
    return np.asarray(2 * np.abs(spectrum) ** 2 / (size * float((window**2).sum())), np.float32), rate_hz / size


def _mean_over_time(values: NDArray[np.float32]) -> NDArray[np.float64]:
    sums = np.cumsum(np.pad(values.astype(np.float64), ((1, 0), (0, 0))), axis=0)
    return np.asarray((sums[_STEADY_FRAMES:] - sums[:-_STEADY_FRAMES]) / _STEADY_FRAMES)


def _around(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of each band's neighbours."""
    width = 2 * _AROUND_BINS + 1
    sums = np.cumsum(np.pad(values, ((0, 0), (_AROUND_BINS, _AROUND_BINS)), "reflect"), axis=1)
    sums = np.pad(sums, ((0, 0), (1, 0)))
    return np.asarray((sums[:, width:] - sums[:, :-width]) / width)
