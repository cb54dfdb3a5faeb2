"""A run in a line of a list: who it is, how far it got, how good it became.

Light, and never put out by a damaged file. A run that hasn't changed is not read again.
"""

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from xtts_studio.shapes import RunSummary
from xtts_studio.training.auditions.files import read_auditions
from xtts_studio.training.records import files
from xtts_studio.workspace import Workspace

_MOST_KEPT = 4096

Signature = tuple[tuple[int, tuple[str, ...]], ...]


def run_folders(workspace: Workspace) -> list[Path]:
    """The folders of all runs, the newest first."""
    if not workspace.runs.is_dir():
        return []
    found = [path for path in workspace.runs.iterdir() if path.is_dir() and not path.name.startswith(".")]
    return sorted(found, key=_begun_s, reverse=True)


def summary(folder: Path) -> RunSummary:
    """What a list of runs says of one. `steps`: of its last checkpoint."""
    return _summary(folder, _signature(folder))


@lru_cache(maxsize=_MOST_KEPT)
def _summary(folder: Path, _: Signature) -> RunSummary:
    request, plan = files.read_request(folder), files.read_plan(folder)
    words = {
        name: value
        for name in ("name", "dataset", "method", "base_model")
        if isinstance(value := request.get(name), str)
    }
    best = files.best_step(folder)
    scores = {audition.step: audition.score for audition in read_auditions(folder)}
    return RunSummary(
        run_id=folder.name,
        **words,
        begun_at=datetime.fromtimestamp(_begun_s(folder), UTC).isoformat(timespec="seconds"),
        steps=max((one.step for one in files.read_checkpoints(folder)), default=0),
        total_steps=plan.total_steps if plan else None,
        best_step=best,
        best_score=scores.get(best) if best is not None else None,
    )


def _signature(folder: Path) -> Signature:
    """Changes with whatever a summary tells: checkpoints and auditions appear and go as whole folders."""
    return tuple(_looked_at(folder / name) for name in ("request.json", "plan.json", "checkpoints", "auditions"))


def _looked_at(path: Path) -> tuple[int, tuple[str, ...]]:
    try:
        names = sorted(entry.name for entry in path.iterdir()) if path.is_dir() else []
        return path.stat().st_mtime_ns, tuple(names)
    except OSError:
        return 0, ()


def _begun_s(folder: Path) -> float:
    """When its request was written, in seconds since 1970; 0 for a run that is being deleted."""
    for path in (folder / "request.json", folder):
        try:
            return path.stat().st_mtime
        except OSError:
            continue
    return 0.0
