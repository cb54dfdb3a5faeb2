"""Speech in six formats: what goes in comes out again, in pieces of any size, as early as the codec allows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from xtts_studio.audio.decode import decode_file
from xtts_studio.audio.encode import MEDIA_TYPES, SUFFIXES, stream_encoder, whole_file
from xtts_studio.audio.pcm import int16
from xtts_studio.audio.resample import resample
from xtts_studio.sample import RECORDING as HARBOUR
from xtts_studio.shapes import AudioFormat

RATE_HZ = 24_000
FILES: tuple[AudioFormat, ...] = ("wav", "flac", "mp3", "opus", "aac")
DELAY = {"wav": 0, "flac": 0, "mp3": 1105, "opus": 0, "aac": 1024}
"""Samples of silence that a stream of a format begins with: what its codec needs to get going."""
PADDING = {"wav": 0, "flac": 0, "mp3": 576 * 2, "opus": 1, "aac": 1024}
"""The most samples at the end that are not ours: frames are full."""
ALIKE = {"wav": 1.0, "flac": 1.0, "mp3": 0.999, "opus": 0.98, "aac": 0.995}


@pytest.fixture(scope="module")
def speech() -> NDArray[np.int16]:
    """Five seconds of a real voice, 16 bit."""
    audio = decode_file(HARBOUR, 0, 5)
    return int16(resample(audio.mono(), audio.sample_rate_hz, RATE_HZ))


def in_pieces(samples: NDArray[np.int16], sizes: Iterator[int]) -> Iterator[bytes]:
    edges = np.minimum(np.cumsum(list(sizes)), len(samples))
    for begin, end in pairwise([0, *edges.tolist(), len(samples)]):
        yield samples[begin:end].tobytes()


def encoded(audio_format: AudioFormat, rate_hz: int, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """What a stream sends; empty pieces are not sent."""
    encoder = stream_encoder(audio_format, rate_hz)
    yield from filter(None, map(encoder.encode, pieces))
    yield encoder.finish()


def decoded(file: bytes, folder: Path, audio_format: AudioFormat) -> NDArray[np.float32]:
    """At 24 kHz."""
    path = folder / f"x{SUFFIXES[audio_format]}"
    path.write_bytes(file)
    audio = decode_file(path)
    assert audio.notices == ()
    assert audio.sample_rate_hz == (48_000 if audio_format == "opus" else RATE_HZ), "Opus is always heard at 48 kHz"
    return resample(audio.mono(), audio.sample_rate_hz, RATE_HZ)


def check_same(found: NDArray[np.float32], samples: NDArray[np.int16], audio_format: AudioFormat, delay: int) -> None:
    surplus = len(found) - len(samples) - delay
    assert -1 <= surplus <= PADDING[audio_format]
    there = np.pad(found, (0, 1))[delay : delay + len(samples)]
    assert np.corrcoef(there, samples)[0, 1] >= ALIKE[audio_format] - 1e-6
    gain = np.dot(there, samples / 32768.0) / np.sum((samples / 32768.0) ** 2)
    assert gain == pytest.approx(0.95 if audio_format == "mp3" else 1, abs=0.02), "LAME leaves room for overshoots"


def test_every_format_has_a_media_type_and_a_suffix() -> None:
    assert set(MEDIA_TYPES) == set(SUFFIXES) == set(get_args(AudioFormat))


@pytest.mark.parametrize("audio_format", FILES)
def test_a_stream_decodes_to_what_was_said(
    speech: NDArray[np.int16], tmp_path: Path, audio_format: AudioFormat
) -> None:
    pieces = b"".join(encoded(audio_format, RATE_HZ, in_pieces(speech, iter([1, 0, 1_000, 1, 0, 30_000]))))
    check_same(decoded(pieces, tmp_path, audio_format), speech, audio_format, DELAY[audio_format])


@pytest.mark.parametrize("audio_format", FILES)
def test_a_whole_file_says_its_length(speech: NDArray[np.int16], tmp_path: Path, audio_format: AudioFormat) -> None:
    file = whole_file(audio_format, RATE_HZ, speech.tobytes())
    check_same(decoded(file, tmp_path, audio_format), speech, audio_format, 1024 if audio_format == "aac" else 0)
    if audio_format in ("wav", "flac"):
        assert soundfile.info(tmp_path / f"x{SUFFIXES[audio_format]}").frames == len(speech)


def test_raw_samples_stay_as_they_are(speech: NDArray[np.int16]) -> None:
    assert b"".join(encoded("pcm", RATE_HZ, in_pieces(speech, iter([5, 0, 700])))) == speech.tobytes()
    assert whole_file("pcm", RATE_HZ, speech.tobytes()) == speech.tobytes()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 9_000), max_size=12), st.sampled_from(get_args(AudioFormat)))
def test_the_sizes_of_the_pieces_change_nothing(sizes: list[int], audio_format: AudioFormat) -> None:
    samples = np.random.default_rng(3).integers(-9_000, 9_000, 20_000).astype("<i2")
    pieces = b"".join(encoded(audio_format, RATE_HZ, in_pieces(samples, iter(sizes))))
    assert pieces == b"".join(encoded(audio_format, RATE_HZ, [samples.tobytes()]))


@pytest.mark.parametrize(
    ("audio_format", "held_s"), [("wav", 0), ("pcm", 0), ("flac", 0.1), ("mp3", 0.12), ("opus", 0.06), ("aac", 0.12)]
)
def test_sound_goes_out_as_soon_as_it_can(
    speech: NDArray[np.int16], tmp_path: Path, audio_format: AudioFormat, held_s: float
) -> None:
    """A listener who has got everything sent so far hears all but the last moment."""
    encoder = stream_encoder(audio_format, RATE_HZ)
    sent = encoder.encode(speech[: RATE_HZ // 2].tobytes())
    if audio_format == "pcm":
        heard_s = len(sent) / 2 / RATE_HZ
    else:
        path = tmp_path / "so_far"
        path.write_bytes(sent)
        heard_s = decode_file(path).duration_s - DELAY[audio_format] / RATE_HZ
    assert heard_s >= 0.5 - held_s - 1e-3


@pytest.mark.parametrize("audio_format", FILES)
@pytest.mark.parametrize("samples", [1, 100, RATE_HZ])
def test_silence_stays_silent(tmp_path: Path, audio_format: AudioFormat, samples: int) -> None:
    silence = np.zeros(samples, dtype="<i2")
    for file in (
        b"".join(encoded(audio_format, RATE_HZ, [silence.tobytes()])),
        whole_file(audio_format, RATE_HZ, silence.tobytes()),
    ):
        found = decoded(file, tmp_path, audio_format)
        assert np.abs(found).max(initial=0) < 1e-4
        assert -1 <= len(found) - samples <= DELAY[audio_format] + PADDING[audio_format]


@pytest.mark.parametrize("audio_format", FILES)
@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 44_100, 96_000])
def test_other_rates_keep_duration_and_pitch(tmp_path: Path, audio_format: AudioFormat, rate_hz: int) -> None:
    times = np.arange(2 * rate_hz) / rate_hz
    tone = (np.sin(2 * np.pi * 440 * times) * 12_000).astype("<i2")
    path = tmp_path / "x"
    path.write_bytes(whole_file(audio_format, rate_hz, tone.tobytes()))
    audio = decode_file(path)
    assert audio.duration_s == pytest.approx(2, abs=2_100 / rate_hz)
    spectrum = np.abs(np.fft.rfft(audio.mono()))
    assert np.argmax(spectrum) / audio.duration_s == pytest.approx(440, abs=1)


@pytest.mark.parametrize("audio_format", get_args(AudioFormat))
def test_half_a_sample_and_sound_after_the_end_are_refused(audio_format: AudioFormat) -> None:
    encoder = stream_encoder(audio_format, RATE_HZ)
    with pytest.raises(ValueError, match="3 bytes"):
        encoder.encode(b"abc")
    encoder.finish()
    assert encoder.finish() == b""
    with pytest.raises(ValueError, match="finished"):
        encoder.encode(b"ab")


@pytest.mark.parametrize("audio_format", get_args(AudioFormat))
def test_a_stream_that_nobody_reads_to_its_end_is_let_go(audio_format: AudioFormat) -> None:
    for _ in range(20):
        pieces = encoded(audio_format, RATE_HZ, iter([b"ab" * 24_000] * 10))
        assert next(pieces)
        del pieces  # dropped as it is


def test_a_server_of_wav_never_loads_ffmpeg() -> None:
    program = (
        "import sys; from xtts_studio.audio.encode import stream_encoder as s; s('wav', 24000).encode(b'ab');"
        "print('av' in sys.modules); s('mp3', 24000); print('av' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "True"]
