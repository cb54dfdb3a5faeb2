"""`datasets`: those that are here, and datasets as files in the formats of others."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, get_args

import typer
from rich.table import Table

from xtts_studio import shapes
from xtts_studio.cli import console
from xtts_studio.dataset import store
from xtts_studio.dataset.exchange.exporting import export
from xtts_studio.dataset.exchange.reading import Format
from xtts_studio.dataset.exchange.writing import blocks
from xtts_studio.errors import InvalidInput, NotFound
from xtts_studio.events import Progress
from xtts_studio.workspace import Workspace, check_name, written_whole

datasets = typer.Typer(no_args_is_help=True, help="Datasets: list them, take them along, bring others in.")
_MOST_TOLD = 20


@datasets.command("list")
def list_datasets() -> None:
    """List the datasets that are here."""
    table = Table("Name", "Language", "Clips", "With text", "Dropped", "Minutes")
    for name in ("Clips", "With text", "Dropped", "Minutes"):
        next(column for column in table.columns if column.header == name).justify = "right"
    found = store.list_datasets(console.workspace())
    for one in found:
        counts = (one.chunk_count, one.transcribed_count, one.dropped_count)
        minutes = f"{one.duration_s / 60:.1f}"
        table.add_row(one.name, one.language or "", *(f"{count:,}" for count in counts), minutes)
    if found:
        console.out.print(table)
    else:
        console.out.print("There are no datasets yet. Make one: xtts-studio cut RECORDING --dataset NAME")


@datasets.command("export")
def export_(
    name: Annotated[str, typer.Argument(help="A dataset of the workspace.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Zip to write; NAME-FORMAT.zip here when left out.")
    ] = None,
    format: Annotated[
        str, typer.Option(help="zip (ours, with everything), ljspeech, coqui, audiofolder or parquet.")
    ] = "zip",
    dropped: Annotated[bool, typer.Option(help="Dropped clips, too; our own zip always has them.")] = False,
) -> None:
    """Write a dataset as a zip, for another studio or other programs."""
    chosen = export(console.workspace(), name, _known(format, get_args(Format)), dropped)
    target = output or Path(chosen.file_name)
    if target.is_dir() or not target.parent.is_dir():
        raise InvalidInput(f"{str(target)!r} can't be written.", hint="Name a file in a folder that exists.")
    whole = max(1, chosen.size_bytes)
    with (
        console.stoppable() as stopping,
        console.bar("Packing") as bar,
        written_whole(target) as temporary,
        temporary.open("wb") as file,
    ):
        report = stopping.heeded_by(bar)
        for block in blocks(chosen):
            file.write(block)
            report(Progress(min(1.0, file.tell() / whole), "Packing"))
    size = f"{target.stat().st_size / 1e6:,.1f} MB"
    console.out.print(f"{len(chosen.clips)} clips are in {target} ({size}).", markup=False, soft_wrap=True)


@datasets.command("import")
def import_(
    source: Annotated[Path, typer.Argument(help="A folder, a zip or a Parquet file.")],
    name: Annotated[str | None, typer.Option(help="The dataset to make, or to add to; else named as the file.")] = None,
    format: Annotated[str, typer.Option(help="auto, ljspeech, coqui, audiofolder, parquet or zip (ours).")] = "auto",
    language: Annotated[str | None, typer.Option(help="Language of the clips, where theirs is not told.")] = None,
) -> None:
    """Make a dataset of one in another format, or add its clips to one that is here."""
    if not source.exists():
        raise NotFound(f"There is no {str(source)!r}.", hint="Name a folder, a zip or a Parquet file.")
    workspace = console.workspace()
    formats = get_args(shapes.ImportDatasetRequest.model_fields["format"].annotation)
    with _linked(source, workspace) as incoming:
        body = console.request(
            shapes.ImportDatasetRequest,
            incoming=incoming,
            name=check_name(name or _called(source.resolve()), "dataset name"),
            file_name=source.name,
            format=_known(format, formats),
            language=_known(language, get_args(shapes.Language)) if language else None,
        )
        _tell(console.run("import_dataset", body, workspace, "Importing"))


@contextmanager
def _linked(source: Path, workspace: Workspace) -> Iterator[str]:
    """A link to the source in the folder for uploads, where the step looks; nothing is copied."""
    workspace.incoming.mkdir(parents=True, exist_ok=True)
    link = workspace.incoming / secrets.token_hex(16)
    link.symlink_to(source.resolve())
    try:
        yield link.name
    finally:
        link.unlink(missing_ok=True)


def _called(source: Path) -> str:
    """What a dataset is called that nobody has named."""
    return source.name if source.is_dir() else source.stem


def _tell(result: shapes.ImportDatasetResult) -> None:
    for notice in result.notices:
        console.say(f"Note: {notice}")
    if result.left_out:
        console.say(f"Left out: {len(result.left_out)}")
        for one in result.left_out[:_MOST_TOLD]:
            console.say(f"  {one.file}: {one.reason}")
        if len(result.left_out) > _MOST_TOLD:
            console.say(f"  … and {len(result.left_out) - _MOST_TOLD} more.")
    many = "1 clip was" if result.added == 1 else f"{result.added or 'No'} clips were"
    console.out.print(f"{many} added to {result.dataset} (format: {result.format}).", markup=False)


def _known(given: str, known: tuple[str, ...]) -> Any:
    if given not in known:
        raise InvalidInput(f"There is no {given!r} here.", hint=f"Choose {', '.join(known)}.")
    return given
