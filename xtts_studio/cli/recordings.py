"""`recordings`: files of this machine as recordings of the workspace, and those that are there."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from xtts_studio import recordings as kept, shapes
from xtts_studio.cli import console
from xtts_studio.errors import StudioError

recordings = typer.Typer(no_args_is_help=True, help="Recordings: add files, list them.")


@recordings.command("add")
def add(files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Audio files.")]) -> None:
    """Add audio files as recordings. One that is there already stays as it is; what is no sound is explained."""
    workspace = console.workspace()
    there = {one.id for one in kept.list_recordings(workspace)}
    refused = 0
    for path in files:
        try:
            _tell(console.ingest(path, workspace), there)
        except StudioError as error:
            refused += 1
            console.fail(error)
    if refused:
        raise typer.Exit(1)


def _tell(recording: shapes.Recording, there: set[str]) -> None:
    again = " (was there already)" if recording.id in there else ""
    console.out.print(f"{recording.id}  {_clock(recording.duration_s)}  {recording.name}{again}", markup=False)
    for notice in recording.notices:
        console.say(f"Note: {recording.name}: {notice}")
    there.add(recording.id)


@recordings.command("list")
def list_recordings() -> None:
    """List the recordings that are here, newest first."""
    found = kept.list_recordings(console.workspace())
    table = Table("Id", "Duration", "Name", "Notes")
    for one in found:
        table.add_row(one.id, _clock(one.duration_s), escape(one.name), " ".join(one.notices))
    if found:
        console.out.print(table)
    else:
        console.out.print("There are no recordings yet. Add some: xtts-studio recordings add FILE …")


def _clock(duration_s: float) -> str:
    """Hours, minutes and seconds: 1:02:03."""
    minutes, seconds = divmod(round(duration_s), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
