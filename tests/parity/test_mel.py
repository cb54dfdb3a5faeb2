"""Mels of conditioning and DVAE: the reference's numbers and the bank they stand on."""

import pytest
import torch

from tests.parity import weights
from tests.parity.deviation import deviation
from tests.parity.parts import clip, mel_stats
from xtts_studio.xtts.mel import conditioning_mel, dvae_mel, mel_bank


@pytest.mark.parametrize("size", ["tiny", "full"])
def test_dvae_mel_as_the_reference(golden, size):
    got = dvae_mel(clip(1), mel_stats(size))
    deviation(f"{size} dvae_mel_1", got, golden(f"{size}_features")["dvae_mel_1"], 1e-4, "abs")


def test_conditioning_mel_as_the_reference(golden):
    six_seconds = clip(0)[:, : 6 * 22050]
    got = conditioning_mel(six_seconds, mel_stats("tiny"))
    deviation("tiny cond_mel_0", got, golden("tiny_features")["cond_mel_0"], 1e-4, "abs")


@pytest.mark.parametrize("unit_area", [True, False])
def test_bank_is_the_definition(unit_area):
    want = weights.mel_bank(22050, 2048, 80, 0.0, 8000.0, "slaney" if unit_area else None)
    got = mel_bank(22050, 2048, 80, 8000.0, unit_area=unit_area)
    assert got.numpy() == pytest.approx(want, abs=1e-7)


def test_silence_is_the_floor_over_mel_stats():
    stats = torch.linspace(1, 2, 80)
    mel = dvae_mel(torch.zeros(1, 4096), stats)
    assert mel.shape == (1, 80, 17)
    torch.testing.assert_close(mel[0, :, 3], torch.tensor(1e-5).log() / stats)


def test_too_short_a_wave_is_refused():
    with pytest.raises(ValueError, match="over 1024 samples, got 1024"):
        conditioning_mel(torch.zeros(1, 1024), torch.ones(80))
    assert conditioning_mel(torch.zeros(1, 1025), torch.ones(80)).shape == (1, 80, 5)
