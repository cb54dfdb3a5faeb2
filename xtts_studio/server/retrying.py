"""A job that did not end well, once more: the same step with the same request; a training goes on where it was."""

from pydantic import BaseModel, ValidationError

from xtts_studio.errors import Conflict
from xtts_studio.jobs.job import Job, JobState
from xtts_studio.server.routes.runs import run_of
from xtts_studio.server.studio import Studio
from xtts_studio.server.work import submit
from xtts_studio.shapes import ImportDatasetRequest, TrainRequest
from xtts_studio.steps import STEPS
from xtts_studio.training.plan.planning import continued, refuse_at_once

RETRIED: tuple[JobState, ...] = ("failed", "cancelled", "interrupted")
_ANEW = "Begin it anew on its page."


def retry(studio: Studio, job: Job) -> Job:
    """Queues the work of a job again.

    Raises `Conflict` for a job that is under way, has succeeded, or can't be done again; and what beginning it anew
    would raise.
    """
    if job.state not in RETRIED:
        raise Conflict(f"The job {job.id} is {job.state}.", hint="Only one that failed or was stopped is tried again.")
    request = _request(job)
    if isinstance(request, TrainRequest):
        request = _training(studio, job, request)
    if isinstance(request, ImportDatasetRequest) and not (studio.workspace.incoming / request.incoming).exists():
        raise Conflict("The file that was to be imported is not here any more.", hint="Send it again.")
    return submit(studio, job.step, request)


def _request(job: Job) -> BaseModel:
    step = STEPS.get(job.step)
    try:
        if step is not None:
            return step.request.model_validate(job.request)
    except ValidationError:
        pass
    raise Conflict(f"The job {job.id} is of another version of the studio.", hint=_ANEW)


def _training(studio: Studio, job: Job, request: TrainRequest) -> TrainRequest:
    """Goes on with the run that the job had begun, if it came so far as to write down what was asked for."""
    run_id = run_of(studio, job)
    if run_id is not None and (studio.workspace.run(run_id) / "request.json").exists():
        request = request.model_copy(update={"run_id": run_id})
    refuse_at_once(request, studio.workspace)
    return continued(request, studio.workspace)
