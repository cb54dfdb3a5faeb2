"""What the server asks of a place where steps run: this machine (`LocalBackend`), or another later.

Everything here blocks; the server calls it from threads. Requests and results are plain shapes and files are named by
paths inside the workspace, so that a backend may be remote.
"""

from collections.abc import Callable, Generator, Sequence
from typing import Literal, Protocol

from pydantic import BaseModel, Field

from xtts_studio.events import Report, ignore
from xtts_studio.jobs.job import Job, JobEvent
from xtts_studio.shapes import Shape, SpeakRequest, SpeakResult
from xtts_studio.steps import Role

SpeechStream = Generator[bytes, None, SpeakResult]
"""Yields pieces of speech (float32 little-endian, 24 kHz); returns the result. Closing it stops the speaking."""


def never() -> bool:
    """A `cancelled` for those who wait to the end."""
    return False


class WorkerInfo(Shape):
    """One worker process, as `/api/system` shows it."""

    role: Role
    lane: str
    state: Literal["idle", "busy"]
    pid: int
    step: str | None = None
    job_id: str | None = None
    runs: int = Field(0, description="How many runs go on together in it, where it does many at once.")
    memory_bytes: int | None = None


class Backend(Protocol):
    """Runs jobs (durable, with events) and calls (answered while the caller waits)."""

    def start(self) -> None:
        """Begins to run jobs; marks those that an earlier server left running as interrupted.

        Raises `Conflict` where another server uses the workspace. Starting again changes nothing.
        """

    def stop(self) -> None:
        """Ends all workers; jobs that were running become interrupted."""

    def submit(self, step: str, request: BaseModel) -> Job:
        """Queues a job."""

    def status(self, job_id: str) -> Job:
        """The job as it stands; raises `NotFound`."""

    def cancel(self, job_id: str) -> Job:
        """Asks a job to end. It does so within seconds, a training once its checkpoint is kept (ten minutes at most).

        A finished job stays as it is.
        """

    def events(self, job_id: str, after: int = 0) -> Sequence[JobEvent]:
        """The job's events numbered above `after`."""

    def call(
        self, step: str, request: BaseModel, report: Report = ignore, cancelled: Callable[[], bool] = never
    ) -> BaseModel:
        """Runs a step and gives its result; raises what it raised, and `Cancelled` within seconds of `cancelled()`."""

    def stream_speech(self, request: SpeakRequest, cancelled: Callable[[], bool] = never) -> SpeechStream:
        """Speaks piece by piece, together with whatever else is being spoken.

        Raises `Cancelled` within a second of `cancelled()`, which is asked again and again, before the first piece too.
        """

    def workers(self) -> list[WorkerInfo]:
        """The worker processes there are now."""

    def unload(self) -> None:
        """Ends the workers that have nothing to do now; what they held in memory is free."""

    def set_idle(self, idle_s: float) -> None:
        """Changes after how many seconds without work a worker ends."""

    def set_device(self, device: str) -> None:
        """Changes the device of the models; workers start anew for their next work."""
