"""The rules of the recipe: one function a setting, which gives its value and why.

What a request names is taken as it is. The rest goes by how much speech there is, how many clips it comes in, whether
all of the model learns or an adapter, and whether the base model speaks the language. Needs no torch.
"""

import math
from dataclasses import dataclass
from typing import Any

from xtts_studio.errors import InvalidInput
from xtts_studio.shapes import Choice, TrainingFacts, TrainRequest

GIVEN = "You chose it."
FULL_RATE, LORA_RATE = 5e-6, 1e-4
"""Learning rates for little speech: that of XTTS v2's own recipe, and what an adapter's few weights need."""

_MINUTE_S, _HOUR_S = 60.0, 3600.0
_LITTLE_S = 10 * _MINUTE_S
_BATCHES = ((16, 1), (80, 2), (240, 4), (640, 8), (4_000, 16), (20_000, 32))  # fewer clips an epoch than: batch
_LARGEST_BATCH = 64
_MOST_GIVEN_BATCH = 4096
_EPOCHS = ((20, 10), (60, 8), (180, 6), (600, 5), (1_800, 3))  # less speech than (minutes): epochs
_FEWEST_EPOCHS = 2
_ADAPTER_EPOCHS = 1.5
_FEWEST_STEPS, _MOST_EPOCHS_FOR_STEPS = 100, 30
_MOST_STEPS = 50_000
_MOST_EPOCHS = 10_000
_WARMUP_SHARE, _MOST_WARMUP = 0.05, 500
_MOST_BETWEEN_SAVES = 200
_FEWEST_FOR_OTHER_PROMPTS = 8
_BATCH_BESIDE_ACCUMULATION = 4


@dataclass(frozen=True)
class Case:
    """What is asked, and what there is."""

    request: TrainRequest
    facts: TrainingFacts

    @property
    def is_adapter(self) -> bool:
        return self.request.method == "lora"

    @property
    def has_little(self) -> bool:
        return self.facts.speech_s < _LITTLE_S

    @property
    def train_clips(self) -> int:
        return self.facts.clips - self.facts.eval_clips


def speech(seconds: float) -> str:
    """40 -> "40 seconds", 725 -> "12 minutes", 10 000 -> "2.8 hours"."""
    if seconds < 2 * _MINUTE_S:
        return f"{seconds:.0f} seconds"
    return f"{seconds / _MINUTE_S:.0f} minutes" if seconds < 2 * _HOUR_S else f"{seconds / _HOUR_S:.1f} hours"


def effective_batch(case: Case) -> Choice:
    """Clips of a step: few where there are few clips, so that an epoch has steps enough to learn by."""
    request, clips = case.request, case.facts.clips_per_epoch
    if request.effective_batch is not None:
        return _given("effective_batch", request.effective_batch)
    if request.batch_size is not None or request.grad_accumulation is not None:
        return _multiplied(request)
    size = next((size for below, size in _BATCHES if clips < below), _LARGEST_BATCH)
    steps = math.ceil(clips / size)
    if size == 1:
        why = f"With {_clips(clips)} an epoch, each makes a step of its own."
    elif size <= 8:
        why = f"{clips} clips an epoch: {size} a step make {steps} steps; more at a time would leave few."
    else:
        why = f"{clips} clips an epoch: {size} a step are steadier, and still leave {steps} steps."
    return Choice(setting="effective_batch", value=size, reason=why)


def _multiplied(request: TrainRequest) -> Choice:
    batch, batches = request.batch_size or _BATCH_BESIDE_ACCUMULATION, request.grad_accumulation or 1
    if batch * batches > _MOST_GIVEN_BATCH:
        raise InvalidInput(
            f"{batches} batches of {batch} clips are {batch * batches} clips a step; {_MOST_GIVEN_BATCH} are the most.",
            hint="Lower batch_size or grad_accumulation.",
        )
    why = f"{_count(batches, 'batch', 'batches')} of {_clips(batch)}, as you chose."
    return Choice(setting="effective_batch", value=batch * batches, reason=why)


