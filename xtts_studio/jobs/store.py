"""The job store: jobs and their numbered events in SQLite. Every change of state is one transaction.

States: queued -> running -> succeeded | failed | cancelled | interrupted; queued -> cancelled.
The last event of a job is `done`, written in the same transaction as its final state.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, func, insert, select, update

from xtts_studio.errors import NotFound, StudioError
from xtts_studio.jobs.database import events, jobs
from xtts_studio.jobs.job import FINISHED, ErrorBody, Job, JobEvent, JobState, now
from xtts_studio.jobs.notifier import Notifier

STOPPING = "Stopping"


class JobStore:
    """Jobs and events of one workspace. Safe to use from several threads."""

    def __init__(self, engine: Engine, notifier: Notifier | None = None) -> None:
        self._engine = engine
        self._read = engine.execution_options(isolation_level="AUTOCOMMIT")
        self.notifier = notifier or Notifier()

    # Reading

    def get(self, job_id: str) -> Job:
        """The job; raises `NotFound`."""
        with self._read.connect() as connection:
            return _job(_row(connection, job_id))

    def page(
        self, *, steps: Sequence[str] = (), states: Sequence[str] = (), limit: int = 50, offset: int = 0
    ) -> tuple[list[Job], int]:
        """A page of jobs, newest first, and how many there are in all."""
        chosen = select(jobs)
        if steps:
            chosen = chosen.where(jobs.c.step.in_(steps))
        if states:
            chosen = chosen.where(jobs.c.state.in_(states))
        with self._read.connect() as connection:
            total = connection.scalar(select(func.count()).select_from(chosen.subquery())) or 0
            newest = chosen.order_by(jobs.c.number.desc()).limit(limit).offset(offset)
            return [_job(row) for row in connection.execute(newest).mappings()], total

    def events(
        self, job_id: str, *, after: int = 0, kinds: Sequence[str] = (), limit: int = 1000
    ) -> Sequence[JobEvent]:
        """Events of a job numbered above `after`, in order."""
        chosen = select(events).where(events.c.job_id == job_id, events.c.number > after).order_by(events.c.number)
        if kinds:
            chosen = chosen.where(events.c.kind.in_(kinds))
        return self._events(chosen.limit(limit))

    def all_events(self, *, after: int, limit: int = 1000) -> Sequence[JobEvent]:
        """Events of all jobs with a sequence above `after`, in order."""
        return self._events(select(events).where(events.c.sequence > after).order_by(events.c.sequence).limit(limit))

    def last_sequence(self) -> int:
        """The sequence of the newest event; 0 where there is none."""
        with self._read.connect() as connection:
            return connection.scalar(select(func.max(events.c.sequence))) or 0

    def _events(self, chosen: Any) -> Sequence[JobEvent]:
        with self._read.connect() as connection:
            return [JobEvent(**row) for row in connection.execute(chosen).mappings()]

    def running(self, steps: Iterable[str]) -> list[tuple[Job, bool]]:
        """The running jobs of `steps`, the oldest first, and of each whether it shall end."""
        chosen = select(jobs).where(jobs.c.state == "running", jobs.c.step.in_(list(steps))).order_by(jobs.c.number)
        with self._read.connect() as connection:
            return [(_job(row), bool(row["cancel_requested"])) for row in connection.execute(chosen).mappings()]

    def told(self, job_id: str) -> int:
        """How many events of its step are known of a job; word of files on their way is none."""
        chosen = select(events.c.kind, events.c.data).where(events.c.job_id == job_id)
        with self._read.connect() as connection:
            rows = connection.execute(chosen).all()
        return sum(kind not in ("state", "done") and not data.get("transfer") for kind, data in rows)

    # Changing

    def submit(self, step: str, request: dict[str, Any]) -> Job:
        """A new job, queued."""
        with self._engine.begin() as connection:
            job = _insert(connection, step, request)
        self.notifier.notify()
        return job

    def claim(self, steps: Iterable[str]) -> Job | None:
        """Takes the oldest queued job of `steps` and marks it running; None where there is none."""
        oldest = select(func.min(jobs.c.number)).where(jobs.c.state == "queued", jobs.c.step.in_(list(steps)))
        with self._engine.begin() as connection:
            number = connection.scalar(oldest)
            if number is None:
                return None
            connection.execute(
                update(jobs)
                .where(jobs.c.number == number)
                .values(state="running", started_at=now(), attempt=jobs.c.attempt + 1)
            )
            job = _job(connection.execute(select(jobs).where(jobs.c.number == number)).mappings().one())
            _append(connection, job.id, [("state", {"state": "running"})])
        self.notifier.notify()
        return job

    def record(self, job_id: str, told: Sequence[tuple[str, dict[str, Any]]]) -> None:
        """Appends events; the newest progress also goes to the job's own row."""
        progress = next((data for kind, data in reversed(told) if kind == "progress"), None)
        with self._engine.begin() as connection:
            _append(connection, job_id, told)
            if progress is not None:
                values = {"progress": min(1.0, max(0.0, progress["fraction"])), "message": progress["message"]}
                connection.execute(update(jobs).where(jobs.c.id == job_id).values(values))
        self.notifier.notify()

    def succeed(self, job_id: str, result: dict[str, Any], follow_up: tuple[str, dict[str, Any]] | None = None) -> Job:
        """Marks success and, in the same transaction, queues the job that belongs after it."""
        with self._engine.begin() as connection:
            following = _insert(connection, *follow_up).id if follow_up else None
            job = _finish(connection, job_id, "succeeded", result=result, progress=1.0, follow_up_job_id=following)
        self.notifier.notify()
        return job

    def fail(self, job_id: str, error: StudioError, state: JobState = "failed") -> Job:
        """Marks the job failed (or interrupted) with the error that its owner will read."""
        with self._engine.begin() as connection:
            job = _finish(connection, job_id, state, error=error.to_dict())
        self.notifier.notify()
        return job

    def cancelled(self, job_id: str) -> Job:
        """Marks a job cancelled, once its step has ended."""
        with self._engine.begin() as connection:
            job = _finish(connection, job_id, "cancelled")
        self.notifier.notify()
        return job

    def request_cancel(self, job_id: str) -> Job:
        """Cancels a queued job at once; of a running one it notes that it shall end. A finished job stays as it is."""
        with self._engine.begin() as connection:
            job = _job(_row(connection, job_id))
            if job.state == "queued":
                job = _finish(connection, job_id, "cancelled")
            elif job.state == "running":
                connection.execute(update(jobs).where(jobs.c.id == job_id).values(cancel_requested=1, message=STOPPING))
                _append(connection, job_id, [("state", {"state": "running", "message": STOPPING})])
                job = _job(_row(connection, job_id))
        self.notifier.notify()
        return job

    def interrupt_running(self, error_of: Callable[[str], StudioError], but: Iterable[str] = ()) -> int:
        """Marks every running job interrupted, with the error for its step: their server is gone. Queued jobs stay
        queued; those of the steps in `but` go on without a server and stay running. Gives how many."""
        chosen = select(jobs).where(jobs.c.state == "running", jobs.c.step.not_in(list(but)))
        with self._engine.begin() as connection:
            running = connection.execute(chosen).mappings().all()
            for row in running:
                if row["cancel_requested"]:
                    _finish(connection, row["id"], "cancelled")
                else:
                    _finish(connection, row["id"], "interrupted", error=error_of(row["step"]).to_dict())
        self.notifier.notify()
        return len(running)


