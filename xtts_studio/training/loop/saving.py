"""When a run's checkpoints are written, and what happens where they can't be."""

import time

from xtts_studio.errors import DiskFull, StudioError
from xtts_studio.events import Progress
from xtts_studio.training.loop.around import Surroundings
from xtts_studio.training.loop.checkpoints import TrainedState
from xtts_studio.training.loop.progress import TrainingProgress

LOOK_FOR_ROOM_S = 5.0


class Saver:
    """Saves the state of a run. `saved`: what was saved last, or begun to be."""

    def __init__(self, state: TrainedState, around: Surroundings, total_steps: int) -> None:
        self.state, self.around, self.total_steps = state, around, total_steps
        self.saved = TrainingProgress()

    def save(self, progress: TrainingProgress) -> None:
        """Begins to write a checkpoint, unless there is nothing new since the last."""
        if self._is_saved(progress):
            return
        self.settle()
        self.around.checkpoints.begin(self.state, progress)
        self.saved = progress.model_copy(deep=True)

    def settle(self) -> None:
        """Waits for the checkpoint that is being written, however long the disk stays full.

        Raises what `report` raises meanwhile, and `StudioError` for other troubles with the disk.
        """
        path = self.around.checkpoints.settle(self._wait_for_room)
        if path is not None:
            self.around.on_checkpoint(path)

    def settle_before_change(self) -> None:
        """A checkpoint that is being written from the weights must be done before they change."""
        checkpoints = self.around.checkpoints
        if checkpoints.borrows or checkpoints.written():
            self.settle()

    def save_at_once(self, progress: TrainingProgress) -> None:
        """What a cancelled run leaves. Where the disk is full, the checkpoint before stays."""
        checkpoints = self.around.checkpoints
        try:
            checkpoints.settle()
            if not self._is_saved(progress):
                checkpoints.begin(self.state, progress)
            path = checkpoints.settle()
        except DiskFull:
            return
        if path is not None:
            self.saved = progress.model_copy(deep=True)
            self.around.on_checkpoint(path)

    def leave(self) -> None:
        """Where training ends with an error: what is being written comes to its end, however it does."""
        try:
            path = self.around.checkpoints.settle()
        except StudioError:
            return
        if path is not None:
            self.around.on_checkpoint(path)

    def _is_saved(self, progress: TrainingProgress) -> bool:
        """A run that has not begun to learn has nothing to save."""
        return progress.step == 0 or progress == self.saved

    def _wait_for_room(self, error: DiskFull) -> None:
        """The run pauses until there is room, or somebody cancels it."""
        message = f"Paused: {error.message} Make room on the disk and the run goes on by itself"
        self.around.report(Progress(self.saved.step / self.total_steps, message))
        time.sleep(LOOK_FOR_ROOM_S)
