"""How routes reach the workers without holding up the threads that answer everybody else."""

import asyncio
import threading
from functools import partial

from anyio import CancelScope, to_thread
from fastapi import Request
from pydantic import BaseModel

from xtts_studio.events import Report, ignore
from xtts_studio.jobs.job import Job
from xtts_studio.server.speaking import unless_gone
from xtts_studio.server.studio import Studio


def submit(studio: Studio, step: str, request: BaseModel) -> Job:
    """Queues a job."""
    return studio.backend.submit(step, request)


async def in_worker(studio: Studio, step: str, request: BaseModel, report: Report = ignore) -> BaseModel:
    """Runs a step while the caller waits; raises what it raised."""
    return await to_thread.run_sync(studio.backend.call, step, request, report, limiter=studio.call_limiter(step))


async def while_there(studio: Studio, step: str, request: BaseModel, caller: Request) -> BaseModel:
    """As `in_worker`, but cancels the step where the caller, whose body was read, goes away; raises `CallerGone` then.

    Returns when the step has ended, or was left to itself: its files can be removed.
    """
    left = threading.Event()
    call = partial(studio.backend.call, step, request, cancelled=left.is_set)
    working = asyncio.ensure_future(to_thread.run_sync(call, limiter=studio.call_limiter(step)))
    try:
        return await unless_gone(caller, asyncio.shield(working))
    finally:
        left.set()
        with CancelScope(shield=True):
            await asyncio.wait([working])
