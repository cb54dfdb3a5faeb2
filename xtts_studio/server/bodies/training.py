"""Training runs."""

from typing import Any

from pydantic import Field

from xtts_studio.jobs.job import Job
from xtts_studio.server.bodies.base import Page
from xtts_studio.shapes import Audition, Forecast, KeptCheckpoint, RunSummary, Shape, TrainingPlan, Vote


class TrainingRun(Shape):
    """A training job; `run_id` is what a new request names to go on from its last checkpoint."""

    job: Job
    run_id: str | None
    best_score: float | None = None


class TrainingRunPage(Page):
    """`others`: runs on the disk that no job of this server tells of, such as those of the command line."""

    runs: list[TrainingRun]
    others: list[RunSummary]


class RunMetric(Shape):
    """One number of a run's curves."""

    step: int
    name: str
    value: float | None = Field(allow_inf_nan=True)


class RunMetrics(Shape):
    metrics: list[RunMetric]


class StepTally(Shape):
    """How a checkpoint did in blind comparisons: how often it, the other one, or neither was preferred."""

    step: int
    preferred: int
    other: int
    same: int


class RunVotes(Shape):
    votes: list[Vote]
    tally: list[StepTally]


class RunBody(RunVotes):
    """A training run as it lies on the disk. `request` has every setting filled, as the recipe chose."""

    run_id: str
    request: dict[str, Any]
    plan: TrainingPlan | None
    forecast: Forecast | None
    checkpoints: list[KeptCheckpoint]
    auditions: list[Audition]
    best_step: int | None


class PublishBody(Shape):
    """Which checkpoint becomes a model, and the model's name."""

    step: int = Field(ge=0, lt=2**53)
    name: str
