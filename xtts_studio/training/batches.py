"""Which clips each optimizer step sees, and the tensors made of them.

Nothing here has a state. Order and prompts are functions of the seed, the epoch and the clip alone, so a run that is
resumed needs to know no more than the number of its step. Every clip is seen exactly once per epoch.

B clips of a batch, L text length, N codes, T mel frames.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from xtts_studio.training.features import TrainingClip, read_wave
from xtts_studio.xtts.mel import conditioning_mel

SHORTEST_PROMPT_SAMPLES = 66_150  # 3 s
LONGEST_PROMPT_SAMPLES = 132_300  # 6 s; every prompt is padded to this
EVAL_PROMPT_SAMPLES = 99_225  # 4.5 s
_ORDER, _PROMPT = 0, 1  # what a random number is for


@dataclass(frozen=True)
class Prompt:
    """The slice of a clip that tells the model whose voice to use, in samples at 22 050 Hz."""

    start: int
    stop: int


@dataclass(frozen=True)
class Batch:
    """What `Gpt.loss` takes."""

    text_ids: Tensor  # (B, L), padded with 0
    text_lengths: Tensor  # (B,)
    audio_codes: Tensor  # (B, N), padded with 0
    wav_lengths: Tensor  # (B,) samples
    cond_mels: Tensor  # (B, 1, 80, 517)
    cond_idxs: Tensor  # (B, 2) samples

    @property
    def size(self) -> int:
        return len(self.wav_lengths)


@dataclass(frozen=True)
class Schedule:
    """Which clips each optimizer step sees.

    A step takes `grad_accumulation` batches of `batch_size` clips. The last step of an epoch takes what is left, so
    that epochs are whole numbers of steps and no clip is skipped or doubled.
    """

    clips: int
    batch_size: int
    grad_accumulation: int
    seed: int

    @property
    def steps_per_epoch(self) -> int:
        return math.ceil(self.clips / (self.batch_size * self.grad_accumulation))

    def epoch(self, step: int) -> int:
        """The epoch, from 0, that optimizer step `step`, from 0, belongs to."""
        return step // self.steps_per_epoch

    def batches(self, step: int) -> list[list[int]]:
        """The clips, by number, of each batch of optimizer step `step`."""
        order = epoch_order(self.clips, self.seed, self.epoch(step))
        clips_per_step = self.batch_size * self.grad_accumulation
        first = step % self.steps_per_epoch * clips_per_step
        return in_batches(order[first : first + clips_per_step], self.batch_size)


def epoch_order(clips: int, seed: int, epoch: int) -> list[int]:
    """The numbers 0 … clips - 1, shuffled."""
    shuffled: list[int] = _random(seed, _ORDER, epoch).permutation(clips).tolist()
    return shuffled


def in_batches(clips: Sequence[int], batch_size: int) -> list[list[int]]:
    """Consecutive groups of `batch_size`, the last perhaps smaller."""
    return [list(clips[first : first + batch_size]) for first in range(0, len(clips), batch_size)]


def training_prompt(samples: int, seed: int, epoch: int, clip: int) -> Prompt:
    """3 to 6 s from anywhere in a clip of `samples`; half of a clip that is shorter than the duration drawn."""
    random = _random(seed, _PROMPT, epoch, clip)
    length = int(random.integers(SHORTEST_PROMPT_SAMPLES, LONGEST_PROMPT_SAMPLES + 1))
    length = length if length <= samples else samples // 2
    start = int(random.integers(0, samples - length + 1))
    return Prompt(start, start + length)


def eval_prompt(samples: int) -> Prompt:
    """The first 4.5 s, or the first half of a shorter clip: always the same."""
    return Prompt(0, EVAL_PROMPT_SAMPLES if samples >= EVAL_PROMPT_SAMPLES else samples // 2)


def collate(clips: Sequence[TrainingClip], prompts: Sequence[Prompt], mel_stats: Tensor) -> Batch:
    """One batch, on the device of `mel_stats` (80,). Reads the clips' sound for their prompts."""
    device = mel_stats.device
    waves = torch.stack([_prompt_wave(clip, prompt) for clip, prompt in zip(clips, prompts, strict=True)])
    return Batch(
        text_ids=pad_sequence([clip.text_ids for clip in clips], batch_first=True).to(device),
        text_lengths=torch.tensor([len(clip.text_ids) for clip in clips], device=device),
        audio_codes=pad_sequence([clip.codes for clip in clips], batch_first=True).to(device),
        wav_lengths=torch.tensor([clip.samples for clip in clips], device=device),
        cond_mels=conditioning_mel(waves.to(device), mel_stats)[:, None],
        cond_idxs=torch.tensor([(prompt.start, prompt.stop) for prompt in prompts], device=device),
    )


def _prompt_wave(clip: TrainingClip, prompt: Prompt) -> Tensor:
    """The prompt's sound, (132 300,), silence after its end."""
    wave = read_wave(clip.path)[prompt.start : prompt.stop]
    return torch.nn.functional.pad(wave, (0, LONGEST_PROMPT_SAMPLES - len(wave)))


def _random(*numbers: int) -> np.random.Generator:
    return np.random.default_rng(numbers)
