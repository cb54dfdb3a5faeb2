"""Fine-tuning."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from xtts_studio.shapes.base import BASE_MODEL, Shape, Stored
from xtts_studio.shapes.datasets import Rejection

Method = Literal["full", "lora"]
"""All of the GPT is changed, or a small adapter beside it."""

TrainingPrecision = Literal["auto", "float32", "bfloat16", "float16", "int8"]
"""What products are computed in; `auto` is what the device multiplies fastest. `int8` is for adapters on a CPU."""

LoraTarget = Literal["attention", "mlp", "embeddings"]
PromptSource = Literal["same", "other", "both"]
"""Where the prompt of a clip is taken from: the clip itself, another clip of its dataset, or either."""


def _each_once(targets: list[LoraTarget]) -> list[LoraTarget]:
    return list(dict.fromkeys(targets))


class DatasetShare(Stored):
    """A further dataset of a run. `weight`: how often each of its clips is seen per epoch."""

    dataset: str
    weight: float = Field(1.0, gt=0, le=20)
    version: int | None = Field(None, ge=1, description="A saved state; else the present one.")


class TrainRequest(Shape):
    """Fine-tune a model on a dataset, or go on with a run that was stopped.

    What is left out is chosen by the recipe, from the size of the dataset and the method.
    """

    dataset: str
    name: str = Field(description="Name of the model that comes out.")
    base_model: str = BASE_MODEL
    method: Method = "full"
    dataset_weight: float = Field(1.0, gt=0, le=20, description="How often each clip of `dataset` is seen per epoch.")
    more_datasets: list[DatasetShare] = Field([], max_length=32)
    epochs: int | None = Field(None, ge=1, le=10_000)
    max_steps: int | None = Field(
        None, ge=1, description="Optimizer steps after which training ends, whatever the epochs say."
    )
    effective_batch: int | None = Field(None, ge=1, le=4096, description="Clips of one optimizer step.")
    batch_size: int | None = Field(
        None, ge=1, le=256, description="Clips computed at a time; as many as fit when left out."
    )
    grad_accumulation: int | None = Field(
        None, ge=1, le=1024, description="Batches of one step; instead of `effective_batch`."
    )
    learning_rate: float | None = Field(None, gt=0, le=1)
    lr_schedule: Literal["cosine", "constant"] | None = None
    warmup_steps: int | None = Field(None, ge=0, description="Steps over which the learning rate rises from 0.")
    weight_decay: float = Field(1e-2, ge=0, le=1)
    precision: TrainingPrecision = "auto"
    dropout: float | None = Field(
        None, ge=0, lt=1, description="As published (0.1) for full fine-tuning when left out, none beside an adapter."
    )
    gradient_checkpointing: bool | None = Field(
        None, description="Compute activations twice instead of keeping them: slower, less memory."
    )
    lora_rank: int = Field(16, ge=1, le=256)
    lora_alpha: float = Field(32.0, gt=0, le=1024)
    lora_dropout: float = Field(0.0, ge=0, lt=1)
    lora_targets: Annotated[list[LoraTarget], AfterValidator(_each_once)] = Field(
        ["attention", "mlp"], min_length=1, max_length=9
    )
    prompts: PromptSource | None = None
    eval_fraction: float = Field(0.15, ge=0, lt=1)
    save_every_steps: int | None = Field(None, ge=1, description="An epoch, but 200 steps at most, when left out.")
    keep_every_steps: int | None = Field(
        None, ge=1, description="Keep the weights of a checkpoint every so many steps; beside the best and the last."
    )
    audition: bool = Field(True, description="Speak the same sentences after each epoch, and score them.")
    audition_sentences: list[Annotated[str, Field(max_length=500)]] = Field(
        [], max_length=12, description="Our own for the language when left out."
    )
    audition_every_epochs: int = Field(1, ge=1)
    early_stop_after: int | None = Field(
        None, ge=0, description="Auditions without a better one after which training ends; 0: never."
    )
    model_precision: Literal["float32", "float16"] = Field(
        "float16", description="Of the weights of the model that comes out; 16 bits halve it."
    )
    new_tokens: int = Field(
        0, ge=0, le=8000, description="Entries to add to the vocabulary from the texts, for a language it lacks."
    )
    processes: int | None = Field(None, ge=1, le=64, description="One for each GPU when left out.")
    seed: int = Field(1, ge=0, lt=2**63)
    dataset_version: int | None = Field(
        None, ge=1, description="A saved state of the dataset; the present one, which is saved, when left out."
    )
    run_id: str | None = Field(None, description="The run to go on with; a new one when left out.")


class TrainResult(Shape):
    run_id: str
    model: str
    steps: int
    epochs: int
    best_step: int | None = Field(None, description="The checkpoint that became the model; None: the last.")
    stopped_early: bool = False
    train_loss: float = Field(allow_inf_nan=True)
    eval_loss: float | None = Field(allow_inf_nan=True)
    dataset_version: int
    usable: int
    rejected: list[Rejection]
    wall_s: float


# The recipe and what it will take


class Choice(Shape):
    """A setting of the recipe: its value, and the reason in a sentence."""

    setting: str
    value: Any
    reason: str


class TrainingFacts(Shape):
    """What the recipe is chosen from."""

    clips: int = Field(description="Clips that can be used, as far as a glance tells.")
    eval_clips: int = Field(description="Those of them that are only evaluated.")
    clips_per_epoch: int = Field(description="Clips that an epoch sees, by the weights of their datasets.")
    speech_s: float = Field(description="Of the usable clips, each once.")
    longest_s: float
    languages: list[str]
    in_vocabulary: bool = Field(True, description="Whether the base model speaks all of the languages.")


class TrainingPlan(Shape):
    """What a request will become: the facts, each choice with its reason, and what is asked of the disk."""

    facts: TrainingFacts
    choices: list[Choice]
    settings: dict[str, Any] = Field(description="The fields of the request as they will be used.")
    steps_per_epoch: int
    total_steps: int
    disk_bytes: int = Field(description="The most that the run and its model take on the disk.")
    disk_free_bytes: int
    notices: list[str] = []


class Forecast(Stored):
    """What a probe measured on this device, and what the whole run will take by it."""

    device: str
    precision: str
    batch_size: int
    gradient_checkpointing: bool
    step_s: float
    total_s: float
    memory_bytes: int = Field(description="The most memory in use: the process's on a CPU, the card's on a GPU.")
    memory_limit_bytes: int
    disk_bytes: int
    probe_s: float
    cost_usd: float | None = Field(None, description="On a rented GPU of a known price.")
    notices: list[str] = []


class ProbeRequest(Shape):
    """Measure what a training would take, without training."""

    training: TrainRequest
