"""Saved states of a dataset: `versions/0001.json` … in its folder. Cheap, since sound files are never overwritten.

A run names the version that it was trained on, so that it is known exactly, whatever becomes of the dataset later.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from xtts_studio.dataset.history import changed
from xtts_studio.dataset.metadata import read_to_change
from xtts_studio.dataset.store import locked
from xtts_studio.errors import DatasetError, NotFound
from xtts_studio.shapes import Chunk, DatasetVersion
from xtts_studio.workspace import Workspace, written_whole

VERSIONS = "versions"


def save_version(workspace: Workspace, name: str, note: str = "") -> DatasetVersion:
    """Saves the state of a dataset, or gives the last saved one where nothing has changed since."""
    folder = workspace.dataset(name)
    with locked(workspace, folder.name):
        written = read_to_change(folder)
        digest = hashlib.sha256(b"\n".join(written.lines)).hexdigest()
        before = list_versions(folder)
        if before and before[0].digest == digest:
            return before[0]
        active = [chunk for chunk in written.dataset.chunks if chunk.state == "active"]
        version = DatasetVersion(
            id=before[0].id + 1 if before else 1,
            created_at=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            note=note,
            clips=len(written.lines),
            active=len(active),
            duration_s=round(sum(chunk.duration_s for chunk in active), 3),
            digest=digest,
        )
        with written_whole(_path(folder, version.id)) as temporary:
            temporary.write_bytes(version.model_dump_json().encode() + b"\n" + b"\n".join(written.lines) + b"\n")
        return version


def list_versions(folder: Path) -> list[DatasetVersion]:
    """The saved states of the dataset in a folder, the newest first; what can't be read is left out."""
    return sorted(_headers(folder), key=lambda version: version.id, reverse=True)


def read_version(folder: Path, version_id: int) -> list[Chunk]:
    """The chunks of a saved state. Raises `NotFound`, or `DatasetError` where the file is broken."""
    try:
        _, *lines = _path(folder, version_id).read_bytes().splitlines()
        return [Chunk.model_validate_json(line) for line in lines if line]
    except FileNotFoundError:
        raise NotFound(f"Dataset {folder.name!r} has no version {version_id}.") from None
    except (ValueError, OSError) as error:
        raise DatasetError(f"Version {version_id} of dataset {folder.name!r} can't be read: {error}.") from error


def restore_version(workspace: Workspace, name: str, version_id: int) -> None:
    """Makes a saved state the present one; that can be undone. Raises `NotFound`, `DatasetError`.

    Clips that came later stay, as dropped ones: nobody loses what was cut since.
    """
    folder = workspace.dataset(name)
    saved = read_version(folder, version_id)
    with changed(workspace, name, f"Restore version {version_id}") as dataset:
        known = {chunk.file for chunk in saved}
        later = [chunk for chunk in dataset.chunks if chunk.file not in known]
        dataset.chunks = [*saved, *(chunk.model_copy(update={"state": "dropped"}) for chunk in later)]


def _headers(folder: Path) -> Iterator[DatasetVersion]:
    for path in (folder / VERSIONS).glob("*.json"):
        try:
            with path.open("rb") as file:
                yield DatasetVersion.model_validate(json.loads(file.readline()))
        except (OSError, ValueError, ValidationError):
            continue


def _path(folder: Path, version_id: int) -> Path:
    return folder / VERSIONS / f"{version_id:04d}.json"
