"""The options of `train` and `plan`: one for each setting of a training, in groups, made from a table."""

import inspect
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import typer

from xtts_studio import shapes
from xtts_studio.cli import console
from xtts_studio.errors import InvalidInput

_DATA, _STEPS, _ADAPTER = "What is learned from", "Steps", "Adapter (--method lora)"
_AUDITIONS, _OUTPUT, _MACHINE = "Auditions", "Checkpoints and the model", "This machine"
_RECIPE = "Left out: the recipe's choice."
F = TypeVar("F", bound=Callable[..., None])


@dataclass(frozen=True)
class _Setting:
    """A setting and what its option says."""

    field: str
    help: str
    panel: str | None = None


_SETTINGS = (
    _Setting("base_model", "The model to start from."),
    _Setting("method", "full: all of the GPT learns; lora: a small adapter beside it, faster and in less memory."),
    _Setting("epochs", f"Passes over the dataset. {_RECIPE}"),
    _Setting("learning_rate", f"Learning rate. {_RECIPE}"),
    _Setting("effective_batch", f"Clips of one step. {_RECIPE}"),
    _Setting("more_datasets", "A further dataset, as NAME or NAME=WEIGHT; may be given several times.", _DATA),
    _Setting("dataset_weight", "How often each clip of the first dataset is seen per epoch.", _DATA),
    _Setting("dataset_version", "A saved state of the dataset. Left out: the present one.", _DATA),
    _Setting("eval_fraction", "Share of the clips that is only evaluated.", _DATA),
    _Setting("prompts", f"Prompts of a clip: same (itself), other (another clip) or both. {_RECIPE}", _DATA),
    _Setting("new_tokens", "Entries to add to the vocabulary, for a language that it lacks.", _DATA),
    _Setting("max_steps", "Steps after which to end, whatever the epochs say.", _STEPS),
    _Setting("lr_schedule", f"cosine or constant. {_RECIPE}", _STEPS),
    _Setting("warmup_steps", f"Steps over which the learning rate rises. {_RECIPE}", _STEPS),
    _Setting("weight_decay", "Weight decay.", _STEPS),
    _Setting("dropout", "Share of activations dropped. Left out: 0.1, beside an adapter none.", _STEPS),
    _Setting("seed", "Decides order, prompts and dropout.", _STEPS),
    _Setting("lora_rank", "Rank: more learns more, and takes more room.", _ADAPTER),
    _Setting("lora_alpha", "Scale of the adapter, divided by its rank.", _ADAPTER),
    _Setting("lora_dropout", "Share of the adapter's inputs dropped.", _ADAPTER),
    _Setting("lora_targets", "attention, mlp, embeddings; may be given several times.", _ADAPTER),
    _Setting("audition", "Speak the same sentences after each epoch, and score them.", _AUDITIONS),
    _Setting("audition_sentences", "A sentence of your own; may be given several times.", _AUDITIONS),
    _Setting("audition_every_epochs", "Epochs from one audition to the next.", _AUDITIONS),
    _Setting("early_stop_after", f"Auditions without a better one that end training; 0: none. {_RECIPE}", _AUDITIONS),
    _Setting("save_every_steps", f"How often a checkpoint is written. {_RECIPE}", _OUTPUT),
    _Setting("keep_every_steps", "Keep the weights of a checkpoint every so many steps.", _OUTPUT),
    _Setting("model_precision", "Weights of the model that comes out: float32 or float16.", _OUTPUT),
    _Setting("batch_size", "Clips computed at a time. Left out: as many as fit into memory.", _MACHINE),
    _Setting("grad_accumulation", "Batches that make one step; instead of --effective-batch.", _MACHINE),
    _Setting("precision", "What products are computed in: auto, float32, bfloat16, float16, int8.", _MACHINE),
    _Setting("gradient_checkpointing", "Compute activations twice. Left out: where it has to be.", _MACHINE),
    _Setting("processes", "Processes that train together. Left out: one for each GPU.", _MACHINE),
)


def with_settings(function: F) -> F:
    """Gives a verb, which takes them as `**settings`, an option for each setting; those left out are None."""
    own = [one for one in inspect.signature(function).parameters.values() if one.kind is not one.VAR_KEYWORD]
    made = [_parameter(setting) for setting in _SETTINGS]
    together = [
        *(one for one in own if one.default is one.empty),
        *(one for one in own if one.default is not one.empty),
    ]
    together = [one.replace(kind=inspect.Parameter.POSITIONAL_OR_KEYWORD) for one in (*together, *made)]
    function.__signature__ = inspect.Signature(together)  # type: ignore[attr-defined]
    function.__annotations__ = {one.name: one.annotation for one in together}
    return function


def training_request(dataset: str, name: str, run_id: str | None, settings: dict[str, Any]) -> shapes.TrainRequest:
    """A request from the options; raises `InvalidInput` naming the option that doesn't fit."""
    given = {field: value for field, value in settings.items() if value not in (None, [])}
    if "more_datasets" in given:
        given["more_datasets"] = [_share(text) for text in given["more_datasets"]]
    request: shapes.TrainRequest = console.request(
        shapes.TrainRequest, dataset=dataset, name=name, run_id=run_id, **given
    )
    return request


def words_of(request: shapes.TrainRequest) -> list[str]:
    """The options that were given, as they would be typed again."""
    words: list[str] = []
    for field in sorted(request.model_fields_set - {"dataset", "name", "run_id"}):
        flag, value = field.replace("_", "-"), getattr(request, field)
        if isinstance(value, bool):
            words.append(f"--{flag}" if value else f"--no-{flag}")
        elif isinstance(value, list):
            words += [word for item in value for word in (f"--{flag}", _text(item))]
        elif value is not None:
            words += [f"--{flag}", str(value)]
    return words


def _text(item: object) -> str:
    return f"{item.dataset}={item.weight:g}" if isinstance(item, shapes.DatasetShare) else str(item)


def _share(text: str) -> shapes.DatasetShare:
    name, given, weight = text.rpartition("=")
    if not given:
        return shapes.DatasetShare(dataset=text)
    try:
        share: shapes.DatasetShare = console.request(shapes.DatasetShare, dataset=name, weight=float(weight))
    except ValueError:
        raise InvalidInput(f"--more-datasets: {weight!r} is no weight.", hint="Write NAME or NAME=0.5.") from None
    return share


def _parameter(setting: _Setting) -> inspect.Parameter:
    field = shapes.TrainRequest.model_fields[setting.field]
    kind = _typed(field.annotation)
    flag = f"--{setting.field.replace('_', '-')}"
    names = f"{flag}/--no-{flag[2:]}" if kind is bool else flag
    default = field.get_default(call_default_factory=True)
    option = typer.Option(names, help=setting.help, show_default=_shown(default), rich_help_panel=setting.panel)
    return inspect.Parameter(
        setting.field, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option]
    )


def _shown(default: object) -> str | bool:
    if isinstance(default, bool):
        return "yes" if default else "no"
    if isinstance(default, float):
        return f"{default:g}"
    if isinstance(default, list):
        return ", ".join(map(str, default)) or False
    return False if default is None else str(default)


def _typed(annotation: Any) -> Any:
    """What the command line reads: a text for one of several words, texts for a list."""
    kinds = [annotation]
    if get_origin(annotation) in (Union, types.UnionType):
        kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
    (kind,) = kinds
    if get_origin(kind) is list:
        return list[str]
    return str if get_origin(kind) is Literal else kind
