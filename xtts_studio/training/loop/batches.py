"""Which clips each optimizer step sees, and the tensors made of them.

Nothing here has a state. Order and prompts are functions of the seed, the epoch and the place in it alone, so a run
that is resumed needs to know no more than the number of its step, and how many clips are computed at a time changes
nothing of what a step sees.

B clips of a batch, L text length, N codes, T mel frames.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from xtts_studio.shapes import PromptSource
from xtts_studio.training.material.features import TrainingClip, read_wave
from xtts_studio.xtts.mel import conditioning_mel

SHORTEST_PROMPT_SAMPLES = 66_150  # 3 s
LONGEST_PROMPT_SAMPLES = 132_300  # 6 s; every prompt is padded to this
EVAL_PROMPT_SAMPLES = 99_225  # 4.5 s
STOPS_LEARNED = 4  # targets after the codes of each clip
_POOL_STEPS = 8  # steps whose clips are sorted by length together
_ORDER, _PROMPT, _EXTRA, _STEPS = range(4)  # what a random number is for
T = TypeVar("T")


@dataclass(frozen=True)
class Prompt:
    """The slice of a clip that tells the model whose voice to use, in samples at 22 050 Hz."""

    start: int
    stop: int


@dataclass(frozen=True)
class Draw:
    """A clip, by number, and its place in the order of its epoch."""

    clip: int
    place: int


@dataclass(frozen=True)
class Example:
    """A clip with its prompt, a slice of itself or of another clip of the same speaker."""

    clip: TrainingClip
    prompt: Prompt
    prompter: TrainingClip

    def targets(self, stride: int) -> tuple[int, int]:
        """How many text ids and audio codes the loss counts; a code covers `stride` samples.

        Codes under the clip's own prompt don't count: the model hears them already.
        """
        codes = math.ceil(self.clip.samples / stride)
        prompted = 0
        if self.prompter is self.clip:
            prompted = max(0, min(math.ceil(self.prompt.stop / stride), codes) - self.prompt.start // stride)
        return len(self.clip.text_ids) + 1, codes - prompted + STOPS_LEARNED


@dataclass(frozen=True)
class Batch:
    """What `Gpt.loss` takes."""

    text_ids: Tensor  # (B, L), padded with 0
    text_lengths: Tensor  # (B,)
    audio_codes: Tensor  # (B, N), padded with 0
    wav_lengths: Tensor  # (B,) samples
    cond_mels: Tensor  # (B, 1, 80, 517)
    cond_idxs: Tensor  # (B, 2) samples; (0, 0) for a prompt from another clip, which hides nothing

    @property
    def size(self) -> int:
        return len(self.wav_lengths)


class Schedule:
    """Which clips each optimizer step sees: `effective_batch` of them, of about the same length.

    A clip is seen as often per epoch as its weight says; of weights that are no whole numbers, another share of the
    clips is seen once more in each epoch. The order is random; within some steps' worth of it clips are sorted by
    length, so that little is padded, and the steps are shuffled again. One step of an epoch takes what is left, so that
    epochs are whole numbers of steps.
    """

    def __init__(self, clips: Sequence[TrainingClip], effective_batch: int, seed: int) -> None:
        self.effective_batch, self.seed = effective_batch, seed
        self._lengths = [clip.samples for clip in clips]
        self._by_weight: dict[float, list[int]] = {}
        for number, clip in enumerate(clips):
            self._by_weight.setdefault(clip.weight, []).append(number)
        self.clips_per_epoch = max(1, sum(_seen(weight, len(them)) for weight, them in self._by_weight.items()))
        self._epoch = lru_cache(maxsize=2)(self._steps_of)

    @property
    def steps_per_epoch(self) -> int:
        return math.ceil(self.clips_per_epoch / self.effective_batch)

    def epoch(self, step: int) -> int:
        """The epoch, from 0, that optimizer step `step`, from 0, belongs to."""
        return step // self.steps_per_epoch

    def draws(self, step: int) -> list[Draw]:
        """What optimizer step `step` sees, the longest clips first."""
        return list(self._epoch(self.epoch(step))[step % self.steps_per_epoch])

    def _steps_of(self, epoch: int) -> list[list[Draw]]:
        order = self._order(epoch)
        draws = [Draw(clip, place) for place, clip in enumerate(order)]
        pool = _POOL_STEPS * self.effective_batch
        steps = [
            step
            for first in range(0, len(draws), pool)
            for step in in_batches(
                sorted(draws[first : first + pool], key=lambda draw: -self._lengths[draw.clip]), self.effective_batch
            )
        ]
        return [steps[number] for number in _random(self.seed, _STEPS, epoch).permutation(len(steps))]

    def _order(self, epoch: int) -> list[int]:
        numbers = []
        for kind, (weight, clips) in enumerate(self._by_weight.items()):
            whole = int(weight)
            more = _seen(weight, len(clips)) - whole * len(clips)
            turns = _random(self.seed, _EXTRA, kind).permutation(len(clips))
            chosen = [turns[(epoch * more + at) % len(clips)] for at in range(more)]  # others in the next epoch
            numbers += clips * whole + [clips[number] for number in chosen]
        numbers = numbers or [0]  # weights so small that no clip would be seen
        return [numbers[at] for at in _random(self.seed, _ORDER, epoch).permutation(len(numbers))]


def _seen(weight: float, clips: int) -> int:
    """How many are seen per epoch of so many clips of a weight."""
    return round(weight * clips)


def in_batches(items: Sequence[T], size: int) -> list[list[T]]:
    """Consecutive groups of `size`, the last perhaps smaller."""
    return [list(items[first : first + size]) for first in range(0, len(items), size)]


class Prompter:
    """Chooses the prompts of training clips."""

    def __init__(self, clips: Sequence[TrainingClip], source: PromptSource, seed: int) -> None:
        self.clips, self.source, self.seed = clips, source, seed
        self._groups: dict[int, list[int]] = {}
        for number, clip in enumerate(clips):
            self._groups.setdefault(clip.group, []).append(number)

    def example(self, draw: Draw, epoch: int) -> Example:
        """The clip with its prompt: 3 to 6 s from anywhere in it, or in another clip of its dataset."""
        clip = self.clips[draw.clip]
        random = _random(self.seed, _PROMPT, epoch, draw.place)
        prompter = clip if self._from_itself(random) else self.clips[self._other(draw.clip, random)]
        return Example(clip, training_prompt(prompter.samples, random), prompter)

    def _from_itself(self, random: np.random.Generator) -> bool:
        return self.source == "same" or (self.source == "both" and bool(random.integers(2)))

    def _other(self, number: int, random: np.random.Generator) -> int:
        """Another clip of the dataset; the clip itself where it is alone."""
        group = self._groups[self.clips[number].group]
        found = group[int(random.integers(len(group)))]
        return found if found != number else group[(group.index(number) + 1) % len(group)]


def training_prompt(samples: int, random: np.random.Generator) -> Prompt:
    """3 to 6 s from anywhere in a clip of `samples`; half of a clip that is shorter than the duration drawn."""
    length = int(random.integers(SHORTEST_PROMPT_SAMPLES, LONGEST_PROMPT_SAMPLES + 1))
    length = length if length <= samples else samples // 2
    start = int(random.integers(0, samples - length + 1))
    return Prompt(start, start + length)


def eval_example(clip: TrainingClip) -> Example:
    """A clip with its first 4.5 s, or the first half of a shorter one, as its prompt: always the same."""
    samples = clip.samples
    return Example(clip, Prompt(0, EVAL_PROMPT_SAMPLES if samples >= EVAL_PROMPT_SAMPLES else samples // 2), clip)


def collate(examples: Sequence[Example], mel_stats: Tensor) -> Batch:
    """One batch, on the device of `mel_stats` (80,). Reads the prompts' sound."""
    device = mel_stats.device
    clips = [example.clip for example in examples]
    waves = torch.stack([_prompt_wave(example) for example in examples])
    return Batch(
        text_ids=pad_sequence([clip.text_ids for clip in clips], batch_first=True).to(device),
        text_lengths=torch.tensor([len(clip.text_ids) for clip in clips], device=device),
        audio_codes=pad_sequence([clip.codes for clip in clips], batch_first=True).to(device),
        wav_lengths=torch.tensor([clip.samples for clip in clips], device=device),
        cond_mels=conditioning_mel(waves.to(device), mel_stats)[:, None],
        cond_idxs=torch.tensor([_hidden(example) for example in examples], device=device),
    )


def _hidden(example: Example) -> tuple[int, int]:
    own = example.prompter is example.clip
    return (example.prompt.start, example.prompt.stop) if own else (0, 0)


def _prompt_wave(example: Example) -> Tensor:
    """The prompt's sound, (132 300,), silence after its end."""
    prompter, prompt = example.prompter, example.prompt
    wave = read_wave(prompter.path, prompter.samples)[prompt.start : prompt.stop]
    return torch.nn.functional.pad(wave, (0, LONGEST_PROMPT_SAMPLES - len(wave)))


def _random(*numbers: int) -> np.random.Generator:
    return np.random.default_rng(numbers)
