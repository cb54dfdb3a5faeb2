"""The DVAE: the reference's codes exactly, its decoded mel within tolerance."""

import pytest
import torch

from tests.parity.deviation import deviation
from tests.parity.parts import clip, dvae, mel_stats
from xtts_studio.xtts.mel import dvae_mel


@pytest.mark.parametrize("size", ["tiny", "full"])
def test_codes_as_the_reference(golden, size):
    arrays = golden(f"{size}_features")
    for number in (0, 1):
        codes = dvae(size).encode(dvae_mel(clip(number), mel_stats(size)))
        deviation(f"{size} dvae_codes_{number}", codes, arrays[f"dvae_codes_{number}"], 0, "abs")


@pytest.mark.parametrize("size", ["tiny", "full"])
def test_codes_of_the_stored_mel_as_the_reference(golden, size):
    arrays = golden(f"{size}_features")
    codes = dvae(size).encode(torch.from_numpy(arrays["dvae_mel_1"]))
    deviation(f"{size} dvae_codes_1 of its mel", codes, arrays["dvae_codes_1"], 0, "abs")


@pytest.mark.parametrize("size", ["tiny", "full"])
def test_margin_between_best_and_second_best_code(golden, size):
    arrays, model = golden(f"{size}_features"), dvae(size)
    vectors = model.encoder(torch.from_numpy(arrays["dvae_mel_1"]))[0].T  # (N, D)
    distance = torch.cdist(vectors.double(), model.codebook.embed.T.double()).square()
    best, second = distance.topk(2, largest=False).values.unbind(-1)
    deviation(f"{size} dvae_margin_1", second - best, arrays["dvae_margin_1"], 1e-3)


@pytest.mark.parametrize("size", ["tiny", "full"])
def test_decoded_mel_as_the_reference(golden, size):
    arrays = golden(f"{size}_features")
    mel = dvae(size).decode(torch.from_numpy(arrays["dvae_codes_1"]))
    deviation(f"{size} dvae_decoded_mel_1", mel, arrays["dvae_decoded_mel_1"], 1e-4, "abs")


def test_sizes_are_read_from_the_state_dict():
    model = dvae("tiny")
    assert model.codebook.embed.shape == (64, 256)
    assert model.encoder[0][0].out_channels == 64
    with pytest.raises(KeyError):
        type(model).shaped_like({})


@pytest.mark.parametrize(("frames", "codes"), [(1, 1), (4, 1), (5, 2), (6, 2), (8, 2), (9, 3)])
def test_a_code_covers_four_frames(frames, codes):
    assert dvae("tiny").encode(torch.zeros(2, 80, frames)).shape == (2, codes)
    assert dvae("tiny").decode(torch.zeros(2, codes, dtype=torch.long)).shape == (2, 80, 4 * codes)


def test_every_codebook_column_is_nearest_to_itself():
    codebook = dvae("tiny").codebook
    codes = torch.arange(256)[None]
    assert torch.equal(codebook.nearest(codebook.vectors(codes)), codes)
