"""The vocoder: the GPT's latents and a speaker embedding become a waveform of 24 000 Hz.

Latents come at one per 1 024 samples of 22 050 Hz. They are stretched by 1 / speed, by 4 (1 024 to frames of 256
samples), by 24 000 / 22 050, and then go through HiFi-GAN. N latents give floor(4 N · 24 000 / 22 050) · 256 samples.

All of it runs in windows over a growing sequence (`incremental`): `VocoderStream` gives out audio while latents come,
with constant work per latent, and `Vocoder.forward` is a stream fed once, in tiles whose activations stay in the
processor's cache. Each layer overlaps only by its own reach, which costs 4 % at 128 frames where overlapping whole
tiles would cost 20 %.
B batch, N latents, C channels.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from xtts_studio.xtts.hifigan import HifiGan
from xtts_studio.xtts.incremental import Stretch, Windowed
from xtts_studio.xtts.speaker import SpeakerEncoder

SAMPLE_RATE_HZ = 24_000
LATENT_RATE_HZ = 22_050
FRAMES_PER_LATENT = 4
SLOWEST = 0.05
TILE_FRAMES = 128
_WEIGHT_NORM_NAMES = (
    ("parametrizations.weight.original0", "parametrizations.weight.original1"),
    ("weight_g", "weight_v"),
)


class Vocoder(nn.Module):
    """HiFi-GAN and, as published, the speaker encoder that makes its embeddings. For inference: call eval()."""

    def __init__(self, latent_channels: int = 1024, speaker_channels: int = 512) -> None:
        super().__init__()
        self.waveform_decoder = HifiGan(latent_channels, speaker_channels)
        self.speaker_encoder = SpeakerEncoder(speaker_channels)

    def forward(
        self, latents: Tensor, speaker_embedding: Tensor, speed: float = 1.0, tile_frames: int | None = None
    ) -> Tensor:
        """Waveform (B, 1, samples), float32, of latents (B, N, C) and speaker embeddings (B, 512, 1).

        `speed` 2 speaks twice as fast. `tile_frames` bounds how much is computed at a time; by default 128 on a CPU
        and everything on a GPU. The result does not depend on it but for rounding.
        """
        return VocoderStream(self, speaker_embedding, speed, tile_frames).feed(latents, last=True)

    def stream(self, speaker_embedding: Tensor, speed: float = 1.0) -> VocoderStream:
        """A stream to feed latents into as they come."""
        return VocoderStream(self, speaker_embedding, speed)


class VocoderStream:
    """Audio of latents that come a few at a time; the pieces together are what `Vocoder.forward` gives for all of them.

        stream = vocoder.stream(speaker_embedding)
        pieces = [stream.feed(latents) for latents in arriving] + [stream.finish()]

    About the last four latents stay unspoken until more come or the stream is finished.
    """

    def __init__(
        self, vocoder: Vocoder, speaker_embedding: Tensor, speed: float = 1.0, tile_frames: int | None = None
    ) -> None:
        weight = vocoder.waveform_decoder.conv_pre.weight
        self._device, self._dtype = weight.device, weight.dtype
        self._tile_frames = tile_frames or (TILE_FRAMES if weight.device.type == "cpu" else 2**31)
        self._stretches = [Stretch(factor) for factor in stretch_factors(speed)]
        with torch.no_grad():
            layers = vocoder.waveform_decoder.layers(speaker_embedding.to(weight))
            self._layers = [Windowed(layer) for layer in layers]
        self._no_latents = (speaker_embedding.shape[0], 0, vocoder.waveform_decoder.conv_pre.in_channels)
        self._finished = False

    @torch.no_grad()
    def feed(self, latents: Tensor, last: bool = False) -> Tensor:
        """The next latents (B, n, C) -> the audio (B, 1, samples) certain by now, perhaps none.

        Raises ValueError after the last.
        """
        if self._finished:
            raise ValueError("the vocoder stream was finished; start another for more latents")
        self._finished = last
        frames = latents.to(self._device, torch.float32).transpose(1, 2)  # (B, n, C) -> (B, C, n)
        for stretch in self._stretches:
            frames = stretch.feed(frames, last)
        tiles = torch.split(frames.to(self._dtype), self._tile_frames, -1)
        pieces = [self._waveform(tile, last and tile is tiles[-1]) for tile in tiles]
        return torch.cat(pieces, -1).float()

    def finish(self) -> Tensor:
        """The rest of the audio (B, 1, samples) once all latents were fed."""
        return self.feed(torch.empty(self._no_latents), last=True)

    def _waveform(self, frames: Tensor, last: bool) -> Tensor:
        for layer in self._layers:
            frames = layer.feed(frames, last)
        return frames


def stretch_factors(speed: float) -> list[float]:
    """By how much latents are stretched, one interpolation after the other."""
    by_speed = 1.0 / max(speed, SLOWEST)
    factors = [float(FRAMES_PER_LATENT), SAMPLE_RATE_HZ / LATENT_RATE_HZ]
    return factors if by_speed == 1.0 else [by_speed, *factors]


def fold_weight_norm(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """`state` with every weight-normed pair g, v replaced by the plain weight g · v / |v|; everything else as it is.

    Knows both published spellings: `parametrizations.weight.original0/1` and `weight_g/weight_v`. The norm goes over
    all axes but the first. Half a pair is left alone, for the loader to report.
    """
    folded = dict(state)
    for g_name, v_name in _WEIGHT_NORM_NAMES:
        for g_key in [key for key in folded if key.endswith(g_name)]:
            prefix = g_key.removesuffix(g_name)
            if prefix + v_name in folded:
                folded[prefix + "weight"] = _plain_weight(folded.pop(g_key), folded.pop(prefix + v_name))
    return folded


def _plain_weight(g: Tensor, v: Tensor) -> Tensor:
    v = v.float()  # in 16 bits the norm itself would be rounded
    norm: Tensor = torch.linalg.vector_norm(v, dim=tuple(range(1, v.dim())), keepdim=True)
    return v * (g.float() / norm)
