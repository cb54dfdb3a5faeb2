"""Checkpoints become models: `publish_checkpoint` at the end of a training, the step `publish` at any time later.

    full     model.safetensors (the base's tensors with the trained GPT among them), config.json, vocab.json, card.json
    adapter  adapter.safetensors, card.json

A model is written beside its place, read back and compared, and appears whole or not at all.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from xtts_studio.errors import CheckpointError
from xtts_studio.events import Artifact, Progress, Report
from xtts_studio.models.room import require_room
from xtts_studio.models.shelf import find_xtts, folder_size
from xtts_studio.shapes import PublishRequest, PublishResult, TrainRequest
from xtts_studio.training.kept import open_kept, step_of
from xtts_studio.training.loop.checkpoints import unwritten
from xtts_studio.training.loop.learned import ADAPTER_FILE, GPT_FILE
from xtts_studio.training.material.vocabulary_rows import grow
from xtts_studio.training.names import CARD, refuse_taken_name
from xtts_studio.training.plan.bases import base_folder
from xtts_studio.workspace import Workspace, replace_folder, write_json
from xtts_studio.xtts.adapter_file import read_adapter, save_adapter
from xtts_studio.xtts.checkpoint import load_config, load_network
from xtts_studio.xtts.lora import check_fits
from xtts_studio.xtts.storing import all_finite, compare_written, in_precision, write_tensors

Kind = Literal["full", "adapter"]
_SPARE_BYTES = 4 << 20


@dataclass(frozen=True)
class Origin:
    """What a checkpoint was trained from: the base model's folder, and the vocabulary, which may have grown."""

    base: Path
    vocabulary: Path

    @property
    def has_grown(self) -> bool:
        return self.vocabulary.parent != self.base


def publish(request: PublishRequest, workspace: Workspace, report: Report) -> PublishResult:
    """Makes a model of a run's checkpoint.

    Raises `NotFound` for a run or checkpoint that is not there, `Conflict` where another model has the name,
    `ModelMissing` without the base model, `CheckpointError`, `DiskFull`.
    """
    kept = open_kept(workspace, request.run_id, request.step)
    report(Progress(0.0, "Writing the model"))
    result = publish_checkpoint(
        workspace, kept.checkpoint, kept.settings, request.name, kept.card(workspace.model(kept.settings.name))
    )
    report(Artifact(f"data/models/{result.name}", "model"))
    report(Progress(1.0, f"The model {result.name} is ready"))
    return result


def publish_checkpoint(
    workspace: Workspace, checkpoint: Path, settings: TrainRequest, name: str, card: dict[str, Any]
) -> PublishResult:
    """Puts the model that a checkpoint holds, with its card, under `name`. What the same run had put there is replaced.

    `card["run_id"]` names the run. Raises `Conflict` when another model has the name, `CheckpointError` for a damaged
    checkpoint, `ModelMissing`, `DiskFull` or `StudioError` when it can't be written; what was there stays then.
    """
    model = workspace.model(name)
    refuse_taken_name(model, card["run_id"])
    origin = _origin(workspace, checkpoint.parent.parent, settings)
    kind: Kind = "adapter" if (checkpoint / ADAPTER_FILE).is_file() else "full"
    staging = model.with_name(f".{model.name}.{card['run_id']}")
    try:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        (_write_adapter if kind == "adapter" else _write_full)(staging, checkpoint, settings, origin)
        write_json(staging / CARD, {**card, "name": model.name, "kind": kind, "base": settings.base_model})
        refuse_taken_name(model, card["run_id"])
        replace_folder(staging, model)
    except OSError as error:
        raise unwritten(f"The model {model.name!r}", error, "its checkpoint is kept") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return PublishResult(name=model.name, step=step_of(checkpoint), kind=kind, size_bytes=folder_size(model))


def _write_full(staging: Path, checkpoint: Path, settings: TrainRequest, origin: Origin) -> None:
    shutil.copyfile(origin.vocabulary, staging / "vocab.json")
    network = load_network(origin.base)
    if origin.has_grown:
        grow(network, origin.base / "vocab.json", origin.vocabulary)
    trained = {f"gpt.{name}": tensor for name, tensor in _read(checkpoint / GPT_FILE).items()}
    tensors = {name: tensor for name, tensor in network.state_dict().items() if not name.startswith("gpt.")} | trained
    tensors = in_precision(tensors, settings.model_precision)
    require_room(sum(tensor.nbytes for tensor in tensors.values()) + _SPARE_BYTES, staging)
    write_json(staging / "config.json", network.config.to_json())
    write_tensors(staging / "model.safetensors", tensors)
    load_network(staging)  # raises CheckpointError where the checkpoint is of another model
    compare_written(staging / "model.safetensors", tensors)


def _write_adapter(staging: Path, checkpoint: Path, settings: TrainRequest, origin: Origin) -> None:
    adapter = read_adapter(checkpoint / ADAPTER_FILE)
    check_fits(load_config(origin.base), adapter)
    tensors = in_precision(adapter.tensors, settings.model_precision)
    require_room(sum(tensor.nbytes for tensor in tensors.values()) + _SPARE_BYTES, staging)
    save_adapter(staging / ADAPTER_FILE, replace(adapter, tensors=tensors))
    compare_written(staging / ADAPTER_FILE, tensors)


def _read(file: Path) -> dict[str, Tensor]:
    try:
        tensors: dict[str, Tensor] = load_file(file)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"The checkpoint {file.parent.name} can't be used: {error}.", hint="Choose another checkpoint."
        ) from None
    broken = [name for name, tensor in tensors.items() if not all_finite(tensor)]
    if broken:
        raise CheckpointError(
            f"The checkpoint {file.parent.name} holds values that are not numbers, in {broken[0]}.",
            hint="The training went astray there; choose an earlier checkpoint.",
        )
    return tensors


def _origin(workspace: Workspace, run: Path, settings: TrainRequest) -> Origin:
    base = base_folder(workspace, settings.base_model) or find_xtts(workspace, settings.base_model)
    own = run / "vocab.json"
    return Origin(base, own if own.is_file() else base / "vocab.json")
