"""A training run as it lies on the disk: its curves, checkpoints and auditions, votes, and models made of it."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Annotated

from fastapi import APIRouter, Depends, Path as InPath
from fastapi.responses import FileResponse

from xtts_studio.errors import Conflict
from xtts_studio.jobs.job import Job
from xtts_studio.server.bodies import JobBody, PublishBody, RunBody, RunMetric, RunMetrics, RunVotes, StepTally
from xtts_studio.server.studio import Studio, StudioDep
from xtts_studio.server.work import submit
from xtts_studio.shapes import PublishRequest, Vote
from xtts_studio.training.auditions import files as audition_files
from xtts_studio.training.names import refuse_taken_name
from xtts_studio.training.records import files as run_files
from xtts_studio.workspace import check_name

router = APIRouter(prefix="/api/training/runs", tags=["training"])


def _folder(run_id: str, studio: StudioDep) -> Path:
    return run_files.run_folder(studio.workspace, run_id)


RunFolder = Annotated[Path, Depends(_folder)]
Number = Annotated[int, InPath(ge=0, lt=2**53)]


@router.get("/{run_id}", operation_id="getTrainingRun")
def get_training_run(run_id: str, folder: RunFolder) -> RunBody:
    """What was asked for, what it will take, which checkpoints are kept, and how they sound."""
    votes = run_files.read_votes(folder)
    return RunBody(
        run_id=run_id,
        request=run_files.read_request(folder),
        plan=run_files.read_plan(folder),
        forecast=run_files.read_forecast(folder),
        checkpoints=run_files.read_checkpoints(folder),
        auditions=audition_files.read_auditions(folder),
        votes=votes,
        tally=_tally(votes),
        best_step=run_files.best_step(folder),
    )


@router.get("/{run_id}/metrics", operation_id="getRunMetrics")
def get_run_metrics(folder: RunFolder) -> RunMetrics:
    """The curves of a run, over all of the jobs that went on with it; of very long ones, evenly chosen points."""
    return RunMetrics(
        metrics=[
            RunMetric(step=point.step, name=point.name, value=point.value) for point in run_files.read_metrics(folder)
        ]
    )


@router.get(
    "/{run_id}/auditions/{step}/{line}/audio",
    operation_id="getAuditionAudio",
    response_class=FileResponse,
    responses={200: {"content": {"audio/wav": {}}}},
)
def get_audition_audio(folder: RunFolder, step: Number, line: Number) -> FileResponse:
    """A sentence as the checkpoint of a step speaks it; lines count from 1. Takes ranges."""
    return _wav(audition_files.line_path(folder, step, line))


@router.get(
    "/{run_id}/reference",
    operation_id="getRunReference",
    response_class=FileResponse,
    responses={200: {"content": {"audio/wav": {}}}},
)
def get_run_reference(folder: RunFolder) -> FileResponse:
    """A clip of the real voice that training never saw, to compare with. Takes ranges."""
    return _wav(audition_files.reference_path(folder))


@router.post("/{run_id}/votes", operation_id="voteOnCheckpoints", status_code=201)
def vote_on_checkpoints(body: Vote, folder: RunFolder) -> RunVotes:
    """Says which of two checkpoints spoke a line better. The time is the server's."""
    votes = run_files.add_vote(folder, body)
    return RunVotes(votes=votes, tally=_tally(votes))


@router.delete("/{run_id}", operation_id="deleteTrainingRun", status_code=204)
def delete_training_run(run_id: str, folder: RunFolder, studio: StudioDep) -> None:
    """Frees the disk of a run: checkpoints, auditions, curves. Models that were made of it stay."""
    if any(run_of(studio, job) == run_id for job in _active(studio)):
        raise Conflict("A job of this run is still going on.", hint="Cancel the job first, or wait for its end.")
    run_files.delete_run(folder)


@router.post("/{run_id}/publish", operation_id="publishCheckpoint", status_code=202)
def publish_checkpoint(body: PublishBody, run_id: str, folder: RunFolder, studio: StudioDep) -> JobBody:
    """Makes a model of a checkpoint that is kept."""
    name = check_name(body.name, "model name")
    run_files.checkpoint_path(folder, body.step)
    refuse_taken_name(studio.workspace.model(name), run_id)
    return JobBody(job=submit(studio, "publish", PublishRequest(run_id=run_id, step=body.step, name=name)))


def run_of(studio: Studio, job: Job) -> str | None:
    """The run that a job has begun, as its artifact told, or that it was to work on."""
    told = studio.store.events(job.id, kinds=["artifact"])
    paths = [event.data["path"] for event in told if event.data["what"] == "run"]
    return PurePosixPath(paths[-1]).name if paths else job.request.get("run_id")


def _active(studio: Studio) -> Sequence[Job]:
    return studio.store.page(steps=["train", "publish"], states=["queued", "running"], limit=10_000)[0]


def _tally(votes: Sequence[Vote]) -> list[StepTally]:
    """How often each step was preferred, passed over, or as good, in the order of the steps."""
    counts: Counter[tuple[int, str]] = Counter()
    for vote in votes:
        for side, step in (("a", vote.step_a), ("b", vote.step_b)):
            outcome = "same" if vote.preferred == "same" else "preferred" if vote.preferred == side else "other"
            counts[step, outcome] += 1
    return [
        StepTally(
            step=step, preferred=counts[step, "preferred"], other=counts[step, "other"], same=counts[step, "same"]
        )
        for step in sorted({step for step, _ in counts})
    ]


def _wav(path: Path) -> FileResponse:
    # A run that goes on may speak a step again: the browser asks whether the sound is still the same.
    return FileResponse(path, media_type="audio/wav", headers={"Cache-Control": "private, no-cache"})
