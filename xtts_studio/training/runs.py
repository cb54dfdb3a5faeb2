"""Runs on the disk: starting one, going on with one, and keeping others out meanwhile."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import Timeout

from xtts_studio.errors import Conflict, DiskFull
from xtts_studio.shapes import TrainingPlan, TrainRequest
from xtts_studio.training.loop.checkpoints import Checkpoints
from xtts_studio.training.names import refuse_taken_name
from xtts_studio.training.plan.planning import begun_with
from xtts_studio.training.records.files import read_plan
from xtts_studio.training.run_lock import run_lock
from xtts_studio.workspace import Workspace, read_json, write_json

_REQUEST, _PLAN = "request.json", "plan.json"
_MAY_CHANGE = {
    "run_id",
    "epochs",
    "max_steps",
    "batch_size",
    "grad_accumulation",
    "gradient_checkpointing",
    "save_every_steps",
    "keep_every_steps",
    "audition",
    "audition_sentences",
    "audition_every_epochs",
    "early_stop_after",
    "model_precision",
    "processes",
    "warmup_steps",
}
"""Settings with which a run may go on otherwise than it began: they don't touch what its steps learn from."""


@dataclass(frozen=True)
class Run:
    """One training run and its folder, data/runs/<id>, which appears with `begin`."""

    run_id: str
    folder: Path

    def checkpoints(self, keep_every: int | None = None) -> Checkpoints:
        return Checkpoints(self.folder / "checkpoints", keep_every)

    def begin(self, request: TrainRequest, fingerprint: str, plan: TrainingPlan) -> None:
        """Writes down what is trained on what; of a run that goes on, why each setting was once chosen.

        Raises `Conflict` where the run was begun on other clips: going on would mix two datasets.
        """
        path = self.folder / _REQUEST
        begun = read_json(path) if path.exists() else None
        if begun and begun["dataset_fingerprint"] != fingerprint:
            raise Conflict(
                f"The clips of {request.dataset!r} are not those that the run {self.run_id} began with.",
                hint="Start a new run, from the base model or from a model you have trained.",
            )
        if begun and (plan_then := read_plan(self.folder)):
            plan = _with_reasons_of(plan_then, begun["request"], plan)
        content = {"run_id": self.run_id, "dataset_fingerprint": fingerprint, "request": request.model_dump()}
        write_json(path, content)
        write_json(self.folder / _PLAN, plan.model_dump())

    def forget_unless_begun(self) -> None:
        """Removes the folder of a run that never began: what was written for it is of no use."""
        if not (self.folder / _REQUEST).exists():
            shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keeps other processes from training this run. Raises `Conflict` where one does.

        Of a run that has not begun by the end nothing is left.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            with run_lock(self.folder):
                try:
                    yield
                finally:
                    self.forget_unless_begun()
        except Timeout:
            raise Conflict(
                f"The run {self.run_id} is being trained by another process.", hint="Wait for it, or stop it first."
            ) from None


def open_run(request: TrainRequest, workspace: Workspace) -> Run:
    """The run that `request` asks to go on with, or a new one.

    Raises `NotFound` for an unknown run, `Conflict` when the settings are not those it began with or the model's name
    is taken by another run.
    """
    run_id = request.run_id or f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    run = Run(run_id, workspace.run(run_id))
    if request.run_id is not None:
        _refuse_other_settings(request, begun_with(run_id, workspace))
    refuse_taken_name(workspace.model(request.name), run_id)
    return run


def _refuse_other_settings(request: TrainRequest, begun: dict[str, Any]) -> None:
    now = request.model_dump(exclude_none=True)
    changed = sorted(name for name in now if name not in _MAY_CHANGE and begun.get(name, now[name]) != now[name])
    if changed:
        told = ", ".join(f"{name} {begun[name]!r} (now {now[name]!r})" for name in changed)
        raise Conflict(
            f"The run {request.run_id} was begun with other settings: {told}.",
            hint="Go on with the same settings (but epochs, and how often to save and audition, may change), or start "
            "anew.",
        )


def _with_reasons_of(then: TrainingPlan, begun: dict[str, Any], now: TrainingPlan) -> TrainingPlan:
    """Of each setting that is as it was `begun` with, the reason of then: to go on, a request names them all."""
    reasons = {one.setting: one.reason for one in then.choices if one.setting in begun}
    choices = [
        one.model_copy(update={"reason": reasons[one.setting]})
        if one.setting in reasons and one.value == begun[one.setting]
        else one
        for one in now.choices
    ]
    return now.model_copy(update={"choices": choices})


def refuse_full_disk(folder: Path, needed_bytes: int) -> None:
    """Raises `DiskFull` unless the disk of `folder`, which need not exist yet, has `needed_bytes` left.

    What a run that goes on has written already counts as there.
    """
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    written = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder.exists() else 0
    free_bytes = shutil.disk_usage(there).free
    if free_bytes + written < needed_bytes:
        raise DiskFull(
            f"Training needs {needed_bytes / 1e9:.1f} GB on the disk for checkpoints and the model; "
            f"{free_bytes / 1e9:.1f} GB are free.",
            hint="Delete runs or models you don't need any more, or choose another workspace (XTTS_HOME).",
        )
