"""The state of a training run on disk, from which it goes on as if it had never stopped.

    checkpoints/step-00000200/
        gpt.safetensors         weights
        moments.safetensors     AdamW: `exp_avg.<parameter>`, `exp_avg_sq.<parameter>`, `step.<parameter>`
        random.safetensors      random generators
        progress.json           step, losses so far, versions

A checkpoint is written under a hidden name, read back and compared, and renamed; then the ones before it are removed.
So there is always a whole one, and never more than two.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import torch
from pydantic import BaseModel, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.optim import AdamW

from xtts_studio.errors import CheckpointError, DiskFull, StudioError
from xtts_studio.workspace import read_json, replace_folder, write_json
from xtts_studio.xtts.checkpoint import write_tensors

_MOMENTS = ("exp_avg", "exp_avg_sq", "step")


class Losses(BaseModel):
    """Mean losses of a number of clips."""

    text: float
    mel: float
    total: float


class Note(BaseModel):
    """A metric that is to be told."""

    step: int
    name: str
    value: float


class TrainingProgress(BaseModel):
    """How far a run is: all there is to know beside weights, moments and random generators."""

    version: int = 1
    step: int = 0
    epoch_losses: list[Losses] = []  # of the steps of the epoch that is under way
    train_loss: float | None = None  # mean of the last whole epoch, or of the steps since
    eval_loss: float | None = None
    untold: list[Note] = []  # a stopped run tells them when it goes on, so that its curves have no gap


class Checkpoints:
    """The checkpoints of one run; `folder` need not exist yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def latest(self) -> Path | None:
        """The newest whole checkpoint."""
        return max(self.folder.glob("step-*"), default=None)

    def save(self, gpt: nn.Module, optimizer: AdamW, progress: TrainingProgress) -> Path:
        """Writes a checkpoint and removes those before it. Raises `DiskFull`, or `StudioError` for other
        troubles with the disk, leaving the last one as it was.
        """
        final = self.folder / f"step-{progress.step:08}"
        partial = self.folder / f".{final.name}"
        shutil.rmtree(partial, ignore_errors=True)
        try:
            partial.mkdir(parents=True)
            _write(partial, gpt, optimizer, progress)
            replace_folder(partial, final)
            _flush_folder(self.folder)
        except (OSError, SafetensorError) as error:
            shutil.rmtree(partial, ignore_errors=True)
            what = f"The checkpoint of step {progress.step}"
            raise unwritten(what, error, "the checkpoint before this one is untouched") from error
        self._remove_all_but(final)
        return final

    def load(self, checkpoint: Path, gpt: nn.Module, optimizer: AdamW) -> TrainingProgress:
        """Puts weights, moments and random generators back. Raises `CheckpointError` for a damaged checkpoint."""
        try:
            progress = TrainingProgress.model_validate(read_json(checkpoint / "progress.json"))
            gpt.load_state_dict(load_file(checkpoint / "gpt.safetensors"))
            optimizer.load_state_dict(_optimizer_state(gpt, optimizer, load_file(checkpoint / "moments.safetensors")))
            _restore_random(load_file(checkpoint / "random.safetensors"), _device(gpt))
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError, ValidationError) as error:
            raise CheckpointError(
                f"The checkpoint {checkpoint.name} can't be used: {error}.", hint="Start a new run on the dataset."
            ) from error
        return progress

    def _remove_all_but(self, kept: Path) -> None:
        for other in self.folder.iterdir():
            if other != kept and other.name.lstrip(".").startswith("step-"):
                shutil.rmtree(other, ignore_errors=True)


def unwritten(what: str, error: Exception, kept: str) -> StudioError:
    """The error to raise for what could not be written: `DiskFull` only where it is that."""
    full = isinstance(error, OSError) and DiskFull.of(error) is not None
    kind, todo = (DiskFull, "Make room on the disk") if full else (StudioError, "See to the disk and its permissions")
    return kind(f"{what} can't be written: {error}.", hint=f"{todo}, then go on with the run: {kept}.")


def _write(folder: Path, gpt: nn.Module, optimizer: AdamW, progress: TrainingProgress) -> None:
    _write_tensors(folder / "gpt.safetensors", gpt.state_dict())
    _write_tensors(folder / "moments.safetensors", _moments(gpt, optimizer))
    _write_tensors(folder / "random.safetensors", _random_states(_device(gpt)))
    write_json(folder / "progress.json", progress.model_dump())
    _flush_folder(folder)


def _write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Writes a safetensors file, flushes it to the disk and compares every tensor with what was to be written."""
    write_tensors(path, tensors)
    with path.open("rb") as file:
        os.fsync(file.fileno())
    with safe_open(path, "pt") as written:
        for name, tensor in tensors.items():
            if not torch.equal(written.get_tensor(name), tensor.detach().cpu()):
                raise OSError(f"{path.name} reads back differently in {name}")


def _moments(gpt: nn.Module, optimizer: AdamW) -> dict[str, Tensor]:
    """AdamW's state by the names of the parameters; empty before the first step."""
    return {
        f"{moment}.{name}": optimizer.state[parameter][moment]
        for name, parameter in gpt.named_parameters()
        if optimizer.state.get(parameter)
        for moment in _MOMENTS
    }


def _optimizer_state(gpt: nn.Module, optimizer: AdamW, moments: Mapping[str, Tensor]) -> dict[str, object]:
    """`moments` in the form `Optimizer.load_state_dict` takes: by a parameter's number instead of its name."""
    names = {id(parameter): name for name, parameter in gpt.named_parameters()}
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    state = {
        number: {moment: moments[f"{moment}.{names[id(parameter)]}"].clone() for moment in _MOMENTS}
        for number, parameter in enumerate(parameters)
        if moments
    }
    return {"state": state, "param_groups": optimizer.state_dict()["param_groups"]}


def _device(model: nn.Module) -> torch.device:
    return next(model.parameters()).device


def _random_states(device: torch.device) -> dict[str, Tensor]:
    states = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    return states


def _restore_random(states: Mapping[str, Tensor], device: torch.device) -> None:
    torch.set_rng_state(states["cpu"])
    if device.type == "cuda" and "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"], device)


def _flush_folder(folder: Path) -> None:
    """Makes renames in `folder` last through a power cut, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
