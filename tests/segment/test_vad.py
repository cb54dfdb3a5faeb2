"""Speech detection: from probabilities to segments, and the model on real sound."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays

from xtts_studio.audio.decode import read_mono
from xtts_studio.audio.mix import Samples
from xtts_studio.sample import RECORDING
from xtts_studio.segment import silero, stages
from xtts_studio.segment.ahead import ahead
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


@settings(max_examples=300, deadline=None)
@given(
    arrays(np.float32, st.integers(0, 200), elements=st.sampled_from([0.0, 0.1, 0.2, 0.34, 0.35, 0.4, 0.5, 0.6, 1.0])),
    st.sampled_from([0.1, 0.16, 0.35, 0.5, 0.65]),
    st.integers(0, 600),
    st.integers(0, 600),
    st.integers(0, 511),
)
def test_segments_are_those_of_silero_vad(
    probabilities: Samples, threshold: float, min_speech_ms: int, min_silence_ms: int, missing: int
) -> None:
    silero_vad = pytest.importorskip("silero_vad.utils_vad")
    samples = max(0, len(probabilities) * 512 - missing)
    theirs = silero_vad.get_speech_timestamps_from_probs(
        probabilities.tolist(),
        threshold=threshold,
        min_speech_duration_ms=min_speech_ms,
        min_silence_duration_ms=min_silence_ms,
        speech_pad_ms=0,
        audio_length_samples=samples,
    )
    ours = speech_segments(probabilities, threshold, min_speech_ms / 1000, min_silence_ms / 1000, samples / RATE_HZ)
    assert (ours * RATE_HZ).round().tolist() == [[one["start"], one["end"]] for one in theirs]


@pytest.fixture(scope="module")
def speech() -> Samples:
    return read_mono(RECORDING, RATE_HZ)


def _published(samples: Samples) -> Samples:
    """The probabilities of the model that most use, window by window."""
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(str(silero.model_path().with_name("silero_vad.onnx")))
    state, before = np.zeros((2, 1, 128), dtype=np.float32), np.zeros((1, 64), dtype=np.float32)
    found = []
    for window in np.pad(samples, (0, -len(samples) % 512)).reshape(-1, 1, 512):
        fed = {"input": np.concatenate([before, window], axis=1), "state": state, "sr": np.array(RATE_HZ)}
        said, state = session.run(None, fed)
        before = window[:, -64:]
        found.append(said[0, 0])
    return np.array(found, dtype=np.float32)


def test_probabilities_are_those_of_the_model_as_published(speech: Samples) -> None:
    assert np.array_equal(listen([speech]).speech, _published(speech))


def test_threads_and_blocks_change_no_bit(speech: Samples) -> None:
    whole = listen([speech], threads=1)
    assert whole.duration_s == len(speech) / RATE_HZ
    for threads in (1, 2, 5):
        pieces = listen(np.split(speech, [1, 700, 33_333, 33_334, 400_000]), threads)
        assert np.array_equal(whole.speech, pieces.speech)
        assert np.array_equal(whole.energy, pieces.energy)
        assert whole.duration_s == pieces.duration_s


def test_where_the_fast_arrangement_computes_other_bits_the_published_one_is_used(
    speech: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = listen([speech])
    monkeypatch.setattr(stages, "_ROW", 32)  # sums in another order
    silero.detector.cache_clear()
    try:
        assert silero.detector().encode(speech[: 576 * 4].reshape(4, 576)).shape == (4, 576), "nothing computed yet"
        assert np.array_equal(listen([speech]).speech, expected.speech)
    finally:
        silero.detector.cache_clear()


def test_an_error_while_decoding_is_told() -> None:
    def broken() -> Iterator[Samples]:
        yield np.zeros(600_000, dtype=np.float32)
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        listen(ahead(broken()))


def test_silence_and_noise_are_no_speech() -> None:
    noise = np.random.default_rng(0).normal(0, 0.05, 5 * RATE_HZ).astype(np.float32)
    for samples in (np.zeros(5 * RATE_HZ, dtype=np.float32), noise):
        track = listen([samples])
        assert len(speech_segments(track.speech, 0.5, 0.25, 0.1, track.duration_s)) == 0


def test_quiet_recordings_are_amplified_loud_ones_are_not() -> None:
    assert gain(0.3) == gain(0.05) == gain(0.0) == 1
    assert gain(0.001) == pytest.approx(250)
