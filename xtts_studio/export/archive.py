"""The zip: written from a folder, read back into another, with progress on the way.

Weights don't compress, so nothing is; a zip of more than 4 GB is one with 64-bit sizes.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from xtts_studio.errors import StudioError

Tell = Callable[[float], None]
"""Is told what share is done; may raise `Cancelled`."""
_BLOCK_BYTES = 8 << 20


def pack(folder: Path, target: Path, about: Mapping[str, object], tell: Tell) -> list[str]:
    """Writes all files below `folder` into a zip; gives their names. `about` becomes the zip's comment."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    counted = _Counted(sum(path.stat().st_size for path in paths), tell)
    with zipfile.ZipFile(target, "w") as archive:
        archive.comment = json.dumps(dict(about)).encode()
        for path in paths:
            entry = zipfile.ZipInfo.from_file(path, path.relative_to(folder).as_posix(), strict_timestamps=False)
            with path.open("rb") as source, archive.open(entry, "w", force_zip64=True) as copy:
                counted.copy(source, copy)
    with target.open("rb") as written:
        os.fsync(written.fileno())
    return [path.relative_to(folder).as_posix() for path in paths]


def unpack(archive: Path, folder: Path, tell: Tell) -> None:
    """Writes all files of one of our own zips below `folder`. Raises `StudioError` where it is damaged."""
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = opened.infolist()
            counted = _Counted(sum(entry.file_size for entry in entries), tell)
            for entry in entries:
                path = folder / entry.filename
                path.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(entry) as source, path.open("wb") as copy:
                    counted.copy(source, copy)
    except zipfile.BadZipFile as error:
        raise StudioError(
            f"The zip reads back damaged: {error}.", hint="See to the disk, then export again."
        ) from error


class _Counted:
    """Copies, and tells what share of all bytes is copied."""

    def __init__(self, total: int, tell: Tell) -> None:
        self._total, self._done, self._tell = max(total, 1), 0, tell

    def copy(self, source: IO[bytes], target: IO[bytes]) -> None:
        while block := source.read(_BLOCK_BYTES):
            target.write(block)
            self._done += len(block)
            self._tell(self._done / self._total)
