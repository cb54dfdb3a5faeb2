"""How well a clip serves as a reference: speech, noise, clipping, level and band, measured from its samples alone.

Powers of short frames and bands are compared with how quiet each band gets now and then: what is always there is
noise, what stands out is speech. docs/speech.md gives the score's formula.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xtts_studio.audio.mix import Samples
from xtts_studio.shapes import ClipQuality

WANTED_S = 6.0
NOISY_DB, CLEAN_DB, BEST_DB = 15.0, 30.0, 60.0
QUIET_DBFS = -45.0
CLIPPED_SHARE = 0.0002
NARROW_HZ = 4_500.0
_FRAME_S, _SMOOTHED_FRAMES = 0.032, 4
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


def clip_quality(clip: str, measured: Measured, duration_s: float, notices: Sequence[str]) -> ClipQuality:
    """What is told of a clip; `notices` come before those about what was measured."""
    return ClipQuality(
        clip=clip,
        duration_s=round(duration_s, 3),
        speech_s=round(measured.speech_s, 2),
        snr_db=None if measured.snr_db is None else round(measured.snr_db, 1),
        clipped_share=round(measured.clipped_share, 5),
        level_dbfs=None if measured.level_dbfs is None else round(measured.level_dbfs, 1),
        score=round(purity(measured) * _length(measured.speech_s) * 100),
        notices=[*notices, *doubts(measured)],
    )


def voice_score(clips: Sequence[Measured]) -> int:
    """0 to 100 of all clips together: how pure their speech is on average, and whether it is enough."""
    speech_s = sum(clip.speech_s for clip in clips)
    pure_s = sum(clip.speech_s * purity(clip) for clip in clips)
    return round(100 * pure_s / speech_s * _length(speech_s)) if speech_s else 0


def purity(measured: Measured) -> float:
    """0 to 1: the product of what noise, clipping, a low level and a narrow band leave."""
    noise = 1.0 if measured.snr_db is None else _ramp(measured.snr_db, 0, CLEAN_DB)
    clipping = 1 - 0.5 * _ramp(measured.clipped_share, 0, 0.02)
    level = 1.0 if measured.level_dbfs is None else 0.7 + 0.3 * _ramp(measured.level_dbfs, -65, QUIET_DBFS)
    band = 0.7 if _narrow(measured) else 1.0
    return noise * clipping * level * band


def doubts(measured: Measured) -> list[str]:
    """What is wrong, and what to do."""
    found = []
    if not measured.speech_s:
        found.append("Nothing in the clip stands out as speech; use a recording of one person speaking.")
    elif measured.snr_db is not None and measured.snr_db < NOISY_DB:
        found.append(
            f"The clip is noisy (speech {measured.snr_db:.0f} dB above the noise); "
            "record in a quiet room, without music, closer to the microphone."
        )
    if measured.level_dbfs is not None and measured.level_dbfs < QUIET_DBFS:
        found.append("The clip is very quiet; a louder recording gives a clearer voice.")
    if measured.clipped_share > CLIPPED_SHARE:
        found.append("The clip is clipped (too loud when it was recorded); record it anew with less gain.")
    if _narrow(measured):
        found.append("The clip sounds like a telephone (nothing above 4 kHz); the voice will sound dull.")
    return found


def _length(speech_s: float) -> float:
    """What too little speech leaves: all of it from six seconds on, 0.4 with none."""
    return 0.4 + 0.6 * _ramp(speech_s, 0, WANTED_S)


def _narrow(measured: Measured) -> bool:
    return measured.band_hz is not None and measured.band_hz < NARROW_HZ


def _ramp(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))


def measure(samples: Samples, rate_hz: int) -> Measured:
    """Of mono samples (n,)."""
    powers, bin_hz = _powers(samples, rate_hz)
    if len(powers) < 2 * _SMOOTHED_FRAMES:
        return Measured(len(samples) / rate_hz, None, clipped_share(samples), _dbfs(float(np.mean(samples**2))), None)
    noise = float(_floor(powers).sum())
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


def _powers(samples: Samples, rate_hz: int) -> tuple[NDArray[np.float64], float]:
    """Power per frame and band, (frames, bands), frames half overlapping; a row's sum is the frame's mean square."""
    size = max(2, round(_FRAME_S * rate_hz))
    window = np.hanning(size + 1)[:-1]
    count = max(0, (len(samples) - size) // (size // 2) + 1)
    at = np.arange(size) + (size // 2) * np.arange(count)[:, np.newaxis]
    spectrum = np.fft.rfft(samples[at].astype(np.float64) * window, axis=1)
    powers = 2 * np.abs(spectrum) ** 2 / (size * np.sum(window**2))
    bin_hz = rate_hz / size
    powers[:, : round(_LOWEST_HZ / bin_hz)] = 0
    return powers, bin_hz


def _floor(powers: NDArray[np.float64]) -> NDArray[np.float64]:
    """The power of steady noise in each band: how quiet the band is for a tenth of the time."""
    sums = np.cumsum(np.concatenate([np.zeros((1, powers.shape[1])), powers]), axis=0)
    smoothed = (sums[_SMOOTHED_FRAMES:] - sums[:-_SMOOTHED_FRAMES]) / _SMOOTHED_FRAMES
    return np.asarray(np.percentile(smoothed, _FLOOR_PERCENTILE, axis=0)) / _FLOOR_BIAS


def _band_hz(powers: NDArray[np.float64], bin_hz: float) -> float:
    """The highest band in which speech has any power to speak of."""
    return float(np.flatnonzero(powers >= powers.max() * _BAND_BELOW)[-1] * bin_hz)


def _dbfs(power: float) -> float | None:
    return float(10 * np.log10(power)) if power > 0 else None
