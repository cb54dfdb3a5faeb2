"""Is there room on the disk?"""

import shutil
from pathlib import Path

from xtts_studio.errors import DiskFull


def require_room(needed_bytes: int, folder: Path) -> None:
    """Raises `DiskFull`, with both numbers, where the disk of `folder` has less room than `needed_bytes`."""
    parent = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(parent).free
    if needed_bytes > free:
        raise DiskFull(
            f"{needed_bytes / 1e6:,.0f} MB are needed in {folder}, {free / 1e6:,.0f} MB are free.",
            hint="Make room, or put the workspace on a larger disk (XTTS_HOME).",
            details={"needed_bytes": needed_bytes, "free_bytes": free},
        )
