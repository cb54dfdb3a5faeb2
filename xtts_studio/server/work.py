"""How routes reach the workers without holding up the threads that answer everybody else."""

from anyio import to_thread
from pydantic import BaseModel

from xtts_studio.jobs.job import Job
from xtts_studio.server.studio import Studio


def submit(studio: Studio, step: str, request: BaseModel) -> Job:
    """Queues a job."""
    return studio.backend.submit(step, request)


async def in_worker(studio: Studio, step: str, request: BaseModel) -> BaseModel:
    """Runs a step while the caller waits; raises what it raised."""
    return await to_thread.run_sync(studio.backend.call, step, request, limiter=studio.call_limiter(step))
