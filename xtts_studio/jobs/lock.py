"""One server for each workspace: a second one would take the first one's running jobs for interrupted."""

import sys
from pathlib import Path
from typing import IO

from xtts_studio.errors import Conflict


class WorkspaceLock:
    """A lock on a file that the system releases when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Raises `Conflict` where another server has the workspace."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a")
        try:
            _lock(file)
        except OSError:
            file.close()
            raise Conflict(
                f"Another server is using the workspace {self._path.parent}.",
                hint="Use that one, stop it, or choose another folder with XTTS_HOME.",
            ) from None
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _lock(file: IO[str]) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
