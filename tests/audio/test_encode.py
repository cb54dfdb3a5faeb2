"""Encoding and resampling."""

import io
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings, strategies as st

from xtts_studio.audio.encode import wav_bytes, write_flac, write_wav
from xtts_studio.audio.resample import resample, resample_blocks


def test_wav_is_pcm16_and_clips() -> None:
    file = soundfile.SoundFile(io.BytesIO(wav_bytes(np.array([0, 0.5, -1, 2, -3], dtype=np.float32), 24_000)))
    assert (file.samplerate, file.channels, file.subtype) == (24_000, 1, "PCM_16")
    assert file.read(dtype="int16").tolist() == [0, 16384, -32768, 32767, -32768]


def test_flac_holds_the_blocks(tmp_path: Path) -> None:
    blocks = [np.full(100, level, dtype=np.float32) for level in (0.25, -0.5)]
    write_flac(tmp_path / "x.flac", blocks, 16_000)
    assert np.array_equal(soundfile.read(tmp_path / "x.flac")[0], np.concatenate(blocks))


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="no /dev/full, the disk that is always full")
def test_a_full_disk_is_told_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(0).uniform(-1, 1, 100_000).astype(np.float32)
    with pytest.raises(OSError, match="No space left"):
        write_wav(Path("/dev/full"), noise, 16_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=0))
    with pytest.raises(OSError, match="No space left"):
        write_flac(Path("/dev/full"), [noise], 16_000)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 9_000), min_size=1, max_size=8), st.sampled_from([8_000, 22_050, 44_100, 48_000]))
def test_resampled_stream_equals_the_whole(sizes: list[int], rate_hz: int) -> None:
    samples = np.random.default_rng(0).uniform(-1, 1, sum(sizes)).astype(np.float32)
    edges = np.cumsum(sizes)[:-1]
    stream = np.concatenate(list(resample_blocks(iter(np.split(samples, edges)), rate_hz, 16_000)))
    whole = resample(samples, rate_hz, 16_000)
    assert abs(len(stream) - len(samples) * 16_000 / rate_hz) <= 1
    size = min(len(stream), len(whole))
    assert np.abs(stream[:size] - whole[:size]).max() < 1e-5
