"""A checkpoint that a run has kept, and what is known of it: the card of the model that it can become."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from xtts_studio.errors import CheckpointError, NotFound
from xtts_studio.shapes import Audition, TrainRequest
from xtts_studio.training.auditions.files import scores_of
from xtts_studio.training.records.card import TrainedDataset, make_card
from xtts_studio.workspace import Workspace, read_json


@dataclass(frozen=True)
class KeptStep:
    """A checkpoint of a run. `about` is the run's request.json."""

    run: Path
    checkpoint: Path
    about: dict[str, Any]
    settings: TrainRequest

    def card(self, model: Path) -> dict[str, Any]:
        """What a model of this checkpoint is and how it came to be. `model` is the folder that the run itself ends in.

        What was trained on what is told by the run's own card; of one that was stopped before it had any, what the
        run began with.
        """
        own = next((card for card in map(_read, self._cards(model)) if card.get("run_id") == self.run.name), None)
        progress = _read(self.checkpoint / "progress.json")
        audition = self._audition()
        return (own or self._begun_with()) | {
            "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "step": step_of(self.checkpoint),
            "losses": {"train": progress.get("train_loss"), "eval": progress.get("eval_loss")},
            "scores": None if audition is None else scores_of(audition),
        }

    def _cards(self, model: Path) -> tuple[Path, Path]:
        return self.run / "card.json", model / "card.json"

    def _begun_with(self) -> dict[str, Any]:
        request, steps = self.settings, step_of(self.checkpoint)
        dataset = TrainedDataset(request.dataset, request.dataset_version or 0, request.dataset_weight, 0, 0, 0.0, ())
        fingerprint = str(self.about.get("dataset_fingerprint", ""))
        card = make_card(
            request, run_id=self.run.name, datasets=[dataset], fingerprint=fingerprint, steps=steps, losses={}
        )
        return {**card, "dataset": {name: card["dataset"][name] for name in ("name", "version", "fingerprint")}} | {
            "datasets": [{"name": share.dataset, "weight": share.weight} for share in request.more_datasets]
        }

    def _audition(self) -> Audition | None:
        """How it sounded, where it was auditioned."""
        content = _read(self.run / "auditions" / self.checkpoint.name / "audition.json")
        try:
            return Audition.model_validate(content)
        except ValidationError:
            return None


def open_kept(workspace: Workspace, run_id: str, step: int) -> KeptStep:
    """The checkpoint of `step`. Raises `NotFound` for a run or a step that is not there, naming those that are."""
    run = workspace.run(run_id)
    about = _read(run / "request.json")
    if not about:
        raise NotFound(f"There is no run {run_id!r}.", hint="Its folder may have been deleted; choose another.")
    kept = {step_of(path): path for path in (run / "checkpoints").glob("step-*")}
    if step not in kept:
        there = ", ".join(map(str, sorted(kept))) or "none"
        raise NotFound(f"The run {run_id} has no checkpoint of step {step}.", hint=f"It has kept: {there}.")
    try:
        return KeptStep(run, kept[step], about, TrainRequest.model_validate(about["request"]))
    except (KeyError, ValidationError) as error:
        raise CheckpointError(
            f"The settings of the run {run_id} can't be read: {type(error).__name__}.", hint="Start a new run."
        ) from error


def step_of(checkpoint: Path) -> int:
    """The number of optimizer steps a checkpoint was written after: its folder is step-00000200."""
    digits = checkpoint.name.removeprefix("step-")
    return int(digits) if digits.isdigit() else -1


def _read(path: Path) -> dict[str, Any]:
    """JSON that may not be there; nothing then."""
    try:
        content = read_json(path)
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
