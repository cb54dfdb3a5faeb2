"""The discrete VAE that turns mels into the audio codes the GPT is trained on, and back.

Two strided convolutions make one code of four mel frames (1 024 samples at 22 050 Hz); the nearest column of the
codebook is the code. Speaking does not need it, training does. Parameters carry the published names.
B batch, T mel frames, N codes, H hidden channels, D codebook width.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

RESIDUAL_BLOCKS = 3
MEL_BANDS = 80


class ResidualBlock(nn.Module):
    """Two convolutions of width 3 and one of width 1 around a shortcut; shape (B, C, T) is kept."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv1d(channels, channels, 3, padding=1),
            nn.ReLU(),
            nn.Conv1d(channels, channels, 3, padding=1),
            nn.ReLU(),
            nn.Conv1d(channels, channels, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.net(x)
        return out


class DoublingConv(nn.Module):
    """Every frame twice, then a convolution: (B, C, T) -> (B, C', 2T)."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(channels_in, channels_out, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv(x.repeat_interleave(2, dim=-1))
        return out


class Codebook(nn.Module):
    """The columns that codes stand for. `cluster_size` and `embed_avg` are published leftovers of its own training."""

    embed: Tensor  # (D, codes)

    def __init__(self, width: int, codes: int) -> None:
        super().__init__()
        self.register_buffer("embed", torch.zeros(width, codes))
        self.register_buffer("cluster_size", torch.zeros(codes))
        self.register_buffer("embed_avg", torch.zeros(width, codes))

    def nearest(self, vectors: Tensor) -> Tensor:
        """Codes (B, N) of the columns nearest to `vectors` (B, N, D)."""
        # |v - e|² without |v|², which is the same for every column
        return (self.embed.square().sum(0) - 2 * vectors @ self.embed).argmin(-1)

    def vectors(self, codes: Tensor) -> Tensor:
        """(B, N) -> (B, N, D)."""
        return nn.functional.embedding(codes, self.embed.T)


class CodeStatistics(nn.Module):
    """Published leftovers of the DVAE's own training: how often each code was used. Nothing here reads them."""

    def __init__(self, codes: int) -> None:
        super().__init__()
        self.register_buffer("accumulator_index", torch.zeros(1, dtype=torch.long))
        self.register_buffer("accumulator_filled", torch.zeros(1, dtype=torch.long))
        self.register_buffer("accumulator", torch.zeros(100, codes))


class Dvae(nn.Module):
    """Mel (B, 80, T) <-> codes (B, N), N = ceil(ceil(T / 2) / 2)."""

    def __init__(self, codes: int = 1024, codebook_width: int = 512, hidden: int = 512) -> None:
        super().__init__()
        self.discrete_loss = CodeStatistics(codes)
        self.encoder = _encoder(hidden, codebook_width)
        self.decoder = _decoder(hidden, codebook_width)
        self.codebook = Codebook(codebook_width, codes)

    @classmethod
    def shaped_like(cls, state: Mapping[str, Tensor]) -> Dvae:
        """An empty DVAE of the sizes of a published state dict, which no configuration file tells.

        Raises KeyError if `state` is not of a DVAE.
        """
        width, codes = state["codebook.embed"].shape
        return cls(codes, width, hidden=state["encoder.0.0.weight"].shape[0])

    def encode(self, mel: Tensor) -> Tensor:
        """Codes (B, N), int64, of `mel` (B, 80, T)."""
        vectors: Tensor = self.encoder(mel)
        return self.codebook.nearest(vectors.transpose(1, 2))  # (B, D, N) -> (B, N, D) -> (B, N)

    def decode(self, codes: Tensor) -> Tensor:
        """Mel (B, 80, 4N) that `codes` (B, N) stand for."""
        mel: Tensor = self.decoder(self.codebook.vectors(codes).transpose(1, 2))
        return mel


def _encoder(hidden: int, codebook_width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Sequential(nn.Conv1d(MEL_BANDS, hidden, 3, stride=2, padding=1), nn.ReLU()),
        nn.Sequential(nn.Conv1d(hidden, 2 * hidden, 3, stride=2, padding=1), nn.ReLU()),
        *(ResidualBlock(2 * hidden) for _ in range(RESIDUAL_BLOCKS)),
        nn.Conv1d(2 * hidden, codebook_width, 1),
    )


def _decoder(hidden: int, codebook_width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv1d(codebook_width, 2 * hidden, 1),
        *(ResidualBlock(2 * hidden) for _ in range(RESIDUAL_BLOCKS)),
        nn.Sequential(DoublingConv(2 * hidden, 2 * hidden), nn.ReLU()),
        nn.Sequential(DoublingConv(2 * hidden, hidden), nn.ReLU()),
        nn.Conv1d(hidden, MEL_BANDS, 1),
    )
