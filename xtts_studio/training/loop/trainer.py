"""The loop that fine-tunes the GPT: steps, evaluation, auditions, checkpoints, and what is told meanwhile.

Everything that is reported is reported between two steps, when weights, moments and counters belong together. A
cancelled run therefore stops at the end of a step, writes a checkpoint, and can go on from there to the same numbers,
bit for bit on the same machine, as if it had not been stopped. So does one that was killed, from its last checkpoint.
"""

from collections.abc import Sequence
from pathlib import Path

from torch import Tensor

from xtts_studio.errors import Cancelled, InvalidInput, TrainingError
from xtts_studio.shapes import TrainRequest
from xtts_studio.training.loop.around import Clips, Surroundings
from xtts_studio.training.loop.batches import Draw, Prompter, Schedule
from xtts_studio.training.loop.checkpoints import TrainedState
from xtts_studio.training.loop.clock import Clock
from xtts_studio.training.loop.judging import Judge
from xtts_studio.training.loop.learned import Learned
from xtts_studio.training.loop.optimizer import learning_rate_at, make_optimizer
from xtts_studio.training.loop.precision import Numerics
from xtts_studio.training.loop.progress import Losses, TrainingProgress
from xtts_studio.training.loop.reviewing import Reviewer
from xtts_studio.training.loop.saving import Saver
from xtts_studio.training.loop.shrinking import Shrinking
from xtts_studio.training.loop.stepping import Stepper, is_out_of_memory
from xtts_studio.training.loop.telling import Teller
from xtts_studio.training.plan.memory import used_bytes

_GO_ON, _STOP = 0, 1


