"""Steps on this machine, each in the worker process of its role.

Jobs and calls have lanes of their own, so that a preview never waits for a job. Roles that want the GPU and the memory
for themselves (`HEAVY`) share one lane for their jobs: one of them runs at a time, the oldest first. Calls of a role in
`TOGETHER` go on at once in one process, so that the sentences of many listeners are computed together.

A server that ends marks its running jobs `interrupted`; one that was killed leaves that to the next start. Queued jobs
stay queued and run after the restart: nothing of theirs was lost.
"""

import atexit
import logging
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from functools import partial

from pydantic import BaseModel

from xtts_studio.errors import Cancelled
from xtts_studio.events import Artifact, Event, Log, Metric, Progress, Report, Sound, ignore
from xtts_studio.jobs.backend import SpeechStream, WorkerInfo, never
from xtts_studio.jobs.following import Terms
from xtts_studio.jobs.job import Job, JobEvent
from xtts_studio.jobs.job_run import FollowUp, JobRuns, interrupted, result_of
from xtts_studio.jobs.lane import AnyLane, Lane
from xtts_studio.jobs.lock import WorkspaceLock
from xtts_studio.jobs.messages import Final, Message, Spoke, Told, WorkerConfig
from xtts_studio.jobs.process import WorkerProcess
from xtts_studio.jobs.shared_lane import SharedLane
from xtts_studio.jobs.store import JobStore
from xtts_studio.settings import Settings
from xtts_studio.shapes import SpeakRequest, SpeakResult
from xtts_studio.steps import STEPS, Role, Step, follow_up
from xtts_studio.workspace import Workspace

logger = logging.getLogger(__name__)

HEAVY: frozenset[Role] = frozenset({"whisper", "training"})
TOGETHER: frozenset[Role] = frozenset({"inference"})
MEMORY_LIMITS_BYTES: dict[Role, int] = {"vad": 4 * 1024**3}
"""The vad worker decodes recordings; what it does needs a fraction of this."""

LONGER_GRACE_S: dict[Role, float] = {"training": 600.0}
"""How long a cancelled step may take before its process is ended; `cancel_grace_s` for other roles. A training step of
the full model takes seconds on a CPU, and the checkpoint that it can be gone on from has gigabytes."""

SPEECH_GRACE_S = 0.5
"""How long speech that nobody hears any more may take to end; then it is left to itself, and its place is free
(`shared_lane.MOST_ABANDONED` of them at most)."""

STOP_GRACE_S = 60.0
"""How long a server that ends waits for running steps, however much longer their grace is."""

CALL_WAIT_S = 120.0
"""How long a call may wait for its turn."""

PATIENT = frozenset({"ingest", "clone", "hear", "import_voice"})
"""Calls that wait for as long as it takes: their callers have sent files, which nobody likes to send again."""

CALL_SILENCE_S = 900.0

MakeLane = Callable[[str], AnyLane | None]
"""Makes the lane of a name, or None for a lane of this machine."""

_EVENTS: dict[str, type[Event]] = {kind.kind: kind for kind in (Progress, Metric, Log, Artifact)}


