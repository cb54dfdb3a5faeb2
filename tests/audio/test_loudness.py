"""Loudness as FFmpeg measures it, and sound brought to one."""

from __future__ import annotations

import av
import numpy as np
import pytest
from av.filter import Graph
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from xtts_studio.audio.decode import decode_file
from xtts_studio.audio.loudness import PEAK, integrated_lufs, limited, to_loudness
from xtts_studio.sample import RECORDING

RATE_HZ = 24_000
Samples = NDArray[np.float32]


def by_ffmpeg(samples: Samples, rate_hz: int) -> float:
    """Integrated loudness by FFmpeg's ebur128."""
    graph = Graph()
    source = graph.add_abuffer(format="flt", sample_rate=rate_hz, layout="mono")
    meter = graph.add("ebur128", "metadata=1")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[np.newaxis]), format="flt", layout="mono")
    frame.sample_rate, frame.pts = rate_hz, 0
    source.push(frame)
    source.push(None)
    found = -np.inf
    while True:
        try:
            found = float(sink.pull().metadata["lavfi.r128.I"])
        except (av.FFmpegError, EOFError):
            return found


def harbour() -> tuple[Samples, int]:
    audio = decode_file(RECORDING, 0, 20)
    return audio.mono(), audio.sample_rate_hz


def noise(duration_s: float, level: float, rate_hz: int = RATE_HZ, seed: int = 0) -> Samples:
    return np.random.default_rng(seed).normal(0, level, round(duration_s * rate_hz)).astype(np.float32)


def tone(hz: float, duration_s: float, level: float, rate_hz: int = RATE_HZ) -> Samples:
    return (level * np.sin(2 * np.pi * hz * np.arange(round(duration_s * rate_hz)) / rate_hz)).astype(np.float32)


def test_a_full_tone_of_1_khz_is_what_the_standard_says() -> None:
    assert integrated_lufs(tone(997, 5, 1.0, 48_000), 48_000) == pytest.approx(-3.01, abs=0.02)


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 24_000, 44_100, 48_000])
@pytest.mark.parametrize(
    "kind", ["tone 60", "tone 300", "tone 3000", "noise", "quiet", "with pauses", "steps", "beyond full scale"]
)
def test_loudness_is_what_ffmpeg_measures(kind: str, rate_hz: int) -> None:
    samples = {
        "tone 60": lambda: tone(60, 4, 0.4, rate_hz),
        "tone 300": lambda: tone(300, 4, 0.1, rate_hz),
        "tone 3000": lambda: tone(3000, 4, 0.1, rate_hz),
        "noise": lambda: noise(6, 0.1, rate_hz),
        "quiet": lambda: noise(6, 0.001, rate_hz),
        "with pauses": lambda: noise(12, 0.1, rate_hz) * (np.sin(np.arange(12 * rate_hz) / rate_hz * 3) > 0),
        "steps": lambda: noise(12, 0.3, rate_hz) * np.repeat([1, 0.3, 0.05], 4 * rate_hz).astype(np.float32),
        "beyond full scale": lambda: tone(500, 3, 1.7, rate_hz),
    }[kind]()
    assert integrated_lufs(samples, rate_hz) == pytest.approx(by_ffmpeg(samples, rate_hz), abs=0.1)


def test_loudness_of_a_voice_is_what_ffmpeg_measures() -> None:
    samples, rate_hz = harbour()
    assert integrated_lufs(samples, rate_hz) == pytest.approx(by_ffmpeg(samples, rate_hz), abs=0.1)


@pytest.mark.parametrize("target_lufs", [-30.0, -23.0, -16.0])
def test_a_voice_is_brought_to_its_loudness(target_lufs: float) -> None:
    samples, rate_hz = harbour()
    for begin_s in range(0, 15, 3):
        sentence = samples[begin_s * rate_hz : (begin_s + 3) * rate_hz]
        made = to_loudness(sentence, rate_hz, target_lufs)
        assert np.abs(made).max() <= PEAK
        assert integrated_lufs(made, rate_hz) == pytest.approx(target_lufs, abs=0.5)


def test_without_peaks_to_hold_down_it_is_one_gain() -> None:
    samples = noise(3, 0.01)
    made = to_loudness(samples, RATE_HZ, -23)
    assert integrated_lufs(made, RATE_HZ) == pytest.approx(-23, abs=1e-3)
    gain = made[np.abs(samples) > 0.001] / samples[np.abs(samples) > 0.001]
    assert gain.max() == pytest.approx(gain.min(), rel=1e-4)


def test_a_listener_hears_no_gain_move_at_once() -> None:
    samples = tone(200, 1, 0.9)
    samples[12_000:] *= 2
    heard = np.abs(samples) > 0.01
    gain = np.interp(np.arange(RATE_HZ), np.flatnonzero(heard), (limited(samples, RATE_HZ)[heard] / samples[heard]))
    assert gain.min() < 0.5
    assert np.abs(np.diff(gain)).max() < 0.005


def test_a_peak_is_held_down_and_nothing_else() -> None:
    samples = tone(200, 1, 0.5)
    samples[12_000:12_050] *= 3
    made = limited(samples, RATE_HZ)
    far = np.abs(np.arange(RATE_HZ) - 12_025) > 0.02 * RATE_HZ
    assert np.array_equal(made[far], samples[far])
    assert np.abs(made).max() <= PEAK
    assert np.all(made[~far] * samples[~far] >= 0), "turned down, never over"


@pytest.mark.parametrize("samples", [0, 1, 100, 3_000, 9_599, 9_600, 9_601])
def test_a_word_shorter_than_a_block_has_a_loudness(samples: int) -> None:
    word = tone(400, samples / RATE_HZ, 0.1)
    made = to_loudness(word, RATE_HZ, -20)
    assert len(made) == samples
    assert np.isfinite(made).all()
    if samples >= 3_000:
        assert integrated_lufs(made, RATE_HZ) == pytest.approx(-20, abs=0.01)


def test_silence_stays_silence_and_noise_is_not_blown_up() -> None:
    silence = np.zeros(RATE_HZ, np.float32)
    assert integrated_lufs(silence, RATE_HZ) == -np.inf
    assert np.array_equal(to_loudness(silence, RATE_HZ, -16), silence)
    hiss = noise(2, 1e-5)
    assert np.array_equal(to_loudness(hiss, RATE_HZ, -16), hiss)
    rustle = noise(2, 3e-4)
    assert np.abs(to_loudness(rustle, RATE_HZ, -16)).max() <= np.abs(rustle).max() * 10.01


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 30_000), st.floats(1e-4, 30), st.floats(-40, -8), st.sampled_from([8_000, 24_000]), st.integers(0, 9)
)
def test_no_sample_is_ever_too_loud(size: int, level: float, target_lufs: float, rate_hz: int, seed: int) -> None:
    samples = noise(size / rate_hz, 1, rate_hz, seed)
    samples = (samples * level * np.abs(np.sin(np.arange(len(samples)) / 500))).astype(np.float32)
    made = to_loudness(samples, rate_hz, target_lufs)
    assert made.shape == samples.shape
    assert np.isfinite(made).all()
    assert np.abs(made).max(initial=0) <= np.float32(PEAK)
