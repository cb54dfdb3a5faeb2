"""Steps of a training tried out: how long they take and how much memory, with nothing changed by it."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Protocol

import torch
from torch import Tensor
from torch.optim import Optimizer

from xtts_studio.training.auditions.speaking import let_memory_go, resting
from xtts_studio.training.loop.batches import Schedule
from xtts_studio.training.loop.stepping import is_out_of_memory
from xtts_studio.training.material.features import TrainingClip
from xtts_studio.training.plan.memory import measured, used_bytes
from xtts_studio.xtts.decoding import Decoder
from xtts_studio.xtts.gpt import Gpt
from xtts_studio.xtts.sampling import Sampling, generator_for

PREFIX = 136
"""What a clip takes beside text and sound, in positions: 36 for the voice, starts and ends, and about as much as 100
for what hears the prompt (517 frames in a fifth of the GPT's layers)."""

_QUICK_S = 0.2
_QUICK_TRIALS = 3
_CODES_TRIED, _FEWEST_CODES = 6, 2
_GRADIENT = 1e-8


class Clips(Protocol):
    """Clips to train on, and to evaluate."""

    @property
    def train(self) -> Sequence[TrainingClip]: ...

    @property
    def evaluation(self) -> Sequence[TrainingClip]: ...


class Tried(Protocol):
    """What of a trainer is tried out. Its optimizer has no state yet."""

    gpt: Gpt
    schedule: Schedule

    @property
    def optimizer(self) -> Optimizer: ...

    @property
    def clips(self) -> Clips: ...

    @property
    def total_steps(self) -> int: ...

    def try_step(self, clips: Sequence[int], batch_size: int) -> None:
        """Computes the gradients of these training clips, so many at a time, and drops them."""


@dataclass(frozen=True)
class Trial:
    """One batch that was computed: its clips, the positions they are padded to in sum, what it took."""

    clips: int
    positions: int
    seconds: float
    peak_bytes: int


@contextmanager
def undisturbed(trainer: Tried, device: torch.device) -> Iterator[None]:
    """Weights, gradients, optimizer, modes and random numbers are as before afterwards, whatever happened meanwhile."""
    in_training = [module for module in trainer.gpt.modules() if module.training]
    recomputes = trainer.gpt.gpt.recomputes
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        try:
            yield
        finally:
            trainer.optimizer.zero_grad(set_to_none=True)
            trainer.optimizer.state.clear()
            trainer.gpt.gpt.recomputes = recomputes
            trainer.gpt.eval()
            for module in in_training:
                module.training = True
            if device.type == "cuda":
                torch.cuda.empty_cache()


class Bench:
    """Tries steps of a trainer until `deadline` (of time.monotonic)."""

    def __init__(self, trainer: Tried, device: torch.device, deadline: float) -> None:
        self.trainer, self.device, self.deadline = trainer, device, deadline
        clips = trainer.clips.train
        self.longest = sorted(range(len(clips)), key=lambda number: -_length(clips[number]))
        self.trials: list[Trial] = []

    @property
    def left_s(self) -> float:
        return self.deadline - time.monotonic()

    @property
    def trained_bytes(self) -> int:
        """What is trained, in numbers of 32 bits; each of the gradients and of both moments takes as much."""
        return sum(parameter.nbytes for parameter in self._trained())

    def resting_bytes(self) -> int:
        """In use when the gradients are there, but nothing of a batch."""
        return used_bytes(self.device) + self.trained_bytes

    def optimizer_step_s(self) -> float | None:
        """How long the optimizer takes; its state stays until the end of the trials. None where memory is too short.

        It steps by a rate of 0, so that no weight moves.
        """
        optimizer = self.trainer.optimizer
        rates = [group["lr"] for group in optimizer.param_groups]
        try:
            for group in optimizer.param_groups:
                group["lr"] = 0.0
            for parameter in self._trained():
                parameter.grad = torch.full_like(parameter, _GRADIENT)
            self._timed(optimizer.step)  # makes the state
            return self._timed(optimizer.step)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            return None
        finally:
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate
            optimizer.zero_grad(set_to_none=True)

    def of_longest(self, count: int) -> Trial | None:
        """The longest clips, so many at once."""
        repeats = -(-count // len(self.longest))
        return self.of([number for number in self.longest for _ in range(repeats)][:count])

    def of_shortest(self) -> Trial | None:
        """The shortest clip: the first trial, which takes what only the first one does."""
        return self.of(self.longest[-1:])

    def of(self, numbers: Sequence[int]) -> Trial | None:
        """These clips at once; None where memory is too short. What is quick is tried again, as the first time
        takes longer."""
        seconds: list[float] = []
        let_memory_go(self.device)  # what the trial before has freed would count, where nobody gives it back
        try:
            with measured(self.device) as peak:
                seconds.append(self._timed(lambda: self.trainer.try_step(numbers, len(numbers))))
            while len(seconds) < _QUICK_TRIALS and seconds[0] < _QUICK_S:
                seconds.append(self._timed(lambda: self.trainer.try_step(numbers, len(numbers))))
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if self.device.type == "cuda":
                torch.cuda.empty_cache()
            return None
        trial = Trial(len(numbers), self.positions(numbers), median(seconds[-2:]), peak.used_bytes)
        self.trials.append(trial)
        return trial

    def positions(self, numbers: Sequence[int]) -> int:
        """What a batch of these clips is padded to, in sum."""
        return padded([self.trainer.clips.train[number] for number in numbers])

    def code_s(self, lines: int) -> float:
        """How long one code of each of some lines takes, spoken together as in an audition."""
        gpt = self.trainer.gpt
        ids = self.trainer.clips.train[self.longest[-1]].text_ids.tolist()
        with resting(gpt), torch.inference_mode():
            latent = torch.zeros(1, 32, gpt.config.channels, device=self.device)
            decoder = Decoder(gpt, lines)
            for seed in range(lines):
                decoder.join(gpt.prefix(latent, ids), Sampling(), generator_for(seed, 0), _CODES_TRIED + 1)
            decoder.step()
            took: list[float] = []
            while decoder.sequences and (len(took) < _FEWEST_CODES or self.left_s > 0):
                took.append(self._timed(decoder.step))
        return median(took) if took else 0.0

    def _trained(self) -> Iterator[Tensor]:
        for group in self.trainer.optimizer.param_groups:
            yield from group["params"]

    def _timed(self, work: Callable[[], object]) -> float:
        started = time.monotonic()
        work()
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        return time.monotonic() - started


def padded(clips: Sequence[TrainingClip]) -> int:
    """Positions of a batch of these clips, in sum: all are as long as the longest text and the longest sound."""
    texts, sounds = max(len(clip.text_ids) for clip in clips), max(len(clip.codes) for clip in clips)
    return len(clips) * (texts + sounds + PREFIX)


def _length(clip: TrainingClip) -> int:
    return len(clip.text_ids) + len(clip.codes)
