"""The step `train`: a dataset and a base model become a model that speaks with the dataset's voice."""

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from xtts_studio.errors import ModelMissing
from xtts_studio.events import Artifact, Event, Progress, Report
from xtts_studio.library import find_xtts
from xtts_studio.settings import Settings
from xtts_studio.shapes import BASE_MODEL, TrainRequest, TrainResult
from xtts_studio.text.tokenizer import Tokenizer
from xtts_studio.training.checkpoints import TrainingProgress
from xtts_studio.training.features import FILE, Extractor, FeatureFile, fingerprint
from xtts_studio.training.loop import Clips, Trainer
from xtts_studio.training.material import Material, gather
from xtts_studio.training.runs import Run, bytes_on_disk, open_run, publish_model, refuse_full_disk
from xtts_studio.workspace import Workspace
from xtts_studio.xtts import Xtts
from xtts_studio.xtts.checkpoint import load_dvae

_DVAE_FILES = ("dvae.safetensors", "dvae.pth")
_PREPARED, _TRAINED = 0.05, 0.98  # shares of the progress bar


@dataclass(frozen=True)
class BaseModel:
    """The folder of the model that is fine-tuned, and the one whose DVAE makes its codes."""

    folder: Path
    dvae_folder: Path


def train(request: TrainRequest, workspace: Workspace, report: Report) -> TrainResult:
    """Fine-tunes a model on a dataset, or goes on with a run.

    Raises `ModelMissing`, `NotFound`, `Conflict`, `DatasetError`, `DiskFull` before anything is trained;
    `TrainingError` and `Cancelled` later, leaving a run that can be gone on with. Its id is told by the artifact "run".
    """
    started = time.monotonic()
    base = _find_base(workspace, request.base_model)
    run = open_run(request, workspace)
    material = gather(request, workspace, Tokenizer(base.folder / "vocab.json"), report)
    report(Progress(0.0, "Loading the model"))
    model = Xtts.load(base.folder, device=Settings().device, dtype="float32")
    refuse_full_disk(run.folder, bytes_on_disk(model.network))
    clips = _features(model, base, material, workspace.dataset(request.dataset), _between(report, 0, _PREPARED))
    run.begin(request, _fingerprint(clips))
    report(Artifact(_relative(run.folder, workspace), "run"))
    trainer = _trainer(model, clips, request, run, workspace, report)
    progress = _train(trainer, run, model.device)
    report(Progress(_TRAINED, "Writing the model"))
    assert progress.train_loss is not None, "a run that has ended knows its losses"
    path = workspace.model(request.name)
    publish_model(path, model.network, base.folder / "vocab.json", _card(request, run, clips, progress))
    report(Artifact(_relative(path, workspace), "model"))
    report(Progress(1.0, f"The model {request.name} is ready"))
    return TrainResult(
        run_id=run.run_id,
        model=request.name,
        steps=progress.step,
        epochs=progress.step // trainer.schedule.steps_per_epoch,
        train_loss=progress.train_loss,
        eval_loss=progress.eval_loss,
        usable=material.usable,
        rejected=material.rejected,
        wall_s=round(time.monotonic() - started, 3),
    )


def _find_base(workspace: Workspace, name: str) -> BaseModel:
    """Raises `ModelMissing` without the model, or without a DVAE. A fine-tuned model uses that of the base model."""
    folder = find_xtts(workspace, name)
    for candidate in (folder, find_xtts(workspace, BASE_MODEL)):
        if any((candidate / file).exists() for file in _DVAE_FILES):
            return BaseModel(folder, candidate)
    raise ModelMissing(
        "Training needs dvae.pth, which turns recordings into audio codes; it is not there.",
        hint=f"Fetch the base model again: xtts-studio models pull {BASE_MODEL}.",
    )


def _features(model: Xtts, base: BaseModel, material: Material, dataset: Path, report: Report) -> Clips:
    """Codes and ids of all clips. The DVAE is in memory only while this runs."""
    dvae = load_dvae(base.dvae_folder).to(model.device)
    file = FeatureFile(dataset / FILE)
    extractor = Extractor(dvae, model.mel_stats, model.tokenizer, base.folder / "vocab.json", file)
    clips = extractor.extract([*material.train, *material.evaluation], report)
    return Clips(clips[: len(material.train)], clips[len(material.train) :])


def _fingerprint(clips: Clips) -> str:
    return f"{fingerprint(clips.train)[:32]}{fingerprint(clips.evaluation)[:32]}"


def _trainer(
    model: Xtts, clips: Clips, request: TrainRequest, run: Run, workspace: Workspace, report: Report
) -> Trainer:
    model.network.requires_grad_(False)
    model.gpt.requires_grad_(True)
    return Trainer(
        model.gpt,
        model.mel_stats,
        clips,
        request,
        run.checkpoints,
        _between(report, _PREPARED, _TRAINED),
        on_checkpoint=lambda path: report(Artifact(_relative(path, workspace), "checkpoint")),
    )


def _train(trainer: Trainer, run: Run, device: torch.device) -> TrainingProgress:
    """Runs the loop with random numbers of its own, from the run's last checkpoint if it has one."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(trainer.settings.seed)
        checkpoint = run.checkpoints.latest()
        if checkpoint is not None:
            trainer.resume(checkpoint)
        return trainer.run()


def _card(request: TrainRequest, run: Run, clips: Clips, progress: TrainingProgress) -> dict[str, Any]:
    """What the model is and how it came to be: card.json beside its weights."""
    return {
        "name": request.name,
        "kind": request.method,
        "base": request.base_model,
        "run_id": run.run_id,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "dataset": {
            "name": request.dataset,
            "fingerprint": _fingerprint(clips),
            "train_clips": len(clips.train),
            "eval_clips": len(clips.evaluation),
        },
        "settings": request.model_dump(exclude={"name", "dataset", "base_model", "method", "run_id"}),
        "steps": progress.step,
        "losses": {"train": progress.train_loss, "eval": progress.eval_loss},
    }


def _between(report: Report, start: float, stop: float) -> Report:
    """A report whose progress from 0 to 1 is passed on as `start` to `stop`."""

    def scaled(event: Event) -> None:
        if isinstance(event, Progress):
            event = replace(event, fraction=start + (stop - start) * event.fraction)
        report(event)

    return scaled


def _relative(path: Path, workspace: Workspace) -> str:
    return path.relative_to(workspace.home).as_posix()
