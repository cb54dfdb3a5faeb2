"""The choice of codes: bounds, chance, and refusals. The reference's numbers are in tests/parity/test_decode.py."""

from typing import Any

import pytest
import torch
from hypothesis import given, strategies as st

from xtts_studio.errors import InvalidInput
from xtts_studio.xtts.config import XttsConfig
from xtts_studio.xtts.sampling import Sampling, choose, generator_for, penalized, probabilities, seen_before_first

CODES = 40


def scores(seed: int) -> torch.Tensor:
    return torch.randn(1, CODES, generator=torch.Generator().manual_seed(seed)) * 3


NOTHING_SEEN = torch.zeros(1, CODES, dtype=torch.bool)


@given(st.integers(0, 10**6), st.integers(0, 60), st.floats(0.01, 1), st.floats(0.05, 3))
def test_probabilities_stay_within_their_bounds(seed: int, top_k: int, top_p: float, temperature: float) -> None:
    sampling = Sampling(temperature, top_k, top_p, repetition_penalty=1)
    chances = probabilities(scores(seed), NOTHING_SEEN, sampling)[0]
    kept = chances > 0
    assert chances.sum().item() == pytest.approx(1, abs=1e-5)
    assert 1 <= kept.sum() <= (top_k or CODES)
    assert chances.argmax() == scores(seed)[0].argmax()
    assert scores(seed)[0][kept].min() >= scores(seed)[0][~kept].max() if (~kept).any() else True


def test_penalty_lowers_seen_codes_once_and_no_others() -> None:
    logits = torch.tensor([[2.0, -2.0, 1.0]])
    lowered = penalized(logits, torch.tensor([[True, True, False]]), 4.0)
    assert lowered.tolist() == [[0.5, -8.0, 1.0]]


def test_code_one_and_the_start_token_are_held_back_from_the_first_step() -> None:
    seen = seen_before_first(XttsConfig(), 2, torch.device("cpu"))
    assert seen.nonzero().tolist() == [[0, 1], [0, 1024], [1, 1], [1, 1024]]


def test_codes_are_drawn_as_often_as_they_are_likely() -> None:
    logits = torch.tensor([[0.5, 0.3, 0.2, 0.0]]).log()
    sampling = Sampling(temperature=1, top_k=0, top_p=1, repetition_penalty=1)
    generator = generator_for(3, 0)
    draws = torch.cat([choose(logits, NOTHING_SEEN[:, :4], sampling, [generator]) for _ in range(4000)])
    shares = torch.bincount(draws, minlength=4) / 4000
    torch.testing.assert_close(shares, torch.tensor([0.5, 0.3, 0.2, 0.0]), atol=0.03, rtol=0)
    assert shares[3] == 0


def test_each_sequence_draws_from_its_own_source() -> None:
    logits = scores(0).expand(3, -1)
    seen = NOTHING_SEEN.expand(3, -1)
    sampling = Sampling(temperature=3, top_p=1)
    together = choose(logits, seen, sampling, [generator_for(9, piece) for piece in range(3)])
    alone = [choose(logits[:1], seen[:1], sampling, [generator_for(9, piece)])[0] for piece in range(3)]
    assert together.tolist() == [int(code) for code in alone]


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperature": 0}, {"temperature": float("nan")}, {"temperature": float("inf")}, {"top_k": -1}, {"top_p": 0},
        {"top_p": 1.1}, {"repetition_penalty": 0}, {"repetition_penalty": float("nan")},
    ],
)  # fmt: skip
def test_values_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        Sampling(**wrong)
