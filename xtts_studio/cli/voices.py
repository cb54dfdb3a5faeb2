"""`voices`: those that are here, those that were published, blends, and voices as files."""

import secrets
import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from xtts_studio import shapes, speakers
from xtts_studio.cli import console
from xtts_studio.errors import InvalidInput, NotFound
from xtts_studio.voice_file import SUFFIX, export_voice
from xtts_studio.workspace import written_whole

voices = typer.Typer(no_args_is_help=True, help="Voices: list them, blend them, take them along.")
_KINDS = {"clips": "clips", "blend": "blend", "studio": "published"}


@voices.command("list")
def list_voices() -> None:
    """List the voices that are here, with their scores (0 to 100) and what is wrong with their clips."""
    found = speakers.list_speakers(console.workspace())
    table = Table("Name", "Made of", "Duration", "Score", "Notes")
    for voice in found:
        made_of = ", ".join(f"{part.weight:g} {part.speaker}" for part in voice.blend) or _KINDS[voice.kind]
        duration = f"{voice.duration_s:.1f} s" if voice.duration_s else ""
        score = "" if voice.score is None else str(voice.score)
        table.add_row(voice.name, made_of, duration, score, " ".join(voice.notices))
    if found:
        console.out.print(table)
    else:
        console.out.print("There are no voices yet. Speak with a recording: xtts-studio speak … --voice FILE")


@voices.command("studio")
def studio(
    add: Annotated[str | None, typer.Option(help="Make a voice of this one.")] = None,
    name: Annotated[str | None, typer.Option(help="What to call it here; its own name when left out.")] = None,
) -> None:
    """List the voices that were published with the base model, or make one of them a voice."""
    workspace = console.workspace()
    if add is not None:
        body = console.request(shapes.StudioVoiceRequest, name=add, as_name=name)
        _tell(console.run("add_studio_voice", body, workspace, "Adding"))
        return
    names = speakers.studio_names(workspace)
    if names is None:
        names = console.run("studio_voices", shapes.StudioVoicesRequest(), workspace, "Reading").names
    for found in names:
        console.out.print(found, markup=False, highlight=False)
    if not names:
        console.say("None are here; they come with the base model: xtts-studio models pull xtts-v2 --accept-licence")


@voices.command("blend")
def blend(
    name: Annotated[str, typer.Argument(help="What to call the blend.")],
    parts: Annotated[
        list[str],
        typer.Argument(metavar="VOICE[=WEIGHT]...", help="Two to eight voices, and how much of each: Anna=2 Ben=1."),
    ],
) -> None:
    """Make a voice in between others. They are copied: it stays what it is when they are deleted."""
    body = console.request(shapes.BlendRequest, name=name, parts=[_part(part) for part in parts])
    _tell(console.run("blend", body, console.workspace(), "Blending"))


@voices.command("export")
def export(
    name: Annotated[str, typer.Argument(help="A voice of the workspace.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help=f"File to write; NAME{SUFFIX} here when left out.")
    ] = None,
) -> None:
    """Write a voice as one small file, for another studio."""
    workspace = console.workspace()
    voice = speakers.read_speaker(workspace, name)
    target = output or Path(voice.name + SUFFIX)
    if target.is_dir() or not target.parent.is_dir():
        raise InvalidInput(f"{str(target)!r} can't be written.", hint="Name a file in a folder that exists.")
    with written_whole(target) as temporary, temporary.open("wb") as file:
        export_voice(workspace.speaker(voice.name), file)
    console.out.print(
        f"{voice.name} is in {target} ({target.stat().st_size / 1e6:.1f} MB).", markup=False, soft_wrap=True
    )


@voices.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help=f"A file that was exported ({SUFFIX}).")],
    name: Annotated[str | None, typer.Option(help="What to call it here; its own name when left out.")] = None,
) -> None:
    """Make a voice of an exported file."""
    if not file.is_file():
        raise NotFound(f"There is no file {str(file)!r}.", hint=f"Name a file that was exported ({SUFFIX}).")
    workspace = console.workspace()
    workspace.incoming.mkdir(parents=True, exist_ok=True)
    incoming = workspace.incoming / secrets.token_hex(16)
    shutil.copyfile(file, incoming)
    body = console.request(shapes.ImportVoiceRequest, file=incoming.name, name=name)
    _tell(console.run("import_voice", body, workspace, "Importing"))


def _part(given: str) -> dict[str, object]:
    """`Anna=2`, `Anna=0.5` or `Anna`."""
    name, _, weight = given.partition("=")
    try:
        return {"speaker": name, "weight": float(weight or 1)}
    except ValueError:
        raise InvalidInput(f"{given!r} is no voice with a weight.", hint="Write for instance Anna=2 Ben=1.") from None


def _tell(voice: shapes.Speaker) -> None:
    for notice in voice.notices:
        console.say(f"Note: {notice}")
    console.out.print(f"The voice {voice.name} is ready.", markup=False)
