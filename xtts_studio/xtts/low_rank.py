"""A model that speaks with an adapter: the base's own layers, whatever they are kept in, and a low-rank branch beside.

    out = base(x) + strength · scale · x·A·B

The base's modules are shared, packed or of 16 bits as they are, so many adapters of one base need its memory once, and
another strength is another number. Each sequence is a product of its own: its result is the same to the last bit
whatever other sequences are decoded with it.

B sequences, S positions, I inputs, O outputs.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from xtts_studio.xtts.gpt import Gpt
from xtts_studio.xtts.lora import Adapter, check_fits, layer_sizes

LANES = 4
"""Numbers in the shortest vector that kernels compute with."""


class LowRankLinear(nn.Module):
    """A layer and a branch beside it: (B, S, I) -> (B, S, O). low (I, rank), high (rank, O)."""

    def __init__(self, base: nn.Module, low: Tensor, high: Tensor, factor: float) -> None:
        super().__init__()
        self.base, self.factor = base, factor
        self.low, self.high = low, high

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.base(x)
        return _with_branch(out, _products(x, self.low), self.high, self.factor)


class LowRankEmbedding(nn.Module):
    """A table and a branch beside it: numbers (B,) or (B, S) -> (B, C) or (B, S, C)."""

    def __init__(self, base: nn.Module, low: Tensor, high: Tensor, factor: float) -> None:
        super().__init__()
        self.base, self.factor = base, factor
        self.low, self.high = low, high

    @property
    def weight(self) -> Tensor:
        """The base's."""
        return cast(Tensor, self.base.weight)

    def forward(self, ids: Tensor) -> Tensor:
        out: Tensor = self.base(ids)
        rows = F.embedding(ids, self.low)
        if ids.ndim == 1:
            return _with_branch(out[:, None], rows[:, None], self.high, self.factor)[:, 0]
        return _with_branch(out, rows, self.high, self.factor)


def placed(adapter: Adapter, gpt: Gpt) -> Adapter:
    """An adapter where a GPT is, and in what it computes in, for `with_branches`. Raises CheckpointError where it
    doesn't fit."""
    check_fits(gpt.config, adapter)
    weight = gpt.mel_embedding.weight
    tensors: dict[str, Tensor] = {}
    for name in layer_sizes(gpt.config, adapter.config.targets):
        names = [f"{name}.lora_{part}" for part in "ab"]
        low, high = (adapter.tensors[one].to(weight.device, weight.dtype) for one in names)
        tensors |= zip(names, whole_lanes(low, high), strict=True)
    return replace(adapter, tensors=tensors)


def whole_lanes(low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
    """A branch with its rank filled up with zeros: on AMD, MKL adds up other numbers of columns in an order that
    changes with where a row lies in memory."""
    more = -low.shape[1] % LANES
    return (F.pad(low, (0, more)), F.pad(high, (0, 0, 0, more))) if more else (low, high)


def with_branches(gpt: Gpt, adapter: Adapter, strength: float) -> Gpt:
    """A GPT that shares all that a packed or plain one has, with the branches of a `placed` adapter."""
    factor = strength * adapter.config.scale
    branches: dict[str, nn.Module] = {}
    for name in layer_sizes(gpt.config, adapter.config.targets):
        kind = LowRankEmbedding if name.endswith("_embedding") else LowRankLinear
        low, high = (adapter.tensors[f"{name}.lora_{part}"] for part in "ab")
        branches[name] = kind(gpt.get_submodule(name), low, high, factor)
    return cast(Gpt, _view(gpt, branches))


def _view(module: nn.Module, replaced: Mapping[str, nn.Module]) -> nn.Module:
    """A module whose parts are the same but for those replaced, by their names in it; the module stays as it is."""
    parts: dict[str, nn.Module | None] = dict(module._modules)
    inner: dict[str, dict[str, nn.Module]] = {}
    for name, part in replaced.items():
        child, _, within = name.partition(".")
        if within:
            inner.setdefault(child, {})[within] = part
        else:
            parts[child] = part
    parts |= {child: _view(module.get_submodule(child), changed) for child, changed in inner.items()}
    copied = copy.copy(module)
    copied.__dict__["_modules"] = parts
    return copied


def _with_branch(out: Tensor, low: Tensor, high: Tensor, factor: float) -> Tensor:
    """out (B, S, O), which is overwritten, + factor · low (B, S, rank) by high (rank, O)."""
    return out.add_(_products(low, high), alpha=factor)


def _products(x: Tensor, matrix: Tensor) -> Tensor:
    """x (B, S, I) by a matrix (I, O), each sequence for itself."""
    # One row alone would take another kernel, whose sums run in another order.
    several = x.expand(2, -1, -1) if x.shape[:2] == (1, 1) else x
    return torch.bmm(several, matrix.expand(len(several), -1, -1))[: len(x)]