def epochs(case: Case, steps_per_epoch: int) -> Choice:
    """How often each clip is seen: less often the more speech there is."""
    request = case.request
    if request.epochs is not None:
        return _given("epochs", request.epochs)
    if request.max_steps is not None:
        enough = min(math.ceil(request.max_steps / steps_per_epoch), _MOST_EPOCHS)
        return Choice(setting="epochs", value=enough, reason=f"Enough for the {request.max_steps} steps you chose.")
    wanted, why = _epochs_by_speech(case)
    fewest = min(math.ceil(_FEWEST_STEPS / steps_per_epoch), _MOST_EPOCHS_FOR_STEPS)
    most = max(1, _MOST_STEPS // steps_per_epoch)
    if wanted < fewest:
        why = (
            f"{_count(steps_per_epoch, 'step', 'steps')} an epoch are few; {fewest} epochs give the model time to move."
        )
    elif wanted > most:
        why = f"At {steps_per_epoch} steps an epoch, more would pass {_MOST_STEPS} steps."
    return Choice(setting="epochs", value=min(max(wanted, fewest), most), reason=why)


def _epochs_by_speech(case: Case) -> tuple[int, str]:
    seconds = case.facts.speech_s
    count = next((count for below, count in _EPOCHS if seconds < below * _MINUTE_S), _FEWEST_EPOCHS)
    much = f"{speech(seconds)} of speech"
    why = f"{much}: {count} epochs, more would learn the clips by heart."
    if case.is_adapter:
        count = math.ceil(count * _ADAPTER_EPOCHS)
        why = f"{much}: {count} epochs; an adapter takes half as many again as a whole model before it learns by heart."
    if not case.facts.in_vocabulary:
        count *= 2
        why = f"{much} in a language that is new to the base model: {count} epochs, twice as many as usual."
    return count, why


def learning_rate(case: Case) -> Choice:
    """How far a step goes."""
    request = case.request
    if request.learning_rate is not None:
        return _given("learning_rate", request.learning_rate)
    careful = case.has_little or request.lr_schedule == "constant"
    if case.is_adapter:
        why = "An adapter has few weights: it needs 20 to 40 times the rate of a whole model."
        return Choice(setting="learning_rate", value=LORA_RATE * (1 if careful else 2), reason=why)
    if careful:
        why = "The rate of XTTS v2's own recipe: careful steps stay close to the base model."
        return Choice(setting="learning_rate", value=FULL_RATE, reason=why)
    why = "Twice the rate of XTTS v2's own recipe, as it falls to a tenth: on average it is about the same."
    return Choice(setting="learning_rate", value=2 * FULL_RATE, reason=why)


def lr_schedule(case: Case) -> Choice:
    """How the rate goes on after the warm-up."""
    if case.request.lr_schedule is not None:
        return _given("lr_schedule", case.request.lr_schedule)
    why = "Falling along a cosine, the last steps are small and settle what was learned."
    return Choice(setting="lr_schedule", value="cosine", reason=why)


def warmup_steps(case: Case, total_steps: int) -> Choice:
    """Steps over which the rate rises."""
    if case.request.warmup_steps is not None:
        return _given("warmup_steps", case.request.warmup_steps)
    steps = min(round(_WARMUP_SHARE * total_steps), _MOST_WARMUP)
    why = "The rate rises over the first twentieth of the steps, while the optimizer gets to know the gradients."
    if steps == 0:
        why = "So few steps leave none for a warm-up."
    elif steps == _MOST_WARMUP:
        why = f"The rate rises over {_MOST_WARMUP} steps, which is enough for the optimizer to know the gradients."
    return Choice(setting="warmup_steps", value=steps, reason=why)


def prompts(case: Case) -> Choice:
    """Where the voice that a clip is to be spoken with comes from."""
    if case.request.prompts is not None:
        return _given("prompts", case.request.prompts)
    if case.train_clips < _FEWEST_FOR_OTHER_PROMPTS:
        why = f"With {_clips(case.train_clips)} to learn from, each is its own prompt."
        return Choice(setting="prompts", value="same", reason=why)
    why = "A prompt from another clip, as in speaking later, or from the clip itself: the model learns to use either."
    return Choice(setting="prompts", value="both", reason=why)


def save_every_steps(case: Case, steps_per_epoch: int) -> Choice:
    """How often a checkpoint is written."""
    if case.request.save_every_steps is not None:
        return _given("save_every_steps", case.request.save_every_steps)
    if steps_per_epoch <= _MOST_BETWEEN_SAVES:
        return Choice(setting="save_every_steps", value=steps_per_epoch, reason="A checkpoint after each epoch.")
    why = (
        f"An epoch has {steps_per_epoch} steps; a checkpoint every {_MOST_BETWEEN_SAVES} loses less when it is stopped."
    )
    return Choice(setting="save_every_steps", value=_MOST_BETWEEN_SAVES, reason=why)


def early_stop_after(case: Case) -> Choice:
    """How long training waits for a better audition."""
    request = case.request
    if request.early_stop_after is not None:
        return _given("early_stop_after", request.early_stop_after)
    if not request.audition:
        return Choice(setting="early_stop_after", value=0, reason="Without auditions there is nothing to stop by.")
    patience = 3 if case.has_little else 4
    why = f"{patience} auditions without a better one: what follows would be learned by heart."
    return Choice(setting="early_stop_after", value=patience, reason=why)


def batch_size(case: Case, clips_a_step: int) -> Choice:
    """Clips that are computed at a time; the probe finds it where nobody names it."""
    given = case.request.batch_size
    if given is None:
        return Choice(setting="batch_size", value=None, reason="As many as fit: the longest clips are tried first.")
    if given > clips_a_step:
        why = f"A step has only {_clips(clips_a_step)}, so no more than these are computed at a time."
        return Choice(setting="batch_size", value=clips_a_step, reason=why)
    return _given("batch_size", given)


def gradient_checkpointing(case: Case) -> Choice:
    """Whether activations are computed twice; the probe decides where nobody does."""
    given = case.request.gradient_checkpointing
    if given is not None:
        return _given("gradient_checkpointing", given)
    why = "Only where a single clip doesn't fit into memory without it, as it takes a third more time."
    return Choice(setting="gradient_checkpointing", value=None, reason=why)


def _given(setting: str, value: Any) -> Choice:
    return Choice(setting=setting, value=value, reason=GIVEN)


def _clips(count: int) -> str:
    return _count(count, "clip", "clips")


def _count(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"
