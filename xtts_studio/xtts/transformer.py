"""GPT-2's blocks: pre-norm, causal attention, tanh-GELU feed-forward; parameters named and laid out as published."""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from xtts_studio.xtts.config import XttsConfig
from xtts_studio.xtts.kv_cache import Attending

DROPOUT = 0.1


class InOutLinear(nn.Module):
    """A linear layer whose weight is stored (in, out), as GPT-2's checkpoints have it."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(inputs, outputs))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor) -> Tensor:
        flat = torch.addmm(self.bias, x.reshape(-1, x.shape[-1]), self.weight)
        return flat.view(*x.shape[:-1], self.weight.shape[1])


class Attention(nn.Module):
    """Causal self-attention over all heads at once."""

    def __init__(self, config: XttsConfig, layer: int) -> None:
        super().__init__()
        self.heads, self.layer = config.heads, layer
        self.dropout = DROPOUT
        self.c_attn = InOutLinear(config.channels, 3 * config.channels)
        self.c_proj = InOutLinear(config.channels, config.channels)

    def forward(self, x: Tensor, mask: Tensor | None, cache: Attending | None) -> Tensor:
        """x: (B, S, C). Without mask and cache every position sees itself and those before it."""
        queries, keys, values = (self._split(part) for part in self.c_attn(x).chunk(3, dim=-1))
        if cache is not None:
            mixed = cache.attend(self.layer, queries, keys, values)
        else:
            dropout = self.dropout if self.training else 0.0
            mixed = F.scaled_dot_product_attention(queries, keys, values, mask, dropout, is_causal=mask is None)
        mixed = mixed.transpose(1, 2).flatten(2)  # (B, H, S, D) -> (B, S, C)
        return F.dropout(self.c_proj(mixed), self.dropout, self.training)

    def _split(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)  # (B, S, C) -> (B, H, S, D)


class FeedForward(nn.Module):
    """C -> 4C -> C with GELU in its tanh form."""

    def __init__(self, config: XttsConfig) -> None:
        super().__init__()
        self.dropout = DROPOUT
        self.c_fc = InOutLinear(config.channels, 4 * config.channels)
        self.c_proj = InOutLinear(4 * config.channels, config.channels)

    def forward(self, x: Tensor) -> Tensor:
        hidden = F.gelu(self.c_fc(x), approximate="tanh")
        return F.dropout(self.c_proj(hidden), self.dropout, self.training)


class Block(nn.Module):
    """One layer: attention and feed-forward, each added to what it read."""

    def __init__(self, config: XttsConfig, layer: int) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(config.channels)
        self.attn = Attention(config, layer)
        self.ln_2 = nn.LayerNorm(config.channels)
        self.mlp = FeedForward(config)

    def forward(self, x: Tensor, mask: Tensor | None, cache: Attending | None) -> Tensor:
        x = x + self.attn(self.ln_1(x), mask, cache)
        out: Tensor = x + self.mlp(self.ln_2(x))
        return out


class Transformer(nn.Module):
    """The stack of blocks. It knows no positions: who calls it has added them to the embeddings."""

    def __init__(self, config: XttsConfig) -> None:
        super().__init__()
        self.h = nn.ModuleList(Block(config, layer) for layer in range(config.layers))
        self.ln_f = nn.LayerNorm(config.channels)
        self.dropout = DROPOUT
        self.recomputes = False
        """Whether training computes each block's activations a second time instead of keeping them."""

    def set_dropout(self, share: float) -> None:
        """How much is dropped in training, 0.1 as published."""
        for module in self.modules():
            if isinstance(module, Transformer | Attention | FeedForward):
                module.dropout = share

    def forward(self, x: Tensor, mask: Tensor | None = None, cache: Attending | None = None) -> Tensor:
        """Embeddings (B, S, C) -> hidden states (B, S, C).

        mask: (B, 1, S, S), True where a position may attend; None is plain causal attention.
        cache: holds the positions before these and gains them; what may be attended to is its affair then.
        """
        x = F.dropout(x, self.dropout, self.training)
        for block in self.h:
            if self.recomputes and torch.is_grad_enabled():
                x = cast(Tensor, checkpoint(block, x, mask, cache, use_reentrant=False))
            else:
                x = block(x, mask, cache)
        hidden: Tensor = self.ln_f(x)
        return hidden
