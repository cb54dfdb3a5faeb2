"""`check` and `train`: from a dataset to a model."""

import shlex
from functools import partial
from pathlib import PurePosixPath
from typing import Annotated

import typer
from rich.table import Table

from xtts_studio import shapes
from xtts_studio.cli import console
from xtts_studio.errors import Cancelled, StudioError
from xtts_studio.events import Artifact, Event

_training = partial(console.option, shapes.TrainRequest)


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


def train(
    dataset: Annotated[str, typer.Argument(help="The dataset to train on.")],
    name: Annotated[str, typer.Option(help="Name of the model that comes out.")],
    base_model: Annotated[
        str | None, typer.Option(help="The model to start from.", show_default=shapes.BASE_MODEL)
    ] = None,
    epochs: Annotated[int | None, _training("epochs", "--epochs", "Passes over the dataset.")] = None,
    max_steps: Annotated[
        int | None, _training("max_steps", "--max-steps", "Steps after which to end, whatever the epochs say.")
    ] = None,
    batch_size: Annotated[
        int | None, _training("batch_size", "--batch-size", "Chunks at a time; less needs less memory.")
    ] = None,
    grad_accumulation: Annotated[
        int | None, _training("grad_accumulation", "--grad-accumulation", "Batches that make one step.")
    ] = None,
    learning_rate: Annotated[float | None, _training("learning_rate", "--learning-rate", "Learning rate.")] = None,
    warmup_steps: Annotated[
        int | None, _training("warmup_steps", "--warmup-steps", "Steps over which the learning rate rises.")
    ] = None,
    weight_decay: Annotated[float | None, _training("weight_decay", "--weight-decay", "Weight decay.")] = None,
    eval_fraction: Annotated[
        float | None, _training("eval_fraction", "--eval-fraction", "Share of the chunks that is only evaluated.")
    ] = None,
    save_every_steps: Annotated[
        int | None, _training("save_every_steps", "--save-every-steps", "How often a checkpoint is written.")
    ] = None,
    seed: Annotated[int | None, _training("seed", "--seed", "Decides order and dropout.")] = None,
    resume: Annotated[str | None, typer.Option(help="Go on with this run; its id is told when training stops.")] = None,
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
        warmup_steps=warmup_steps,
        weight_decay=weight_decay,
        eval_fraction=eval_fraction,
        save_every_steps=save_every_steps,
        seed=seed,
        run_id=resume,
    )
    result = _trained(body)
    evaluated = "" if result.eval_loss is None else f", evaluation loss {result.eval_loss:.4f}"
    console.out.print(f"Model {result.model}: {result.steps} steps, training loss {result.train_loss:.4f}{evaluated}.")
    if result.rejected:
        console.out.print(f"{len(result.rejected)} chunks were left out; 'xtts-studio check {dataset}' says why.")
    console.say(f'Hear it: xtts-studio speak "Good morning." --model {shlex.quote(body.name)} --voice CLIP -o FILE')


def _trained(body: shapes.TrainRequest) -> shapes.TrainResult:
    """Trains. Whatever ends it early, how to go on is told once there is a checkpoint."""
    checkpoints: list[PurePosixPath] = []
    try:
        with console.bar("Training") as bar:

            def report(event: Event) -> None:
                if isinstance(event, Artifact) and event.what == "checkpoint":
                    checkpoints.append(PurePosixPath(event.path))
                bar(event)

            result: shapes.TrainResult = console.run("train", body, console.workspace(), "Training", report)
        return result
    except (Cancelled, StudioError) as error:
        run_id = checkpoints[-1].parts[2] if checkpoints else None  # data/runs/<id>/…
        if isinstance(error, Cancelled):
            run_id = run_id or body.run_id
        if run_id is not None:
            console.say(f"The run has a checkpoint. Go on with it: {_command(body, run_id)}")
        raise


def _command(body: shapes.TrainRequest, run_id: str) -> str:
    """The command that goes on with a run: it needs the settings the run began with."""
    words = ["xtts-studio", "train", body.dataset, "--name", body.name]
    for field in sorted(body.model_fields_set - {"dataset", "name", "run_id"}):
        words += [f"--{field.replace('_', '-')}", str(getattr(body, field))]
    return shlex.join([*words, "--resume", run_id])
