"""`models`: list them, fetch them, export them for other programs, make them of checkpoints, remove them."""

import shutil
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from xtts_studio import shapes
from xtts_studio.cli import console

model_verbs = typer.Typer(
    no_args_is_help=True, help="The models on this machine: list them, fetch them, export them, remove them."
)
_exporting = partial(console.option, shapes.ExportModelRequest)


@model_verbs.command("list")
def list_models() -> None:
    """List the models that are here, and those that can be fetched."""
    from xtts_studio import models

    table = Table("Name", "Kind", "Here", "Size", "Licence")
    for model in models.list_models(console.workspace()):
        size = f"{model.size_bytes / 1e6:,.0f} MB" if model.size_bytes else ""
        table.add_row(model.name, model.kind, "yes" if model.present else "", size, model.licence or "")
    console.out.print(table)


@model_verbs.command("pull")
def pull(
    name: Annotated[str, typer.Argument(help="xtts-v2, or a Whisper model: tiny, base, small, medium, large-v3, …")],
    source: Annotated[str | None, typer.Option("--from", help="A folder on this machine, or another base URL.")] = None,
    accept_licence: Annotated[
        bool, typer.Option(help="Accept the model's licence (shown by 'models licence').")
    ] = False,
) -> None:
    """Fetch a model, going on where an earlier download was cut; every file is checked."""
    body = shapes.PullRequest(name=name, source=source or console.settings().hub_url, accept_licence=accept_licence)
    result: shapes.PullResult = console.run("pull", body, console.workspace(), f"Fetching {name}")
    for notice in result.notices:
        console.say(f"Note: {notice}")
    console.out.print(f"{result.name} is in {result.path} ({result.size_bytes / 1e6:,.0f} MB).", soft_wrap=True)


@model_verbs.command("export")
def export(
    name: Annotated[str, typer.Argument(help="The model; an adapter is merged with its base.")],
    layout: Annotated[
        str, typer.Option(help="The program it is for: coqui, xtts-api-server, alltalk, ebook2audiobook, xtts-studio.")
    ] = "coqui",
    strength: Annotated[
        float | None, _exporting("strength", "--strength", "0 is the base model, 1 the model as trained; up to 1.2.")
    ] = None,
    precision: Annotated[
        str, typer.Option(help="Of the weights: float32; float16 or bfloat16 halve them.")
    ] = "float32",
    voice: Annotated[
        str | None, typer.Option(help="The voice whose clip goes along; else a clip of the dataset.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The zip to write; else data/exports/NAME-LAYOUT.zip.")
    ] = None,
) -> None:
    """Write a model as another program wants it: one zip, which is loaded and tested before it is there."""
    workspace = console.workspace()
    body = console.request(
        shapes.ExportModelRequest, model=name, layout=layout, strength=strength, precision=precision, speaker=voice
    )
    result: shapes.ExportModelResult = console.run("export_model", body, workspace, f"Exporting {name}")
    for notice in result.notices:
        console.say(f"Note: {notice}")
    path = workspace.home / result.file
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, output)
        path = output
    console.out.print(f"{path} ({result.size_bytes / 1e6:,.0f} MB). Its README.txt says where it goes.", soft_wrap=True)


@model_verbs.command("publish")
def publish(
    run_id: Annotated[str, typer.Argument(help="The training run.")],
    step: Annotated[int, typer.Option(help="The kept checkpoint, by its optimizer steps.")],
    name: Annotated[str, typer.Option(help="Name of the model that comes out.")],
) -> None:
    """Make a model of a checkpoint that a run has kept."""
    body = console.request(shapes.PublishRequest, run_id=run_id, step=step, name=name)
    result: shapes.PublishResult = console.run("publish", body, console.workspace(), f"Publishing step {step}")
    console.out.print(f"Model {result.name}: step {result.step}, {result.size_bytes / 1e6:,.0f} MB.", markup=False)


@model_verbs.command("remove")
def remove(name: Annotated[str, typer.Argument(help="The model.")]) -> None:
    """Delete a model from this machine. Its exports stay."""
    from xtts_studio import models

    models.remove(console.workspace(), name)
    console.out.print(f"{name} is deleted.", markup=False)


@model_verbs.command("licence")
def licence() -> None:
    """Show the licence of the base model's weights."""
    from xtts_studio import models

    console.out.print(models.LICENCE_TEXT, markup=False)
