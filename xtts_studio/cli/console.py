"""Running a step in this process, with a progress bar on standard error."""

import hashlib
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import typer
from pydantic import BaseModel, ValidationError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from xtts_studio import events, threads
from xtts_studio.errors import Cancelled, DiskFull, InvalidInput, StudioError
from xtts_studio.settings import Settings
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
        task = progress.add_task(title, total=1.0)
        yield Bar(progress, task)
        progress.update(task, completed=1.0)


def settings(**given: Any) -> Settings:
    """The settings of the environment and, stronger, of options. Raises `InvalidInput` naming the variable."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise InvalidInput(_first(error)) from error


def workspace() -> Workspace:
    """The workspace that XTTS_HOME names."""
    return Workspace(settings().home)


def option(kind: type[BaseModel], field: str, *names: str) -> Any:
    """An option for a field of a request: `names` are its spellings and, last, its help; the default is shown."""
    default = kind.model_fields[field].default
    return typer.Option(*names[:-1], help=names[-1], show_default=False if default is None else f"{default:g}")


def request(kind: type[BaseModel], **fields: Any) -> Any:
    """A request from options; options left out (None) take the request's own defaults."""
    try:
        return kind(**{name: value for name, value in fields.items() if value is not None})
    except ValidationError as error:
        raise InvalidInput(_first(error)) from error


_OPTIONS = {
    "start_s": "start",
    "end_s": "end",
    "min_duration_s": "min",
    "target_duration_s": "target",
    "max_duration_s": "max",
    "run_id": "resume",
    "speaker": "voice",
    "sentence_pause_ms": "sentence-pause",
    "paragraph_pause_ms": "paragraph-pause",
    "loudness_lufs": "loudness",
}


def _first(error: ValidationError) -> str:
    """The first thing that doesn't fit, by the name of its option or variable."""
    problem = error.errors()[0]
    field = next((part for part in reversed(problem["loc"]) if isinstance(part, str)), "")  # of a list, its name
    if field in _OPTIONS or field.islower():
        field = "--" + _OPTIONS.get(field, field).replace("_", "-")
    found = repr(problem.get("input"))
    return f"{field}: {problem['msg']}, found {found if len(found) < 80 else found[:80] + '…'}."


class Stopping:
    """Ctrl-C while a step runs: the first ends it at its next report, so that it can keep what it has; the second at
    once."""

    def __init__(self) -> None:
        self.asked = False

    def __call__(self, signum: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        err.print("Stopping as soon as it can be done cleanly; Ctrl-C again stops at once.")

    def heeded_by(self, report: events.Report) -> events.Report:
        """`report`, raising `Cancelled` once somebody wants to stop."""

        def heeding(event: events.Event) -> None:
            report(event)
            if self.asked:
                raise Cancelled

        return heeding


@contextmanager
def stoppable() -> Iterator[Stopping]:
    """Takes Ctrl-C over as `Stopping`; the second one leaves as `Cancelled`, too."""
    stopping = Stopping()
    before = signal.signal(signal.SIGINT, stopping)
    try:
        yield stopping
    except KeyboardInterrupt:
        raise Cancelled from None
    finally:
        signal.signal(signal.SIGINT, before)


def run(name: str, body: BaseModel, workspace: Workspace, title: str, report: events.Report | None = None) -> Any:
    """Runs a step here and gives its result; `report` replaces the progress bar.

    Raises `Cancelled` after Ctrl-C.
    """
    threads.prepare()
    with stoppable() as stopping:
        function = STEPS[name].load()
        if report is not None:
            return function(body, workspace, stopping.heeded_by(report))
        with bar(title) as drawn:
            return function(body, workspace, stopping.heeded_by(drawn))


def ingest(path: Path, workspace: Workspace) -> Recording:
    """A recording of a file on this machine, or the one that has the same bytes already."""
    from xtts_studio import recordings

    if not path.is_file():
        found = "is no file" if path.exists() else "does not exist"
        raise InvalidInput(f"{str(path)!r} {found}.", hint="Name an audio file: WAV, MP3, FLAC, OGG, M4A, OPUS or AAC.")
    sha256 = _sha256(path)
    known = recordings.find_by_sha256(workspace, sha256)
    if known is not None:
        return known
    incoming = workspace.incoming / f"{sha256[:16]}-{os.getpid()}"
    incoming.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(path, incoming)
        name = os.fsencode(path.name).decode("utf-8", "replace")  # some file systems take names that are no text
        body = IngestRequest(incoming=incoming.name, name=name, sha256=sha256)
        recording: Recording = run("ingest", body, workspace, f"Reading {name}")
        return recording
    finally:
        incoming.unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def say(line: str) -> None:
    """A line for the person, on standard error; never broken, so that a command in it can be copied."""
    err.print(line, markup=False, highlight=False, soft_wrap=True)


def fail(error: StudioError) -> None:
    """Prints an error as a person reads it: what happened, then what to do."""
    err.print("Error:", style="bold red", end=" ")
    say(error.message)
    if error.hint:
        say(f"       {error.hint}")


def explained(error: OSError) -> StudioError:
    """What the operating system refused, as a sentence."""
    where = f" {str(error.filename)!r}" if error.filename else ""
    hint = "Check who may write there, or name another workspace with XTTS_HOME." if where else ""
    return DiskFull.of(error) or StudioError(f"The file system refused{where}: {error.strerror or error}.", hint=hint)
