"""HiFi-GAN, the network that makes a waveform of frames, conditioned on a speaker embedding.

After Kong, Kim and Bae, "HiFi-GAN" (2020), generator V1: four upsampling stages, each a transposed convolution and the
mean of three residual stacks of different width. The network is a chain of layers of known reach, so that
`incremental.Windowed` can run it piece by piece; `forward` runs the same chain over everything at once. Parameters
carry the published names but plain weights: `vocoder.fold_weight_norm` folds the weight norm away once, at loading.
B batch, C channels, T frames of 256 samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from xtts_studio.xtts.incremental import Layer

CHANNELS = (512, 256, 128, 64, 32)
UPSAMPLING = (8, 8, 2, 2)
KERNELS = (3, 7, 11)
DILATIONS = (1, 3, 5)
END_KERNEL = 7
SLOPE = 0.1
LAST_SLOPE = 0.01  # the published network was trained with this slope before its last convolution
FRAME_SAMPLES = 256


class ResidualStack(nn.Module):
    """Three pairs of convolutions, the first of each dilated, around shortcuts; (B, C, T) is kept."""

    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__()
        self.convs1 = nn.ModuleList(_conv(channels, kernel, dilation) for dilation in DILATIONS)
        self.convs2 = nn.ModuleList(_conv(channels, kernel, 1) for _ in DILATIONS)

    def forward(self, x: Tensor) -> Tensor:
        for dilated, plain in zip(self.convs1, self.convs2, strict=True):
            hidden = leaky_relu(dilated(leaky_relu(x, SLOPE)), SLOPE, inplace=True)
            x = plain(hidden).add_(x)
        return x


class HifiGan(nn.Module):
    """Frames (B, C, T) and speaker embedding (B, speaker_channels, 1) -> waveform (B, 1, 256 T) within ±1."""

    def __init__(self, frame_channels: int, speaker_channels: int) -> None:
        super().__init__()
        self.conv_pre = nn.Conv1d(frame_channels, CHANNELS[0], END_KERNEL, padding=END_KERNEL // 2)
        self.ups = nn.ModuleList(
            nn.ConvTranspose1d(wide, narrow, 2 * rate, rate, padding=rate // 2)
            for (wide, narrow), rate in zip(pairwise(CHANNELS), UPSAMPLING, strict=True)
        )
        self.resblocks = nn.ModuleList(ResidualStack(channels, k) for channels in CHANNELS[1:] for k in KERNELS)
        self.conv_post = nn.Conv1d(CHANNELS[-1], 1, END_KERNEL, padding=END_KERNEL // 2, bias=False)
        self.cond_layer = nn.Conv1d(speaker_channels, CHANNELS[0], 1)
        self.conds = nn.ModuleList(nn.Conv1d(speaker_channels, channels, 1) for channels in CHANNELS[1:])

    def forward(self, frames: Tensor, speaker_embedding: Tensor) -> Tensor:
        for layer in self.layers(speaker_embedding):
            frames = layer.apply(frames)
        return frames

    def layers(self, speaker_embedding: Tensor) -> Iterator[Layer]:
        """The network for one speaker as a chain: first convolution, four stages, last convolution."""
        yield self._first(self.cond_layer(speaker_embedding))
        for number, condition in enumerate(self.conds):
            yield self._stage(number, condition(speaker_embedding))
        yield Layer(lambda x: torch.tanh(self.conv_post(x)), 1, rate=1, reach=END_KERNEL // 2)

    def _first(self, condition: Tensor) -> Layer:
        def apply(x: Tensor) -> Tensor:
            return leaky_relu(self.conv_pre(x).add_(condition), SLOPE, inplace=True)

        return Layer(apply, CHANNELS[0], rate=1, reach=END_KERNEL // 2)

    def _stage(self, number: int, condition: Tensor) -> Layer:
        width = len(KERNELS)
        stacks = cast(list[ResidualStack], list(self.resblocks[number * width : (number + 1) * width]))
        slope = LAST_SLOPE if number == len(UPSAMPLING) - 1 else SLOPE

        def apply(x: Tensor) -> Tensor:
            x = self.ups[number](x).add_(condition)
            total = stacks[0](x)
            for stack in stacks[1:]:
                total.add_(stack(x))
            return leaky_relu(total.div_(width), slope, inplace=True)

        return Layer(apply, CHANNELS[number + 1], UPSAMPLING[number], _stage_reach(UPSAMPLING[number]))


def _conv(channels: int, kernel: int, dilation: int) -> nn.Conv1d:
    return nn.Conv1d(channels, channels, kernel, dilation=dilation, padding=(kernel - 1) // 2 * dilation)


def _stage_reach(rate: int) -> int:
    """How many input frames before or after its own an output of a stage depends on."""
    stack_reach = max(KERNELS) // 2 * (sum(DILATIONS) + len(DILATIONS))
    return (stack_reach + rate - 1 + rate // 2) // rate
