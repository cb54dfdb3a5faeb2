"""Runs and the models that come of them: starting, going on, and putting the result in place."""

import secrets
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from xtts_studio.errors import Conflict, DiskFull, NotFound
from xtts_studio.shapes import BASE_MODEL, TrainRequest
from xtts_studio.training.checkpoints import Checkpoints, unwritten
from xtts_studio.workspace import Workspace, read_json, replace_folder, write_json
from xtts_studio.xtts.checkpoint import Network, save_network

CARD = "card.json"
_REQUEST = "request.json"
_MAY_CHANGE = {"run_id", "epochs", "max_steps", "save_every_steps"}


@dataclass(frozen=True)
class Run:
    """One training run and its folder, data/runs/<id>, which appears with `begin`."""

    run_id: str
    folder: Path

    @property
    def checkpoints(self) -> Checkpoints:
        return Checkpoints(self.folder / "checkpoints")

    def begin(self, request: TrainRequest, fingerprint: str) -> None:
        """Writes down what is trained on what.

        Raises `Conflict` where the run was begun on other clips: going on would mix two datasets.
        """
        path = self.folder / _REQUEST
        if path.exists() and read_json(path)["dataset_fingerprint"] != fingerprint:
            raise Conflict(
                f"The dataset {request.dataset!r} has changed since the run {self.run_id} began.",
                hint="Start a new run, from the base model or from a model you have trained.",
            )
        content = {"run_id": self.run_id, "dataset_fingerprint": fingerprint, "request": request.model_dump()}
        write_json(path, content)


def open_run(request: TrainRequest, workspace: Workspace) -> Run:
    """The run that `request` asks to go on with, or a new one.

    Raises `NotFound` for an unknown run, `Conflict` when the settings are not those it began with or the model's name
    is taken by another run.
    """
    run_id = request.run_id or f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    run = Run(run_id, workspace.run(run_id))
    if request.run_id is not None:
        _refuse_other_settings(request, run)
    refuse_taken_name(workspace.model(request.name), run_id)
    return run


def _refuse_other_settings(request: TrainRequest, run: Run) -> None:
    try:
        begun = read_json(run.folder / _REQUEST)["request"]
    except OSError:
        raise NotFound(f"There is no run {run.run_id!r} to go on with.", hint="Start a new one.") from None
    now = request.model_dump()
    changed = sorted(name for name in now if name not in _MAY_CHANGE and begun.get(name, now[name]) != now[name])
    if changed:
        told = ", ".join(f"{name} {begun[name]!r} (now {now[name]!r})" for name in changed)
        raise Conflict(
            f"The run {run.run_id} was begun with other settings: {told}.",
            hint="Go on with the same settings (only epochs, max_steps, save_every_steps may change), or start anew.",
        )


def refuse_taken_name(model: Path, run_id: str) -> None:
    """Raises `Conflict` unless `model` is free, or holds what this very run made before."""
    if model.name.casefold() == BASE_MODEL:
        raise Conflict(f"{model.name!r} is the base model's name.", hint="Choose another name.")
    if not model.exists():
        return
    try:
        made_by = read_json(model / CARD).get("run_id")
    except (OSError, ValueError):
        made_by = None
    if made_by != run_id:
        raise Conflict(f"There is already a model named {model.name!r}.", hint="Choose another name.")


def refuse_full_disk(folder: Path, needed_bytes: int) -> None:
    """Raises `DiskFull` unless the disk of `folder`, which need not exist yet, has `needed_bytes` left."""
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free_bytes = shutil.disk_usage(there).free
    if free_bytes < needed_bytes:
        raise DiskFull(
            f"Training needs {needed_bytes / 1e9:.1f} GB on the disk for checkpoints and the model; "
            f"{free_bytes / 1e9:.1f} GB are free.",
            hint="Delete runs or models you don't need any more, or choose another workspace (XTTS_HOME).",
        )


def bytes_on_disk(network: Network) -> int:
    """The most that training this network writes: two checkpoints (weights and both moments), and the model."""
    trained = sum(tensor.nbytes for tensor in network.gpt.state_dict().values())
    return int(2 * 3 * trained + sum(tensor.nbytes for tensor in network.state_dict().values()))


def publish_model(model: Path, network: Network, vocabulary: Path, card: dict[str, Any]) -> None:
    """Puts a whole model folder, its card included, at `model`. What the same run had put there is replaced.

    Raises `Conflict` when another run has taken the name meanwhile, `DiskFull` or `StudioError` when it can't be
    written; what was there stays then.
    """
    refuse_taken_name(model, card["run_id"])
    staging = model.with_name(f".{model.name}.{card['run_id']}")
    try:
        save_network(staging, network, vocabulary, overwrite=True)
        write_json(staging / CARD, card)
        replace_folder(staging, model)
    except OSError as error:
        raise unwritten(f"The model {model.name!r}", error, "its last checkpoint is kept") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
