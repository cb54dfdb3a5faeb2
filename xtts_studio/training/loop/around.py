"""What a training meets: its clips, where it writes, whom it tells, who listens to it, who else computes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xtts_studio.events import Report
from xtts_studio.shapes import Audition
from xtts_studio.training.loop.checkpoints import Checkpoints
from xtts_studio.training.loop.ranks import Ranks
from xtts_studio.training.material.features import TrainingClip

Hold = Callable[[int, int, float | None, Report], Audition]
"""Holds an audition: step, epoch, evaluation loss, where to tell."""


@dataclass(frozen=True)
class Clips:
    """Clips to train on, and clips the model never learns from, whose loss tells how well it does on new speech."""

    train: Sequence[TrainingClip]
    evaluation: Sequence[TrainingClip]


@dataclass(frozen=True)
class Surroundings:
    """All but the clips."""

    checkpoints: Checkpoints
    report: Report
    hold_audition: Hold | None = None
    on_checkpoint: Callable[[Path], None] = lambda path: None
    ranks: Ranks = field(default_factory=Ranks)
