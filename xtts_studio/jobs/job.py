"""The shapes of a job and of its events, as they cross HTTP and lie in the database."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from xtts_studio.shapes import Shape

JobState = Literal["queued", "running", "succeeded", "failed", "cancelled", "interrupted"]
FINISHED: tuple[JobState, ...] = ("succeeded", "failed", "cancelled", "interrupted")


class ErrorBody(Shape):
    """What went wrong: a `code` for programs, a sentence, and what to do about it."""

    code: str
    message: str
    hint: str = ""
    details: dict[str, Any] = {}


class Job(Shape):
    """The durable record of one run of a step. `progress` goes from 0 to 1."""

    id: str
    step: str
    state: JobState
    progress: float
    message: str
    request: dict[str, Any]
    result: dict[str, Any] | None
    error: ErrorBody | None
    attempt: int
    follow_up_job_id: str | None
    created_at: str
    started_at: str | None
    finished_at: str | None

    @property
    def finished(self) -> bool:
        """True once nothing more happens to the job."""
        return self.state in FINISHED


@dataclass(frozen=True)
class JobEvent:
    """One numbered event: `number` counts from 1 within the job, `sequence` over all jobs."""

    sequence: int
    job_id: str
    number: int
    kind: str
    data: dict[str, Any]
    created_at: str


def now() -> str:
    """The time, RFC 3339 in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
