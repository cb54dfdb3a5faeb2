"""The step `train`: a dataset and a base model become a model that speaks with the dataset's voice."""

import time
from dataclasses import replace
from pathlib import Path

import torch

from xtts_studio.events import Artifact, Event, Log, Metric, Progress, Report
from xtts_studio.shapes import TrainRequest, TrainResult
from xtts_studio.training.auditions.files import read_auditions
from xtts_studio.training.loop.checkpoints import Checkpoints
from xtts_studio.training.loop.progress import TrainingProgress
from xtts_studio.training.parallel import joined, processes_for
from xtts_studio.training.plan.autopilot import autopilot
from xtts_studio.training.preparing import Prepared, between, prepare
from xtts_studio.training.publishing import publish_checkpoint
from xtts_studio.training.records.card import make_card
from xtts_studio.training.records.metrics import RunMetrics
from xtts_studio.workspace import Workspace, write_json
from xtts_studio.xtts.checkpoint import load_config

_PREPARED, _FITTED, _TRAINED = 0.04, 0.06, 0.98  # shares of the progress bar


def train(request: TrainRequest, workspace: Workspace, report: Report) -> TrainResult:
    """Fine-tunes a model on a dataset, or goes on with a run.

    Raises `ModelMissing`, `NotFound`, `Conflict`, `DatasetError`, `DiskFull` before anything is trained;
    `TrainingError` and `Cancelled` later, leaving a run that can be gone on with. Its id is told by the artifact "run".
    """
    started = time.monotonic()
    prepared = prepare(request, workspace, between(report, 0, _PREPARED))
    run = prepared.run
    with run.alone():
        prepared = _fitted(prepared, between(report, _PREPARED, _FITTED))
        request = prepared.request
        run.begin(request, prepared.fingerprint, prepared.plan)
        report(Artifact(_relative(run.folder, workspace), "run"))
        progress, steps_per_epoch = _train(prepared, report)
        report(Progress(_TRAINED, "Writing the model"))
        step = _published_step(run.checkpoints(), progress)
        _publish(prepared, progress, step)
    report(Artifact(_relative(workspace.model(request.name), workspace), "model"))
    report(Progress(1.0, f"The model {request.name} is ready"))
    assert progress.train_loss is not None, "a run that has ended knows its losses"
    return TrainResult(
        run_id=run.run_id,
        model=request.name,
        steps=progress.step,
        epochs=progress.step // steps_per_epoch,
        best_step=progress.best_step,
        stopped_early=progress.ended_early,
        train_loss=progress.train_loss,
        eval_loss=progress.eval_loss,
        dataset_version=prepared.material.dataset_version,
        usable=prepared.material.usable,
        rejected=prepared.material.rejected,
        wall_s=round(time.monotonic() - started, 3),
    )


def _fitted(prepared: Prepared, report: Report) -> Prepared:
    """With as many clips at a time as fit, where nobody has said how many; what was measured is kept with the run."""
    request, run, numerics = prepared.request, prepared.run, prepared.numerics
    if request.batch_size is not None:
        return prepared
    processes = processes_for(request, numerics.device)
    forecast = autopilot(
        prepared.trainer(report),
        request,
        numerics.device,
        numerics.products,
        prepared.plan.disk_bytes,
        run.folder,
        report,
        processes,
    )
    write_json(run.folder / "forecast.json", forecast.model_dump())
    for notice in forecast.notices:
        report(Log(notice))
    found = {"batch_size": forecast.batch_size, "gradient_checkpointing": forecast.gradient_checkpointing}
    return replace(prepared, request=request.model_copy(update=found))


def _train(prepared: Prepared, report: Report) -> tuple[TrainingProgress, int]:
    """Runs the loop with random numbers of its own, from the run's last checkpoint if it has one."""
    run, workspace, device = prepared.run, prepared.workspace, prepared.numerics.device
    metrics = RunMetrics(run.folder, report)

    def told(path: Path) -> None:
        metrics.flush()  # as safe as the checkpoint
        report(Artifact(_relative(path, workspace), "checkpoint"))

    with (
        joined(prepared, processes_for(prepared.request, device)) as ranks,
        torch.random.fork_rng(devices=[device] if device.type == "cuda" else []),
    ):
        trainer = prepared.trainer(
            _kept(between(report, _FITTED, _TRAINED), metrics),
            on_checkpoint=told,
            ranks=ranks,
        )
        checkpoint = run.checkpoints().latest()
        if checkpoint is not None:
            trainer.resume(checkpoint)
        metrics.cut_back_to(-1 if checkpoint is None else trainer.progress.step)
        try:
            return trainer.run(), trainer.schedule.steps_per_epoch
        finally:
            metrics.flush()


def _kept(report: Report, metrics: RunMetrics) -> Report:
    """A report whose metrics are written down with the run, once they were told."""

    def keeping(event: Event) -> None:
        report(event)
        if isinstance(event, Metric):
            metrics.note(event.step, event.name, event.value)

    return keeping


def _published_step(checkpoints: Checkpoints, progress: TrainingProgress) -> int:
    """The best checkpoint's, where there were auditions and it is there; else the last."""
    best = progress.best_step
    return best if best is not None and checkpoints.weights(best) is not None else progress.step


def _publish(prepared: Prepared, progress: TrainingProgress, step: int) -> None:
    request, run = prepared.request, prepared.run
    checkpoint = run.checkpoints().weights(step)
    assert checkpoint is not None, "the last checkpoint was just written"
    auditions = {audition.step: audition for audition in read_auditions(run.folder)}
    last = step == progress.step
    card = make_card(
        request,
        run_id=run.run_id,
        datasets=prepared.material.described([*prepared.clips.train, *prepared.clips.evaluation]),
        fingerprint=prepared.fingerprint,
        steps=progress.step,
        losses={"train": progress.train_loss, "eval": progress.eval_loss if last else progress.best_eval_loss},
        audition=auditions.get(step),
        step=step,
        added_tokens=prepared.tokenizer.size - load_config(prepared.base.folder).text_tokens,
    )
    write_json(run.folder / "card.json", card)
    publish_checkpoint(prepared.workspace, checkpoint, request, request.name, card)


def _relative(path: Path, workspace: Workspace) -> str:
    return path.relative_to(workspace.home).as_posix()
