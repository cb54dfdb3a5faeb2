"""What a training tells: metrics, each exactly once, and how far it is."""

from xtts_studio.events import Event, Metric, Progress, Report
from xtts_studio.shapes import Audition
from xtts_studio.training.auditions.files import scores_of
from xtts_studio.training.loop.clock import Clock, duration
from xtts_studio.training.loop.progress import Losses, Note, TrainingProgress


class Teller:
    """Notes metrics in the run's progress, so that they survive with it, and tells them between two steps."""

    def __init__(self, report: Report, progress: TrainingProgress, total_steps: int, steps_per_epoch: int) -> None:
        self.report, self.progress = report, progress
        self.total_steps, self.steps_per_epoch = total_steps, steps_per_epoch
        self.clock = Clock()

    def note_step(self, losses: Losses, gradient_norm: float, learning_rate: float, memory_bytes: int) -> None:
        self.note_losses("loss", losses)
        self._note("grad_norm", gradient_norm)
        self._note("learning_rate", learning_rate)
        self._note("steps_per_s", self.clock.steps_per_s)
        self._note("eta_s", self._left_s)
        self._note("memory_bytes", memory_bytes)

    def note_losses(self, name: str, losses: Losses) -> None:
        self._note(name, losses.total)
        self._note(f"{name}_text", losses.text)
        self._note(f"{name}_mel", losses.mel)

    def note_audition(self, audition: Audition) -> None:
        for name, value in scores_of(audition).items():
            if value is not None:
                self._note(f"audition_{name}", value)

    def tell_notes(self) -> None:
        """Tells each metric exactly once, be the run stopped in the midst of it."""
        while self.progress.untold:
            note = self.progress.untold[0]
            self.report(Metric(note.step, note.name, note.value))
            del self.progress.untold[0]

    def tell(self, message: str) -> None:
        """Says something while the run gets no further."""
        self.report(Progress(self._done, message))

    def pass_on(self, event: Event) -> None:
        """Tells what somebody else reports: the progress of an audition is none of the run."""
        self.report(Progress(self._done, event.message) if isinstance(event, Progress) else event)

    def tell_step(self, losses: Losses, epoch: int, epochs: int) -> None:
        self.tell(
            f"Epoch {epoch} of {epochs} · step {self.progress.step} of {self.total_steps} · "
            f"loss {losses.total:.3f} · {self.clock.steps_per_s:.2g} steps/s · {duration(self._left_s)} left"
        )

    def _note(self, name: str, value: float) -> None:
        self.progress.untold.append(Note(step=self.progress.step, name=name, value=value))

    @property
    def _done(self) -> float:
        return self.progress.step / self.total_steps

    @property
    def _left_s(self) -> float:
        steps = self.total_steps - self.progress.step
        return self.clock.left_s(steps, steps / self.steps_per_epoch)
