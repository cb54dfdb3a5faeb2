"""The entry point and the verbs serve and cut; files of their own hold the others."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from xtts_studio import __version__, shapes
from xtts_studio.cli import console
from xtts_studio.cli.book import book
from xtts_studio.cli.curation import fix, language, redo, undo, xray
from xtts_studio.cli.datasets import datasets
from xtts_studio.cli.models import model_verbs
from xtts_studio.cli.recordings import recordings
from xtts_studio.cli.speech import speak
from xtts_studio.cli.training import check, plan, train
from xtts_studio.cli.transcribing import transcribe, transcribe_here, transcript
from xtts_studio.cli.voices import voices
from xtts_studio.errors import Cancelled, StudioError

app = typer.Typer(
    name="xtts-studio",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="""From recordings of a voice to a model that speaks with it.

The whole way, on this machine:

    xtts-studio models pull xtts-v2 --accept-licence
    xtts-studio models pull base
    xtts-studio cut interview.mp3 --dataset anna --transcribe --language en
    xtts-studio train anna --name anna-v1
    xtts-studio speak "Good morning." --voice interview.mp3 --model anna-v1 --output morning.wav

Or in the browser: xtts-studio serve""",
)
_cutting = partial(console.option, shapes.ChunkRequest)


@app.command()
def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; beyond 127.0.0.1 set AUTH_PASSWORD first.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Start the studio: the page and the API, at http://localhost:3000 unless told otherwise."""
    from xtts_studio.server.serve import serve as start

    start(console.settings(XTTS_HOST=host, XTTS_PORT=port))


@app.command()
def cut(
    recording: Annotated[Path, typer.Argument(help="An audio file.")],
    dataset: Annotated[str, typer.Option(help="The dataset that the chunks are added to; made if there is none.")],
    start_s: Annotated[float | None, typer.Option("--start", help="Begin here (seconds).")] = None,
    end_s: Annotated[float | None, typer.Option("--end", help="End here (seconds).")] = None,
    min_duration_s: Annotated[float | None, _cutting("min_duration_s", "--min", "Shortest chunk (seconds).")] = None,
    target_duration_s: Annotated[
        float | None, _cutting("target_duration_s", "--target", "Duration to come close to (seconds).")
    ] = None,
    max_duration_s: Annotated[float | None, _cutting("max_duration_s", "--max", "Longest chunk (seconds).")] = None,
    threshold: Annotated[
        float | None, _cutting("threshold", "--threshold", "Probability from which on sound counts as speech, 0 to 1.")
    ] = None,
    transcribe: Annotated[bool, typer.Option(help="Transcribe the chunks afterwards.")] = False,
    language: Annotated[str | None, typer.Option(help="Language of the speech; recognised when left out.")] = None,
    whisper_model: Annotated[str, typer.Option(help="Whisper model to transcribe with.")] = "base",
) -> None:
    """Cut a recording at its pauses into chunks of a dataset."""
    workspace = console.workspace()
    source = console.ingest(recording, workspace)
    for notice in source.notices:
        console.say(f"Note: {notice}")
    body = console.request(
        shapes.ChunkRequest,
        recording_id=source.id,
        dataset=dataset,
        start_s=start_s,
        end_s=end_s,
        min_duration_s=min_duration_s,
        target_duration_s=target_duration_s,
        max_duration_s=max_duration_s,
        threshold=threshold,
    )
    result: shapes.ChunkResult = console.run("chunk", body, workspace, "Cutting")
    for notice in result.notices:
        console.say(f"Note: {notice}")
    added = f"{result.added} chunks ({result.duration_s:.1f} s) added to" if result.added else "No chunks added to"
    console.out.print(f"{added} {result.dataset}, which has {result.total} now.", markup=False)
    if transcribe:
        transcribe_here(workspace, dataset=result.dataset, language=language, whisper_model=whisper_model)


app.command()(transcribe)
recordings.command("transcript")(transcript)
for verb in (xray, fix, language, undo, redo):
    datasets.command()(verb)
app.command()(check)
app.command()(plan)
app.command()(train)
app.command()(speak)
app.command()(book)


@app.command()
def version() -> None:
    """Print the version."""
    console.out.print(__version__, highlight=False)


app.add_typer(model_verbs, name="models")
app.add_typer(recordings, name="recordings")
app.add_typer(voices, name="voices")
app.add_typer(datasets, name="datasets")


def main() -> None:
    """The entry point: errors a user can meet are printed as sentences, with exit status 1; Ctrl-C gives 130."""
    try:
        app()
    except StudioError as error:
        console.fail(error)
        sys.exit(1)
    except Cancelled:
        console.err.print("Stopped.")
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:
        console.fail(console.explained(error))
        sys.exit(1)
