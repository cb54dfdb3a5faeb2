"""From the mel of a reference clip to the 32 latents that tell GPT whose voice to use."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from xtts_studio.xtts.config import XttsConfig

MEL_BANDS = 80
PERCEIVER_HEADS = 8  # whatever the model's size
PERCEIVER_HEAD_SIZE = 64


class AttentionBlock(nn.Module):
    """Self-attention over time. The residual is the *normed* input, unlike in GPT-2."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(32, channels)
        self.qkv = nn.Conv1d(channels, 3 * channels, 1)
        self.proj_out = nn.Conv1d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T) -> (B, C, T)"""
        x = self.norm(x)
        qkv: Tensor = self.qkv(x)
        per_head = qkv.view(len(x), self.heads, -1, x.shape[-1]).transpose(2, 3)  # (B, 3C, T) -> (B, H, T, 3D)
        queries, keys, values = per_head.chunk(3, dim=-1)
        mixed = F.scaled_dot_product_attention(queries, keys, values)
        mixed = mixed.transpose(2, 3).flatten(1, 2)  # (B, H, T, D) -> (B, C, T)
        out: Tensor = x + self.proj_out(mixed)
        return out


class ConditioningEncoder(nn.Module):
    """Mel (B, 80, T) -> features (B, C, T)."""

    def __init__(self, config: XttsConfig, blocks: int = 6) -> None:
        super().__init__()
        self.init = nn.Conv1d(MEL_BANDS, config.channels, 1)
        self.attn = nn.Sequential(*(AttentionBlock(config.channels, config.heads) for _ in range(blocks)))

    def forward(self, mel: Tensor) -> Tensor:
        features: Tensor = self.attn(self.init(mel))
        return features


class CrossAttention(nn.Module):
    """The latents look at themselves and at the context."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        inner = PERCEIVER_HEADS * PERCEIVER_HEAD_SIZE
        self.to_q = nn.Linear(channels, inner, bias=False)
        self.to_kv = nn.Linear(channels, 2 * inner, bias=False)
        self.to_out = nn.Linear(inner, channels, bias=False)

    def forward(self, latents: Tensor, context: Tensor) -> Tensor:
        """latents (B, 32, C), context (B, T, C) -> (B, 32, C)"""
        keys, values = self.to_kv(torch.cat([latents, context], dim=1)).chunk(2, dim=-1)
        queries, keys, values = (_split_heads(part) for part in (self.to_q(latents), keys, values))
        mixed = F.scaled_dot_product_attention(queries, keys, values)
        out: Tensor = self.to_out(mixed.transpose(1, 2).flatten(2))
        return out


class GatedGelu(nn.Module):
    """The first half of the channels times the GELU of the second."""

    def forward(self, x: Tensor) -> Tensor:
        value, gate = x.chunk(2, dim=-1)
        gated: Tensor = value * F.gelu(gate)
        return gated


class ScaledNorm(nn.Module):
    """Each vector to length √C, times a learned gain."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        scaled: Tensor = F.normalize(x, dim=-1) * x.shape[-1] ** 0.5 * self.gamma
        return scaled


class PerceiverLayer(nn.ModuleList):
    """Cross-attention and a feed-forward, each added to what it read. A list, since published as ".0" and ".1"."""

    def __init__(self, channels: int) -> None:
        inner = channels * 8 // 3
        feed_forward = nn.Sequential(nn.Linear(channels, 2 * inner), GatedGelu(), nn.Linear(inner, channels))
        super().__init__([CrossAttention(channels), feed_forward])

    def forward(self, latents: Tensor, context: Tensor) -> Tensor:
        latents = latents + self[0](latents, context)
        mixed: Tensor = latents + self[1](latents)
        return mixed


class PerceiverResampler(nn.Module):
    """Any number of frames (B, T, C) -> a fixed number of latents (B, 32, C)."""

    def __init__(self, config: XttsConfig, depth: int = 2) -> None:
        super().__init__()
        self.latents = nn.Parameter(torch.empty(config.conditioning_latents, config.channels))
        self.layers = nn.ModuleList(PerceiverLayer(config.channels) for _ in range(depth))
        self.norm = ScaledNorm(config.channels)

    def forward(self, context: Tensor) -> Tensor:
        latents = self.latents.expand(context.shape[0], -1, -1)
        for layer in self.layers:
            latents = layer(latents, context)
        normed: Tensor = self.norm(latents)
        return normed


def _split_heads(x: Tensor) -> Tensor:
    return x.view(*x.shape[:2], PERCEIVER_HEADS, PERCEIVER_HEAD_SIZE).transpose(1, 2)  # (B, S, 8*64) -> (B, 8, S, 64)
