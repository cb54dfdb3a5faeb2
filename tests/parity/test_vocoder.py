"""The vocoder: the reference's waveforms; tiles and streams that equal the single pass; weight norm folded away."""

import math

import pytest
import torch
from hypothesis import HealthCheck, given, settings, strategies as st
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from tests.parity.deviation import deviation
from tests.parity.parts import tensors_under, vocoder
from xtts_studio.xtts.vocoder import FRAMES_PER_LATENT, fold_weight_norm


@pytest.fixture(scope="module")
def speaker() -> Tensor:
    return nn.functional.normalize(torch.randn(1, 512, 1, generator=torch.Generator().manual_seed(1)), dim=1)


def random_latents(count: int) -> Tensor:
    return torch.randn(1, count, 128, generator=torch.Generator().manual_seed(count))


@pytest.mark.parametrize(
    ("array", "latents", "speed"),
    [("wav_0", 24, 1.0), ("wav_0_n7", 7, 1.0), ("wav_0_speed1.25", 24, 1.25), ("wav_0_speed0.8", 24, 0.8)],
)
def test_waveform_as_the_reference(golden, array, latents, speed):
    arrays = golden("tiny_vocoder")
    embedding = torch.from_numpy(golden("tiny_conditioning")["default_speaker"])
    got = vocoder("tiny")(torch.from_numpy(arrays["input_latents"])[:, :latents], embedding, speed)
    deviation(f"tiny {array}", got, arrays[array], 1e-4)


def test_waveform_of_the_full_model_as_the_reference(golden):
    arrays = golden("full_vocoder")
    embedding = torch.from_numpy(golden("full_conditioning")["default_speaker"])
    got = vocoder("full")(torch.from_numpy(arrays["input_latents"]), embedding)
    deviation("full wav_0", got, arrays["wav_0"], 1e-4)


def test_plain_network_as_the_reference(golden):
    """The network over all frames at once, its frames from torch's own interpolation: no window anywhere."""
    arrays = golden("tiny_vocoder")
    frames = torch.from_numpy(arrays["input_latents"]).transpose(1, 2)
    for factor in (FRAMES_PER_LATENT, 24000 / 22050):
        frames = nn.functional.interpolate(frames, scale_factor=[factor], mode="linear")
    embedding = torch.from_numpy(golden("tiny_conditioning")["default_speaker"])
    deviation("tiny wav_0 in one pass", vocoder("tiny").waveform_decoder(frames, embedding), arrays["wav_0"], 1e-4)


@pytest.mark.parametrize(("tile_frames", "speed"), [(1, 1.3), (9, 1.0), (40, 1.3), (64, 1.0)])
def test_tiles_equal_one_pass(speaker, tile_frames, speed):
    latents = random_latents(20)
    one_pass = vocoder("tiny")(latents, speaker, speed, tile_frames=10**6)
    tiled = vocoder("tiny")(latents, speaker, speed, tile_frames=tile_frames)
    deviation(f"tiles of {tile_frames} frames, speed {speed}", tiled, one_pass, 1e-5, "abs")


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sizes=st.lists(st.integers(0, 7), min_size=1, max_size=5),
    speed=st.sampled_from([1.0, 0.7, 1.25, 2.0]),
)
def test_any_cut_of_the_latents_streams_the_same_audio(speaker, sizes, speed):
    latents = random_latents(sum(sizes))
    stream = vocoder("tiny").stream(speaker, speed)
    pieces = [stream.feed(part) for part in latents.split(sizes, dim=1)] + [stream.finish()]
    whole = vocoder("tiny")(latents, speaker, speed)
    torch.testing.assert_close(torch.cat(pieces, -1), whole, rtol=0, atol=1e-5)


def test_a_stream_speaks_while_latents_come(speaker):
    stream = vocoder("tiny").stream(speaker)
    spoken = [stream.feed(part).shape[-1] for part in random_latents(12).split(3, dim=1)]
    assert spoken[0] == 0
    assert all(samples > 0 for samples in spoken[2:])
    assert abs(spoken[-1] - 3 * 1024 * 24000 / 22050) <= 256


def test_a_finished_stream_takes_no_more(speaker):
    stream = vocoder("tiny").stream(speaker)
    stream.finish()
    with pytest.raises(ValueError, match="finished"):
        stream.feed(random_latents(1))


@pytest.mark.parametrize("count", [0, 1, 2, 13])
def test_length(speaker, count):
    samples = math.floor(4 * count * 24000 / 22050) * 256
    assert vocoder("tiny")(random_latents(count), speaker).shape == (1, 1, samples)


def test_a_batch_is_vocoded_each_for_itself(speaker):
    latents = torch.cat((random_latents(6), -random_latents(6)))
    speakers = torch.cat((speaker, speaker.flip(1)))
    together = vocoder("tiny")(latents, speakers)
    torch.testing.assert_close(together[1:], vocoder("tiny")(latents[1:], speakers[1:]), rtol=0, atol=1e-5)


def test_folded_weights_are_what_weight_norm_computes():
    normed = {
        "up": weight_norm(nn.ConvTranspose1d(4, 3, 5)),
        "across": weight_norm(nn.Conv1d(4, 3, 5)),
    }
    for name, module in normed.items():
        folded = fold_weight_norm({f"{name}.{key}": value for key, value in module.state_dict().items()})
        assert folded.keys() == {f"{name}.weight", f"{name}.bias"}
        torch.testing.assert_close(folded[f"{name}.weight"], module.weight)


def test_both_spellings_fold_to_the_same():
    new = tensors_under("hifigan_decoder.waveform_decoder.ups.", "tiny")
    old = {
        key.replace("parametrizations.weight.original0", "weight_g").replace(
            "parametrizations.weight.original1", "weight_v"
        ): value
        for key, value in new.items()
    }
    assert "0.weight_g" in old
    folded, folded_old = fold_weight_norm(new), fold_weight_norm(old)
    assert folded.keys() == folded_old.keys() == {f"{i}.{name}" for i in range(4) for name in ("weight", "bias")}
    assert all(torch.equal(folded[key], folded_old[key]) for key in folded)


def test_folding_leaves_the_rest_alone():
    state = {"a.weight": torch.ones(2), "b.weight_g": torch.ones(2, 1, 1)}
    folded = fold_weight_norm(state)
    assert folded.keys() == state.keys()
    assert all(folded[key] is state[key] for key in state)


def test_brain_float_is_close(speaker):
    latents = random_latents(12)
    exact = vocoder("tiny")(latents, speaker)
    rough = vocoder("tiny").to(torch.bfloat16)
    try:
        got = rough(latents, speaker)
    finally:
        vocoder.cache_clear()  # the rounded weights are not the generated ones any more
    assert got.dtype == torch.float32
    signal_to_noise_db = 10 * torch.log10(exact.square().sum() / (got - exact).square().sum())
    assert signal_to_noise_db > 25
