"""The speaker encoder: what a voice sounds like, as one vector of length 1.

Pre-emphasis, log-mel, a ResNet with squeeze-and-excitation (channel gates), and attentive statistics pooling over time:
the H/ASP system of Heo et al., "Clova baseline system for the VoxCeleb speaker recognition challenge 2020". The
published checkpoint carries filter, window and mel bank as buffers, so they are loaded like weights.
B batch, C channels, F mel bands, T frames.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from xtts_studio.xtts.mel import mel_bank, power_spectrogram

SAMPLE_RATE_HZ = 16_000
FFT, WINDOW_SAMPLES, HOP_SAMPLES = 512, 400, 160
MEL_BANDS = 64
TOP_HZ = 8_000.0
PRE_EMPHASIS = 0.97
STAGES = ((3, 32), (4, 64), (6, 128), (3, 256))  # residual blocks, channels; all but the first halve F and T
GATE_REDUCTION = 8


class PreEmphasis(nn.Module):
    """High frequencies lifted: y[t] = x[t] - 0.97 x[t - 1], with x[-1] = x[1]."""

    filter: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("filter", torch.tensor([[[-PRE_EMPHASIS, 1.0]]]))

    def forward(self, wave: Tensor) -> Tensor:
        padded = nn.functional.pad(wave[:, None], (1, 0), "reflect")
        return nn.functional.conv1d(padded, self.filter.float())[:, 0]


class Spectrogram(nn.Module):
    """Power spectrogram (B, 257, T) under the published window."""

    window: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("window", torch.hamming_window(WINDOW_SAMPLES))

    def forward(self, wave: Tensor) -> Tensor:
        return power_spectrogram(wave, FFT, HOP_SAMPLES, self.window.float())


class MelScale(nn.Module):
    """(B, 257, T) -> (B, 64, T) by the published bank."""

    fb: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("fb", mel_bank(SAMPLE_RATE_HZ, FFT, MEL_BANDS, TOP_HZ, unit_area=False))

    def forward(self, spectrogram: Tensor) -> Tensor:
        return (spectrogram.transpose(1, 2) @ self.fb.float()).transpose(1, 2)


class MelSpectrogram(nn.Module):
    """Power mel spectrogram (B, 64, T), T = samples // 160 + 1."""

    def __init__(self) -> None:
        super().__init__()
        self.spectrogram = Spectrogram()
        self.mel_scale = MelScale()

    def forward(self, wave: Tensor) -> Tensor:
        mel: Tensor = self.mel_scale(self.spectrogram(wave))
        return mel


class ChannelGate(nn.Module):
    """Squeeze and excitation: every channel is scaled by a gate computed from all channels' means."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        squeezed = channels // GATE_REDUCTION
        self.fc = nn.Sequential(nn.Linear(channels, squeezed), nn.ReLU(), nn.Linear(squeezed, channels), nn.Sigmoid())

    def forward(self, x: Tensor) -> Tensor:
        gate: Tensor = self.fc(x.mean((2, 3)))
        return x * gate[:, :, None, None]


class ResidualBlock(nn.Module):
    """(B, C, F, T) -> (B, C', F / stride, T / stride). The first ReLU comes before its batch norm, as published."""

    def __init__(self, channels_in: int, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.se = ChannelGate(channels)
        self.downsample = _shortcut(channels_in, channels, stride)

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn1(torch.relu(self.conv1(x)))
        out = self.se(self.bn2(self.conv2(out)))
        shortcut = x if self.downsample is None else self.downsample(x)
        return torch.relu(out + shortcut)


class SpeakerEncoder(nn.Module):
    """Speech (B, samples) at 16 kHz -> speaker embedding (B, 512) of Euclidean length 1. For inference: call eval()."""

    def __init__(self, embedding_size: int = 512) -> None:
        super().__init__()
        channels = STAGES[0][1]
        self.torch_spec = nn.Sequential(PreEmphasis(), MelSpectrogram())
        self.instancenorm = nn.InstanceNorm1d(MEL_BANDS)
        self.conv1 = nn.Conv2d(1, channels, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(channels)
        self.layer1, self.layer2, self.layer3, self.layer4 = _stages(channels)
        pooled = STAGES[-1][1] * MEL_BANDS // 8  # three stages halve the bands
        self.attention = nn.Sequential(
            nn.Conv1d(pooled, 128, 1), nn.ReLU(), nn.BatchNorm1d(128), nn.Conv1d(128, pooled, 1), nn.Softmax(dim=2)
        )
        self.fc = nn.Linear(2 * pooled, embedding_size)

    def forward(self, wave_16k: Tensor) -> Tensor:
        """Raises ValueError for fewer than 257 samples."""
        features = self.frame_features(self.mel(wave_16k))
        embedding: Tensor = self.fc(self._pool(features))
        return nn.functional.normalize(embedding, dim=-1)

    def mel(self, wave_16k: Tensor) -> Tensor:
        """Power mel spectrogram (B, 64, T) after pre-emphasis, in float32; the logarithm is still to be taken."""
        mel: Tensor = self.torch_spec(wave_16k.float())
        return mel

    def frame_features(self, mel: Tensor) -> Tensor:
        """(B, 64, T) -> (B, 2048, T / 8): the ResNet over the normalised log-mel."""
        x: Tensor = self.instancenorm((mel + 1e-6).log())[:, None]  # (B, 1, F, T)
        x = self.bn1(torch.relu(self.conv1(x.to(self.conv1.weight.dtype))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return x.flatten(1, 2)  # (B, C, F / 8, T / 8) -> (B, C * F / 8, T / 8)

    def _pool(self, x: Tensor) -> Tensor:
        """Mean and deviation over time, weighted by attention: (B, C, T) -> (B, 2C)."""
        weight: Tensor = self.attention(x)
        mean = (x * weight).sum(2)
        variance = (x.square() * weight).sum(2) - mean.square()
        return torch.cat((mean, variance.clamp(min=1e-5).sqrt()), 1)


def _stages(channels_in: int) -> list[nn.Sequential]:
    stages = []
    for number, (blocks, channels) in enumerate(STAGES):
        first = ResidualBlock(channels_in, channels, stride=1 if number == 0 else 2)
        stages.append(nn.Sequential(first, *(ResidualBlock(channels, channels, 1) for _ in range(blocks - 1))))
        channels_in = channels
    return stages


def _shortcut(channels_in: int, channels: int, stride: int) -> nn.Sequential | None:
    if stride == 1 and channels_in == channels:
        return None
    return nn.Sequential(nn.Conv2d(channels_in, channels, 1, stride, bias=False), nn.BatchNorm2d(channels))
