"""A worker process that does many runs at once: one thread reads its pipe and hands each run what is its own."""

import itertools
import queue
import threading
import time
from collections.abc import Generator

from pydantic import BaseModel

from xtts_studio.errors import WorkerDied
from xtts_studio.jobs.following import Terms, follow
from xtts_studio.jobs.messages import Final, Message, Order, Run
from xtts_studio.jobs.process import POLL_S, WorkerProcess, explain_given_up, explain_silence
from xtts_studio.steps import Step

Inbox = queue.SimpleQueue[Message | WorkerDied]
"""What a run has told and nobody has taken yet. Speech in it is little, as the worker waits until it is heard."""


class SharedProcess:
    """Each run has its own reader, in a thread of its own; what one of them does never holds up another.

    A run that doesn't end in time after its cancel is abandoned: what it still tells is thrown away, but its end.
    """

    def __init__(self, process: WorkerProcess) -> None:
        self.process = process
        self.used_at = self._heard_at = time.monotonic()
        self._numbers = itertools.count()
        self._inboxes: dict[int, Inbox] = {}
        self._going: set[int] = set()
        self._lock = threading.Lock()
        self._ended: WorkerDied | None = None
        self._closing = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def alive(self) -> bool:
        return self._ended is None and self.process.alive

    @property
    def runs(self) -> int:
        """How many runs somebody waits for."""
        return len(self._inboxes)

    @property
    def abandoned(self) -> int:
        """How many runs go on that nobody waits for."""
        with self._lock:
            return len(self._going - self._inboxes.keys())

    def enter(self) -> int:
        """A number for a run that is about to begin; from now on the process is not idle."""
        number = next(self._numbers)
        with self._lock:
            self._inboxes[number] = queue.SimpleQueue()
            self._going.add(number)
            if self._ended is not None:
                self._inboxes[number].put(self._ended)
        return number

    def leave(self, number: int) -> None:
        """The run of this number is over, or nobody waits for it any more."""
        with self._lock:
            del self._inboxes[number]
        self.used_at = time.monotonic()

    def run(self, number: int, step: Step, request: BaseModel, terms: Terms) -> Generator[Message, None, None]:
        """Runs a step as `following.follow` does, between `enter` and `leave`."""
        run = Run(number, step, request.model_dump(mode="json"))
        return follow(self, run, terms)

    def stop(self) -> None:
        """Ends the process: politely, then by force. Runs that are left fail."""
        self._closing.set()
        self._reader.join(2 * POLL_S)
        if self._reader.is_alive():  # in the middle of a message that doesn't come to its end
            self.process.kill()
            self._reader.join()
        self.process.stop()

    # `following.Wire`

    def send(self, order: Order) -> None:
        self.process.send(order)

    def told(self, number: int) -> Message | None:
        try:
            message = self._inboxes[number].get(timeout=POLL_S)
        except queue.Empty:
            return None
        if isinstance(message, WorkerDied):
            raise WorkerDied(message.message, hint=message.hint)  # another for each reader: they raise it
        return message

    def disobeyed(self) -> None:
        """Nothing: the others go on, and what this run still tells has no reader."""

    def silent(self, silence_s: float) -> WorkerDied:
        """Ends the process if it was no single run's silence."""
        if time.monotonic() <= self._heard_at + silence_s:
            return explain_given_up(self.process.role, silence_s)
        error = explain_silence(self.process.role, silence_s)
        self._end(error)
        self.process.kill()
        return error

    # The reader

    def _read(self) -> None:
        try:
            while not self._closing.is_set():
                numbered = self.process.receive()
                if numbered is not None:
                    self._hand_out(*numbered)
            self._end(WorkerDied(f"The {self.process.role} worker was stopped.", hint="Try again."))
        except WorkerDied as error:
            self._end(error)

    def _hand_out(self, number: int, message: Message) -> None:
        self._heard_at = time.monotonic()
        with self._lock:
            inbox = self._inboxes.get(number)
            if isinstance(message, Final):
                self._going.discard(number)
        if inbox is not None:
            inbox.put(message)

    def _end(self, error: WorkerDied) -> None:
        """Tells all readers, once."""
        with self._lock:
            if self._ended is None:
                self._ended = error
                for inbox in self._inboxes.values():
                    inbox.put(error)
