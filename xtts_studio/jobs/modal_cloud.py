"""What the server asks of a deployed Modal app, as protocols, and how work that runs there may end without an answer.

`jobs.modal.DeployedApp` is the real one; no other module knows the SDK.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel

from xtts_studio.shapes import PullRequest
from xtts_studio.steps import Step

DEPLOY = "Deploy it with: modal deploy modal/app.py"


class Running(Exception):
    """The call has not ended yet."""


class Unreachable(Exception):
    """Modal can't be reached now; the work goes on there."""


class OutOfTime(Exception):
    """The call took longer than its function may."""


class AnswerGone(Exception):
    """The call has ended, but Modal has forgotten how: answers are kept for seven days."""


@dataclass(frozen=True)
class Passing:
    """Files on their way to the volumes or back: what is told to the one who waits."""

    message: str


class Call(Protocol):
    """Work that was started, by `modal.FunctionCall`."""

    def answer(self) -> dict[str, Any]:
        """What `modal_step.run_step` gave; never waits.

        Raises `Running`, `Unreachable`, `OutOfTime`, `AnswerGone`; any other exception means that it ended without one.
        """

    def cancel(self) -> None:
        """Ends the work where it is."""


class Cloud(Protocol):
    """What we use of a deployed app. Everything raises `StudioError` with what to do where Modal refuses."""

    def spawn(self, function: str, job_id: str, step: str, request: dict[str, Any]) -> Call:
        """Starts work that goes on without us; it is found again by the job's id."""

    def spawned(self, job_id: str) -> Call | None:
        """The work started last for a job, by any server; None where there is none."""

    def stream(self, function: str, job_id: str, step: str, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """What a generator function yields."""

    def items(self, partition: str) -> Sequence[dict[str, Any]]:
        """All items of a partition of the queue; reading doesn't consume them."""

    def ask_to_stop(self, job_id: str) -> None:
        """Lets the work end at its next report."""

    def record(self, job_id: str) -> dict[str, Any] | None:
        """The job's own record on the data volume (`modal_record`), as its worker committed it last."""

    def lacking(self, step: Step, request: BaseModel) -> Sequence[PullRequest]:
        """The models that the step needs and that have to be fetched there first."""

    def give(self, step: Step, request: BaseModel) -> Iterator[Passing]:
        """Makes what the step reads visible to the functions."""

    def take(self, step: Step, request: BaseModel, answer: dict[str, Any]) -> Iterator[Passing]:
        """Makes what the step wrote visible here."""
