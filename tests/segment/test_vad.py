"""Speech detection: from probabilities to segments, and the model on real sound."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.shared import shared
from xtts_studio.audio.decode import read_mono
from xtts_studio.audio.mix import Samples
from xtts_studio.segment.vad import RATE_HZ, WINDOW_S, gain, listen, speech_segments


def _segments(probabilities: list[float], min_speech_s: float = 0.0, min_silence_s: float = 0.0) -> list[list[float]]:
    """In windows."""
    values = np.array(probabilities, dtype=np.float32)
    found = speech_segments(values, 0.5, min_speech_s, min_silence_s, len(values) * WINDOW_S)
    return (found / WINDOW_S).round(3).tolist()


def test_speech_goes_on_until_it_is_clearly_over() -> None:
    assert _segments([0.1, 0.9, 0.4, 0.9, 0.4, 0.3, 0.4, 0.1]) == [[1, 5]]


def test_short_pauses_join_and_short_speech_is_ignored() -> None:
    probabilities = [0.9] * 10 + [0.0] * 2 + [0.9] * 10 + [0.0] * 10 + [0.9] * 2 + [0.0] * 5
    assert _segments(probabilities) == [[0, 10], [12, 22], [32, 34]]
    assert _segments(probabilities, min_silence_s=0.1) == [[0, 22], [32, 34]]
    assert _segments(probabilities, min_speech_s=0.1, min_silence_s=0.1) == [[0, 22]]


def test_nothing_is_nothing() -> None:
    assert _segments([]) == []
    assert _segments([0.2] * 50) == []


@settings(max_examples=200, deadline=None)
@given(arrays(np.float32, st.integers(0, 200), elements=st.floats(0, 1, width=32)), st.floats(0, 1), st.floats(0, 1))
def test_segments_are_in_order_apart_and_long_enough(
    probabilities: Samples, min_speech_s: float, min_silence_s: float
) -> None:
    duration_s = len(probabilities) * WINDOW_S
    found = speech_segments(probabilities, 0.5, min_speech_s, min_silence_s, duration_s)
    assert (found[:, 1] - found[:, 0] >= min_speech_s - 1e-9).all()
    assert (found[1:, 0] - found[:-1, 1] >= min_silence_s - 1e-9).all()
    assert ((found >= 0) & (found <= duration_s)).all()


def test_blocks_of_any_size_give_the_same() -> None:
    samples = read_mono(shared("audio/ljspeech/wavs/LJ001-0001.wav"), RATE_HZ)
    whole = listen([samples])
    pieces = listen(np.split(samples, [1, 700, 33_333, 33_334]))
    assert whole.duration_s == pieces.duration_s == len(samples) / RATE_HZ
    assert np.allclose(whole.speech, pieces.speech, atol=1e-5)
    assert np.allclose(whole.energy, pieces.energy)
    assert whole.speech.mean() > 0.7


def test_silence_and_noise_are_no_speech() -> None:
    noise = np.random.default_rng(0).normal(0, 0.05, 5 * RATE_HZ).astype(np.float32)
    for samples in (np.zeros(5 * RATE_HZ, dtype=np.float32), noise):
        track = listen([samples])
        assert len(speech_segments(track.speech, 0.5, 0.25, 0.1, track.duration_s)) == 0


def test_quiet_recordings_are_amplified_loud_ones_are_not() -> None:
    assert gain(0.3) == gain(0.05) == gain(0.0) == 1
    assert gain(0.001) == pytest.approx(250)
