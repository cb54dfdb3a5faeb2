"""What a unit of files (see `step_files`) holds, by checksum: what is compared to know what has to be sent or fetched.

The manifests of the units on the volumes lie on the data volume, in `manifests/`. A server writes one with what it
sends, a worker after a step with what that wrote.
"""

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from xtts_studio.workspace import Workspace, read_json, write_json

_LAST = ("metadata.json", "progress.json", "request.json", "card.json", "speaker.json", "recording.json")
"""Files that tell that the others are there: sent and fetched after them."""

Manifest = dict[str, str]
"""SHA-256 of each file by its path in the unit; `.` for a unit that is a file itself."""

BY_STEP, BY_SERVER = "step", "server"
"""Who has written a manifest. What is missing in a step's was deleted by it; a server may have been cut off."""


def manifest_in_volume(unit: str) -> str:
    """Where the manifest of a unit lies, from the root of the data volume."""
    return f"manifests/{quote(unit, safe='')}.json"


@dataclass(frozen=True)
class _Seen:
    size_bytes: int
    mtime_ns: int
    sha256: str


class Checksums:
    """Checksums of files, remembered in `file` by size and time, so that only what changed is read again."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen: dict[str, _Seen] = {}
        with suppress(OSError, ValueError, TypeError, AttributeError):
            self._seen = {path: _Seen(*seen) for path, seen in read_json(file).items()}

    def of(self, path: Path) -> str:
        """The checksum of a file. Raises `OSError`."""
        stat = path.stat()
        seen = self._seen.get(str(path))
        if seen is None or (seen.size_bytes, seen.mtime_ns) != (stat.st_size, stat.st_mtime_ns):
            with path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            seen = self._seen[str(path)] = _Seen(stat.st_size, stat.st_mtime_ns, sha256)
        return seen.sha256

    def keep(self) -> None:
        """Writes down what is known."""
        seen = dict(self._seen)  # other threads may learn of more meanwhile
        write_json(self._file, {path: [s.size_bytes, s.mtime_ns, s.sha256] for path, s in seen.items()})


def scan(root: Path, checksums: Checksums) -> Manifest:
    """What is in a file or folder now; hidden files are somebody's work in progress, links lead elsewhere."""
    if root.is_symlink():
        return {}
    if root.is_file():
        return {".": checksums.of(root)}
    found: Manifest = {}
    for path in sorted(root.rglob("*")) if root.is_dir() else []:
        name = path.relative_to(root)
        if path.is_symlink() or not path.is_file() or any(part.startswith(".") for part in name.parts):
            continue
        try:
            found[name.as_posix()] = checksums.of(path)
        except FileNotFoundError:  # it has gone meanwhile
            continue
    return found


def in_order(names: Iterable[str]) -> list[str]:
    """The names of files, those last that tell that the others are there."""
    return sorted(names, key=lambda name: (name.rpartition("/")[2] in _LAST, name))


def manifest_content(by: str, files: Manifest) -> dict[str, Any]:
    """A manifest as it is written."""
    return {"by": by, "files": files}


def write_manifests(workspace: Workspace, units: Iterable[str]) -> None:
    """Writes the manifests of units in a worker, where the volumes are folders of the workspace."""
    checksums = Checksums(workspace.home / "checksums.json")
    for unit in units:
        content = manifest_content(BY_STEP, scan(workspace.home / unit, checksums))
        write_json(workspace.home / "data" / manifest_in_volume(unit), content)
    checksums.keep()
