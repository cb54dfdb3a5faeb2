"""Fine-tuning: start it, watch it, see what came out."""

from collections.abc import AsyncIterable
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from xtts_studio import models
from xtts_studio.jobs.job import Job
from xtts_studio.server.bodies import JobBody, MetricHistory, MetricPoint, ModelList, TrainingRun, TrainingRunPage
from xtts_studio.server.live import AfterDep, job_events, job_of
from xtts_studio.server.routes.runs import run_of
from xtts_studio.server.studio import PagingDep, StudioDep
from xtts_studio.server.work import submit
from xtts_studio.shapes import ProbeRequest, RunSummary, TrainingPlan, TrainRequest
from xtts_studio.training.plan.planning import continued, planned, refuse_at_once
from xtts_studio.training.records.summaries import run_folders, summary
from xtts_studio.workspace import check_name

router = APIRouter(prefix="/api/training", tags=["training"])

_MOST_JOBS = 10_000

TrainingJob = Annotated[Job, Depends(job_of("train"))]


@router.post("/recipe", operation_id="planTraining")
def plan_training(body: TrainRequest, studio: StudioDep) -> TrainingPlan:
    """What a training would do, told at once: each setting with its reason, the steps, the room on the disk."""
    return planned(body, studio.workspace)


@router.post("/probe", operation_id="probeTraining", status_code=202)
def probe_training(body: ProbeRequest, studio: StudioDep) -> JobBody:
    """Measures how long a training would take and how much memory, within a minute and without training."""
    planned(body.training, studio.workspace)
    return JobBody(job=submit(studio, "probe", ProbeRequest(training=continued(body.training, studio.workspace))))


@router.post("/start", operation_id="startTraining", status_code=202)
def start_training(body: TrainRequest, studio: StudioDep) -> JobBody:
    """Fine-tunes a model on a dataset, or goes on with a run (`run_id`)."""
    request = body.model_copy(update={"name": check_name(body.name, "model name")})
    refuse_at_once(request, studio.workspace)
    request = continued(request, studio.workspace)
    return JobBody(job=submit(studio, "train", request))


@router.get("/progress/{job_id}", operation_id="streamTraining", response_class=EventSourceResponse)
async def stream_training(job: TrainingJob, studio: StudioDep, after: AfterDep) -> AsyncIterable[ServerSentEvent]:
    """The events of a training job: progress, and each metric as it is measured."""
    async for event in job_events(studio, job.id, after or 0):
        yield event


@router.get("/models", operation_id="listTrainedModels")
def list_trained_models(studio: StudioDep) -> ModelList:
    """The models that training can start from and speech can use: the base model and the fine-tuned ones here."""
    return ModelList(models=[model for model in models.list_models(studio.workspace) if model.kind != "whisper"])


@router.get("/runs", operation_id="listTrainingRuns")
def list_training_runs(studio: StudioDep, paging: PagingDep) -> TrainingRunPage:
    """Training jobs, newest first, each with the run that another can go on with; and what else lies on the disk."""
    jobs, total = studio.store.page(steps=["train"], limit=paging.limit, offset=paging.offset)
    of_jobs = {job.id: run_of(studio, job) for job in jobs}
    if total > len(jobs):
        known = {run_of(studio, job) for job in studio.store.page(steps=["train"], limit=_MOST_JOBS)[0]}
    else:
        known = set(of_jobs.values())
    told = {folder.name: summary(folder) for folder in run_folders(studio.workspace)}
    runs = [
        TrainingRun(job=job, run_id=run_id, best_score=_best_score(told, run_id))
        for job in jobs
        for run_id in [of_jobs[job.id]]
    ]
    others = [one for run_id, one in told.items() if run_id not in known]
    return TrainingRunPage(runs=runs, others=others, total=total, limit=paging.limit, offset=paging.offset)


def _best_score(told: dict[str, RunSummary], run_id: str | None) -> float | None:
    found = told.get(run_id or "")
    return found.best_score if found else None


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
