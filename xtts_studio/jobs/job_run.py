"""One job from its claim to its end: its run is followed, what it tells is stored, and so is how it ended.

A database that refuses for a while, a full disk or a lock that is held, costs neither events nor the end.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from typing import Any

from pydantic import BaseModel
from sqlalchemy.exc import OperationalError

from xtts_studio.errors import Cancelled, Interrupted, StudioError, WorkerDied
from xtts_studio.jobs.following import Left, Terms
from xtts_studio.jobs.job import Job
from xtts_studio.jobs.lane import AnyLane
from xtts_studio.jobs.messages import Failed, Final, Stopped, Succeeded, Told
from xtts_studio.jobs.store import JobStore
from xtts_studio.steps import Step

logger = logging.getLogger(__name__)

WRITE_AGAIN_S = 1.0
"""Pause after a write that the database refused: a disk that is full, a lock that is held."""

FollowUp = Callable[[str, BaseModel], tuple[str, BaseModel] | None]


class JobRuns:
    """Runs jobs, each on the lane that it is given. `submitted` hears of each step that follows one.

    `cancelling`: the jobs whose cancel was asked for here. `stopping` is set when the server ends.
    """

    def __init__(
        self,
        store: JobStore,
        steps: Mapping[str, Step],
        follow_up: FollowUp,
        submitted: Callable[[str], None],
        stopping: threading.Event,
    ) -> None:
        self._store, self._steps, self._follow_up = store, steps, follow_up
        self._submitted, self._stopping = submitted, stopping
        self.cancelling: set[str] = set()

    def run(self, lane: AnyLane, job: Job, terms: Callable[[], Terms]) -> None:
        """Returns once the job's end is written down, or the server leaves it to the next."""
        try:
            self._insist(self._run_to_end(lane, job, terms))
        except Left:
            logger.info("job %s (%s) goes on without this server", job.id, job.step)
        except Exception:
            logger.exception("job %s (%s) could not be run", job.id, job.step)
            error = StudioError("The job could not be run.", hint="The server's log says why. Start it again.")
            self._insist(lambda: self._store.fail(job.id, error))
        finally:
            self.cancelling.discard(job.id)

    def _run_to_end(self, lane: AnyLane, job: Job, terms: Callable[[], Terms]) -> Callable[[], object]:
        """Runs the job; gives what writes down how it ended."""
        row = self._steps[job.step]
        try:
            request = row.request.model_validate(job.request)
            result = self._watch(lane, row, request, job, terms)
        except Cancelled:
            return self._write_cancelled(job)
        except StudioError as error:
            if isinstance(error, WorkerDied) and self._stopping.is_set():  # it was us
                return self._write_cancelled(job)
            return partial(self._store.fail, job.id, error)
        return lambda: self._succeed(job, request, result)

    def _watch(
        self, lane: AnyLane, row: Step, request: BaseModel, job: Job, terms: Callable[[], Terms]
    ) -> dict[str, object]:
        """Follows a job's run, storing its events; gives the result."""
        untold: list[tuple[str, dict[str, Any]]] = []
        with closing(lane.run(row, request, terms())) as messages:
            try:
                for message in messages:
                    if isinstance(message, Told):
                        untold.append((message.kind, message.data))
                        self._record(job, untold)
                    elif isinstance(message, Final):
                        return result_of(row, message)
            finally:
                if untold:
                    self._insist(lambda: self._record(job, untold, may_wait=False))
        raise AssertionError("a run ends with a final message")

    def _record(self, job: Job, untold: list[tuple[str, dict[str, Any]]], *, may_wait: bool = True) -> None:
        """Stores events; those that the database refuses now wait for the next. They never end the job."""
        try:
            self._store.record(job.id, untold)
        except OperationalError as error:
            if not may_wait:
                raise
            if len(untold) == 1:
                logger.warning("events of job %s can't be stored yet: %s", job.id, error.orig)
            return
        except Exception:
            logger.exception("%d events of job %s could not be stored", len(untold), job.id)
        untold.clear()

    def _insist(self, write: Callable[[], object]) -> None:
        """Writes; again and again while the database refuses, until the server stops (its next start tells the end)."""
        while True:
            try:
                write()
                return
            except OperationalError as error:
                logger.error("a change of a job can't be stored yet: %s", error.orig)
            if self._stopping.wait(WRITE_AGAIN_S):
                return

    def _write_cancelled(self, job: Job) -> Callable[[], object]:
        if job.id in self.cancelling:
            return lambda: self._store.cancelled(job.id)
        return lambda: self._store.fail(job.id, interrupted(job.step), "interrupted")

    def _succeed(self, job: Job, request: BaseModel, result: dict[str, object]) -> None:
        following = self._follow_up(job.step, request)
        if following is None:
            self._store.succeed(job.id, result)
            return
        step, body = following
        self._store.succeed(job.id, result, (step, body.model_dump(mode="json")))
        self._submitted(step)


def result_of(row: Step, message: Final) -> dict[str, object]:
    """What a run has given in the end. Raises its error, and `Cancelled`."""
    match message:
        case Succeeded(result):
            return result
        case Failed(error, trace):
            if trace:
                logger.error("step %s failed:\n%s", row.name, trace)
            raise StudioError.from_dict(error)
        case Stopped():
            raise Cancelled


def interrupted(step: str) -> StudioError:
    """The error of a job whose server has ended."""
    again = "Start the job again."
    if step == "train":
        again = "Go on with its run from the last checkpoint; start it again where there is none yet."
    return Interrupted("The server was stopped while this job ran.", hint=again)
