"""What a run has left on the disk, for those who only look: light, and never put out by a damaged file.

data/runs/<id>/request.json plan.json forecast.json metrics.jsonl checkpoints/ auditions/ votes.json
"""

import itertools
import math
import re
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from filelock import Timeout
from pydantic import TypeAdapter, ValidationError

from xtts_studio.errors import Conflict, InvalidInput, NotFound
from xtts_studio.events import Metric
from xtts_studio.shapes import Forecast, KeptCheckpoint, Shape, TrainingPlan, Vote
from xtts_studio.training.auditions.files import read_auditions
from xtts_studio.training.records import lines
from xtts_studio.training.run_lock import run_lock
from xtts_studio.workspace import Workspace, read_json, write_json

MOST_POINTS = 200_000

_STEP = re.compile(r"step-(\d{1,18})")
_VOTES = TypeAdapter(list[Vote])
_voting = threading.Lock()
MOST_VOTES = 10_000
S = TypeVar("S", bound=Shape)


def run_folder(workspace: Workspace, run_id: str) -> Path:
    """The folder of a run. Raises `NotFound`, `InvalidInput`."""
    folder = workspace.run(run_id)
    if not folder.is_dir():
        raise NotFound(f"There is no run {run_id!r}.", hint="It was deleted, or never began.")
    return folder


def read_request(folder: Path) -> dict[str, Any]:
    """What was asked for, every setting filled; nothing where that can't be read."""
    request = _object(folder / "request.json").get("request")
    return request if isinstance(request, dict) else {}


def read_plan(folder: Path) -> TrainingPlan | None:
    return _shape(folder / "plan.json", TrainingPlan)


def read_forecast(folder: Path) -> Forecast | None:
    return _shape(folder / "forecast.json", Forecast)


def read_checkpoints(folder: Path) -> list[KeptCheckpoint]:
    """The checkpoints that are kept, in the order of their steps."""
    found = _checkpoints(folder)
    best = best_step(folder)
    return [
        KeptCheckpoint(
            step=step,
            resumable=(path / "moments.safetensors").is_file(),
            best=step == best,
            size_bytes=_size_bytes(path),
        )
        for step, path in sorted(found.items())
    ]


def checkpoint_path(folder: Path, step: int) -> Path:
    """Raises `NotFound` for a step whose checkpoint was not kept, naming those that were."""
    found = _checkpoints(folder)
    if step not in found:
        there = ", ".join(map(str, sorted(found))) or "none"
        raise NotFound(f"The run has no checkpoint of step {step}.", hint=f"It has kept: {there}.")
    return found[step]


def best_step(folder: Path) -> int | None:
    """The step that was the best so far, as the newest checkpoint knows it."""
    for _, path in sorted(_checkpoints(folder).items(), reverse=True):
        found = _object(path / "progress.json").get("best_step")
        if isinstance(found, int) and found >= 0:
            return found
    return None


def read_metrics(folder: Path, most: int = MOST_POINTS) -> list[Metric]:
    """The curves of a run, over all of its jobs. Lines that can't be read are passed over.

    Where there are more points than `most`, each curve that has more than its share of them is thinned out evenly.
    """
    path = folder / "metrics.jsonl"
    counts = Counter(point.name for point in _points(path))
    whole = counts.total() <= most
    share = max(1, most // max(1, len(counts)))
    strides = {name: 1 if whole else math.ceil(count / share) for name, count in counts.items()}
    seen: Counter[str] = Counter()
    kept: list[Metric] = []
    for point in _points(path):
        number = seen[point.name]
        seen[point.name] += 1
        if number % strides.get(point.name, 1) == 0:  # a curve that has begun since was not counted
            kept.append(point)
    return kept


def read_votes(folder: Path) -> list[Vote]:
    """What was preferred in blind comparisons, in the order it was said."""
    try:
        return _VOTES.validate_python(read_json(folder / "votes.json"))
    except (OSError, ValueError):
        return []


def add_vote(folder: Path, vote: Vote) -> list[Vote]:
    """Keeps a vote, with the time; gives all of them.

    Raises `NotFound` unless both steps have spoken the line, `InvalidInput` for a step beside itself.
    """
    if vote.step_a == vote.step_b:
        raise InvalidInput("A checkpoint can't be compared with itself.", hint="Choose two steps.")
    lines = {audition.step: len(audition.lines) for audition in read_auditions(folder)}
    for step in (vote.step_a, vote.step_b):
        if not 1 <= vote.line <= lines.get(step, 0):
            raise NotFound(f"There is no line {vote.line} of an audition at step {step}.")
    timed = vote.model_copy(update={"created_at": datetime.now(UTC).isoformat(timespec="seconds")})
    with _voting:
        _keep_damaged_votes(folder)
        votes = [*read_votes(folder), timed][-MOST_VOTES:]
        write_json(folder / "votes.json", [one.model_dump() for one in votes])
    return votes


def _keep_damaged_votes(folder: Path) -> None:
    """Puts votes that can't be read beside, under a name of their own, before new ones are written."""
    path = folder / "votes.json"
    try:
        _VOTES.validate_python(read_json(path))
    except FileNotFoundError:
        return
    except (ValueError, RecursionError):
        names = (folder / f"votes.damaged-{number}.json" for number in itertools.count(1))
        path.rename(next(name for name in names if not name.exists()))


def delete_run(folder: Path) -> None:
    """Removes a run and all it holds; models that were made of it stay. Raises `Conflict` while it is trained."""
    going = folder.with_name(f".{folder.name}.removed")
    shutil.rmtree(going, ignore_errors=True)
    try:
        with run_lock(folder):
            folder.rename(going)  # gone at once for everybody; the deleting may take its time
    except Timeout:
        raise Conflict(f"The run {folder.name} is being trained.", hint="Stop it first.") from None
    shutil.rmtree(going, ignore_errors=True)


def _checkpoints(folder: Path) -> dict[int, Path]:
    paths = (folder / "checkpoints").glob("step-*")
    return {int(named[1]): path for path in paths if (named := _STEP.fullmatch(path.name)) and path.is_dir()}


def _size_bytes(folder: Path) -> int:
    """Of the files in a folder, which may be removed meanwhile."""
    total = 0
    for path in folder.glob("*"):
        try:
            total += path.stat().st_size
        except OSError:
            continue
    return total


def _points(path: Path) -> Iterator[Metric]:
    try:
        with path.open("rb") as file:
            for line in file:
                point = lines.read(line)
                if point is not None:
                    yield point
    except OSError:
        return


def _shape(path: Path, kind: type[S]) -> S | None:
    try:
        content = _object(path)
        return kind.model_validate({name: value for name, value in content.items() if name in kind.model_fields})
    except ValidationError:
        return None


def _object(path: Path) -> dict[str, Any]:
    try:
        content = read_json(path)
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
