"""What keeps two processes from training the same run, or deleting it meanwhile."""

from pathlib import Path

from filelock import FileLock


def run_lock(folder: Path) -> FileLock:
    """The lock of the run in `folder` (data/runs/<id>); not waited for.

    It lies beside `data`, in `locks`: data may be a volume that can't be brought up to date while a file is open there.
    """
    path = folder.parents[2] / "locks" / f"run-{folder.name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(path, timeout=0)
