"""The loop that fine-tunes the GPT: steps, evaluation, checkpoints, and what is told meanwhile.

Everything that is reported is reported between two steps, when weights, moments and counters belong together. A
cancelled run therefore stops at the end of a step, writes a checkpoint, and can go on from there to the same numbers,
bit for bit on the same machine, as if it had not been stopped.
"""

import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from xtts_studio.errors import Cancelled, InvalidInput, OutOfMemory, TrainingError
from xtts_studio.events import Metric, Progress, Report
from xtts_studio.shapes import TrainRequest
from xtts_studio.training.batches import Batch, Schedule, collate, eval_prompt, in_batches, training_prompt
from xtts_studio.training.checkpoints import Checkpoints, Losses, Note, TrainingProgress
from xtts_studio.training.features import TrainingClip
from xtts_studio.training.optimizer import learning_rate_at, make_optimizer
from xtts_studio.xtts.gpt import Gpt

_STEPS_TIMED = 20


@dataclass(frozen=True)
class Clips:
    """Clips to train on, and clips the model never learns from, whose loss tells how well it does on new speech."""

    train: Sequence[TrainingClip]
    evaluation: Sequence[TrainingClip]


@dataclass
class Clock:
    """How fast steps are done; evaluation and saving count, since they take their time in the future too."""

    times: deque[float] = field(default_factory=lambda: deque([time.monotonic()], maxlen=_STEPS_TIMED + 1))

    def tick(self) -> None:
        self.times.append(time.monotonic())

    @property
    def steps_per_s(self) -> float:
        return (len(self.times) - 1) / max(self.times[-1] - self.times[0], 1e-9)


