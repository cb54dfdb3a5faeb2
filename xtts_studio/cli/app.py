"""The verbs: serve, cut, transcribe, check, train, speak, models."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from xtts_studio import __version__, shapes
from xtts_studio.cli import console
from xtts_studio.cli.speech import speak
from xtts_studio.errors import Cancelled, StudioError
from xtts_studio.settings import Settings
from xtts_studio.workspace import Workspace

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
models = typer.Typer(no_args_is_help=True, help="The models on this machine: list them, fetch them.")


def _workspace() -> Workspace:
    return Workspace(Settings().home)


@app.command()
def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; beyond 127.0.0.1 set AUTH_PASSWORD first.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Start the studio: the page and the API, at http://localhost:3000 unless told otherwise."""
    from xtts_studio.server.serve import serve as start

    given = {"XTTS_HOST": host, "XTTS_PORT": port}
    start(Settings(**{name: value for name, value in given.items() if value is not None}))  # type: ignore[arg-type]


@app.command()
def cut(
    recording: Annotated[Path, typer.Argument(help="An audio file.")],
    dataset: Annotated[str, typer.Option(help="The dataset that the chunks are added to; made if there is none.")],
    start_s: Annotated[float | None, typer.Option("--start", help="Begin here (seconds).")] = None,
    end_s: Annotated[float | None, typer.Option("--end", help="End here (seconds).")] = None,
    min_duration_s: Annotated[float | None, typer.Option("--min", help="Shortest chunk (seconds).")] = None,
    target_duration_s: Annotated[
        float | None, typer.Option("--target", help="Duration to come close to (seconds).")
    ] = None,
    max_duration_s: Annotated[float | None, typer.Option("--max", help="Longest chunk (seconds).")] = None,
    threshold: Annotated[float | None, typer.Option(help="Speech probability that counts as speech, 0 to 1.")] = None,
    transcribe: Annotated[bool, typer.Option(help="Transcribe the chunks afterwards.")] = False,
    language: Annotated[str | None, typer.Option(help="Language of the speech; recognised when left out.")] = None,
    whisper_model: Annotated[str, typer.Option(help="Whisper model to transcribe with.")] = "base",
) -> None:
    """Cut a recording at its pauses into chunks of a dataset."""
    workspace = _workspace()
    source = console.ingest(recording, workspace)
    for notice in source.notices:
        console.err.print(f"Note: {notice}", markup=False)
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
        console.err.print(f"Note: {notice}", markup=False)
    console.out.print(
        f"{result.added} chunks added to {result.dataset} ({result.total} in all, {result.duration_s:.1f} s)."
    )
    if transcribe:
        _transcribe(workspace, dataset=result.dataset, language=language, whisper_model=whisper_model)


@app.command()
def transcribe(
    what: Annotated[str, typer.Argument(help="A dataset, or an audio file.")],
    language: Annotated[str | None, typer.Option(help="Language of the speech; recognised when left out.")] = None,
    whisper_model: Annotated[str, typer.Option(help="Whisper model: tiny, base, small, medium, large-v3, …")] = "base",
    overwrite: Annotated[bool, typer.Option(help="Also chunks that have a text already.")] = False,
) -> None:
    """Write down what is said: in a dataset's chunks, or in a file (printed to standard output)."""
    workspace = _workspace()
    if Path(what).is_file():
        source = console.ingest(Path(what), workspace)
        _transcribe(workspace, recording_ids=[source.id], language=language, whisper_model=whisper_model)
    else:
        _transcribe(workspace, dataset=what, language=language, whisper_model=whisper_model, overwrite=overwrite)


def _transcribe(workspace: Workspace, **fields: object) -> None:
    body = console.request(shapes.TranscribeRequest, **fields)
    result: shapes.TranscribeResult = console.run("transcribe", body, workspace, "Transcribing")
    for notice in result.notices:
        console.err.print(f"Note: {notice}", markup=False)
    for transcript in result.transcripts:
        console.out.print(transcript.text, markup=False, soft_wrap=True)
    if result.dataset is not None:
        languages = ", ".join(f"{name} {count}" for name, count in result.languages.items())
        console.out.print(f"{result.transcribed} chunks transcribed ({languages}), {result.empty} without words.")


