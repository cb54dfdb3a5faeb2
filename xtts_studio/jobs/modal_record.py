"""What a worker writes down of its job on the data volume, `jobs/<id>.json`: the truth that outlives Modal's answers.

Only the job's worker writes it. The next attempt reads there which run it has to go on with.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from xtts_studio import __version__
from xtts_studio.workspace import Workspace, check_id, read_json, write_json


@dataclass
class JobRecord:
    """`attempt` counts from 1; `run_id` and `checkpoint` are a training's; `answer` is there once the step ended."""

    job_id: str
    step: str
    attempt: int = 1
    version: str = __version__
    run_id: str | None = None
    checkpoint: str | None = None
    answer: dict[str, Any] | None = None

    def write(self, workspace: Workspace) -> None:
        """Writes it into the workspace; a commit of the volume makes it last."""
        write_json(record_path(workspace, self.job_id), asdict(self))


def record_path(workspace: Workspace, job_id: str) -> Path:
    """Where the record of a job lies."""
    return workspace.home / "data" / record_in_volume(job_id)


def record_in_volume(job_id: str) -> str:
    """The same, from the root of the data volume."""
    return f"jobs/{check_id(job_id, 'job id')}.json"


def next_attempt(workspace: Workspace, job_id: str, step: str) -> JobRecord:
    """The record for an attempt that begins now: a new one, or the one of the attempt before, gone on with."""
    try:
        before = JobRecord(**read_json(record_path(workspace, job_id)))
    except (OSError, ValueError, TypeError):
        return JobRecord(job_id, step)
    before.attempt, before.version, before.answer = before.attempt + 1, __version__, None
    return before
