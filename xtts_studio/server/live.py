"""Events over SSE: from the database, woken by the notifier, resumable by their numbers."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import Depends, Header, Query
from fastapi.sse import ServerSentEvent

from xtts_studio.errors import NotFound
from xtts_studio.jobs.job import Job, JobEvent
from xtts_studio.server.studio import Studio, StudioDep

FALLBACK_POLL_S = 2.0
"""How long news made by another process may stay unseen."""

RETRY_MS = 1000


def _known_job(job_id: str, studio: StudioDep) -> Job:
    return studio.store.get(job_id)


JobDep = Annotated[Job, Depends(_known_job)]


def job_of(*steps: str) -> Callable[[Job], Job]:
    """A dependency: the job of the path, if it is one of these steps."""

    def known(job: JobDep) -> Job:
        if job.step not in steps:
            raise NotFound(f"Job {job.id} is a {job.step} job, not one of {', '.join(steps)}.")
        return job

    return known


def _after(
    last_event_id: Annotated[str | None, Header(description="Sent by a browser that comes back.")] = None,
    after: Annotated[int | None, Query(ge=0, lt=2**63, description="Only events numbered above this.")] = None,
) -> int | None:
    if last_event_id is not None and last_event_id.isdecimal() and len(last_event_id) < 19:
        return int(last_event_id)
    return after


AfterDep = Annotated[int | None, Depends(_after)]


async def job_events(studio: Studio, job_id: str, after: int) -> AsyncIterator[ServerSentEvent]:
    """A job's events after a number; the last is `done`, with the job. One that comes back after it gets it again."""
    job = studio.store.get(job_id)
    if job.finished and not studio.store.events(job_id, after=after, limit=1):
        yield ServerSentEvent(event="done", id=str(after), data=job)
        return
    yield ServerSentEvent(retry=RETRY_MS)

    def read(position: int) -> Sequence[JobEvent]:
        return studio.store.events(job_id, after=position)

    async for event in _follow(studio, read, lambda event: event.number, after):
        yield ServerSentEvent(event=event.kind, id=str(event.number), data=event.data)
        if event.kind == "done":
            return


async def all_events(studio: Studio, after: int | None) -> AsyncIterator[ServerSentEvent]:
    """The events of all jobs, each with its `job_id`; without a position, those from now on."""
    position = await run_sync(studio.store.last_sequence) if after is None else after
    yield ServerSentEvent(retry=RETRY_MS, event="ready", id=str(position), data={})

    def read(position: int) -> Sequence[JobEvent]:
        return studio.store.all_events(after=position)

    async for event in _follow(studio, read, lambda event: event.sequence, position):
        data = {"job_id": event.job_id, "number": event.number, "data": event.data}
        yield ServerSentEvent(event=event.kind, id=str(event.sequence), data=data)
    if not studio.closing:
        yield ServerSentEvent(event="again", data={})  # nothing is wrong: the stream has lasted as long as it may


async def _follow(
    studio: Studio, read: Callable[[int], Sequence[JobEvent]], number: Callable[[JobEvent], int], position: int
) -> AsyncIterator[JobEvent]:
    clock = asyncio.get_running_loop().time
    limit_s = studio.settings.stream_limit_s
    ends = clock() + limit_s if limit_s else math.inf
    with studio.store.notifier.subscribe() as news:
        while not studio.closing and clock() < ends:
            news.clear()
            found = await run_sync(read, position)
            for event in found:
                position = number(event)
                yield event
            if not found:
                with suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), FALLBACK_POLL_S)
