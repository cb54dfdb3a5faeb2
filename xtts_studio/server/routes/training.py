"""Fine-tuning: start it, watch it, see what came out."""

from collections.abc import AsyncIterable
from pathlib import PurePosixPath
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from xtts_studio import library
from xtts_studio.dataset import store
from xtts_studio.jobs.job import Job
from xtts_studio.server.bodies import JobBody, MetricHistory, MetricPoint, ModelList, TrainingRun, TrainingRunPage
from xtts_studio.server.live import AfterDep, job_events, job_of
from xtts_studio.server.studio import PagingDep, Studio, StudioDep
from xtts_studio.server.work import submit
from xtts_studio.shapes import TrainRequest
from xtts_studio.workspace import check_name

router = APIRouter(prefix="/api/training", tags=["training"])

TrainingJob = Annotated[Job, Depends(job_of("train"))]


@router.post("/start", operation_id="startTraining", status_code=202)
def start_training(body: TrainRequest, studio: StudioDep) -> JobBody:
    """Fine-tunes a model on a dataset, or goes on with a run (`run_id`)."""
    store.read(studio.workspace, body.dataset)
    request = body.model_copy(update={"name": check_name(body.name, "model name")})
    return JobBody(job=submit(studio, "train", request))


@router.get("/progress/{job_id}", operation_id="streamTraining", response_class=EventSourceResponse)
async def stream_training(job: TrainingJob, studio: StudioDep, after: AfterDep) -> AsyncIterable[ServerSentEvent]:
    """The events of a training job: progress, and each metric as it is measured."""
    async for event in job_events(studio, job.id, after or 0):
        yield event


@router.get("/models", operation_id="listTrainedModels")
def list_trained_models(studio: StudioDep) -> ModelList:
    """The models that training can start from and speech can use: the base model and the fine-tuned ones here."""
    return ModelList(models=[model for model in library.list_models(studio.workspace) if model.kind != "whisper"])


@router.get("/runs", operation_id="listTrainingRuns")
def list_training_runs(studio: StudioDep, paging: PagingDep) -> TrainingRunPage:
    """Training jobs, newest first, each with the run that another can go on with."""
    jobs, total = studio.store.page(steps=["train"], limit=paging.limit, offset=paging.offset)
    runs = [TrainingRun(job=job, run_id=_run_id(studio, job)) for job in jobs]
    return TrainingRunPage(runs=runs, total=total, limit=paging.limit, offset=paging.offset)


@router.get("/{job_id}/metrics", operation_id="getTrainingMetrics")
def get_training_metrics(
    job: TrainingJob,
    studio: StudioDep,
    after: Annotated[int, Query(ge=0, lt=2**63, description="Only what was measured after this event.")] = 0,
    limit: Annotated[int, Query(ge=1, le=200_000)] = 50_000,
) -> MetricHistory:
    """The curves of a training job; go on live with `?after=<last_event_id>` on its stream."""
    found = studio.store.events(job.id, after=after, kinds=["metric"], limit=limit)
    points = [MetricPoint(id=event.number, **event.data) for event in found]
    return MetricHistory(job=job, metrics=points, last_event_id=points[-1].id if points else after)


def _run_id(studio: Studio, job: Job) -> str | None:
    """The run that a job has begun, as its artifact told, or that it was to go on with."""
    told = studio.store.events(job.id, kinds=["artifact"])
    paths = [event.data["path"] for event in told if event.data["what"] == "run"]
    return PurePosixPath(paths[-1]).name if paths else job.request.get("run_id")
