"""How much a run writes at the most, told before it begins and without loading a model. Needs no torch."""

from xtts_studio.shapes import TrainRequest
from xtts_studio.training.plan.bases import PUBLISHED_BYTES

_GPT_SHARE = 0.95  # of the weights of a model; 1.76 of 1.87 GB
_CHANNELS = 1024
_ADAPTER_NUMBERS = {"attention": 184_320, "mlp": 307_200, "embeddings": 9_755}  # for each rank, in XTTS v2
_BYTES = {"float32": 4, "float16": 2}
_STATES = 3  # weights and both moments
_LAST_CHECKPOINTS = 2  # the last, and the one that is about to take its place
_LINES, _LINE_BYTES = 8, 500_000  # of an audition: ten seconds of 24 kHz PCM16 each
_NOTES_BYTES, _NOTES_STEP_BYTES = 5_000_000, 1_000  # what else lies there; metrics and their event files, a step


def disk_bytes(settled: TrainRequest, model_file_bytes: int, total_steps: int) -> int:
    """The most that a run and its model take: checkpoints, kept weights, auditions, the published model.

    `model_file_bytes`: of the base model's weights, 32 bits each; of these the GPT, which is trained, is a known share.
    """
    weights = trained_bytes(settled, model_file_bytes)
    kept = total_steps // settled.keep_every_steps if settled.keep_every_steps else 0
    checkpoints = weights * (_LAST_CHECKPOINTS * _STATES + 1 + kept)
    return checkpoints + _published(settled, model_file_bytes) + _auditions(settled) + _notes(total_steps)


def trained_bytes(settled: TrainRequest, model_file_bytes: int) -> int:
    """What is trained, and what a checkpoint holds of weights."""
    if settled.method == "full":
        return round(model_file_bytes * _GPT_SHARE) + _new_rows(settled)
    per_rank = sum(_ADAPTER_NUMBERS[target] for target in set(settled.lora_targets))
    return round(4 * settled.lora_rank * per_rank * model_file_bytes / PUBLISHED_BYTES)


def _published(settled: TrainRequest, model_file_bytes: int) -> int:
    if settled.method == "lora":
        return trained_bytes(settled, model_file_bytes)
    whole = model_file_bytes + _new_rows(settled)
    return whole * _BYTES[settled.model_precision] // 4


def _new_rows(settled: TrainRequest) -> int:
    """A row in the table of texts and one in the text head for each new entry of the vocabulary."""
    return settled.new_tokens * 2 * 4 * _CHANNELS


def _auditions(settled: TrainRequest) -> int:
    if not settled.audition:
        return 0
    lines = len(settled.audition_sentences) or _LINES
    return (1 + (settled.epochs or 1) // settled.audition_every_epochs) * lines * _LINE_BYTES


def _notes(total_steps: int) -> int:
    return _NOTES_BYTES + total_steps * _NOTES_STEP_BYTES
