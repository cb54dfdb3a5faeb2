"""Text ids and a voice -> audio codes, for any number of sequences at once, which join and leave at any step.

    decoder = Decoder(gpt)
    sequence = decoder.join(prefix, sampling, generator)
    while decoder.sequences:
        for sequence, latent in decoder.step():     # one code more of each
            …                                       # latent (C,) voices it; `sequence.ended`: it was the last

A sequence's codes and latents depend on nothing but its own prefix, sampling and generator. With packed layers
(`packed`) this holds to the last bit; with plain ones to rounding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import torch
from torch import Tensor

from xtts_studio.errors import CheckpointError
from xtts_studio.xtts.gpt import Gpt
from xtts_studio.xtts.graphs import StepGraphs, fitting_batch
from xtts_studio.xtts.kv_cache import KvCache
from xtts_studio.xtts.sampling import Sampling, choose, seen_before_first


class DecodedSequence:
    """One sequence of a decoder, and its codes so far. The last is the stop token unless a limit came first."""

    def __init__(
        self, prefix_length: int, sampling: Sampling, generator: torch.Generator | None, limits: range
    ) -> None:
        self.sampling, self.generator = sampling, generator
        self.codes: list[int] = []
        self.ended = False
        self.broken = False
        self._prefix_length, self._limits = prefix_length, limits

    @property
    def place(self) -> int:
        """Where in the cache the next code belongs."""
        return self._prefix_length + len(self.codes) - 1

    @property
    def may_stop(self) -> bool:
        return len(self.codes) >= self._limits.start

    def add(self, code: int, stop: int) -> None:
        """Notes a code."""
        self.codes.append(code)
        self.ended = self.broken or code == stop or len(self.codes) >= self._limits.stop

    def check(self) -> None:
        """Raises CheckpointError where its scores became something else than numbers; it has ended then."""
        if self.broken:
            raise CheckpointError(
                "The model's scores are not numbers; its weights or the voice are damaged, or a training went astray.",
                hint="Choose another model or voice, or an earlier checkpoint.",
            )


class Decoder:
    """Decodes all its sequences one code further at each step. For one thread at a time.

    rows: how many sequences there is room for at first; on a GPU also the most there may be.
    """

    def __init__(self, gpt: Gpt, rows: int = 1) -> None:
        self.gpt = gpt
        self.sequences: list[DecodedSequence] = []
        """Those that have not ended. A sequence's number here is its row in everything below."""
        weight = gpt.mel_embedding.weight
        self._cache = KvCache(gpt.config, rows, weight.device, weight.dtype)
        self._graphs: StepGraphs | None = None
        if weight.is_cuda:
            self._cache.reserve(fitting_batch(rows), gpt.config.most_positions)
            self._graphs = StepGraphs(gpt, self._cache)
        self._hidden = weight.new_empty(0, gpt.config.channels)  # (B, C), of the last code or of the prefix
        self._seen = seen_before_first(gpt.config, 0, weight.device)  # (B, audio tokens)
        self._fresh = 0  # how many sequences, at the end, have no code yet

    @torch.inference_mode()
    def join(
        self,
        prefix: Tensor,
        sampling: Sampling,
        generator: torch.Generator | None = None,
        max_new_codes: int | None = None,
        min_new_codes: int = 0,
    ) -> DecodedSequence:
        """Takes a prefix (S, C) of `Gpt.prefix` in. Without a generator the likeliest code is always taken.

        At most `max_new_codes` are made and never more than the model has places for, at least `min_new_codes`.
        """
        config = self.gpt.config
        most = min(max_new_codes or config.max_new_codes, config.max_new_codes)
        sequence = DecodedSequence(len(prefix), sampling, generator, range(min_new_codes, most))
        hidden = self.gpt.prefill(prefix, self._cache, len(self.sequences))
        self._hidden = torch.cat([self._hidden, hidden[None]])
        self._seen = torch.cat([self._seen, seen_before_first(config, 1, hidden.device)])
        self.sequences.append(sequence)
        self._fresh += 1
        return sequence

    @torch.inference_mode()
    def step(self) -> list[tuple[DecodedSequence, Tensor]]:
        """One code more of each sequence, with the latent (C,) that voices it; those that end leave."""
        if not self.sequences:
            return []
        self._advance()
        codes = self._choose(self.gpt.audio_logits(self._hidden))
        self._seen.scatter_(1, codes[:, None], True)
        for sequence, code in zip(self.sequences, codes.tolist(), strict=True):
            sequence.add(code, self.gpt.config.stop_audio_token)
        self._fresh = 0
        told = list(zip(self.sequences, self._hidden, strict=True))
        for sequence in [sequence for sequence in self.sequences if sequence.ended]:
            self.leave(sequence)
        return told

    def leave(self, sequence: DecodedSequence) -> None:
        """Takes a sequence out, wherever it is; one that is out already is left in peace."""
        if sequence not in self.sequences:
            return
        hole = self.sequences.index(sequence)
        begun = len(self.sequences) - self._fresh
        if hole < begun:  # the last of those with codes moves in, then the last of all into its place
            self._move(begun - 1, hole)
            hole = begun - 1
        else:
            self._fresh -= 1
        self._move(len(self.sequences) - 1, hole)
        self.sequences.pop()
        self._hidden, self._seen = self._hidden[:-1], self._seen[:-1]

    def _move(self, source: int, target: int) -> None:
        if source == target:
            return
        with torch.inference_mode():
            self._hidden = self._hidden.clone()  # the old one may be told to somebody
            self._cache.move(source, target, self.sequences[source].place + 1)
            self._hidden[target], self._seen[target] = self._hidden[source], self._seen[source]
        self.sequences[target] = self.sequences[source]

    def _advance(self) -> None:
        """The hidden states after the last codes; sequences without a code have theirs from the prefix."""
        begun = self.sequences[: len(self.sequences) - self._fresh]
        if not begun:
            return
        codes = [sequence.codes[-1] for sequence in begun]
        positions = [len(sequence.codes) for sequence in begun]
        hidden = self._after(codes, positions, [sequence.place for sequence in begun])
        self._hidden = torch.cat([hidden, self._hidden[len(begun) :]])

    def _after(self, codes: list[int], positions: list[int], places: list[int]) -> Tensor:
        """The hidden states (B, C) after one more code of each of the first rows."""
        if self._graphs is not None:
            return self._graphs.hidden(codes, positions, places)
        device = self._hidden.device
        view = self._cache.step(places)
        return self.gpt.decode_one_token(
            torch.tensor(codes, device=device), torch.tensor(positions, device=device), view
        )

    def _without_broken(self, logits: Tensor) -> Tensor:
        """Marks the sequences whose scores are not numbers, and gives them some, so that the others can go on."""
        fine = logits.isfinite().all(dim=1)
        if bool(fine.all()):
            return logits
        for row in (~fine).nonzero().flatten().tolist():
            self.sequences[row].broken = True
            self._cache.clear(row)
        return torch.where(fine[:, None], logits, 0.0)

    def _choose(self, logits: Tensor) -> Tensor:
        """The next code of each sequence, (B,); those who want the same settings are chosen for together."""
        logits = self._without_broken(logits)
        for row, sequence in enumerate(self.sequences):
            if not sequence.may_stop:
                logits[row, self.gpt.config.stop_audio_token] = -torch.inf
        chosen: list[Tensor] = []
        begin = 0
        for (sampling, greedy), group in groupby(self.sequences, lambda one: (one.sampling, one.generator is None)):
            members = list(group)
            rows = slice(begin, begin + len(members))
            begin += len(members)
            generators = None if greedy else [one.generator for one in members if one.generator is not None]
            chosen.append(choose(logits[rows], self._seen[rows], sampling, generators))
        return torch.cat(chosen)


