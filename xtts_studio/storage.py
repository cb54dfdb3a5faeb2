"""What the workspace takes on the disk, and what of it can be had again or is wanted no more."""

import os
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Literal

from xtts_studio.shapes import Shape
from xtts_studio.workspace import Workspace, read_json

Kind = Literal["recordings", "datasets", "runs", "models", "base", "exports", "history", "voices", "uploads"]
Cleanable = Literal["exports", "features", "training_states"]

LARGEST = 3

_NAMELESS: tuple[Kind, ...] = ("history", "uploads")  # of these the user knows no names


class StoredThing(Shape):
    """One thing in the workspace, by its name there."""

    name: str
    size_bytes: int


class StoredKind(Shape):
    """All things of a kind: how many, how large, the largest."""

    kind: Kind
    count: int
    size_bytes: int
    largest: list[StoredThing]


class CleanableKind(Shape):
    """What can go, and how much room that gives."""

    kind: Cleanable
    count: int
    size_bytes: int


def stored(workspace: Workspace) -> list[StoredKind]:
    """The size of everything, by kind. Walks over all files: call it in a thread."""
    folders: dict[Kind, Path] = {
        "recordings": workspace.recordings,
        "datasets": workspace.datasets,
        "runs": workspace.runs,
        "models": workspace.models,
        "base": workspace.cache,
        "exports": _exports(workspace),
        "history": workspace.history,
        "voices": workspace.speakers,
        "uploads": workspace.incoming,
    }
    return [_kind(kind, folder) for kind, folder in folders.items()]


def cleanable(workspace: Workspace, in_use: Collection[Path] = ()) -> list[CleanableKind]:
    """What `clean` would remove now. in_use: folders of datasets and runs that a job works with."""
    kinds: tuple[Cleanable, ...] = ("exports", "features", "training_states")
    found = {kind: list(_files(workspace, kind, in_use)) for kind in kinds}
    return [
        CleanableKind(kind=kind, count=len(files), size_bytes=sum(map(_size_bytes, files)))
        for kind, files in found.items()
    ]


def clean(workspace: Workspace, kinds: Collection[Cleanable], in_use: Collection[Path] = ()) -> int:
    """Removes all of these kinds but what is in use; the bytes that were freed."""
    freed = 0
    for kind in kinds:
        for file in _files(workspace, kind, in_use):
            size_bytes = _size_bytes(file)
            try:
                file.unlink()
            except OSError:  # gone already, or held by another program
                continue
            freed += size_bytes
    return freed


def free_bytes(workspace: Workspace) -> int:
    """Free space on the disk of the workspace."""
    return shutil.disk_usage(workspace.home).free


def _files(workspace: Workspace, kind: Cleanable, in_use: Collection[Path]) -> Iterator[Path]:
    patterns: dict[Cleanable, tuple[Path, str]] = {
        "exports": (_exports(workspace), "*.zip"),  # written anew whenever asked for
        "features": (workspace.datasets, "*/features.safetensors"),  # computed anew by the next training
        "training_states": (workspace.runs, "*/checkpoints/*/moments.safetensors"),  # of runs that have ended
    }
    folder, pattern = patterns[kind]
    for file in folder.glob(pattern):
        if any(file.is_relative_to(used) for used in in_use):
            continue
        if kind != "training_states" or _has_ended(file.parent):
            yield file


def _has_ended(checkpoint: Path) -> bool:
    """Whether training came to its end there. A run that was stopped before can only go on with what is kept."""
    try:
        progress = read_json(checkpoint / "progress.json")
        return bool(progress.get("ended_early")) or int(progress["step"]) >= int(progress["planned_steps"]) > 0
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _exports(workspace: Workspace) -> Path:
    return workspace.home / "data" / "exports"


def _kind(kind: Kind, folder: Path) -> StoredKind:
    sizes = {path: _size_bytes(path) for path in _entries(folder) if kind != "uploads" or _is_unfinished(path)}
    largest = sorted(sizes, key=lambda path: -sizes[path])[:LARGEST]
    named = [StoredThing(name=_name(path), size_bytes=sizes[path]) for path in largest]
    return StoredKind(
        kind=kind, count=len(sizes), size_bytes=sum(sizes.values()), largest=[] if kind in _NAMELESS else named
    )


def _name(path: Path) -> str:
    """What the user calls it: recordings and runs have ids for folders."""
    try:
        if (path / "recording.json").exists():
            return str(read_json(path / "recording.json")["name"])
        if (path / "request.json").exists():
            return str(read_json(path / "request.json")["request"]["name"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return path.name


def _is_unfinished(upload: Path) -> bool:
    """Of an upload that became a recording a note is kept for a while, without its bytes."""
    return upload.is_file() or (upload / "bytes").exists()


def _entries(folder: Path) -> list[Path]:
    """The things in a folder, without the notes that the studio keeps beside them."""
    try:
        return [path for path in folder.iterdir() if not path.name.startswith(".") and path.suffix != ".json"]
    except OSError:
        return []


def _size_bytes(path: Path) -> int:
    """Of a file, or of all files in a folder; what vanishes meanwhile counts nothing. Links are not followed."""
    try:
        if not path.is_dir() or path.is_symlink():
            return path.lstat().st_size
        with os.scandir(path) as entries:
            return sum(_size_bytes(Path(entry.path)) for entry in entries)
    except OSError:
        return 0
