"""A good recipe from the facts: every setting that a request leaves open, each with its reason.

    plan_ = plan(request, facts(request, workspace), weight_bytes(folder), free_bytes)
    request = settled(request, plan_)        # every None filled, but for what the probe decides

Pure and without torch, so that a page can ask with each change of a form.
"""

import math

from xtts_studio.errors import InvalidInput
from xtts_studio.shapes import Choice, TrainingFacts, TrainingPlan, TrainRequest
from xtts_studio.training.plan import rules
from xtts_studio.training.plan.disk import disk_bytes
from xtts_studio.training.plan.rules import Case

__all__ = ["disk_bytes", "plan", "refuse_contradictions", "settled"]

_SHORT_S = 120.0
_HIGH_RATES = {"full": 1e-4, "lora": 3e-3}
_LARGE_EVAL_FRACTION = 0.5
_MANY_EPOCHS = 200


def plan(request: TrainRequest, facts: TrainingFacts, model_file_bytes: int, disk_free_bytes: int) -> TrainingPlan:
    """What a request will become. `model_file_bytes`: of the base model's weights, 32 bits each.

    What the request names stays as it is; only a `batch_size` beyond a step's clips is lowered, with a notice. Raises
    `InvalidInput` for settings that contradict each other.
    """
    refuse_contradictions(request)
    case = Case(request, facts)
    choices = _choices(case)
    chosen = {choice.setting: choice.value for choice in choices}
    request_then = _with(request, choices)
    steps_per_epoch = _steps_per_epoch(facts, chosen["effective_batch"])
    total = total_steps(request_then, steps_per_epoch)
    needed = disk_bytes(request_then, model_file_bytes, total)
    return TrainingPlan(
        facts=facts,
        choices=choices,
        settings=request_then.model_dump(),
        steps_per_epoch=steps_per_epoch,
        total_steps=total,
        disk_bytes=needed,
        disk_free_bytes=disk_free_bytes,
        notices=[
            *_notices(request, request_then, facts, total, steps_per_epoch),
            *_disk_notice(needed, disk_free_bytes),
        ],
    )


def settled(request: TrainRequest, plan: TrainingPlan) -> TrainRequest:
    """The request with the plan's choices; what stays None is decided by the probe, or means what it says."""
    return _with(request, plan.choices)


def total_steps(request: TrainRequest, steps_per_epoch: int) -> int:
    """Optimizer steps of a request whose epochs are chosen."""
    assert request.epochs is not None, "chosen before"
    steps = steps_per_epoch * request.epochs
    return steps if request.max_steps is None else min(steps, request.max_steps)


