"""How long a whole training will take, by a few of its batches: steps, evaluation, auditions, checkpoints."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np

from xtts_studio.shapes import TrainRequest
from xtts_studio.training.loop.batches import in_batches
from xtts_studio.training.material.features import TrainingClip
from xtts_studio.training.plan.trials import Bench, Tried, padded

_STEPS_LOOKED_AT = 400
_SHARES_TRIED = (0.5, 0.1, 0.9)  # of batches sorted by length; after the longest
_FORWARD = {"full": 0.4, "lora": 0.6}  # of forward and backward together; an adapter's backward is shorter
_LINES, _CODES, _LINE_S = 4, 150, 6.0  # of an audition
_VOICED_S = {"cpu": 0.4, "cuda": 0.02}  # for each second of sound: vocoder and speaker encoder
_LOADED_S = 2.0  # vocoder and speaker encoder, for each audition
_STATES = 3  # weights and both moments
_WRITTEN_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True)
class StepTimes:
    """How long batches take: `fixed_s + per_position_s × positions` for as many clips as were tried, or fewer.

    Larger ones take longer in proportion: there the device is busy already.
    """

    clips: int
    fixed_s: float
    per_position_s: float
    optimizer_s: float

    def batch_s(self, batch: Sequence[TrainingClip]) -> float:
        """Forward and backward of one batch."""
        positions, rounds = padded(batch), max(1.0, len(batch) / self.clips)
        return rounds * self.fixed_s + self.per_position_s * positions

    def clips_s(self, clips: Sequence[TrainingClip], batch_size: int) -> float:
        """Forward and backward of clips, so many at a time."""
        return sum(self.batch_s(batch) for batch in in_batches(clips, batch_size))

    def step_s(self, trainer: Tried, batch_size: int, processes: int) -> float:
        """A step of the first epoch, on average; each process computes its share of the clips."""
        steps = min(_STEPS_LOOKED_AT, trainer.schedule.steps_per_epoch)
        clips = trainer.clips.train
        computed = (
            self.clips_s([clips[draw.clip] for draw in trainer.schedule.draws(step)[::processes]], batch_size)
            for step in range(steps)
        )
        return sum(computed) / steps + self.optimizer_s


def measured_times(bench: Bench, batch_size: int, optimizer_s: float) -> StepTimes:
    """Tries batches of the training itself, of different lengths, beside the longest that were tried already."""
    sizes = {trial.clips for trial in bench.trials}
    size = max((each for each in sizes if each <= batch_size), default=min(sizes))
    for numbers in _typical(bench.trainer, size):
        if bench.trials[-1].seconds < bench.left_s:
            bench.of(numbers)
    trials = [trial for trial in bench.trials[1:] or bench.trials if trial.clips == size]
    fixed, slope = _line([trial.positions for trial in trials], [trial.seconds for trial in trials])
    return StepTimes(size, fixed, slope, optimizer_s)


def _typical(trainer: Tried, size: int) -> list[list[int]]:
    """Batches of the first epoch: of middling length, short, long."""
    steps = min(_STEPS_LOOKED_AT, trainer.schedule.steps_per_epoch)
    batches = [
        [draw.clip for draw in batch]
        for step in range(steps)
        for batch in in_batches(trainer.schedule.draws(step), size)
        if len(batch) == size
    ]
    batches.sort(key=lambda batch: padded([trainer.clips.train[number] for number in batch]))
    return [batches[int(share * len(batches))] for share in _SHARES_TRIED] if batches else []


def _line(positions: Sequence[int], seconds: Sequence[float]) -> tuple[float, float]:
    """The straight line nearest to what was measured, rising and from nothing or more."""
    mean_positions, mean_s = float(np.mean(positions)), float(np.mean(seconds))
    spread = float(np.var(positions))
    slope = float(np.mean((np.array(positions) - mean_positions) * np.array(seconds))) / spread if spread else 0.0
    slope = min(max(slope, 0.0), mean_s / mean_positions) if spread else mean_s / mean_positions
    return mean_s - slope * mean_positions, slope


def total_s(
    trainer: Tried, settings: TrainRequest, times: StepTimes, step_s: float, batch_size: int, code_s: float,
    write_bytes_per_s: float, trained_bytes: int, device: str,
) -> float:  # fmt: skip
    """The whole run, from its first step to its end."""
    total, per_epoch = trainer.total_steps, trainer.schedule.steps_per_epoch
    ends = -(-total // per_epoch)
    evaluation = _FORWARD[settings.method] * times.clips_s(_by_length(trainer.clips.evaluation), batch_size)
    seconds = total * step_s + (1 + ends) * evaluation
    auditions = 0
    if settings.audition:
        auditions = 1 + -(-ends // settings.audition_every_epochs)
        seconds += auditions * _audition_s(settings, code_s, device)
    saves = max(total // (settings.save_every_steps or total), auditions - 1, 1)
    written = _STATES * trained_bytes / write_bytes_per_s
    # A checkpoint is written while the next step is computed; only the last is waited for.
    return seconds + (saves - 1) * max(0.0, written - step_s) + written


def _audition_s(settings: TrainRequest, code_s: float, device: str) -> float:
    lines = len(settings.audition_sentences) or _LINES
    return _LOADED_S + _CODES * code_s + lines * _LINE_S * _VOICED_S.get(device, _VOICED_S["cpu"])


def audition_lines(settings: TrainRequest) -> int:
    """How many sentences are spoken together."""
    return len(settings.audition_sentences) or _LINES


def _by_length(clips: Sequence[TrainingClip]) -> list[TrainingClip]:
    return sorted(clips, key=lambda clip: -clip.samples)


def write_speed(folder: Path) -> float:
    """Bytes per second that a file takes to the disk of `folder`, and to be read back. The folder need not exist."""
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.is_dir())
    block = os.urandom(_WRITTEN_BYTES // 32) * 32
    started = time.monotonic()
    with TemporaryFile(dir=there) as file:
        file.write(block)
        file.flush()
        os.fsync(file.fileno())
        file.seek(0)
        file.read()
    return _WRITTEN_BYTES / max(time.monotonic() - started, 1e-6)
