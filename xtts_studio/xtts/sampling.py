"""How the next audio code is chosen from the GPT's scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from xtts_studio.errors import InvalidInput
from xtts_studio.xtts.config import XttsConfig

FAKE_PREFIX_CODE = 1


@dataclass(frozen=True)
class Sampling:
    """How adventurous the speech is. The defaults are those of the official configuration."""

    temperature: float = 0.75  # lower is steadier, higher livelier
    top_k: int = 50  # only the k likeliest codes; 0: all
    top_p: float = 0.85  # only the likeliest codes that together have this probability
    repetition_penalty: float = 5.0  # how much a code already spoken is held back; 1: not
    length_penalty: float = 1.0  # accepted for compatibility: it steers beam search, which is not used

    def __post_init__(self) -> None:
        _refuse(not 0 < self.temperature < math.inf, "temperature", self.temperature, "above 0")
        _refuse(self.top_k < 0, "top_k", self.top_k, "0 or more")
        _refuse(not 0 < self.top_p <= 1, "top_p", self.top_p, "above 0 and at most 1")
        _refuse(not 0 < self.repetition_penalty < math.inf, "repetition_penalty", self.repetition_penalty, "above 0")


def _refuse(wrong: bool, name: str, value: float, expected: str) -> None:
    if wrong:
        raise InvalidInput(f"{name} is {value}, expected {expected}.")


def seen_before_first(config: XttsConfig, batch: int, device: torch.device) -> Tensor:
    """Which codes the repetition penalty holds back from the first step on: (B, audio tokens), True = seen.

    The reference's generation library sees code 1 in place of every position of the prefix and then the start token.
    """
    seen = torch.zeros(batch, config.audio_tokens, dtype=torch.bool, device=device)
    seen[:, [FAKE_PREFIX_CODE, config.start_audio_token]] = True
    return seen


def penalized(logits: Tensor, seen: Tensor, penalty: float) -> Tensor:
    """Scores with those of seen codes lowered, once per code. Both (B, audio tokens)."""
    lowered = torch.where(logits < 0, logits * penalty, logits / penalty)
    return torch.where(seen, lowered, logits)


def probabilities(logits: Tensor, seen: Tensor, sampling: Sampling) -> Tensor:
    """What the next code is drawn from: penalty, temperature, top-k, top-p, in this order. (B, audio tokens)"""
    scores = penalized(logits, seen, sampling.repetition_penalty) / sampling.temperature
    if 0 < sampling.top_k < scores.shape[-1]:
        kth_best = scores.topk(sampling.top_k).values[:, -1:]
        scores = scores.masked_fill(scores < kth_best, -torch.inf)
    if sampling.top_p < 1:
        scores = _nucleus(scores, sampling.top_p)
    return scores.softmax(dim=-1)


def _nucleus(scores: Tensor, top_p: float) -> Tensor:
    ascending, order = scores.sort(dim=-1)
    unlikely = ascending.softmax(dim=-1).cumsum(dim=-1) <= 1 - top_p
    unlikely[:, -1] = False  # the likeliest always stays
    return scores.masked_fill(unlikely.scatter(1, order, unlikely), -torch.inf)


def choose(logits: Tensor, seen: Tensor, sampling: Sampling, generators: Sequence[torch.Generator] | None) -> Tensor:
    """The next code of each sequence: (B,). Without generators the best one, else drawn.

    Each sequence has a generator of its own, on the CPU, and takes one number a step: what it says depends on its own
    seed alone, whatever else is in the batch and wherever the model runs.
    """
    if generators is None:
        return penalized(logits, seen, sampling.repetition_penalty).argmax(dim=-1)
    chances = probabilities(logits, seen, sampling).double()
    draws = torch.cat([torch.rand(1, generator=generator, dtype=torch.float64) for generator in generators])
    cumulative = chances.cumsum(dim=-1)
    wanted = draws.to(cumulative.device)[:, None] * cumulative[:, -1:]
    return torch.searchsorted(cumulative, wanted, right=True)[:, 0]


def generator_for(seed: int, piece: int) -> torch.Generator:
    """The source of randomness of one piece of a text: the same for the same seed and place."""
    generator = torch.Generator()
    generator.manual_seed((seed * 1_000_003 + piece * 7_919) % 2**63)
    return generator
