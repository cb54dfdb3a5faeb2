"""How far a run is: all there is to know beside weights and moments."""

from typing import Literal

from pydantic import BaseModel

Due = Literal["evaluation", "audition"]


class Losses(BaseModel):
    """Mean losses over the targets of a number of clips."""

    text: float
    mel: float
    total: float


class Note(BaseModel):
    """A metric that is to be told."""

    step: int
    name: str
    value: float


class TrainingProgress(BaseModel):
    """Written with each checkpoint, as progress.json."""

    version: int = 2
    step: int = 0
    batch_size: int = 0  # clips computed at a time; smaller than asked for where memory was short
    recomputes: bool = False
    planned_steps: int = 0  # how many there were to be when it was written
    scaling: dict[str, float] | None = None  # of losses, in float16: the state of torch's GradScaler
    epoch_losses: list[Losses] = []  # of the steps of the epoch that is under way
    train_loss: float | None = None  # mean of the last whole epoch, or of the steps since
    eval_loss: float | None = None
    concluded_step: int = 0  # the last whose losses were summed up and evaluated
    due: list[Due] = []  # what belongs to this step and is not done yet
    untold: list[Note] = []  # a stopped run tells them when it goes on, so that its curves have no gap
    best_step: int | None = None
    best_score: float | None = None
    best_eval_loss: float | None = None
    auditions_since_best: int = 0
    ended_early: bool = False

    def take_over(self, other: "TrainingProgress") -> None:
        """Becomes equal to `other`; whoever holds this one goes on with it."""
        for name, value in other:
            setattr(self, name, value)