def _row(connection: Connection, job_id: str) -> RowMapping:
    row = connection.execute(select(jobs).where(jobs.c.id == job_id)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no job {job_id[:80]!r}.")
    return row


def _job(row: RowMapping) -> Job:
    fields = {name: row[name] for name in Job.model_fields if name != "error"}
    return Job(**fields, error=ErrorBody(**row["error"]) if row["error"] else None)


def _insert(connection: Connection, step: str, request: dict[str, Any]) -> Job:
    job_id = uuid.uuid4().hex
    connection.execute(
        insert(jobs).values(
            id=job_id,
            step=step,
            state="queued",
            progress=0.0,
            message="",
            request=request,
            attempt=0,
            cancel_requested=0,
            created_at=now(),
        )
    )
    job = _job(_row(connection, job_id))
    _append(connection, job_id, [("state", {"state": "queued"})])
    return job


def _append(connection: Connection, job_id: str, told: Sequence[tuple[str, dict[str, Any]]]) -> None:
    last = connection.scalar(select(func.max(events.c.number)).where(events.c.job_id == job_id)) or 0
    at = now()
    rows = [
        {"job_id": job_id, "number": last + i, "kind": kind, "data": data, "created_at": at}
        for i, (kind, data) in enumerate(told, start=1)
    ]
    if rows:
        connection.execute(insert(events), rows)


def _finish(connection: Connection, job_id: str, state: JobState, **values: Any) -> Job:
    unfinished = jobs.c.state.not_in(FINISHED)
    changed = connection.execute(
        update(jobs).where(jobs.c.id == job_id, unfinished).values(state=state, finished_at=now(), **values)
    )
    job = _job(_row(connection, job_id))
    if changed.rowcount:
        _append(connection, job_id, [("done", job.model_dump(mode="json"))])
    return job