class Trainer:
    """Fine-tunes `gpt`, whose parameters that require gradients are changed in place.

    mel_stats: (80,), on the device of `gpt`. `on_checkpoint` hears of each checkpoint that was written.
    """

    def __init__(
        self,
        gpt: Gpt,
        mel_stats: Tensor,
        clips: Clips,
        settings: TrainRequest,
        checkpoints: Checkpoints,
        report: Report,
        on_checkpoint: Callable[[Path], None] = lambda path: None,
    ) -> None:
        self.gpt, self.mel_stats, self.clips, self.settings = gpt, mel_stats, clips, settings
        self.checkpoints, self.report, self.on_checkpoint = checkpoints, report, on_checkpoint
        self.optimizer = make_optimizer(gpt, settings.learning_rate, settings.weight_decay)
        self.schedule = Schedule(len(clips.train), settings.batch_size, settings.grad_accumulation, settings.seed)
        self.total_steps = self.schedule.steps_per_epoch * settings.epochs
        if settings.max_steps is not None:
            self.total_steps = min(self.total_steps, settings.max_steps)
        self.progress = TrainingProgress()
        self._saved_step: int | None = None
        self._clock = Clock()

    def resume(self, checkpoint: Path) -> None:
        """Goes back to where `checkpoint` was written. Call before `run`.

        Raises `InvalidInput` where that lies beyond the last step that is wanted.
        """
        self.progress = self.checkpoints.load(checkpoint, self.gpt, self.optimizer)
        if self.progress.step > self.total_steps:
            raise InvalidInput(
                f"The run has done {self.progress.step} steps already, training is to end after {self.total_steps}.",
                hint="Give more epochs or max_steps, or start a new run.",
            )
        self._saved_step = self.progress.step

    def run(self) -> TrainingProgress:
        """Trains until the last step and leaves a checkpoint of it.

        Raises `Cancelled` after writing a checkpoint, `TrainingError` when the loss is no number, `OutOfMemory`; the
        last checkpoint then stays as it was.
        """
        try:
            step = self.progress.step
            self.report(Progress(step / self.total_steps, f"Training begins after step {step} of {self.total_steps}"))
            if step == 0:
                self._note_losses("eval_loss", self._evaluate())
            self._tell_notes()  # also those that the run did not get to tell before it was stopped
            if step == self.total_steps and self.progress.epoch_losses:  # stopped before its losses were known
                self._conclude()
            self._clock = Clock()
            while self.progress.step < self.total_steps:
                self._advance()
        except Cancelled:
            self._save()
            raise
        except torch.OutOfMemoryError as error:
            raise OutOfMemory(
                "The device has too little memory for these settings.",
                hint=f"Lower the batch size (now {self.settings.batch_size}) and raise gradient accumulation instead.",
            ) from error
        self._save()
        return self.progress

    def _advance(self) -> None:
        """One optimizer step, and what is due after it."""
        losses, gradient_norm = self._step()
        progress = self.progress
        progress.step += 1
        progress.epoch_losses.append(losses)
        ends_epoch = progress.step % self.schedule.steps_per_epoch == 0
        evaluated = self._conclude() if ends_epoch or progress.step == self.total_steps else None
        if ends_epoch:
            progress.epoch_losses = []
        self._clock.tick()
        self._note(losses, gradient_norm)
        self._note_losses("eval_loss", evaluated)
        self._tell_notes()
        self._tell_progress(losses)
        if progress.step % self.settings.save_every_steps == 0:
            self._save()

    def _conclude(self) -> Losses | None:
        """The losses at the end of an epoch or of training; gives those of the evaluation."""
        self.progress.train_loss = _mean([step.total for step in self.progress.epoch_losses])
        return self._evaluate()

    def _step(self) -> tuple[Losses, float]:
        """Changes the weights once. Returns the mean losses of the step's clips, and the norm of the gradient."""
        step, settings = self.progress.step, self.settings
        rate = learning_rate_at(step, settings.learning_rate, settings.warmup_steps)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.gpt.train()
        self.optimizer.zero_grad(set_to_none=True)
        losses = self._backward(self.schedule.batches(step))
        gradients = [parameter.grad for parameter in self.gpt.parameters() if parameter.grad is not None]
        norm = float(torch.nn.utils.get_total_norm(gradients))
        if not math.isfinite(losses.total + norm):
            what = "loss" if not math.isfinite(losses.total) else "gradient"
            raise self._diverged(what)
        self.optimizer.step()
        return losses, norm

    def _backward(self, batches: list[list[int]]) -> Losses:
        """Adds up the gradients of all batches, each with the share its clips have in the step."""
        clips = sum(map(len, batches))
        sums = self.mel_stats.new_zeros(3)
        for numbers in batches:
            share = len(numbers) / clips
            text, mel, total = self._loss(self._training_batch(numbers))
            (total * share).backward()  # type: ignore[no-untyped-call]
            sums += share * torch.stack([text, mel, total]).detach()
        return _losses(sums)

    def _loss(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        loss = self.gpt.loss(
            batch.text_ids,
            batch.text_lengths,
            batch.audio_codes,
            batch.wav_lengths,
            batch.cond_mels,
            batch.cond_idxs,
        )
        return loss.text, loss.mel, loss.total

    def _training_batch(self, numbers: Sequence[int]) -> Batch:
        seed, epoch = self.settings.seed, self.schedule.epoch(self.progress.step)
        clips = [self.clips.train[number] for number in numbers]
        prompts = [
            training_prompt(clip.samples, seed, epoch, number) for number, clip in zip(numbers, clips, strict=True)
        ]
        return collate(clips, prompts, self.mel_stats)

    @torch.no_grad()
    def _evaluate(self) -> Losses | None:
        """The loss of the evaluation clips, without dropout, under the training mask, always with the same prompts."""
        clips = self.clips.evaluation
        if not clips:
            return None
        self.gpt.eval()
        sums = self.mel_stats.new_zeros(3)
        for numbers in in_batches(range(len(clips)), self.settings.batch_size):
            group = [clips[number] for number in numbers]
            batch = collate(group, [eval_prompt(clip.samples) for clip in group], self.mel_stats)
            sums += torch.stack(self._loss(batch)) * batch.size / len(clips)
        losses = _losses(sums)
        self.progress.eval_loss = losses.total
        return losses

    def _save(self) -> None:
        if self.progress.step != (self._saved_step or 0):
            path = self.checkpoints.save(self.gpt, self.optimizer, self.progress)
            self._saved_step = self.progress.step
            self.on_checkpoint(path)

    def _note(self, losses: Losses, gradient_norm: float) -> None:
        self._note_losses("loss", losses)
        self._note_metric("grad_norm", gradient_norm)
        self._note_metric("learning_rate", self.optimizer.param_groups[0]["lr"])
        self._note_metric("steps_per_s", self._clock.steps_per_s)
        self._note_metric("eta_s", self._left_s)

    def _note_losses(self, name: str, losses: Losses | None) -> None:
        if losses is not None:
            self._note_metric(name, losses.total)
            self._note_metric(f"{name}_text", losses.text)
            self._note_metric(f"{name}_mel", losses.mel)

    def _note_metric(self, name: str, value: float) -> None:
        self.progress.untold.append(Note(step=self.progress.step, name=name, value=value))

    def _tell_notes(self) -> None:
        """Tells each metric exactly once, be the run stopped in the midst of it."""
        while self.progress.untold:
            note = self.progress.untold[0]
            self.report(Metric(note.step, note.name, note.value))
            del self.progress.untold[0]

    def _tell_progress(self, losses: Losses) -> None:
        step = self.progress.step
        epoch = self.schedule.epoch(step - 1) + 1
        self.report(
            Progress(
                step / self.total_steps,
                f"Epoch {epoch} of {self.settings.epochs} · step {step} of {self.total_steps} · "
                f"loss {losses.total:.3f} · {self._clock.steps_per_s:.2g} steps/s · {_duration(self._left_s)} left",
            )
        )

    @property
    def _left_s(self) -> float:
        return (self.total_steps - self.progress.step) / self._clock.steps_per_s

    def _diverged(self, what: str) -> TrainingError:
        hint = f"Start again with a lower learning rate (now {self.settings.learning_rate:g})."
        if self._saved_step:
            hint += f" The checkpoint of step {self._saved_step} is kept."
        return TrainingError(
            f"The {what} is not a finite number at step {self.progress.step + 1}; the weights have run away.",
            hint=hint,
            details={"step": self.progress.step, "checkpoint_step": self._saved_step},
        )


def _losses(sums: Tensor) -> Losses:
    text, mel, total = sums.tolist()
    return Losses(text=text, mel=mel, total=total)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _duration(seconds: float) -> str:
    """90 -> "1 min 30 s"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
