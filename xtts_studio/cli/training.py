"""`check`, `plan` and `train`: from a dataset to a model."""

import shlex
from pathlib import PurePosixPath
from typing import Annotated, Any

import typer
from rich.table import Table

from xtts_studio import shapes
from xtts_studio.cli import console
from xtts_studio.cli.training_options import training_request, with_settings, words_of
from xtts_studio.cli.training_plan import show_forecast, show_plan
from xtts_studio.errors import Cancelled, StudioError
from xtts_studio.events import Artifact, Event
from xtts_studio.models import find_xtts
from xtts_studio.training.plan.planning import continued, planned, refuse_at_once
from xtts_studio.workspace import Workspace, read_json

_UNNAMED = "plan"


def check(
    dataset: Annotated[str, typer.Argument(help="The dataset.")],
    base_model: Annotated[str, typer.Option(help="The model it would be trained on.")] = shapes.BASE_MODEL,
) -> None:
    """Show which chunks of a dataset training will use, and why not the others."""
    body = shapes.CheckRequest(dataset=dataset, base_model=base_model)
    result: shapes.CheckResult = console.run("check", body, console.workspace(), "Checking")
    table = Table("Chunk", "Left out because")
    for rejection in result.rejected:
        table.add_row(rejection.file, rejection.reason)
    if result.rejected:
        console.out.print(table)
    console.out.print(f"{result.usable} of {result.total} chunks will train, {result.usable_s / 60:.1f} minutes.")


@with_settings
def plan(
    dataset: Annotated[str, typer.Argument(help="The dataset to train on.")],
    probe: Annotated[
        bool, typer.Option("--probe", help="Also measure on this machine how long it takes and how much memory.")
    ] = False,
    **settings: Any,
) -> None:
    """Show what a training would do: each setting with its reason, the steps, the room on the disk."""
    body, workspace = training_request(dataset, _UNNAMED, None, settings), console.workspace()
    show_plan(planned(body, workspace), console.out)
    if probe:
        forecast: shapes.Forecast = console.run("probe", shapes.ProbeRequest(training=body), workspace, "Measuring")
        show_forecast(forecast, console.out)


@with_settings
def train(
    dataset: Annotated[str, typer.Argument(help="The dataset to train on.")],
    name: Annotated[str, typer.Option(help="Name of the model that comes out.")],
    resume: Annotated[str | None, typer.Option(help="Go on with this run; its id is told when training stops.")] = None,
    **settings: Any,
) -> None:
    """Fine-tune XTTS v2 on a dataset. Ctrl-C stops at the next step and keeps a checkpoint to go on from.

    What you leave out is chosen by how much speech there is, and told with the reason before it starts.
    """
    body, workspace = training_request(dataset, name, resume, settings), console.workspace()
    find_xtts(workspace, continued(body, workspace).base_model)  # what is missing first of all
    refuse_at_once(body, workspace)
    show_plan(planned(body, workspace), console.err)
    result = _trained(body, workspace)
    evaluated = "" if result.eval_loss is None else f", evaluation loss {result.eval_loss:.4f}"
    console.out.print(f"Model {result.model}: {result.steps} steps, training loss {result.train_loss:.4f}{evaluated}.")
    if result.best_step not in (None, result.steps):
        console.out.print(f"It is the checkpoint of step {result.best_step}, which sounded best.")
    if result.rejected:
        console.out.print(f"{len(result.rejected)} chunks were left out; 'xtts-studio check {dataset}' says why.")
    console.say(f'Hear it: xtts-studio speak "Good morning." --model {shlex.quote(body.name)} --voice CLIP -o FILE')


def _trained(body: shapes.TrainRequest, workspace: Workspace) -> shapes.TrainResult:
    """Trains. Whatever ends it early, how to go on is told once there is a checkpoint."""
    checkpoints: list[PurePosixPath] = []
    try:
        with console.bar("Training") as bar:

            def report(event: Event) -> None:
                if isinstance(event, Artifact) and event.what == "checkpoint":
                    checkpoints.append(PurePosixPath(event.path))
                if isinstance(event, Artifact) and event.what == "run":
                    bar.progress.console.print(f"The run is {PurePosixPath(event.path).name}.")  # whatever ends it
                    forecast = workspace.home / event.path / "forecast.json"
                    if body.batch_size is None and forecast.exists():
                        show_forecast(shapes.Forecast.model_validate(read_json(forecast)), bar.progress.console)
                bar(event)

            result: shapes.TrainResult = console.run("train", body, workspace, "Training", report)
        return result
    except (Cancelled, StudioError) as error:
        run_id = checkpoints[-1].parts[2] if checkpoints else None  # data/runs/<id>/…
        if isinstance(error, Cancelled):
            run_id = run_id or body.run_id
        if run_id is not None:
            console.say(f"The run has a checkpoint. Go on with it: {_command(body, run_id)}")
        raise


def _command(body: shapes.TrainRequest, run_id: str) -> str:
    """The command that goes on with a run."""
    return shlex.join(["xtts-studio", "train", body.dataset, "--name", body.name, *words_of(body), "--resume", run_id])
