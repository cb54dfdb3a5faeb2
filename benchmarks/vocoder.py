"""Seconds of compute per second of audio: the vocoder in tiles, in one pass, and arranged as the reference has it.

    python -m benchmarks.vocoder [--threads 2] [--rounds 5] [--seconds 5 16] [--bf16]

The reference's arrangement is our own: weight norm computed anew at every call, every operation into new memory, one
pass over everything. All variants take turns in each round, so that a busy moment strikes all of them; the best round
counts. Beside the time on the clock stands the time on the processor, of all threads: with --threads 1 it tells the
work even where other programs keep the machine busy. Weights are random at the official sizes: speed and deviation
are real, the sound is noise.
"""

from __future__ import annotations

import argparse
import copy
import math
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, leaky_relu
from torch.nn.utils.parametrizations import weight_norm

from xtts_studio.xtts.hifigan import KERNELS, HifiGan
from xtts_studio.xtts.vocoder import SAMPLE_RATE_HZ, Vocoder, stretch_factors

LATENTS_PER_S = 22_050 / 1024
TILES = (64, 128, 256)


class ReferenceArrangement(nn.Module):
    """The same weights, weight-normed, in the operations the reference spells out."""

    def __init__(self, plain: HifiGan) -> None:
        super().__init__()
        self.net = HifiGan(plain.conv_pre.in_channels, plain.cond_layer.in_channels)
        self.net.load_state_dict(plain.state_dict())
        for convolution in (*self.net.ups, *(c for s in self.net.resblocks for c in (*s.convs1, *s.convs2))):
            weight_norm(convolution)

    def forward(self, latents: Tensor, speaker_embedding: Tensor) -> Tensor:
        x = latents.transpose(1, 2)
        for factor in stretch_factors(1.0):
            x = interpolate(x, scale_factor=[factor], mode="linear")
        x = self.net.conv_pre(x) + self.net.cond_layer(speaker_embedding)
        for number, up in enumerate(self.net.ups):
            x = up(leaky_relu(x, 0.1)) + self.net.conds[number](speaker_embedding)
            stacks = self.net.resblocks[number * len(KERNELS) : (number + 1) * len(KERNELS)]
            x = sum(self._stack(stack, x) for stack in stacks) / len(KERNELS)
        return torch.tanh(self.net.conv_post(leaky_relu(x)))

    @staticmethod
    def _stack(stack: nn.Module, x: Tensor) -> Tensor:
        for dilated, plain in zip(stack.convs1, stack.convs2, strict=True):
            x = plain(leaky_relu(dilated(leaky_relu(x, 0.1)), 0.1)) + x
        return x


def streamed(vocoder: Vocoder, latents: Tensor, speaker_embedding: Tensor, at_a_time: int) -> Tensor:
    """The audio of latents that come `at_a_time`."""
    stream = vocoder.stream(speaker_embedding)
    return torch.cat([*(stream.feed(part) for part in torch.split(latents, at_a_time, 1)), stream.finish()], -1)


def variants(latents: Tensor, speaker: Tensor, bf16: bool) -> Iterator[tuple[str, Callable[[], Tensor]]]:
    """Name and call of everything that is compared, the reference first."""
    torch.manual_seed(0)
    vocoder = Vocoder().eval().requires_grad_(False)
    reference = ReferenceArrangement(vocoder.waveform_decoder).eval().requires_grad_(False)
    yield "as the reference", lambda: reference(latents, speaker)
    yield "one pass", lambda: vocoder(latents, speaker, tile_frames=2**31)
    for tile in TILES:
        yield f"tiles of {tile}", lambda tile=tile: vocoder(latents, speaker, tile_frames=tile)
    yield "stream of 20 codes", lambda: streamed(vocoder, latents, speaker, 20)
    yield "stream of 4 codes", lambda: streamed(vocoder, latents, speaker, 4)
    if bf16:
        rough = copy.deepcopy(vocoder).to(torch.bfloat16)
        yield "bf16, tiles of 256", lambda: rough(latents, speaker, tile_frames=256)


def compare(audio_s: float, rounds: int, bf16: bool) -> None:
    latents = torch.randn(1, round(audio_s * LATENTS_PER_S), 1024)
    speaker = nn.functional.normalize(torch.randn(1, 512, 1), dim=1)
    calls = dict(variants(latents, speaker, bf16))
    waves = {name: call() for name, call in calls.items()}  # also warms everything up
    best = dict.fromkeys(calls, Seconds(math.inf, math.inf))
    for _ in range(rounds):
        for name, call in calls.items():
            best[name] = Seconds(*map(min, best[name], seconds(call)))
    report(best, waves)


class Seconds(NamedTuple):
    """Time on the clock, and on the processor for all threads."""

    wall: float
    cpu: float


def seconds(call: Callable[[], Tensor]) -> Seconds:
    wall_start, cpu_start = time.perf_counter(), time.process_time()
    call()
    return Seconds(time.perf_counter() - wall_start, time.process_time() - cpu_start)


def report(best: dict[str, Seconds], waves: dict[str, Tensor]) -> None:
    reference = next(iter(waves))
    audio_s, scale = waves[reference].shape[-1] / SAMPLE_RATE_HZ, waves[reference].std()
    print(f"\n{audio_s:.1f} s of audio         wall   faster      cpu   faster   max error / std")
    for name, took in best.items():
        ratios = [f"{t / audio_s:8.3f} {slow / t:7.2f}×" for t, slow in zip(took, best[reference], strict=True)]
        off = (waves[name] - waves[reference]).abs().max() / scale
        print(f"  {name:<20} {' '.join(ratios)} {off:17.1e}", flush=True)


@torch.inference_mode()
def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--bf16", action="store_true", help="also in bf16: slow on processors without it")
    arguments.add_argument("--seconds", type=float, nargs="+", default=[5.0, 16.0])
    chosen = arguments.parse_args()
    torch.set_num_threads(chosen.threads)
    print(f"torch {torch.__version__}, {chosen.threads} threads, best of {chosen.rounds} rounds, s per s of audio")
    for audio_s in chosen.seconds:
        compare(audio_s, chosen.rounds, chosen.bf16)


if __name__ == "__main__":
    main()
