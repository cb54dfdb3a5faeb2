"""What a training leaves: auditions, votes, checkpoints, and models made of them."""

from typing import Literal

from pydantic import Field

from xtts_studio.shapes.base import Shape, Stored


class AuditionLine(Stored):
    """One sentence as a checkpoint speaks it. `file` lies beside audition.json."""

    text: str
    language: str
    seed: int
    file: str
    duration_s: float
    ended: bool = Field(description="Whether the model came to an end by itself.")
    similarity: float | None = Field(None, description="Cosine of the speaker embedding with the held-out clips'.")
    cer: float | None = Field(None, description="Character error rate of what a recogniser heard.")
    heard: str | None = None
    pace: float | None = Field(None, description="Characters per second, as a ratio to the dataset's.")
    silence: float | None = Field(None, description="Share of the sound that is silence.")


class RunSummary(Shape):
    """A run in a line of a list. `steps`: of its last checkpoint; `begun_at`: RFC 3339."""

    run_id: str
    name: str = ""
    dataset: str = ""
    method: str = ""
    base_model: str = ""
    begun_at: str
    steps: int
    total_steps: int | None = None
    best_step: int | None = None
    best_score: float | None = None


class Audition(Stored):
    """What a checkpoint sounds like: the same sentences with the same seeds, and their scores."""

    step: int
    epoch: int
    created_at: str
    lines: list[AuditionLine]
    eval_loss: float | None = None
    similarity: float | None = None
    cer: float | None = None
    pace: float | None = None
    silence: float | None = None
    score: float = Field(description="0 to 1, of all that was measured; more is better.")


class Vote(Stored):
    """Which of two checkpoints somebody preferred without knowing which was which."""

    line: int
    step_a: int
    step_b: int
    preferred: Literal["a", "b", "same"]
    created_at: str = ""


class KeptCheckpoint(Stored):
    """A checkpoint on the disk. Only the last can be gone on from; any can become a model."""

    step: int
    resumable: bool
    best: bool
    size_bytes: int


class PublishRequest(Shape):
    """Make a model of one of a run's checkpoints."""

    run_id: str
    step: int = Field(ge=0)
    name: str


class PublishResult(Shape):
    name: str
    step: int
    kind: Literal["full", "adapter"]
    size_bytes: int
