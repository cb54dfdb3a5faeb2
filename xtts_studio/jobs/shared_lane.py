"""A lane whose process does many runs at once, so that what they need of a model can be computed together."""

import threading
import time
from collections.abc import Generator

from pydantic import BaseModel

from xtts_studio.errors import Cancelled
from xtts_studio.jobs.backend import WorkerInfo
from xtts_studio.jobs.following import Terms
from xtts_studio.jobs.lane import StartWorker, too_busy
from xtts_studio.jobs.messages import Message
from xtts_studio.jobs.process import POLL_S
from xtts_studio.jobs.shared_process import SharedProcess
from xtts_studio.steps import Role, Step

MOST_ABANDONED = 4
"""Runs that nobody waits for any more and that have not ended yet: while there are so many, no other one begins, or
callers who ask and leave at once would fill the process with threads."""


class SharedLane:
    """Holds at most one process; how many runs it gets at once is for those who start them to decide.

    A process that died fails the runs that were in it. One of an older generation ends with its last run, and new
    runs wait for that.
    """

    outlives_server = False

    def __init__(self, name: str, start_worker: StartWorker) -> None:
        self.name = name
        self._start_worker = start_worker
        self._changed = threading.Condition()
        self._shared: SharedProcess | None = None

    def run(self, step: Step, request: BaseModel, terms: Terms) -> Generator[Message, None, None]:
        """Runs a step as `following.follow` does, whatever else runs.

        Raises `TooManyRequests` where a process of an older generation is busy for the terms' `wait_s`, or
        one of this generation with runs that were abandoned.
        """
        shared, number = self._enter(step.role, terms)
        try:
            yield from shared.run(number, step, request, terms)
        finally:
            shared.leave(number)
            with self._changed:
                self._changed.notify_all()

    def info(self) -> WorkerInfo | None:
        """The process as `/api/system` shows it; None where there is none."""
        shared = self._shared
        if shared is None or not shared.alive:
            return None
        runs = shared.runs
        return WorkerInfo(
            role=shared.process.role,
            lane=self.name,
            state="busy" if runs else "idle",
            pid=shared.process.pid,
            runs=runs,
            memory_bytes=shared.process.memory_bytes,
        )

    def stop_if_idle(self, idle_s: float, generation: int) -> None:
        """Ends a process that had nothing to do for so long, or is of an older generation."""
        with self._changed:
            shared = self._shared
            if shared is None or (shared.runs and shared.alive):
                return
            outdated = shared.process.generation != generation or not shared.alive
            if outdated or time.monotonic() - shared.used_at >= idle_s:
                self._drop()

    def stop(self, within_s: float) -> None:
        """Ends the process once its runs have ended, or after `within_s`."""
        with self._changed:
            self._changed.wait_for(lambda: self._shared is None or not self._shared.runs, timeout=within_s)
            self._drop()

    def _enter(self, role: Role, terms: Terms) -> tuple[SharedProcess, int]:
        """A process of this generation, and a run's number in it."""
        began = time.monotonic()
        with self._changed:
            while True:
                if terms.cancelled():
                    raise Cancelled
                shared = self._ready(role, terms.generation)
                if shared is not None:
                    return shared, shared.enter()
                if 0 <= terms.wait_s <= time.monotonic() - began:
                    raise too_busy(role, terms.wait_s)
                self._changed.wait(POLL_S)

    def _ready(self, role: Role, generation: int) -> SharedProcess | None:
        """None while a process of an older generation has runs, or one of this too many that were abandoned."""
        shared = self._shared
        if shared is not None and shared.alive:
            if shared.process.generation == generation:
                return shared if shared.abandoned < MOST_ABANDONED else None
            if shared.runs:
                return None
        self._drop()
        self._shared = SharedProcess(self._start_worker(role))
        return self._shared

    def _drop(self) -> None:
        if self._shared is not None:
            self._shared.stop()
            self._shared = None
