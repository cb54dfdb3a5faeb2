"""Decoding: the cache changes nothing, batches change nothing, and there is no second pass."""

from typing import Any

import pytest
import torch
from torch import Tensor

from tests.parity.conftest import Sized
from tests.parity.published import STUDIO_VOICE
from xtts_studio.errors import TextError
from xtts_studio.xtts.decoding import Decoder, decode, steps
from xtts_studio.xtts.gpt import Gpt
from xtts_studio.xtts.kv_cache import KvCache
from xtts_studio.xtts.sampling import Sampling, generator_for

TEXTS = [[259, 30, 40, 50], [260, *range(20, 60)], [259, *range(100, 117)]]


def prefixes(tiny: Sized) -> list[Tensor]:
    latent = tiny.model.studio_voices[STUDIO_VOICE].gpt_latent
    with torch.inference_mode():
        return [tiny.model.gpt.prefix(latent, ids) for ids in TEXTS]


@torch.inference_mode()
def in_one_pass(gpt: Gpt, prefix: Tensor, codes: Tensor) -> Tensor:
    """The hidden states that chose `codes` (N,), from one run over the whole sequence without a cache: (N, C)."""
    after_start = gpt.embed_codes(codes[None, :-1], start=1)
    hidden = gpt.final_norm(gpt.gpt(torch.cat([prefix[None], after_start], dim=1)))
    return hidden[0, len(prefix) - 1 :]


def test_latents_equal_a_pass_over_the_whole_sequence(tiny: Sized) -> None:
    for prefix in prefixes(tiny):
        (decoded,) = decode(tiny.model.gpt, [prefix], Sampling(), [generator_for(1, 0)], 50)
        whole = in_one_pass(tiny.model.gpt, prefix, decoded.codes)
        torch.testing.assert_close(decoded.latents, whole, atol=2e-5, rtol=0)


def test_every_code_costs_one_position(tiny: Sized) -> None:
    """The reference runs the whole sequence again for the latents; here each position passes the layers once."""
    positions: list[int] = []
    hook = tiny.model.gpt.gpt.h[0].register_forward_hook(lambda _, inputs, __: positions.append(inputs[0].shape[1]))
    try:
        prefix = prefixes(tiny)[0]
        (decoded,) = decode(tiny.model.gpt, [prefix], Sampling(), None, 30)
    finally:
        hook.remove()
    assert positions == [len(prefix)] + [1] * (len(decoded.codes) - 1)


@pytest.mark.parametrize("greedy", [True, False])
def test_entries_of_a_batch_are_independent(tiny: Sized, greedy: bool) -> None:
    gpt, sampling = tiny.model.gpt, Sampling(repetition_penalty=10)

    def generators(numbers: range | list[int]) -> Any:
        return None if greedy else [generator_for(5, number) for number in numbers]

    together = decode(gpt, prefixes(tiny), sampling, generators(range(3)), 60)
    for number, prefix in enumerate(prefixes(tiny)):
        (alone,) = decode(gpt, [prefix], sampling, generators([number]), 60)
        assert torch.equal(together[number].codes, alone.codes)
        torch.testing.assert_close(together[number].latents, alone.latents, atol=2e-5, rtol=0)


def test_it_stops_at_the_stop_token_which_is_voiced(tiny: Sized) -> None:
    stop = tiny.model.config.stop_audio_token
    made = decode(tiny.model.gpt, prefixes(tiny), Sampling(repetition_penalty=10), None)
    for decoded in made:
        assert (decoded.codes == stop).nonzero().flatten().tolist() in ([], [len(decoded.codes) - 1])
        assert len(decoded.latents) == len(decoded.codes) <= tiny.model.config.max_new_codes
    assert any(decoded.codes[-1] == stop for decoded in made)


def test_the_caller_is_left_in_its_own_gradient_mode(tiny: Sized) -> None:
    decoder = Decoder(tiny.model.gpt)
    decoder.join(prefixes(tiny)[0], Sampling(), None, 2)
    for _ in steps(decoder):
        assert torch.is_grad_enabled()
        assert not torch.is_inference_mode_enabled()


def test_a_piece_of_too_many_ids_is_refused(tiny: Sized) -> None:
    latent = tiny.model.studio_voices[STUDIO_VOICE].gpt_latent
    with pytest.raises(TextError, match="402 tokens"):
        tiny.model.gpt.prefix(latent, [30] * 402)
    with torch.inference_mode():
        assert tiny.model.gpt.prefix(latent, [30] * 401).shape == (32 + 403 + 1, 128)


def test_cache_grows_and_keeps_what_is_there(tiny: Sized) -> None:
    cache = KvCache(tiny.model.config, rows=1, positions=10)
    assert (cache.rows, cache.positions) == (1, 16)
    new = torch.randn(1, 4, 3, 32)
    cache.prefill(0, 3).attend(0, new, new, new)
    cache.reserve(3, 40)
    assert (cache.rows, cache.positions) == (3, 48)
    assert torch.equal(cache.keys[0, 0, :, :3], new[0])
    cache.move(0, 2, 3)
    assert torch.equal(cache.values[0, 2, :, :3], new[0])
