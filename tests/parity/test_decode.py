"""Text ids and a voice -> audio codes, scores and the vocoder's latents."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.parity.conftest import Sized, each_size
from tests.parity.deviation import deviation
from xtts_studio.xtts.decoding import Decoded, decode
from xtts_studio.xtts.gpt import Gpt
from xtts_studio.xtts.kv_cache import KvCache
from xtts_studio.xtts.sampling import Sampling, probabilities

TIE = 1e-3  # a best score that leads by less may be overtaken by rounding


def prefix_of(sized: Sized, text: int) -> Tensor:
    latents = torch.from_numpy(sized.arrays("conditioning")["default_latent"])
    ids = sized.arrays("decode")[f"ids_{text}"][0].tolist()
    with torch.inference_mode():
        return sized.model.gpt.prefix(latents, ids)


def greedy(sized: Sized, text: int, penalty: float, limit: int | None) -> Decoded:
    (decoded,) = decode(sized.model.gpt, [prefix_of(sized, text)], Sampling(repetition_penalty=penalty), None, limit)
    return decoded


def assert_same_codes(name: str, got: Tensor, want: Any, margins: Any) -> None:
    """Equal, or different only from a step on where two codes were tied."""
    assert len(got) == len(want)
    different = np.flatnonzero(got.numpy() != want)
    if len(different) and margins[different[0]] <= TIE:
        pytest.skip(f"{name}: step {different[0]} is a tie within {margins[different[0]]:.1e} on this machine")
    deviation(name, got, want, 0, "abs")


@torch.inference_mode()
def teacher_forced(gpt: Gpt, prefix: Tensor, codes: Tensor) -> tuple[Tensor, Tensor]:
    """Scores (N, tokens) and latents (N, C) at each of `codes` (N,), given those before it."""
    cache = KvCache(gpt.config)
    hidden = [gpt.prefill(prefix, cache)[None]]
    for position, code in enumerate(codes[:-1], start=1):
        view = cache.step([len(prefix) + position - 1])
        hidden.append(gpt.decode_one_token(code[None], torch.tensor([position]), view))
    latents = torch.cat(hidden)
    return gpt.audio_logits(latents), latents


@pytest.mark.parametrize(("sized", "text"), each_size([0, 1, 2], [0]), indirect=["sized"])
def test_greedy_codes(sized: Sized, text: int) -> None:
    want = sized.arrays("decode")
    codes = want[f"codes_{text}"][0]
    decoded = greedy(sized, text, penalty=10, limit=len(codes))
    assert_same_codes(f"{sized.size} decode codes_{text}", decoded.codes, codes, want[f"margin_{text}"])


@pytest.mark.parametrize(("sized", "text"), each_size([0, 1, 2], [0]), indirect=["sized"])
def test_scores_and_latents(sized: Sized, text: int) -> None:
    want = sized.arrays("decode")
    codes = torch.from_numpy(want[f"codes_{text}"][0])
    logits, latents = teacher_forced(sized.model.gpt, prefix_of(sized, text), codes)
    stored = logits[:, ::2] if sized.size == "full" else logits
    deviation(f"{sized.size} decode logits_{text}", stored, want[f"logits_{text}"], 1e-4)
    deviation(f"{sized.size} decode latents_{text}", latents[None], want[f"latents_{text}"], 1e-4)


@pytest.mark.parametrize("penalty", [5, 1])
def test_other_repetition_penalties(tiny: Sized, penalty: int) -> None:
    want = tiny.arrays("decode")
    codes = want[f"codes_0_rp{penalty}"][0]
    decoded = greedy(tiny, 0, penalty, len(codes))
    assert_same_codes(f"tiny decode codes_0_rp{penalty}", decoded.codes, codes, want[f"margin_0_rp{penalty}"])


def test_until_the_stop_token(tiny: Sized) -> None:
    want = tiny.arrays("decode")
    decoded = greedy(tiny, 0, penalty=10, limit=None)
    assert_same_codes("tiny decode codes_long", decoded.codes, want["codes_long"][0], want["margin_long"])
    assert decoded.codes[-1] == tiny.model.config.stop_audio_token
    assert (1, *decoded.latents.shape) == tuple(want["latents_long_shape"])
    deviation("tiny decode latents_long_tail", decoded.latents[None, -8:], want["latents_long_tail"], 1e-4)


@pytest.mark.parametrize(
    ("case", "sampling"),
    [
        ("a", Sampling(temperature=0.75, top_k=50, top_p=0.85, repetition_penalty=5)),
        ("b", Sampling(temperature=0.65, top_k=20, top_p=0.5, repetition_penalty=2)),
        ("c", Sampling(temperature=1, top_k=0, top_p=1, repetition_penalty=10)),
    ],
)
def test_what_sampling_draws_from(tiny: Sized, case: str, sampling: Sampling) -> None:
    want = tiny.arrays("decode")
    logits = torch.from_numpy(want["warp_logits"])
    seen = torch.zeros(logits.shape, dtype=torch.bool)
    seen[0, want["warp_history"][0]] = True
    got = probabilities(logits, seen, sampling)
    deviation(f"tiny decode warp_{case}_probs", got, want[f"warp_{case}_probs"], 1e-6, "abs")
