"""A lane: a place where one step runs at a time, in a worker process that is kept for the next one."""

import threading
import time
from collections.abc import Callable, Generator
from typing import Protocol

from pydantic import BaseModel

from xtts_studio.errors import Cancelled, TooManyRequests
from xtts_studio.jobs.backend import WorkerInfo
from xtts_studio.jobs.following import Terms
from xtts_studio.jobs.messages import Message
from xtts_studio.jobs.process import POLL_S, WorkerProcess
from xtts_studio.steps import Role, Step

StartWorker = Callable[[Role], WorkerProcess]


class AnyLane(Protocol):
    """Where steps run: `Lane` and `shared_lane.SharedLane` do it in a process of this machine.

    `outlives_server`: jobs go on where the server ends, and the next one follows them.
    """

    @property
    def outlives_server(self) -> bool: ...

    def run(self, step: Step, request: BaseModel, terms: Terms) -> Generator[Message, None, None]: ...

    def info(self) -> WorkerInfo | None: ...

    def stop_if_idle(self, idle_s: float, generation: int) -> None: ...

    def stop(self, within_s: float) -> None: ...


class Lane:
    """Holds at most one process. Of a lane with several roles, the process of one role ends before another begins,
    so that two big models are never in memory together."""

    outlives_server = False

    def __init__(self, name: str, start_worker: StartWorker) -> None:
        self.name = name
        self._start_worker = start_worker
        self._turn = threading.Lock()
        self._process: WorkerProcess | None = None
        self._step: str | None = None
        self._job_id: str | None = None

    def run(self, step: Step, request: BaseModel, terms: Terms) -> Generator[Message, None, None]:
        """Runs a step as `WorkerProcess.run` does, once the lane is free.

        Raises `TooManyRequests` after the terms' `wait_s`, and `Cancelled` for a run that is cancelled before.
        """
        if not self._take_turn(terms):
            raise too_busy(step.role, terms.wait_s)
        try:
            self._step, self._job_id = step.name, terms.job_id
            process = self._ready(step.role, terms.generation)
            yield from process.run(step, request, terms)
        finally:
            self._step = self._job_id = None
            self._turn.release()

    def info(self) -> WorkerInfo | None:
        """The process as `/api/system` shows it; None where there is none."""
        process = self._process
        if process is None or not process.alive:
            return None
        return WorkerInfo(
            role=process.role,
            lane=self.name,
            state="busy" if self._step else "idle",
            pid=process.pid,
            step=self._step,
            job_id=self._job_id,
            memory_bytes=process.memory_bytes,
        )

    def stop_if_idle(self, idle_s: float, generation: int) -> None:
        """Ends a process that had nothing to do for so long, or is of an older generation."""
        if not self._turn.acquire(blocking=False):
            return
        try:
            process = self._process
            if process and (process.generation != generation or time.monotonic() - process.used_at >= idle_s):
                self._drop()
        finally:
            self._turn.release()

    def stop(self, within_s: float) -> None:
        """Ends the process, by force where its run doesn't end in time."""
        if self._turn.acquire(timeout=within_s):
            self._drop()
            self._turn.release()
        elif self._process is not None:
            self._process.kill()

    def _take_turn(self, terms: Terms) -> bool:
        """Waits until the lane is free; gives whether it was in time."""
        began = time.monotonic()
        while not self._turn.acquire(timeout=POLL_S):
            if terms.cancelled():
                raise Cancelled
            if 0 <= terms.wait_s <= time.monotonic() - began:
                return False
        return True

    def _ready(self, role: Role, generation: int) -> WorkerProcess:
        process = self._process
        if process and (process.role != role or process.generation != generation or not process.alive):
            self._drop()
        if self._process is None:
            self._process = self._start_worker(role)
        return self._process

    def _drop(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None


def too_busy(role: Role, waited_s: float) -> TooManyRequests:
    """The error for one who has waited long enough."""
    return TooManyRequests(
        f"The {role} worker has been busy for {waited_s:.0f} s.",
        hint="Wait for what it does to end, then try again.",
        details={"retry_after_s": 10},
    )
