"""What is due between two steps: the loss on clips that nothing is learned from, and an audition."""

from xtts_studio.events import Log
from xtts_studio.shapes import Audition, TrainRequest
from xtts_studio.training.auditions.scores import is_better
from xtts_studio.training.loop.around import Surroundings
from xtts_studio.training.loop.judging import Judge
from xtts_studio.training.loop.progress import TrainingProgress
from xtts_studio.training.loop.saving import Saver
from xtts_studio.training.loop.shrinking import Shrinking
from xtts_studio.training.loop.telling import Teller


class Reviewer:
    """Evaluates and auditions what was learned so far, and keeps in `progress` which step was the best."""

    def __init__(
        self,
        judge: Judge,
        settings: TrainRequest,
        progress: TrainingProgress,
        around: Surroundings,
        shrinking: Shrinking,
        saver: Saver,
        teller: Teller,
    ) -> None:
        self.judge, self.settings, self.progress, self.around = judge, settings, progress, around
        self.shrinking, self.saver, self.teller = shrinking, saver, teller

    def do_due(self) -> bool:
        """Does what is due and not done, a stopped run's as well; whether an audition was held."""
        progress, held = self.progress, False
        while progress.due:
            if progress.due[0] == "evaluation":
                self._evaluate()
                del progress.due[0]
            elif self._audition_is_wanted():
                self._hold_audition()
                held = True
            else:
                del progress.due[0]
        return held

    def _evaluate(self) -> None:
        losses = self.shrinking.compute(self.judge.losses)
        if losses is not None:
            self.progress.eval_loss = losses.total
            self.teller.note_losses("eval_loss", losses)

    def _audition_is_wanted(self) -> bool:
        step, every = self.progress.step, self.settings.audition_every_epochs * self.teller.steps_per_epoch
        return self.around.hold_audition is not None and (step % every == 0 or self._is_last)

    @property
    def _is_last(self) -> bool:
        return self.progress.step == self.teller.total_steps

    def _hold_audition(self) -> None:
        assert self.around.hold_audition is not None
        progress = self.progress
        self.saver.settle_before_change()  # speaking wants memory and processors, too
        epoch = progress.step // self.teller.steps_per_epoch
        audition = self.around.hold_audition(progress.step, epoch, progress.eval_loss, self.teller.pass_on)
        del progress.due[0]  # held and noted, whatever comes of telling it
        self.teller.note_audition(audition)
        if progress.step > 0:  # how the base model does is told, but it is no checkpoint
            self._compare(audition)

    def _compare(self, audition: Audition) -> None:
        """Keeps in mind which audition is the best so far, and ends training after too many that are not."""
        progress, after = self.progress, self.settings.early_stop_after
        if is_better(audition, progress.best_score, progress.best_eval_loss):
            progress.best_step, progress.best_score = audition.step, audition.score
            progress.best_eval_loss, progress.auditions_since_best = audition.eval_loss, 0
            return
        progress.auditions_since_best += 1
        if after and progress.auditions_since_best >= after and not self._is_last:
            progress.ended_early = True
            self.around.report(
                Log(
                    f"Training ends early: {progress.auditions_since_best} auditions were no better than that of "
                    f"step {progress.best_step}."
                )
            )
