"""Waveform outlines: exact whatever the blocks, and any part in any number of buckets."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from xtts_studio.audio.peaks import PAIRS_PER_S, PeakCollector, read_peaks


@settings(max_examples=50, deadline=None)
@given(st.integers(2_000, 50_000), st.lists(st.integers(1, 5_000), min_size=1, max_size=20))
def test_outline_is_the_same_however_the_sound_is_cut(rate_hz: int, sizes: list[int]) -> None:
    samples = np.random.default_rng(len(sizes)).uniform(-1, 1, (2, sum(sizes))).astype(np.float32)
    collector = PeakCollector()
    at = 0
    for size in sizes:
        collector(samples[:, at : at + size], rate_hz)
        at += size
    pair_of = np.arange(at) * PAIRS_PER_S // rate_hz
    pairs = collector.pairs()
    assert len(pairs) == pair_of[-1] + 1
    for index, (low, high) in enumerate(pairs):
        within = samples[:, pair_of == index]
        assert (low, high) == (within.min(), within.max())


def test_file_is_small_and_read_in_parts(tmp_path: Path) -> None:
    ramp = np.linspace(0, 1, 10 * 8_000, dtype=np.float32)[np.newaxis]
    collector = PeakCollector()
    collector(ramp, 8_000)
    collector.save(tmp_path / "peaks.npy")
    assert (tmp_path / "peaks.npy").stat().st_size < 10 * 200 + 200
    whole = read_peaks(tmp_path / "peaks.npy", buckets=5000)
    assert whole.shape == (1000, 2)
    assert whole[-1, 1] == 127
    few = read_peaks(tmp_path / "peaks.npy", 2.0, 8.0, buckets=7)
    assert few.shape == (7, 2)
    assert few[0, 0] == whole[200, 0]
    assert few[-1, 1] == whole[799, 1]
    assert read_peaks(tmp_path / "peaks.npy", 50.0, 60.0).shape == (0, 2)


def test_level_is_that_of_the_loud_parts() -> None:
    collector = PeakCollector()
    collector(np.zeros((1, 60 * 8_000), dtype=np.float32), 8_000)
    collector(np.full((1, 8_000), 0.2, dtype=np.float32), 8_000)
    assert collector.level() == pytest.approx(0.2)
    assert PeakCollector().level() == 0
