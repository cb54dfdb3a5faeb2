"""The state of a training run on disk, from which it goes on as if it had never stopped.

    checkpoints/step-00000200/
        gpt.safetensors         weights (adapter.safetensors of a run with an adapter)
        moments.safetensors     AdamW: `exp_avg.<parameter>`, `exp_avg_sq.<parameter>`, `step.<parameter>`
        progress.json           step, losses so far, what is the best

Random numbers are functions of the seed and the step, so there are none to keep. A checkpoint is written beside the
training, under a hidden name, read back and compared, and renamed. Then the ones before it go, but the best and those
that are to be kept, which lose their moments. So there is always a whole one to go on from.
"""

import os
import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from torch.optim import AdamW

from xtts_studio.errors import CheckpointError, DiskFull, StudioError
from xtts_studio.training.loop.learned import Learned
from xtts_studio.training.loop.progress import TrainingProgress
from xtts_studio.workspace import read_json, replace_folder, write_json
from xtts_studio.xtts.storing import compare_written, write_tensors

MOMENTS_FILE, PROGRESS_FILE = "moments.safetensors", "progress.json"
_MOMENTS = ("exp_avg", "exp_avg_sq", "step")


@dataclass
class TrainedState:
    """What is learned, and the optimizer that learns it."""

    learned: Learned
    optimizer: AdamW

    def moments(self) -> dict[str, Tensor]:
        """AdamW's state by the names of the parameters; empty before the first step."""
        return {
            f"{moment}.{name}": self.optimizer.state[parameter][moment]
            for name, parameter in self.learned.gpt.named_parameters()
            if self.optimizer.state.get(parameter)
            for moment in _MOMENTS
        }

    def load_moments(self, moments: Mapping[str, Tensor]) -> None:
        """Puts AdamW's state back. Raises `KeyError` where a parameter has none."""
        names = {id(parameter): name for name, parameter in self.learned.gpt.named_parameters()}
        parameters = [parameter for group in self.optimizer.param_groups for parameter in group["params"]]
        state = {
            number: {moment: moments[f"{moment}.{names[id(parameter)]}"].clone() for moment in _MOMENTS}
            for number, parameter in enumerate(parameters)
            if moments
        }
        self.optimizer.load_state_dict({"state": state, "param_groups": self.optimizer.state_dict()["param_groups"]})


@dataclass
class _Writing:
    """A checkpoint on its way to the disk, and the thread that brings it there."""

    weights: dict[str, Tensor]
    moments: dict[str, Tensor]
    progress: TrainingProgress
    learned: Learned
    borrows: bool  # whether the tensors are those that training changes
    error: StudioError | None = None
    thread: threading.Thread | None = None


