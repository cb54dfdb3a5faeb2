"""Folders in which datasets are made, beside the finished ones; whatever ends the work, they go away."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from xtts_studio.dataset.metadata import read_written
from xtts_studio.errors import StudioError
from xtts_studio.workspace import Workspace

_MAKING, _DELETED = ".making-", ".deleted-"


@contextmanager
def scratch(workspace: Workspace) -> Iterator[Path]:
    """A folder beside the datasets that goes away again; what is finished is moved out of it.

    Its lock is held meanwhile, so that `clear_staging` tells it from what a killed process left.
    """
    folder = workspace.datasets / f"{_MAKING}{secrets.token_hex(8)}"
    with _lock(folder):
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            _lock_path(folder).unlink(missing_ok=True)


@contextmanager
def unlisted_removed(folder: Path) -> Iterator[list[Path]]:
    """Gives a list of files; when an error passes, those that the dataset in `folder` doesn't name are removed.

    An error may pass when metadata.json is written already, and names them.
    """
    files: list[Path] = []
    try:
        yield files
    except BaseException:
        listed = _listed(folder)
        for file in files:
            if file.with_suffix("") not in listed:
                file.unlink(missing_ok=True)
        raise


def _listed(folder: Path) -> set[Path]:
    try:
        return {(folder / chunk.file).with_suffix("") for chunk in read_written(folder).dataset.chunks}
    except StudioError:
        return set()


def clear_staging(workspace: Workspace) -> None:
    """Removes what killed processes left of datasets in the making, or on their way out. Those at work are let be."""
    for folder in workspace.datasets.glob(".*"):
        if folder.name.startswith(_DELETED):
            shutil.rmtree(folder, ignore_errors=True)
        elif folder.name.startswith(_MAKING):
            _clear(folder)


def _clear(folder: Path) -> None:
    try:
        with _lock(folder):
            shutil.rmtree(folder, ignore_errors=True)
            _lock_path(folder).unlink(missing_ok=True)
    except Timeout:
        return  # somebody works in it


def _lock(folder: Path) -> FileLock:
    path = _lock_path(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(path, timeout=0)


def _lock_path(folder: Path) -> Path:
    return folder.parent / ".locks" / f"{folder.name.removeprefix('.')}.lock"