@app.command()
def check(
    dataset: Annotated[str, typer.Argument(help="The dataset.")],
    base_model: Annotated[str, typer.Option(help="The model it would be trained on.")] = shapes.BASE_MODEL,
) -> None:
    """Show which chunks of a dataset training will use, and why not the others."""
    body = shapes.CheckRequest(dataset=dataset, base_model=base_model)
    result: shapes.CheckResult = console.run("check", body, _workspace(), "Checking")
    table = Table("Chunk", "Left out because")
    for rejection in result.rejected:
        table.add_row(rejection.file, rejection.reason)
    if result.rejected:
        console.out.print(table)
    console.out.print(f"{result.usable} of {result.total} chunks will train, {result.usable_s / 60:.1f} minutes.")


@app.command()
def train(
    dataset: Annotated[str, typer.Argument(help="The dataset to train on.")],
    name: Annotated[str, typer.Option(help="Name of the model that comes out.")],
    base_model: Annotated[str | None, typer.Option(help="The model to start from.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the dataset.")] = None,
    max_steps: Annotated[int | None, typer.Option(help="Optimizer steps after which to end.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Clips per step.")] = None,
    grad_accumulation: Annotated[int | None, typer.Option(help="Batches per optimizer step.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Learning rate.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of shuffling and dropout.")] = None,
    resume: Annotated[str | None, typer.Option(help="Go on with this run.")] = None,
) -> None:
    """Fine-tune XTTS v2 on a dataset. Ctrl-C stops at the next step and keeps a checkpoint to go on from."""
    body = console.request(
        shapes.TrainRequest,
        dataset=dataset,
        name=name,
        base_model=base_model,
        epochs=epochs,
        max_steps=max_steps,
        batch_size=batch_size,
        grad_accumulation=grad_accumulation,
        learning_rate=learning_rate,
        seed=seed,
        run_id=resume,
    )
    result: shapes.TrainResult = console.run("train", body, _workspace(), "Training")
    evaluated = "" if result.eval_loss is None else f", evaluation loss {result.eval_loss:.4f}"
    console.out.print(f"Model {result.model}: {result.steps} steps, training loss {result.train_loss:.4f}{evaluated}.")
    if result.rejected:
        console.out.print(f"{len(result.rejected)} chunks were left out; 'xtts-studio check {dataset}' says why.")


@models.command("list")
def list_models() -> None:
    """List the models that are here, and those that can be fetched."""
    from xtts_studio import library

    table = Table("Name", "Kind", "Here", "Size", "Licence")
    for model in library.list_models(_workspace()):
        size = f"{model.size_bytes / 1e6:,.0f} MB" if model.size_bytes else ""
        table.add_row(model.name, model.kind, "yes" if model.present else "", size, model.licence or "")
    console.out.print(table)


@models.command("pull")
def pull(
    name: Annotated[str, typer.Argument(help="xtts-v2, or a Whisper model: tiny, base, small, medium, large-v3, …")],
    source: Annotated[str | None, typer.Option("--from", help="A folder on this machine, or another base URL.")] = None,
    accept_licence: Annotated[
        bool, typer.Option(help="Accept the model's licence (shown by 'models licence').")
    ] = False,
) -> None:
    """Fetch a model, going on where an earlier download was cut; every file is checked."""
    body = shapes.PullRequest(name=name, source=source or Settings().hub_url, accept_licence=accept_licence)
    result: shapes.PullResult = console.run("pull", body, _workspace(), f"Fetching {name}")
    for notice in result.notices:
        console.err.print(f"Note: {notice}", markup=False)
    console.out.print(f"{result.name} is in {result.path} ({result.size_bytes / 1e6:,.0f} MB).", soft_wrap=True)


@models.command("licence")
def licence() -> None:
    """Show the licence of the base model's weights."""
    from xtts_studio import library

    console.out.print(library.LICENCE_TEXT, markup=False)


@app.command()
def version() -> None:
    """Print the version."""
    console.out.print(__version__, highlight=False)


app.command()(speak)
app.add_typer(models, name="models")


def main() -> None:
    """The entry point: errors a user can meet are printed as sentences, with exit status 1; Ctrl-C gives 130."""
    try:
        app()
    except StudioError as error:
        console.fail(error)
        sys.exit(1)
    except (KeyboardInterrupt, Cancelled):
        console.err.print("Stopped.")
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)
