"""Running a step in this process, with a progress bar on standard error."""

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from xtts_studio import events
from xtts_studio.errors import InvalidInput, StudioError
from xtts_studio.shapes import IngestRequest, Recording
from xtts_studio.steps import STEPS
from xtts_studio.workspace import Workspace

out = Console()
err = Console(stderr=True)


class Bar:
    """Draws the events of a step: a bar for progress, a line for each log, the last value of each metric."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self.progress, self.task = progress, task
        self.metrics: dict[str, float] = {}

    def __call__(self, event: events.Event) -> None:
        match event:
            case events.Progress(fraction, message):
                text = f"{message}  {self._numbers()}".rstrip()
                self.progress.update(self.task, completed=fraction, description=text)
            case events.Log(message, level):
                self.progress.console.print(message, style="yellow" if level == "warning" else "", markup=False)
            case events.Metric(_, name, value):
                self.metrics[name] = value
            case _:
                pass

    def _numbers(self) -> str:
        shown = ("loss", "train_loss", "eval_loss")
        return "  ".join(f"{name} {self.metrics[name]:.4f}" for name in shown if name in self.metrics)


@contextmanager
def bar(title: str) -> Iterator[Bar]:
    """A progress bar on standard error, so that standard output stays free for results."""
    columns = (
        BarColumn(24),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=err) as progress:
        yield Bar(progress, progress.add_task(title, total=1.0))


def request(kind: type[BaseModel], **fields: Any) -> Any:
    """A request from options; options left out (None) take the request's own defaults."""
    try:
        return kind(**{name: value for name, value in fields.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        option = str(first["loc"][-1]).replace("_", "-") if first["loc"] else "request"
        raise InvalidInput(f"--{option}: {first['msg']}, found {first.get('input')!r}.") from error


def run(name: str, body: BaseModel, workspace: Workspace, title: str, report: events.Report | None = None) -> Any:
    """Runs a step here and gives its result; `report` replaces the progress bar."""
    function = STEPS[name].load()
    if report is not None:
        return function(body, workspace, report)
    with bar(title) as drawn:
        return function(body, workspace, drawn)


def ingest(path: Path, workspace: Workspace) -> Recording:
    """A recording of a file on this machine, or the one that has the same bytes already."""
    from xtts_studio import recordings

    if not path.is_file():
        raise InvalidInput(
            f"There is no file {str(path)!r}.", hint="Name an audio file: WAV, MP3, FLAC, OGG, M4A, OPUS or AAC."
        )
    sha256 = _sha256(path)
    known = recordings.find_by_sha256(workspace, sha256)
    if known is not None:
        return known
    incoming = workspace.incoming / f"{sha256[:16]}-{os.getpid()}"
    incoming.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, incoming)
    body = IngestRequest(incoming=incoming.name, name=path.name, sha256=sha256)
    recording: Recording = run("ingest", body, workspace, f"Reading {path.name}")
    return recording


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fail(error: StudioError) -> None:
    """Prints an error as a person reads it: what happened, then what to do."""
    err.print(f"[bold red]Error:[/] {_plain(error.message)}")
    if error.hint:
        err.print(f"       {_plain(error.hint)}")


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


def is_terminal() -> bool:
    """Whether a person is looking, rather than a pipe."""
    return sys.stdout.isatty()
