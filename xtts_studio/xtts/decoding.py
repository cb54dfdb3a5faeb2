"""Text ids and a voice -> audio codes, one step at a time, for any number of sequences at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from xtts_studio.xtts.gpt import Gpt
from xtts_studio.xtts.kv_cache import KvCache
from xtts_studio.xtts.sampling import Sampling, choose, seen_before_first


class Step(NamedTuple):
    """One code of each sequence, the latent that voices it, and the raw scores it was chosen from."""

    codes: Tensor  # (B,)
    latents: Tensor  # (B, C)
    logits: Tensor  # (B, audio tokens)


class Decoded(NamedTuple):
    """What one sequence became; the last code is the stop token unless the limit came first. It is voiced too."""

    codes: Tensor  # (N,)
    latents: Tensor  # (N, C)


def steps(
    gpt: Gpt,
    prefixes: Sequence[Tensor],
    sampling: Sampling,
    generators: Sequence[torch.Generator] | None = None,
    max_new_codes: int | None = None,
) -> Iterator[Step]:
    """Decode until every sequence has stopped or `max_new_codes` (at most 602) are made.

    prefixes: [(S, C), …] from `Gpt.prefix`; generators: one for each, None decodes greedily. A sequence that has
    stopped goes on to the end of the batch: its later codes mean nothing.
    """
    limit = min(max_new_codes or gpt.config.max_new_codes, gpt.config.max_new_codes)
    longest = max(len(prefix) for prefix in prefixes)
    cache = KvCache(gpt.config, len(prefixes), longest + limit, prefixes[0].device, prefixes[0].dtype)
    with torch.inference_mode():
        hidden = gpt.prefill(prefixes, cache)
        seen = seen_before_first(gpt.config, len(prefixes), hidden.device)
        stopped = torch.zeros(len(prefixes), dtype=torch.bool, device=hidden.device)
    for position in range(1, limit + 1):
        with torch.inference_mode():  # not around the yield: the mode would leak to the caller
            logits = gpt.audio_logits(hidden)
            codes = choose(logits, seen, sampling, generators)
            seen.scatter_(1, codes[:, None], True)
            stopped |= codes == gpt.config.stop_audio_token
        yield Step(codes, hidden, logits)
        if position == limit or bool(stopped.all()):
            return
        with torch.inference_mode():
            hidden = gpt.decode_one_token(codes, position, cache)


def decode(
    gpt: Gpt,
    prefixes: Sequence[Tensor],
    sampling: Sampling,
    generators: Sequence[torch.Generator] | None = None,
    max_new_codes: int | None = None,
) -> list[Decoded]:
    """All codes and latents of each sequence, each cut after its own stop token."""
    made = list(steps(gpt, prefixes, sampling, generators, max_new_codes))
    codes = torch.stack([step.codes for step in made], dim=1)  # (B, N)
    latents = torch.stack([step.latents for step in made], dim=1)  # (B, N, C)
    return [_until_stop(gpt, *row) for row in zip(codes, latents, strict=True)]


def _until_stop(gpt: Gpt, codes: Tensor, latents: Tensor) -> Decoded:
    stops = (codes == gpt.config.stop_audio_token).nonzero()
    length = int(stops[0]) + 1 if len(stops) else len(codes)
    return Decoded(codes[:length], latents[:length])
