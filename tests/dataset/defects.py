"""Sound with a defect of known strength, made from sound without."""

from __future__ import annotations

import io

import numpy as np
import soundfile
from numpy.typing import NDArray

from xtts_studio.audio.resample import resample

Samples = NDArray[np.float32]
RATE_HZ = 22_050


def noisy(samples: Samples, snr_db: float, kind: str = "pink") -> Samples:
    """With noise so far below the mean power of the speech."""
    spectrum = np.fft.rfft(np.random.default_rng(1).normal(size=len(samples)))
    hz = np.maximum(np.fft.rfftfreq(len(samples), 1 / RATE_HZ), 20)
    return _mixed(samples, np.fft.irfft(spectrum / hz ** {"white": 0.0, "pink": 0.5}[kind], len(samples)), snr_db)


def with_music(samples: Samples, snr_db: float) -> Samples:
    """With chords of six overtones each, a new one every 0.6 s, so far below the mean power of the speech."""
    return _mixed(samples, chords(len(samples)), snr_db)


def chords(count: int) -> NDArray[np.float64]:
    """Samples of music without a voice."""
    time_s = np.arange(round(0.6 * RATE_HZ)) / RATE_HZ
    swell = np.minimum(1, time_s / 0.02) * np.exp(-time_s / 1.5)
    made = []
    for steps in ((0, 4, 7), (5, 9, 12), (7, 11, 14), (-3, 0, 4)) * (1 + count // (4 * len(time_s))):
        notes = [220 * 2 ** (step / 12) * tone for step in steps for tone in range(1, 7)]
        loud = [tone**-1.5 for _ in steps for tone in range(1, 7)]
        made.append(swell * sum(a * np.sin(2 * np.pi * hz * time_s) for hz, a in zip(notes, loud, strict=True)))
    return np.concatenate(made)[:count]


def echoing(samples: Samples, t60_s: float) -> Samples:
    """In a synthetic room: noise that falls by 60 dB within that time, as loud in all as the direct sound."""
    time_s = np.arange(round(1.2 * t60_s * RATE_HZ)) / RATE_HZ
    room = np.random.default_rng(1).normal(size=len(time_s)) * 10 ** (-3 * time_s / t60_s)
    room /= np.sqrt(np.sum(room**2))
    room[0] += 1.0
    size = len(samples) + len(room)
    heard = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(room, size), size)[: len(samples) + RATE_HZ // 3]
    return np.asarray(heard * np.abs(samples).max() / np.abs(heard).max(), np.float32)


def clipped(samples: Samples) -> Samples:
    """Recorded four times too loud, and about as loud as before."""
    return np.asarray(np.clip(samples / np.abs(samples).max() * 4, -1, 1) * 0.35, np.float32)


def through_telephone(samples: Samples) -> Samples:
    """Nothing above 3.4 kHz."""
    spectrum = np.fft.rfft(samples)
    spectrum[np.fft.rfftfreq(len(samples), 1 / RATE_HZ) > 3_400] = 0
    return np.asarray(np.fft.irfft(spectrum, len(samples)), np.float32)


def at_speed(samples: Samples, times: float) -> Samples:
    """Played so many times as fast."""
    return resample(samples, RATE_HZ, round(RATE_HZ / times))


def as_mp3(samples: Samples, gain: float) -> Samples:
    """At another level, through MP3."""
    file = io.BytesIO()
    soundfile.write(file, samples * gain, RATE_HZ, format="MP3")
    file.seek(0)
    return np.asarray(soundfile.read(file, dtype="float32")[0])


def with_silence(samples: Samples, before_s: float, after_s: float) -> Samples:
    """With the hiss of a quiet room before and after."""
    hiss = np.random.default_rng(2).normal(scale=2e-4, size=round((before_s + after_s) * RATE_HZ)).astype(np.float32)
    start = round(before_s * RATE_HZ)
    return np.concatenate([hiss[:start], samples, hiss[start:]])


def _mixed(samples: Samples, other: NDArray[np.float64], snr_db: float) -> Samples:
    frames = samples[: len(samples) // 512 * 512].reshape(-1, 512)
    powers = (frames.astype(np.float64) ** 2).mean(axis=1)
    speech = powers[powers > powers.max() * 1e-3].mean()
    return np.asarray(samples + other * np.sqrt(speech / (other**2).mean() / 10 ** (snr_db / 10)), np.float32)