def refuse_contradictions(request: TrainRequest) -> None:
    """Raises `InvalidInput` for settings that can't go together, whatever the dataset."""
    if request.new_tokens and request.method == "lora":
        raise InvalidInput(
            "New entries of the vocabulary need the method 'full': an adapter leaves the model's tables as they are.",
            hint="Choose method full, or new_tokens 0.",
        )
    if request.precision == "int8" and request.method == "full":
        raise InvalidInput(
            "int8 is for adapters (method lora) on a CPU that multiplies whole numbers.", hint="Use precision auto."
        )
    names = [request.dataset, *(share.dataset for share in request.more_datasets)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidInput(
            f"The dataset {twice[0]!r} is named more than once.", hint="Name it once, and give it a larger weight."
        )


def _choices(case: Case) -> list[Choice]:
    batch = rules.effective_batch(case)
    steps_per_epoch = _steps_per_epoch(case.facts, batch.value)
    epochs = rules.epochs(case, steps_per_epoch)
    total = total_steps(_with(case.request, [epochs]), steps_per_epoch)
    return [
        epochs,
        batch,
        rules.learning_rate(case),
        rules.lr_schedule(case),
        rules.warmup_steps(case, total),
        rules.prompts(case),
        rules.save_every_steps(case, steps_per_epoch),
        rules.early_stop_after(case),
        rules.batch_size(case, batch.value),
        rules.gradient_checkpointing(case),
    ]


def _with(request: TrainRequest, choices: list[Choice]) -> TrainRequest:
    chosen = {choice.setting: choice.value for choice in choices}
    return TrainRequest.model_validate(request.model_dump() | chosen)


def _steps_per_epoch(facts: TrainingFacts, effective_batch: int) -> int:
    return math.ceil(facts.clips_per_epoch / effective_batch)


def _notices(
    request: TrainRequest, then: TrainRequest, facts: TrainingFacts, total: int, steps_per_epoch: int
) -> list[str]:
    found = [
        *_about_data(request, facts),
        *_about_batches(request, then),
        *_about_rate(then, total),
        *_about_amounts(request, facts),
        *_about_sentences(request),
    ]
    if request.audition is False and request.early_stop_after:
        found.append("Without auditions nothing can stop training early; early_stop_after has no effect.")
    if total < steps_per_epoch:
        found.append(f"An epoch has {steps_per_epoch} steps, so {total} steps don't see every clip.")
    return found


def _about_data(request: TrainRequest, facts: TrainingFacts) -> list[str]:
    found = []
    if facts.speech_s < _SHORT_S:
        found.append(
            f"{rules.speech(facts.speech_s)} of speech are little: "
            "two minutes and more give a voice, ten and more its manner."
        )
    if facts.eval_clips == 0:
        found.append("No clip is kept for evaluation, so nothing tells when the model begins to learn by heart.")
    if not facts.in_vocabulary:
        tokens = "" if request.new_tokens else "; new_tokens (2000, for instance) gives it entries of its own"
        found.append(
            f"The base model's vocabulary doesn't know all of {', '.join(facts.languages)}: "
            f"expect to need hours of speech{tokens}."
        )
    return found


def _about_amounts(request: TrainRequest, facts: TrainingFacts) -> list[str]:
    found = []
    if request.eval_fraction > _LARGE_EVAL_FRACTION:
        found.append(
            f"eval_fraction {request.eval_fraction:g} keeps more clips to judge by than the model learns from: "
            f"{facts.clips - facts.eval_clips} of {facts.clips} are left to learn from; 0.15 is usual."
        )
    if request.epochs is not None and request.epochs > _MANY_EPOCHS:
        found.append(
            f"{request.epochs} epochs are very many: the model would learn the clips by heart; 5 to 30 are usual."
        )
    return found


def _about_sentences(request: TrainRequest) -> list[str]:
    """Of sentences for auditions, those that nobody could speak: auditions pass them over."""
    mute = [number for number, text in enumerate(request.audition_sentences, 1) if not any(map(str.isalnum, text))]
    if not mute:
        return []
    instead = "" if len(mute) < len(request.audition_sentences) else "; the usual sentences are spoken instead"
    which = f"sentence {mute[0]} has" if len(mute) == 1 else f"sentences {', '.join(map(str, mute))} have"
    return [f"Of the sentences to speak, {which} no letter or digit and will be left out{instead}."]


def _about_batches(request: TrainRequest, then: TrainRequest) -> list[str]:
    found = []
    batch, batches, clips = request.batch_size, request.grad_accumulation, then.effective_batch or 1
    if batch is not None and then.batch_size != batch:
        found.append(f"batch_size {batch} is more than the {clips} clips of a step, and was lowered to {clips}.")
    if request.effective_batch is not None and batches is not None and (batch or 1) * batches != clips:
        found.append(f"effective_batch {clips} decides how many clips a step has; grad_accumulation follows from it.")
    return found


def _about_rate(then: TrainRequest, total: int) -> list[str]:
    found = []
    if then.learning_rate is not None and then.learning_rate > _HIGH_RATES[then.method]:
        found.append(
            f"A learning rate of {then.learning_rate:g} is high for this method: it may undo what the model knows."
        )
    if then.warmup_steps is not None and then.warmup_steps >= total:
        found.append(
            f"The warm-up takes {then.warmup_steps} steps of {total}: the learning rate never gets to its height."
        )
    return found


def _disk_notice(needed: int, free: int) -> list[str]:
    if needed <= free:
        return []
    return [f"The disk has {free / 1e9:.1f} GB left; training may need {needed / 1e9:.1f} GB."]
