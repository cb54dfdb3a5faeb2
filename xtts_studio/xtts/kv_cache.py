"""The keys and values of the positions already seen, so that each new code costs one position.

Each sequence has a row, filled from position 0; rows in use are always the first ones, so that a step over all of them
reads one block of memory. What a step or a prefill may see and write is given by a view:

    cache = KvCache(config, rows=16)
    cache.prefill(row=0, positions=185)     # one sequence, many new positions
    cache.step([185, 60])                   # rows 0 and 1, one new position each, at these places

Rules
- A view writes one layer at a time; who uses it counts the positions.
- Room grows as it is needed: rows by doubling, positions in blocks. What is there is kept.
- A step attends to whole blocks of 16 positions, those not written yet hidden by the mask. The result of a row then
  doesn't depend on how long the others are, not even in the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from xtts_studio.xtts.config import XttsConfig

BLOCK = 16
_FIRST_POSITIONS = 512


class Attending(Protocol):
    """Attention of new positions to those before them and to each other."""

    def attend(self, layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """All (B, H, S, D), of the new positions; keeps keys and values, gives what was attended to (B, H, S, D)."""
        ...


class KvCache:
    """Keys and values (layers, rows, H, positions, D)."""

    def __init__(
        self,
        config: XttsConfig,
        rows: int = 1,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
        positions: int = _FIRST_POSITIONS,
    ) -> None:
        self._layers, self._heads = config.layers, config.heads
        self._head_size = config.channels // config.heads
        self.keys, self.values = (self._empty(rows, blocks(positions), device, dtype) for _ in range(2))

    @property
    def rows(self) -> int:
        return self.keys.shape[1]

    @property
    def positions(self) -> int:
        return self.keys.shape[3]

    def reserve(self, rows: int, positions: int) -> None:
        """Makes room, keeping what is there."""
        if rows <= self.rows and positions <= self.positions:
            return
        rows = max(rows, 2 * self.rows) if rows > self.rows else self.rows
        positions = max(self.positions, blocks(positions))
        self.keys, self.values = (self._grown(old, rows, positions) for old in (self.keys, self.values))

    def prefill(self, row: int, positions: int) -> Prefill:
        """A view for the first `positions` of one row."""
        self.reserve(row + 1, positions)
        return Prefill(self, row, positions)

    def step(self, places: Sequence[int]) -> Step:
        """A view for one new position of each of the first rows, at `places`."""
        self.reserve(len(places), max(places) + 1)
        return Step(self, torch.tensor(places, device=self.keys.device), blocks(max(places) + 1))

    def move(self, source: int, target: int, positions: int) -> None:
        """Takes a row's first positions to another row."""
        for tensor in (self.keys, self.values):
            tensor[:, target, :, :positions] = tensor[:, source, :, :positions]

    def clear(self, row: int) -> None:
        """Makes numbers of a row that may hold others: what the mask hides is multiplied by 0 all the same."""
        for tensor in (self.keys, self.values):
            tensor[:, row] = 0

    def _empty(self, rows: int, positions: int, device: torch.device | str, dtype: torch.dtype) -> Tensor:
        shape = (self._layers, rows, self._heads, positions, self._head_size)
        if torch.device(device).type != "cpu":
            return torch.zeros(shape, device=device, dtype=dtype)
        # What the mask hides is still multiplied, by 0, so it must be numbers. NumPy's zeros take no memory until they
        # are written to.
        whole = np.zeros(shape, np.dtype(f"u{dtype.itemsize}"))
        return torch.from_numpy(whole.view(np.dtype(f"i{dtype.itemsize}"))).view(dtype)

    def _grown(self, old: Tensor, rows: int, positions: int) -> Tensor:
        new = self._empty(rows, positions, old.device, old.dtype)
        new[:, : old.shape[1], :, : old.shape[3]] = old
        return new


class Prefill:
    """The first positions of one row: each sees itself and those before it."""

    def __init__(self, cache: KvCache, row: int, positions: int) -> None:
        self._cache, self._row, self._positions = cache, row, positions

    def attend(self, layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        for kept, new in ((self._cache.keys, keys), (self._cache.values, values)):
            kept[layer, self._row, :, : self._positions] = new[0]
        return F.scaled_dot_product_attention(queries, keys, values, is_causal=True)


class Step:
    """One new position of each of the first rows. places (B,); `end`: how many positions are looked at, a multiple of
    16."""

    def __init__(self, cache: KvCache, places: Tensor, end: int) -> None:
        self._cache, self._places, self._end = cache, places, end
        self._rows = torch.arange(len(places), device=places.device)
        hidden = torch.arange(end, device=places.device) > places[:, None]
        mask = torch.zeros(hidden.shape, device=places.device, dtype=cache.keys.dtype)
        self._mask = mask.masked_fill_(hidden, -torch.inf)[:, None, None]  # (B, 1, 1, end)

    def attend(self, layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        all_keys, all_values = self._kept(self._cache.keys[layer], keys), self._kept(self._cache.values[layer], values)
        mixed = F.scaled_dot_product_attention(queries.to(self._mask.dtype), all_keys, all_values, self._mask)
        return mixed.to(queries.dtype)

    def _kept(self, rows: Tensor, new: Tensor) -> Tensor:
        """Writes (B, H, 1, D) into a layer's rows; what may be looked at (B, H, end, D)."""
        rows[self._rows, :, self._places] = new[:, :, 0].to(rows.dtype)
        return rows[: len(self._rows), :, : self._end]


def row_bytes(config: XttsConfig, dtype: torch.dtype) -> int:
    """Memory of the longest sequence."""
    return 2 * config.layers * config.channels * blocks(config.most_positions) * dtype.itemsize


def blocks(positions: int) -> int:
    """The next multiple of 16."""
    return -(-positions // BLOCK) * BLOCK
