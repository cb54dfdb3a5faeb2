"""How fast a training is, and how durations are told."""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_STEPS_TIMED = 20


@dataclass
class Clock:
    """How fast steps are done, and how long what comes between epochs takes: evaluation and auditions."""

    times: deque[float] = field(default_factory=lambda: deque([time.monotonic()], maxlen=_STEPS_TIMED + 1))
    between_s: float = 0.0

    def tick(self) -> None:
        """A step is done."""
        self.times.append(time.monotonic())

    @contextmanager
    def between(self) -> Iterator[None]:
        """The time of the block is none of the steps'."""
        began = time.monotonic()
        yield
        self.between_s = time.monotonic() - began
        self.times = deque((at + self.between_s for at in self.times), self.times.maxlen)

    def left_s(self, steps: int, epochs: float) -> float:
        """How long so many steps will take, with what comes between so many epochs."""
        return steps / self.steps_per_s + epochs * self.between_s

    @property
    def steps_per_s(self) -> float:
        return (len(self.times) - 1) / max(self.times[-1] - self.times[0], 1e-9)


def duration(seconds: float) -> str:
    """90 -> "1 min 30 s"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
