"""The resampler: the reference's numbers, exact lengths, and any pair of rates."""

import math

import pytest
import torch

from tests.parity.deviation import deviation
from tests.parity.parts import clip
from xtts_studio.xtts.resample import resample


def test_22k_to_16k_and_24k_as_the_reference(golden):
    arrays, wave = golden("tiny_features"), clip(1)
    deviation("tiny resampled16k_1", resample(wave, 22050, 16000), arrays["resampled16k_1"], 1e-6, "abs")
    want = arrays["resampled24k_from_22k_1"]
    deviation("tiny resampled24k_from_22k_1", resample(wave[:, :8000], 22050, 24000), want, 1e-6, "abs")


@pytest.mark.parametrize(
    ("from_hz", "to_hz"), [(48000, 22050), (22050, 16000), (8000, 22050), (44101, 22050), (96000, 16000)]
)
def test_a_tone_keeps_its_pitch_and_level(from_hz, to_hz):
    wave = torch.sin(2 * math.pi * 440 * torch.arange(from_hz // 2, dtype=torch.float64) / from_hz)
    want = torch.sin(2 * math.pi * 440 * torch.arange(to_hz // 2, dtype=torch.float64) / to_hz)
    inner = slice(to_hz // 100, -to_hz // 100)  # silence before and after the tone blurs its ends
    assert resample(wave, from_hz, to_hz)[inner].double() == pytest.approx(want[inner], abs=2e-3)


@pytest.mark.parametrize(("from_hz", "to_hz"), [(22050, 16000), (22050, 24000), (24000, 16000), (11025, 22050), (5, 7)])
def test_length_is_rounded_up(from_hz, to_hz):
    for samples in (0, 1, 2, 146, 147, 148, 1000):
        assert resample(torch.ones(samples), from_hz, to_hz).shape == (-(-samples * to_hz // from_hz),)


def test_channels_are_resampled_each_for_itself():
    wave = torch.randn(2, 3, 500, generator=torch.Generator().manual_seed(0))
    together = resample(wave, 22050, 16000)
    assert together.shape == (2, 3, 363)
    torch.testing.assert_close(together[1, 2], resample(wave[1, 2], 22050, 16000))


def test_a_long_wave_is_the_same_in_blocks(monkeypatch):
    wave = torch.randn(1, 5000, generator=torch.Generator().manual_seed(0))
    whole = resample(wave, 22050, 16000)
    monkeypatch.setattr("xtts_studio.xtts.resample._BLOCK_ELEMENTS", 1000)
    torch.testing.assert_close(resample(wave, 22050, 16000), whole, rtol=0, atol=1e-6)


def test_equal_rates_change_nothing():
    wave = torch.randn(10)
    assert torch.equal(resample(wave, 16000, 16000), wave)


def test_a_rate_of_zero_is_refused():
    with pytest.raises(ValueError, match="positive"):
        resample(torch.ones(10), 0, 16000)