class Trainer:
    """Fine-tunes what `learned` names, in place. `settings` are complete: nothing in them is left to a recipe.

    mel_stats: (80,), on the device of the GPT.
    """

    def __init__(
        self,
        learned: Learned,
        mel_stats: Tensor,
        clips: Clips,
        settings: TrainRequest,
        numerics: Numerics,
        around: Surroundings,
    ) -> None:
        assert settings.effective_batch is not None
        assert settings.epochs is not None
        assert settings.learning_rate is not None
        assert settings.prompts is not None
        self.settings, self.clips, self.around = settings, clips, around
        self.gpt = learned.gpt
        self.optimizer = make_optimizer(self.gpt, settings.learning_rate, settings.weight_decay)
        self.state = TrainedState(learned, self.optimizer)
        self.schedule = Schedule(clips.train, settings.effective_batch, settings.seed)
        prompter = Prompter(clips.train, settings.prompts, settings.seed)
        self._stepper = Stepper(self.gpt, mel_stats, prompter, numerics, settings, around.ranks)
        self.total_steps = self.schedule.steps_per_epoch * settings.epochs
        if settings.max_steps is not None:
            self.total_steps = min(self.total_steps, settings.max_steps)
        self.progress = TrainingProgress(
            batch_size=settings.batch_size or min(4, settings.effective_batch),
            recomputes=bool(settings.gradient_checkpointing),
            planned_steps=self.total_steps,
        )
        self._saver = Saver(self.state, around, self.total_steps)
        self._teller = Teller(around.report, self.progress, self.total_steps, self.schedule.steps_per_epoch)
        self._shrinking = Shrinking(self.gpt, self.progress, around.report, alone=around.ranks.size == 1)
        judge = Judge(self.gpt, mel_stats, clips.evaluation, numerics)
        self._reviewer = Reviewer(judge, settings, self.progress, around, self._shrinking, self._saver, self._teller)

    def resume(self, checkpoint: Path) -> None:
        """Goes back to where `checkpoint` was written. Call before `run`.

        Raises `InvalidInput` where that lies beyond the last step that is wanted.
        """
        self.progress.take_over(self.around.checkpoints.load(checkpoint, self.state))
        if self.progress.step > self.total_steps:
            raise InvalidInput(
                f"The run has done {self.progress.step} steps already, training is to end after {self.total_steps}.",
                hint="Give more epochs or max_steps, or start a new run.",
            )
        self._take_up(self.progress)
        self._saver.saved = self.progress.model_copy(deep=True)

    def _take_up(self, progress: TrainingProgress) -> None:
        """What may be otherwise than it was: more steps are wanted, or less memory is there."""
        if self.total_steps > progress.planned_steps or not self.settings.early_stop_after:
            progress.ended_early, progress.auditions_since_best = False, 0
        progress.planned_steps = self.total_steps
        progress.batch_size = min(progress.batch_size, self.settings.batch_size or progress.batch_size)
        progress.recomputes = progress.recomputes or bool(self.settings.gradient_checkpointing)
        self._stepper.scaling = progress.scaling

    def run(self) -> TrainingProgress:
        """Trains until the last step and leaves a checkpoint of it.

        Raises `Cancelled` after writing a checkpoint, `TrainingError` when the loss is no number, `OutOfMemory`; the
        last checkpoint then stays as it was.
        """
        try:
            self._train()
        except Cancelled:
            self._saver.save_at_once(self.progress)
            self._tell_others(_STOP)
            raise
        except Exception:
            self._saver.leave()
            raise
        self.optimizer.zero_grad(set_to_none=True)  # their memory is wanted for what comes next
        return self.progress

    def try_step(self, clips: Sequence[int], batch_size: int) -> None:
        """Computes the gradients of these training clips, so many at a time, and drops them."""
        draws = [Draw(clip, place) for place, clip in enumerate(clips)]
        try:
            self._stepper.gradients(draws, step=0, epoch=0, batch_size=batch_size)
        finally:
            self.optimizer.zero_grad(set_to_none=True)

    def _train(self) -> None:
        progress, teller = self.progress, self._teller
        step = progress.step
        if self.around.ranks.leads:
            teller.tell(f"Training begins after step {step} of {self.total_steps}")
            if step == 0 and not progress.due and not progress.untold:
                progress.due = ["evaluation", "audition"]
            if step == self.total_steps and step != progress.concluded_step:
                self._conclude()  # stopped before, where training is now to end
            with teller.clock.between():
                self._reviewer.do_due()
            teller.tell_notes()  # also those that the run did not get to tell before it was stopped
        teller.clock = Clock(between_s=teller.clock.between_s)
        while self._tell_others(_GO_ON if self._goes_on else _STOP) == _GO_ON:
            self._advance()
        if self.around.ranks.leads:
            self._saver.save(progress)
            self._saver.settle()

    @property
    def _goes_on(self) -> bool:
        return self.progress.step < self.total_steps and not self.progress.ended_early

    def _tell_others(self, value: int) -> int:
        """What the first process says, so that all stop after the same step."""
        return self.around.ranks.agree(value, self._stepper.numerics.device)

    def _advance(self) -> None:
        """One optimizer step, and what is due after it."""
        losses, gradient_norm = self._step()
        progress = self.progress
        progress.step += 1
        if not self.around.ranks.leads:
            return
        progress.epoch_losses.append(losses)
        self._teller.clock.tick()
        memory_bytes = used_bytes(self._stepper.numerics.device)
        self._teller.note_step(losses, gradient_norm, self.optimizer.param_groups[0]["lr"], memory_bytes)
        ends_epoch = progress.step % self.schedule.steps_per_epoch == 0
        if ends_epoch or progress.step == self.total_steps:
            self._conclude()
        if ends_epoch:
            progress.epoch_losses = []
        held = False
        if progress.due:
            with self._teller.clock.between():
                held = self._reviewer.do_due()
        self._teller.tell_notes()
        self._teller.tell_step(losses, self.schedule.epoch(progress.step - 1) + 1, self.settings.epochs or 0)
        if held or self._is_to_be_saved(progress.step):
            self._saver.save(progress)

    def _is_to_be_saved(self, step: int) -> bool:
        every = (self.settings.save_every_steps, self.settings.keep_every_steps)
        return any(steps is not None and step % steps == 0 for steps in every)

    def _conclude(self) -> None:
        """Sums up the losses of the epoch, or of as much of it as there was."""
        progress = self.progress
        if progress.epoch_losses:
            progress.train_loss = sum(step.total for step in progress.epoch_losses) / len(progress.epoch_losses)
        progress.concluded_step = progress.step
        progress.due = ["evaluation", "audition"]

    def _step(self) -> tuple[Losses, float]:
        """Changes the weights once. Gives the mean losses of the step's clips, and the norm of the gradient."""
        progress, settings = self.progress, self.settings
        rate = learning_rate_at(progress.step, self.total_steps, settings)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        draws, epoch = self.schedule.draws(progress.step), self.schedule.epoch(progress.step)
        sums = self._shrinking.compute(lambda size: self._stepper.gradients(draws, progress.step, epoch, size))
        self._saver.settle_before_change()
        try:
            losses, norm, bad = self._stepper.apply(self.optimizer, sums)
        except (RuntimeError, MemoryError) as error:
            if is_out_of_memory(error):
                raise self._shrinking.too_little() from error
            raise
        progress.scaling = self._stepper.scaling
        if bad:
            raise self._diverged(bad)
        return losses, norm

    def _diverged(self, what: str) -> TrainingError:
        hint = f"Start again with a lower learning rate (now {self.settings.learning_rate:g})."
        saved = self._saver.saved.step
        if saved:
            hint += f" The checkpoint of step {saved} is kept."
        return TrainingError(
            f"The {what} is not a finite number at step {self.progress.step + 1}; the weights have run away.",
            hint=hint,
            details={"step": self.progress.step, "checkpoint_step": saved or None},
        )
