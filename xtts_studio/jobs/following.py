"""A run in a worker process, as the one who waits for it sees it: its messages, its cancel, its silence."""

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Protocol

from xtts_studio.errors import Cancelled, WorkerDied
from xtts_studio.jobs.messages import Cancel, Final, Heard, Message, Order, Run, Spoke


@dataclass(frozen=True)
class Terms:
    """What holds for a run: it is cancelled when `cancelled` says so, and has `grace_s` to end then.

    `silence_s`: without a sign of life for so long it is given up; None: never. `wait_s`: how long it waits for its
    turn; negative: for ever. A process of another `generation`, with other settings, doesn't serve it. `job_id` is what
    its worker is shown to work on.

    For lanes whose work goes on without this server: `leaving` says that it ends, `resumed` that another server has
    started the work, and `told` how many of its events are known already.
    """

    cancelled: Callable[[], bool]
    grace_s: float
    silence_s: float | None = None
    wait_s: float = -1
    generation: int = 0
    job_id: str | None = None
    leaving: Callable[[], bool] = lambda: False
    resumed: bool = False
    told: int = 0


class Left(Exception):
    """This server ends, and the work goes on without it: the job stays as it is, for the next server to follow."""


class Wire(Protocol):
    """The way to a run and back. Everything but `disobeyed` raises `WorkerDied` where the process has ended."""

    def send(self, order: Order) -> None: ...

    def told(self, number: int) -> Message | None:
        """What this run says next; None where it says nothing for a moment."""

    def disobeyed(self) -> None:
        """A run did not end in time after its cancel."""

    def silent(self, silence_s: float) -> WorkerDied:
        """A run gave no sign of life for so long; gives the error for the one who waits for it."""


def follow(wire: Wire, run: Run, terms: Terms) -> Generator[Message, None, None]:
    """Starts a run; yields its messages, the last of which is `Final`. Closing the iterator cancels the run.

    Raises `Cancelled` for a run that did not end within `grace_s` of being cancelled, and `WorkerDied` for a
    process that ended or, with `silence_s`, a run that gave no sign of life for so long.
    """
    over = False
    try:
        wire.send(run)
        for message in _messages(wire, run.number, terms):
            over = isinstance(message, Final)
            yield message
            if isinstance(message, Spoke):
                wire.send(Heard(run.number))
    except GeneratorExit:
        if not over:
            _finish_quietly(wire, run.number, terms.grace_s)
        raise


def _messages(wire: Wire, number: int, terms: Terms) -> Generator[Message, None, None]:
    deadline: float | None = None
    heard = time.monotonic()
    while True:
        message = wire.told(number)
        if message is not None:
            yield message
            heard = time.monotonic()  # only now: a reader that takes its time is not the worker's silence
            if isinstance(message, Final):
                return
        if deadline is None and terms.cancelled():
            deadline = time.monotonic() + terms.grace_s
            wire.send(Cancel(number))
        if deadline is not None and time.monotonic() > deadline:
            wire.disobeyed()
            raise Cancelled
        if terms.silence_s is not None and time.monotonic() > heard + terms.silence_s:
            wire.send(Cancel(number))  # else it may wait for a listener for ever
            raise wire.silent(terms.silence_s)


def _finish_quietly(wire: Wire, number: int, grace_s: float) -> None:
    try:
        for _ in _messages(wire, number, Terms(lambda: True, grace_s)):
            pass
    except (Cancelled, WorkerDied):
        pass