class Decoded(NamedTuple):
    """What one sequence became; the last code is the stop token unless the limit came first. It is voiced too."""

    codes: Tensor  # (N,)
    latents: Tensor  # (N, C)


def decode(
    gpt: Gpt,
    prefixes: Sequence[Tensor],
    sampling: Sampling,
    generators: Sequence[torch.Generator] | None = None,
    max_new_codes: int | None = None,
) -> list[Decoded]:
    """All codes and latents of each of [(S, C), …]; generators: one for each, None decodes greedily."""
    decoder = Decoder(gpt, len(prefixes))
    sequences = [
        decoder.join(prefix, sampling, None if generators is None else generators[number], max_new_codes)
        for number, prefix in enumerate(prefixes)
    ]
    latents: dict[int, list[Tensor]] = {id(sequence): [] for sequence in sequences}
    for sequence, latent in steps(decoder):
        latents[id(sequence)].append(latent)
    return [Decoded(torch.tensor(one.codes), torch.stack(latents[id(one)])) for one in sequences]


def steps(decoder: Decoder) -> Iterator[tuple[DecodedSequence, Tensor]]:
    """Steps until all sequences have ended. Raises CheckpointError for a broken one."""
    while decoder.sequences:
        for sequence, latent in decoder.step():
            sequence.check()
            yield sequence, latent
