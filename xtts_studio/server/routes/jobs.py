"""Every job, one shape; their events as streams that can be left and taken up again."""

from collections.abc import AsyncIterable
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from xtts_studio.jobs.job import JobState
from xtts_studio.server.bodies import JobBody, JobPage
from xtts_studio.server.live import AfterDep, JobDep, all_events, job_events
from xtts_studio.server.retrying import retry
from xtts_studio.server.studio import PagingDep, StudioDep

router = APIRouter(prefix="/api", tags=["jobs"])


@router.get("/jobs", operation_id="listJobs")
def list_jobs(
    studio: StudioDep,
    paging: PagingDep,
    state: Annotated[tuple[JobState, ...], Query(description="Only jobs in these states.")] = (),
    step: Annotated[tuple[str, ...], Query(description="Only jobs of these steps.")] = (),
) -> JobPage:
    """Jobs, newest first."""
    jobs, total = studio.store.page(steps=step, states=state, limit=paging.limit, offset=paging.offset)
    return JobPage(jobs=jobs, total=total, limit=paging.limit, offset=paging.offset)


@router.get("/jobs/{job_id}", operation_id="getJob")
def get_job(job: JobDep) -> JobBody:
    """One job."""
    return JobBody(job=job)


@router.post("/jobs/{job_id}/cancel", operation_id="cancelJob")
def cancel_job(job: JobDep, studio: StudioDep) -> JobBody:
    """Asks a job to end. It does so within seconds, a training once its checkpoint is kept (ten minutes at most);
    one that has finished stays as it is."""
    return JobBody(job=studio.backend.cancel(job.id))


@router.post("/jobs/{job_id}/retry", operation_id="retryJob", status_code=202)
def retry_job(job: JobDep, studio: StudioDep) -> JobBody:
    """Does the work of a job that failed or was stopped once more, as a new job; a training goes on with its run."""
    return JobBody(job=retry(studio, job))


@router.get("/jobs/{job_id}/events", operation_id="streamJobEvents", response_class=EventSourceResponse)
async def stream_job_events(job: JobDep, studio: StudioDep, after: AfterDep) -> AsyncIterable[ServerSentEvent]:
    """The events of a job, from the first or from `Last-Event-ID`; ends after `done`."""
    async for event in job_events(studio, job.id, after or 0):
        yield event


@router.get("/events", operation_id="streamEvents", response_class=EventSourceResponse)
async def stream_events(studio: StudioDep, after: AfterDep) -> AsyncIterable[ServerSentEvent]:
    """The events of all jobs on one stream, from now on or from `Last-Event-ID`; data also has `job_id`."""
    async for event in all_events(studio, after):
        yield event
