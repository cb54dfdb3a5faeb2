"""What is measured of a reference clip, and what is said of it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.shared import shared
from xtts_studio.audio.decode import decode_file
from xtts_studio.audio.measures import Measured, clipped_share, frame_powers, measure, noise_floor
from xtts_studio.audio.resample import resample
from xtts_studio.sample import RECORDING as HARBOUR
from xtts_studio.synthesis.quality import clip_quality, doubts, purity, voice_score
from xtts_studio.synthesis.references import without_silent_ends

Samples = NDArray[np.float32]
GOOD = Measured(speech_s=10, snr_db=40, clipped_share=0, level_dbfs=-20, band_hz=10_000)


def harbour(duration_s: float = 12.0) -> tuple[Samples, int]:
    audio = decode_file(HARBOUR, 0, duration_s)
    return without_silent_ends(audio.mono(), audio.sample_rate_hz), audio.sample_rate_hz


def recordings() -> list[tuple[str, Samples, int]]:
    """Voices with little noise of their own."""
    folder = shared("audio")
    names = [f"ljspeech/wavs/LJ001-{number:04}.wav" for number in (1, 5, 14, 25)]
    names += ["lang/leopard-en.wav", "lang/leopard-de.wav", "lang/fleurs-de-001.ogg", "lang/fleurs-es-003.ogg"]
    found = []
    for name in names:
        audio = decode_file(folder / name, 0, 20)
        found.append((name, without_silent_ends(audio.mono(), audio.sample_rate_hz), audio.sample_rate_hz))
    return found


def noise(kind: str, size: int, rate_hz: int) -> Samples:
    spectrum = np.fft.rfft(np.random.default_rng(1).normal(size=size))
    hz = np.maximum(np.fft.rfftfreq(size, 1 / rate_hz), 20)
    slope = {"white": 0.0, "pink": 0.5, "brown": 1.0}[kind]
    return np.asarray(np.fft.irfft(spectrum / hz**slope, size), dtype=np.float32)


def with_noise(samples: Samples, rate_hz: int, kind: str, snr_db: float) -> Samples:
    """Noise at a known distance below the mean power of the frames with speech."""
    frames = frame_powers(samples, rate_hz)[0].sum(axis=1)
    speech = frames[frames > frames.max() * 1e-3].mean()
    added = noise(kind, len(samples), rate_hz)
    heard = frame_powers(added, rate_hz)[0].sum(axis=1).mean()
    return samples + added * np.float32(np.sqrt(speech / heard / 10 ** (snr_db / 10)))


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 48_000])
def test_noise_is_its_own_floor(rate_hz: int) -> None:
    powers, _ = frame_powers(noise("white", 20 * rate_hz, rate_hz), rate_hz)
    assert noise_floor(powers).sum() == pytest.approx(powers.sum(axis=1).mean(), rel=0.05)


@pytest.mark.parametrize("kind", ["white", "pink", "brown"])
@pytest.mark.parametrize("snr_db", [5, 10, 15, 20])
def test_noise_of_known_strength_is_found(kind: str, snr_db: float) -> None:
    """Within 3 dB for each recording."""
    errors = {}
    for name, samples, rate_hz in recordings():
        found = measure(with_noise(samples, rate_hz, kind, snr_db), rate_hz).snr_db
        assert found is not None
        errors[name] = found - snr_db
    assert max(map(abs, errors.values())) < 3, errors


def test_more_noise_is_a_lower_score() -> None:
    samples, rate_hz = harbour()
    scores = [
        clip_quality("x", measure(with_noise(samples, rate_hz, "pink", snr_db), rate_hz), 12, ()).score
        for snr_db in (30, 20, 10, 0)
    ]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 80
    assert scores[-1] < 25


def test_a_clean_recording_has_nothing_wrong() -> None:
    samples, rate_hz = harbour()
    measured = measure(samples, rate_hz)
    told = clip_quality("clip_001.wav", measured, len(samples) / rate_hz, ())
    assert told.notices == []
    assert told.score >= 90
    assert 0.5 * told.duration_s < told.speech_s <= told.duration_s
    assert told.clipped_share == 0


def test_pauses_are_not_speech() -> None:
    samples, rate_hz = harbour(6)
    pauses = with_noise(np.concatenate([samples, np.zeros(6 * rate_hz, np.float32)]), rate_hz, "white", 40)
    assert measure(pauses, rate_hz).speech_s == pytest.approx(measure(samples, rate_hz).speech_s, abs=0.8)


@pytest.mark.parametrize("gain", [1.5, 3.0])
def test_clipping_is_found_and_loudness_is_not_clipping(gain: float) -> None:
    samples, rate_hz = harbour()
    full = samples / np.abs(samples).max()
    assert measure(full, rate_hz).clipped_share == 0
    clipped = measure(np.clip(full * gain, -1, 1) * np.float32(0.7), rate_hz)
    assert any("clipped" in notice for notice in doubts(clipped))
    assert purity(clipped) < purity(measure(full, rate_hz))


@pytest.mark.parametrize("hz", [60, 440, 900])
def test_a_loud_tone_is_not_clipped(hz: float) -> None:
    tone = np.sin(2 * np.pi * hz * np.arange(22_050) / 22_050).astype(np.float32)
    assert clipped_share(tone) == 0
    assert clipped_share(np.clip(tone, -0.8, 0.8)) > 0.1


def test_a_telephone_is_heard() -> None:
    samples, rate_hz = harbour()
    narrow = resample(resample(samples, rate_hz, 8_000), 8_000, rate_hz)
    assert not any("telephone" in notice for notice in doubts(measure(samples, rate_hz)))
    assert any("telephone" in notice for notice in doubts(measure(narrow, rate_hz)))
    assert any("telephone" in notice for notice in doubts(measure(resample(samples, rate_hz, 8_000), 8_000)))


def test_quiet_speech_and_steady_sound_are_told() -> None:
    samples, rate_hz = harbour()
    assert any("very quiet" in notice for notice in doubts(measure(samples * np.float32(0.005), rate_hz)))
    hum = noise("brown", 5 * rate_hz, rate_hz)
    assert any("stands out as speech" in notice for notice in doubts(measure(hum, rate_hz)))
    assert clip_quality("x", measure(hum, rate_hz), 5, ()).score == 0


@pytest.mark.parametrize("samples", [1, 10, 700, 2_000, 5_000])
def test_the_shortest_clips_are_measured(samples: int) -> None:
    told = clip_quality("x", measure(np.full(samples, 0.1, np.float32), 22_050), samples / 22_050, ())
    assert 0 <= told.score <= 100


def test_the_score_of_a_voice_asks_for_enough_speech_in_all() -> None:
    def of(speech_s: float, **changes: float) -> Measured:
        return Measured(**{**vars(GOOD), "speech_s": speech_s, **changes})

    assert voice_score([of(10)]) == 100
    assert voice_score([of(2)] * 3) == 100
    assert voice_score([of(2)]) == clip_quality("x", of(2), 2, ()).score == 60
    assert voice_score([of(6), of(6, snr_db=15)]) == 75
    assert voice_score([of(6), of(0.1, snr_db=0)]) > 95
    assert voice_score([of(0)]) == 0