class LocalBackend:
    """Runs jobs and calls in worker processes of this machine, or where `make_lane`'s lanes run them.

    `steps` and `follow_up` can be replaced, for tests.
    """

    def __init__(
        self,
        store: JobStore,
        workspace: Workspace,
        settings: Settings,
        *,
        steps: Mapping[str, Step] = STEPS,
        follow_up: FollowUp = follow_up,
        make_lane: MakeLane | None = None,
        cancel_grace_s: float = 5.0,
        longer_grace_s: Mapping[Role, float] = LONGER_GRACE_S,
        stop_grace_s: float = STOP_GRACE_S,
    ) -> None:
        self._store, self._workspace, self._settings = store, workspace, settings
        self._steps, self._grace_s = steps, cancel_grace_s
        self._idle_s, self._device, self._generation = settings.worker_idle_s, settings.device, 0
        self._longer_grace_s, self._stop_grace_s = longer_grace_s, stop_grace_s
        self._lock = WorkspaceLock(workspace.home / "studio.lock")
        self._stopping = threading.Event()
        self._runs = JobRuns(store, steps, follow_up, self._wake_for, self._stopping)
        self._call_lanes = {role: self._call_lane(role, make_lane) for role in _roles(steps, "call")}
        self._job_lanes = {
            name: (make_lane(name) if make_lane else None) or Lane(name, self._start_worker)
            for name in {_job_lane(role) for role in _roles(steps, "job")}
        }
        self._wake = {name: threading.Event() for name in self._job_lanes}
        self._threads: list[threading.Thread] = []

    # The protocol

    def start(self) -> None:
        if self._threads:
            return
        self._lock.acquire()
        atexit.register(self.stop)
        self._store.interrupt_running(interrupted, but=self._outliving_steps())
        for name, lane in self._job_lanes.items():
            self._thread(self._run_jobs, name, lane)
        self._thread(self._reap)

    def stop(self) -> None:
        self._stopping.set()
        for event in self._wake.values():
            event.set()
        if any(info.job_id for info in self.workers()):
            logger.info("waiting up to %.0f s for running jobs to stop", self._stop_grace_s)
        self._join(self._stop_grace_s)
        for lane in self._lanes():
            lane.stop(within_s=min(2.0, self._grace_s))
        self._join(self._grace_s)
        self._lock.release()
        atexit.unregister(self.stop)

    def submit(self, step: str, request: BaseModel) -> Job:
        job = self._store.submit(step, request.model_dump(mode="json"))
        self._wake_for(step)
        return job

    def status(self, job_id: str) -> Job:
        return self._store.get(job_id)

    def events(self, job_id: str, after: int = 0) -> Sequence[JobEvent]:
        return self._store.events(job_id, after=after)

    def cancel(self, job_id: str) -> Job:
        self._runs.cancelling.add(job_id)
        job = self._store.request_cancel(job_id)
        if job.finished:
            self._runs.cancelling.discard(job_id)
        return job

    def call(
        self, step: str, request: BaseModel, report: Report = ignore, cancelled: Callable[[], bool] = never
    ) -> BaseModel:
        row = self._steps[step]
        if cancelled():  # before a lane that is free begins for nobody
            raise Cancelled
        with closing(self._call(row, request, cancelled)) as messages:
            for message in messages:
                if isinstance(message, Final):
                    return row.result.model_validate(result_of(row, message))
                report(_event(message))
        raise AssertionError("a run ends with a final message")

    def stream_speech(self, request: SpeakRequest, cancelled: Callable[[], bool] = never) -> SpeechStream:
        row = self._steps["speak"]
        with closing(self._call(row, request, cancelled, min(SPEECH_GRACE_S, self._grace_s))) as messages:
            for message in messages:
                if isinstance(message, Spoke):
                    yield message.samples
                elif isinstance(message, Final):
                    return SpeakResult.model_validate(result_of(row, message))
        raise AssertionError("a run ends with a final message")

    def workers(self) -> list[WorkerInfo]:
        return [info for info in (lane.info() for lane in self._lanes()) if info is not None]

    def unload(self) -> None:
        for lane in self._lanes():
            lane.stop_if_idle(0.0, self._generation)

    def set_idle(self, idle_s: float) -> None:
        self._idle_s = idle_s

    def set_device(self, device: str) -> None:
        self._device = device
        self._generation += 1

    # Jobs

    def _run_jobs(self, name: str, lane: AnyLane) -> None:
        """The life of a job lane's thread."""
        steps = self._steps_of(name)
        wake = self._wake[name]
        if lane.outlives_server:
            self._follow_on(lane, steps)
        while not self._stopping.is_set():
            wake.clear()
            try:
                job = self._store.claim(steps)
                if job is not None:
                    self._runs.run(lane, job, partial(self._terms, lane, job))
            except Exception:  # the thread must live: without it no job would run any more
                logger.exception("the lane for %s jobs had a mishap", name)
                self._stopping.wait(1.0)
                continue
            if job is None:
                wake.wait()

    def _follow_on(self, lane: AnyLane, steps: Sequence[str]) -> None:
        """Follows what an earlier server has left running, to its end."""
        for job, cancelled in self._store.running(steps):
            if self._stopping.is_set():
                return
            if cancelled:
                self._runs.cancelling.add(job.id)
            self._runs.run(lane, job, partial(self._terms, lane, job, resumed=True))

    def _steps_of(self, lane: str) -> list[str]:
        return [row.name for row in self._steps.values() if row.kind == "job" and _job_lane(row.role) == lane]

    def _outliving_steps(self) -> list[str]:
        return [step for name, lane in self._job_lanes.items() if lane.outlives_server for step in self._steps_of(name)]

    def _terms(self, lane: AnyLane, job: Job, resumed: bool = False) -> Terms:
        """What holds for a job's run. `resumed`: an earlier server has started it."""
        cancelling = self._runs.cancelling
        return Terms(
            cancelled=lambda: job.id in cancelling or (self._stopping.is_set() and not lane.outlives_server),
            leaving=self._stopping.is_set,
            resumed=resumed,
            told=self._store.told(job.id) if resumed else 0,
            grace_s=self._longer_grace_s.get(self._steps[job.step].role, self._grace_s),
            generation=self._generation,
            job_id=job.id,
        )

    def _wake_for(self, step: str) -> None:
        self._wake[_job_lane(self._steps[step].role)].set()

    # Calls

    def _call(
        self, row: Step, request: BaseModel, cancelled: Callable[[], bool] = never, grace_s: float | None = None
    ) -> Generator[Message, None, None]:
        terms = Terms(
            cancelled=lambda: self._stopping.is_set() or cancelled(),
            grace_s=self._grace_s if grace_s is None else grace_s,
            silence_s=CALL_SILENCE_S,
            wait_s=-1 if row.name in PATIENT else CALL_WAIT_S,
            generation=self._generation,
        )
        return self._call_lanes[row.role].run(row, request, terms)

    # Processes

    def _call_lane(self, role: Role, make_lane: MakeLane | None) -> AnyLane:
        name = f"{role} calls"
        elsewhere = make_lane(name) if make_lane else None
        if elsewhere is not None:
            return elsewhere
        if role in TOGETHER:
            return SharedLane(name, partial(self._start_worker, many=True))
        return Lane(name, self._start_worker)

    def _lanes(self) -> list[AnyLane]:
        return [*self._call_lanes.values(), *self._job_lanes.values()]

    def _start_worker(self, role: Role, many: bool = False) -> WorkerProcess:
        environment = {
            "XTTS_HOME": str(self._workspace.home),
            "XTTS_DEVICE": self._device,
            "XTTS_PRECISION": self._settings.precision,
            "XTTS_SPEECH_AT_ONCE": str(self._settings.speech_at_once),
        }
        if self._settings.hub_url:
            environment["XTTS_HUB_URL"] = self._settings.hub_url
        config = WorkerConfig(role, self._workspace.home, environment, MEMORY_LIMITS_BYTES.get(role), many)
        return WorkerProcess(config, self._generation)

    def _reap(self) -> None:
        """Ends processes that have nothing to do."""
        while not self._stopping.wait(min(5.0, self._idle_s / 4)):
            for lane in self._lanes():
                lane.stop_if_idle(self._idle_s, self._generation)

    def _join(self, within_s: float) -> None:
        deadline = time.monotonic() + within_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _thread(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        thread.start()
        self._threads.append(thread)


def _roles(steps: Mapping[str, Step], kind: str) -> set[Role]:
    return {row.role for row in steps.values() if row.kind == kind}


def _job_lane(role: Role) -> str:
    return "heavy" if role in HEAVY else role


def _event(message: Message) -> Event:
    if isinstance(message, Spoke):
        return Sound(message.samples)
    assert isinstance(message, Told)
    return _EVENTS[message.kind](**message.data)
