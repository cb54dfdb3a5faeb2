"""One decoding step as a CUDA graph: the GPU is told once what to do, not at every step a thousand times.

A step of one sentence takes a GPU less time than launching its kernels takes the processor. A graph is recorded for
each size of batch and each length that comes up, of a few fixed ones, and replayed; rows to spare compute nothing that
anybody looks at. Nothing here may change its address, so the cache has all its room from the start.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from xtts_studio.xtts.gpt import Gpt
from xtts_studio.xtts.kv_cache import KvCache, Step

BATCHES = (1, 2, 4, 8, 16, 32)
_LENGTHS = 256  # positions looked at are a multiple of this
_WARM_UP = 3


def fitting_batch(rows: int) -> int:
    """The smallest size of batch that holds so many rows."""
    return next(size for size in BATCHES if size >= rows)


@dataclass(frozen=True)
class _Recorded:
    graph: torch.cuda.CUDAGraph
    inputs: Tensor  # (3, B): codes, positions after the start token, places in the cache
    hidden: Tensor  # (B, C)


class StepGraphs:
    """Decoding steps of a GPT over a cache, both on one GPU."""

    def __init__(self, gpt: Gpt, cache: KvCache) -> None:
        self._gpt, self._cache = gpt, cache
        self._recorded: dict[tuple[int, int], _Recorded] = {}

    def hidden(self, codes: list[int], positions: list[int], places: list[int]) -> Tensor:
        """As `Gpt.decode_one_token`, for the first rows of the cache: (B, C)."""
        rows = fitting_batch(len(codes))
        end = min(-(-(max(places) + 1) // _LENGTHS) * _LENGTHS, self._cache.positions)
        inputs = torch.zeros(3, rows, dtype=torch.long)
        # Rows to spare write too, perhaps into a row that has just joined: at the last place, which is nobody's so far.
        inputs[2] = self._cache.positions - 1
        inputs[:, : len(codes)] = torch.tensor([codes, positions, places])
        recorded = self._recorded.get((rows, end))
        if recorded is None:
            recorded = self._recorded[rows, end] = self._record(inputs.to(self._cache.keys.device), end)
        recorded.inputs.copy_(inputs)
        recorded.graph.replay()
        return recorded.hidden[: len(codes)].clone()

    def _record(self, inputs: Tensor, end: int) -> _Recorded:
        """Runs the step some times first, as recording wants; with real inputs that writes what is there already."""
        side = torch.cuda.Stream(inputs.device)  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream(inputs.device))
        with torch.cuda.stream(side):
            for _ in range(_WARM_UP):
                self._step(inputs, end)
        torch.cuda.current_stream(inputs.device).wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        # Other threads may load models meanwhile, which a recording of the whole process would not bear.
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):
            hidden = self._step(inputs, end)
        return _Recorded(graph, inputs, hidden)

    def _step(self, inputs: Tensor, end: int) -> Tensor:
        codes, positions, places = inputs
        return self._gpt.decode_one_token(codes, positions, Step(self._cache, places, end))
