"""Where the memory turns out to be short: fewer clips at a time, then activations computed twice. No step is lost."""

from collections.abc import Callable
from typing import TypeVar

import torch

from xtts_studio.errors import OutOfMemory
from xtts_studio.events import Log, Report
from xtts_studio.training.loop.progress import TrainingProgress
from xtts_studio.training.loop.stepping import is_out_of_memory
from xtts_studio.xtts.gpt import Gpt

T = TypeVar("T")


class Shrinking:
    """Fits what is computed into memory. How small it had to become is kept in `progress`.

    Of several processes (`alone` is False) none can become smaller by itself.
    """

    def __init__(self, gpt: Gpt, progress: TrainingProgress, report: Report, alone: bool) -> None:
        self.gpt, self.progress, self.report, self.alone = gpt, progress, report, alone

    def compute(self, work: Callable[[int], T]) -> T:
        """What `work` gives for the number of clips at a time; it is called again with fewer where memory is short.

        Raises `OutOfMemory` where nothing can be made smaller.
        """
        while True:
            try:
                self.gpt.gpt.recomputes = self.progress.recomputes
                return work(self.progress.batch_size)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
            self._make_smaller()  # out of the handler: its traceback would keep what was computed in memory

    def too_little(self) -> OutOfMemory:
        return OutOfMemory(
            "The device has too little memory for these settings.",
            hint=f"Go on with the run with a smaller batch size (now {self.progress.batch_size}), or train an adapter.",
        )

    def _make_smaller(self) -> None:
        progress = self.progress
        self.gpt.zero_grad(set_to_none=True)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if not self.alone or (progress.batch_size == 1 and progress.recomputes):
            raise self.too_little()
        if progress.batch_size > 1:
            progress.batch_size = (progress.batch_size + 1) // 2
            what = f"{progress.batch_size} clips are computed at a time now"
        else:
            progress.recomputes = True
            what = "activations are computed twice now instead of being kept"
        self.report(Log(f"The memory was not enough; {what}. No step is lost.", "warning"))
