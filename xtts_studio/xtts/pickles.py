"""Pickled checkpoints, read as data.

A `.pth` file names the classes of the objects in it. Tensors, numbers, texts and containers are read; the
configuration objects that the reference's trainer leaves in its checkpoints are replaced by empty stand-ins; anything
else is refused.
"""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path
from typing import Any

import torch

from xtts_studio.errors import CheckpointError

_LEFT_BY_TRAINERS = ("TTS.", "trainer.", "coqpit.")


class Ignored:
    """Stands for an object nobody needs. It can be made of anything and keeps nothing."""

    def __init__(self, *args: object, **kwargs: object) -> None: ...

    def __setstate__(self, state: object) -> None: ...


def read_pickled(file: Path) -> Any:
    """The content of a `.pth` file, its tensors mapped from the disk.

    Raises CheckpointError where it is no such file or names code that a model has no need of.
    """
    _refuse_other_files(file)
    names = torch.serialization.get_unsafe_globals_in_checkpoint(str(file))
    _refuse_code(file, [name for name in names if not name.startswith(_LEFT_BY_TRAINERS)])
    try:
        with torch.serialization.safe_globals([(Ignored, name) for name in names]):
            return torch.load(file, map_location="cpu", mmap=True, weights_only=True)
    except (OSError, EOFError, RuntimeError, pickle.UnpicklingError) as error:
        raise CheckpointError(f"{file} can't be read: {str(error).splitlines()[0]}", hint="Fetch it again.") from None


def _refuse_other_files(file: Path) -> None:
    if not file.is_file():
        raise CheckpointError(f"No file {file}.")
    if not zipfile.is_zipfile(file):
        raise CheckpointError(
            f"{file} is not a checkpoint of PyTorch 1.6 or later, or only part of one.",
            hint="Fetch it again; an older checkpoint has to be saved anew with a current PyTorch.",
        )


def _refuse_code(file: Path, names: list[str]) -> None:
    if names:
        raise CheckpointError(
            f"{file} wants to run code on loading ({', '.join(sorted(names))}), which a model has no need of.",
            hint="Don't use this file. A model from a trustworthy source holds data only.",
        )
