"""The keys and values of the positions already seen, so that each new code costs one position.

Rules
- Sizes are fixed when it is made: `max_positions` rows for each sequence, nothing grows while decoding.
- `update` writes one layer at the current end and returns that layer's keys and values up to there. Layers are written
  one after the other; `advance` moves the end once all of them are.
- Sequences of a batch have prefixes of different lengths, so they are padded on the **left**: all end at the same
  position, and `first_position` says where each begins. Positions before it are never attended to.
- Writing past the end is refused: the caller sized the cache.

    cache = KvCache(config, batch=2, max_positions=100)     # two sequences
    cache.pad_left(torch.tensor([60, 48]))                  # prefixes of 60 and 48 positions, padded to 60
"""

from __future__ import annotations

import torch
from torch import Tensor

from xtts_studio.xtts.config import XttsConfig


class KvCache:
    """Keys and values (layers, B, H, max_positions, D), filled up to `length`."""

    def __init__(
        self,
        config: XttsConfig,
        batch: int,
        max_positions: int,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        shape = (config.layers, batch, config.heads, max_positions, config.channels // config.heads)
        self.keys = torch.empty(shape, device=device, dtype=dtype)
        self.values = torch.empty(shape, device=device, dtype=dtype)
        self.max_positions = max_positions
        self.length = 0
        self.first_position: Tensor | None = None  # (B,), None: nothing is padded

    def pad_left(self, lengths: Tensor) -> None:
        """Say how long each prefix is; the longest sets the padded width. lengths: (B,)"""
        if int(lengths.min()) < int(lengths.max()):
            self.first_position = (lengths.max() - lengths).to(self.keys.device)

    def update(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Write (B, H, S, D) of one layer at the end; return all of the layer's so far."""
        end = self.length + keys.shape[2]
        assert end <= self.max_positions, f"KV cache of {self.max_positions} positions asked to hold {end}"
        self.keys[layer, :, :, self.length : end] = keys
        self.values[layer, :, :, self.length : end] = values
        return self.keys[layer, :, :, :end], self.values[layer, :, :, :end]

    def advance(self, positions: int) -> None:
        """Move the end after every layer was written."""
        self.length += positions

    def mask(self, positions: int) -> Tensor | None:
        """What `positions` new queries may attend to: (B, 1, positions, length + positions), True = yes.

        None where no mask is needed: without padding, one new position sees everything and the first ones are causal.
        """
        if self.first_position is None and (positions == 1 or self.length == 0):
            return None
        end = self.length + positions
        keys = torch.arange(end, device=self.keys.device)
        allowed = keys <= torch.arange(self.length, end, device=self.keys.device)[:, None]  # causal
        if self.first_position is None:
            return allowed[None, None]
        # A padded query may look at itself, so that its softmax has something to sum to; nobody looks at it.
        itself = keys == torch.arange(self.length, end, device=self.keys.device)[:, None]
        return (allowed & (keys >= self.first_position[:, None, None]) | itself)[:, None]