class Checkpoints:
    """The checkpoints of one run; `folder` need not exist yet. `keep_every`: steps whose weights are kept."""

    def __init__(self, folder: Path, keep_every: int | None = None) -> None:
        self.folder, self.keep_every = folder, keep_every
        self._writing: _Writing | None = None

    def latest(self) -> Path | None:
        """The newest whole checkpoint that a run can go on from."""
        for old in self.folder.glob(".step-*.old"):  # a process died while the same step was written again
            whole = self.folder / old.name[1:].removesuffix(".old")
            if not whole.exists():
                old.rename(whole)
        return max((path.parent for path in self.folder.glob(f"step-*/{MOMENTS_FILE}")), default=None)

    def weights(self, step: int) -> Path | None:
        """The folder of a step whose weights are here."""
        folder = self.folder / f"step-{step:08}"
        return folder if folder.is_dir() else None

    def begin(self, state: TrainedState, progress: TrainingProgress) -> None:
        """Begins to write a checkpoint, beside what goes on; one that is being written must be settled before.

        Until it is settled nothing may change weights and moments, where `borrows` says so: on a CPU they are written
        from where they are, without a copy.
        """
        assert self._writing is None, "settle the checkpoint before"
        weights, moments = state.learned.tensors(), state.moments()
        on_cpu = all(tensor.device.type == "cpu" for tensor in weights.values())
        if not on_cpu:
            weights, moments = ({name: one.cpu() for name, one in each.items()} for each in (weights, moments))
        self._writing = _Writing(weights, moments, progress.model_copy(deep=True), state.learned, borrows=on_cpu)
        self._start(self._writing)

    @property
    def borrows(self) -> bool:
        """Whether a checkpoint is being written from the very tensors that the next step would change."""
        return self._writing is not None and self._writing.borrows

    def written(self) -> bool:
        """Whether the one that was begun has come to an end."""
        return self._writing is not None and not _is_alive(self._writing)

    def settle(self, wait_for_room: Callable[[DiskFull], None] | None = None) -> Path | None:
        """Waits until the checkpoint that was begun is on the disk, and gives its folder; None where none was begun.

        A full disk is told to `wait_for_room`, which may raise; when it returns, the same is written again. Without
        it, and for all else, raises `DiskFull` or `StudioError`; the checkpoint before is as it was.
        """
        writing = self._writing
        if writing is None:
            return None
        while True:
            assert writing.thread is not None
            writing.thread.join()
            if writing.error is None:
                self._writing = None
                return self.folder / _name(writing.progress.step)
            if not isinstance(writing.error, DiskFull) or wait_for_room is None:
                self._writing = None
                raise writing.error
            try:
                wait_for_room(writing.error)
            except BaseException:
                self._writing = None
                raise
            self._start(writing)

    def load(self, checkpoint: Path, state: TrainedState) -> TrainingProgress:
        """Puts weights and moments back. Raises `CheckpointError` for a damaged checkpoint."""
        try:
            progress = TrainingProgress.model_validate(read_json(checkpoint / PROGRESS_FILE))
            state.learned.load(checkpoint)
            state.load_moments(load_file(checkpoint / MOMENTS_FILE))
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError, ValidationError, StudioError) as error:
            raise CheckpointError(
                f"The checkpoint {checkpoint.name} can't be used: {error}.", hint="Start a new run on the dataset."
            ) from error
        return progress

    def _start(self, writing: _Writing) -> None:
        writing.error = None
        writing.thread = threading.Thread(target=self._write, args=(writing,), name="checkpoint")
        writing.thread.start()

    def _write(self, writing: _Writing) -> None:
        progress = writing.progress
        final = self.folder / _name(progress.step)
        partial = self.folder / f".{final.name}"
        shutil.rmtree(partial, ignore_errors=True)
        try:
            self.folder.mkdir(exist_ok=True)  # not the run's own: it may have been deleted
            partial.mkdir()
            _write_folder(partial, writing)
            replace_folder(partial, final)
            _flush_folder(self.folder)
            self._tidy(final, progress)
        except (OSError, SafetensorError) as error:
            shutil.rmtree(partial, ignore_errors=True)
            writing.error = unwritten(
                f"The checkpoint of step {progress.step}", error, "the checkpoint before this one is untouched"
            )
        except Exception as error:  # nothing may be lost in a thread
            writing.error = StudioError(f"The checkpoint of step {progress.step} can't be written: {error!r}.")

    def _tidy(self, newest: Path, progress: TrainingProgress) -> None:
        for other in self.folder.iterdir():
            name = other.name.lstrip(".")
            if other == newest or not name.startswith("step-"):
                continue
            if other.name.startswith(".") or not self._is_kept(int(name.removeprefix("step-")), progress):
                shutil.rmtree(other, ignore_errors=True)
            else:
                (other / MOMENTS_FILE).unlink(missing_ok=True)

    def _is_kept(self, step: int, progress: TrainingProgress) -> bool:
        return step == progress.best_step or (self.keep_every is not None and step % self.keep_every == 0)


def _name(step: int) -> str:
    return f"step-{step:08}"


def _is_alive(writing: _Writing) -> bool:
    return writing.thread is not None and writing.thread.is_alive()


def unwritten(what: str, error: Exception, kept: str) -> StudioError:
    """The error to raise for what could not be written: `DiskFull` only where it is that."""
    full = isinstance(error, OSError) and DiskFull.of(error) is not None
    kind, todo = (DiskFull, "Make room on the disk") if full else (StudioError, "See to the disk and its permissions")
    return kind(f"{what} can't be written: {error}.", hint=f"{todo}, then go on with the run: {kept}.")


def _write_folder(folder: Path, writing: _Writing) -> None:
    writing.learned.write(folder, writing.weights)
    _surely(folder / writing.learned.file, writing.weights)
    write_tensors(folder / MOMENTS_FILE, writing.moments)
    _surely(folder / MOMENTS_FILE, writing.moments)
    write_json(folder / PROGRESS_FILE, writing.progress.model_dump())
    _flush_folder(folder)


def _surely(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Flushes a safetensors file to the disk and compares it with what was to be written."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
    compare_written(path, tensors)


def _flush_folder(folder: Path) -> None:
    """Makes renames in `folder` last through a power cut, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
