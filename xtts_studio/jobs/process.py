"""A worker process as the server sees it: started, given runs, cancelled, and explained when it dies."""

import itertools
import logging
import multiprocessing
import signal
import threading
import time
from collections.abc import Generator
from pathlib import Path

from pydantic import BaseModel

from xtts_studio.errors import WorkerDied
from xtts_studio.jobs import worker
from xtts_studio.jobs.following import Terms, follow
from xtts_studio.jobs.messages import Message, Numbered, Order, Run, WorkerConfig
from xtts_studio.steps import Step

logger = logging.getLogger(__name__)

POLL_S = 0.1
STOP_WITHIN_S = 2.0

_SPAWN = multiprocessing.get_context("spawn")


class WorkerProcess:
    """One process. `run` does one step at a time, for one thread; `shared_process` does many with `send` and `receive`.

    `kill` and `send` may come from any thread.
    """

    def __init__(self, config: WorkerConfig, generation: int = 0) -> None:
        self.role, self.generation = config.role, generation
        self.used_at = time.monotonic()
        self._numbers = itertools.count()
        self._sending, self._ending = threading.Lock(), threading.RLock()
        self._connection, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=worker.main, args=(theirs, config), name=f"xtts-studio {config.role}")
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    @property
    def alive(self) -> bool:
        with self._ending:
            return self._process.is_alive()

    @property
    def memory_bytes(self) -> int | None:
        """Resident memory, where the system tells it."""
        try:
            for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        except OSError:
            pass
        return None

    def run(self, step: Step, request: BaseModel, terms: Terms) -> Generator[Message, None, None]:
        """Runs a step as `following.follow` does. What doesn't end in time, or says nothing, ends with the process."""
        run = Run(next(self._numbers), step, request.model_dump(mode="json"))
        try:
            yield from follow(self, run, terms)
        finally:
            self.used_at = time.monotonic()

    def send(self, order: Order) -> None:
        """Tells the process; raises `WorkerDied` where it has ended."""
        try:
            with self._sending:
                self._connection.send(order)
        except OSError:
            raise self.death() from None

    def receive(self) -> Numbered | None:
        """What the process says next; None where it says nothing for a moment. Raises `WorkerDied`. For one thread."""
        try:
            if self._connection.poll(POLL_S):
                numbered: Numbered = self._connection.recv()
                return numbered
        except (EOFError, OSError):
            raise self.death() from None
        if not self.alive and not self._connection.poll(0):
            raise self.death()
        return None

    def death(self) -> WorkerDied:
        """Makes sure that the process has ended; gives the error that explains it."""
        with self._ending:
            self._process.join(STOP_WITHIN_S)
            self.kill()
            return explain_death(self.role, self._process.exitcode)

    def stop(self) -> None:
        """Ends the process: politely by closing the pipe, then by force."""
        self._connection.close()
        with self._ending:
            self._process.join(STOP_WITHIN_S)
            self.kill()

    def kill(self) -> None:
        """Ends the process by force."""
        with self._ending:
            if self._process.is_alive():
                self._process.kill()
            self._process.join(STOP_WITHIN_S)

    # `following.Wire`, for the runs of `run`

    def told(self, number: int) -> Message | None:
        numbered = self.receive()
        return numbered[1] if numbered is not None and numbered[0] == number else None

    def disobeyed(self) -> None:
        self.kill()

    def silent(self, silence_s: float) -> WorkerDied:
        self.kill()
        return explain_silence(self.role, silence_s)


def explain_death(role: str, exit_code: int | None) -> WorkerDied:
    """The error for a worker that ended by itself: which signal, and the probable reason. It is logged too."""
    logger.error("the %s worker ended by itself, exit status %s", role, exit_code)
    if exit_code == -signal.SIGKILL:
        return WorkerDied(
            f"The {role} worker was killed (signal SIGKILL), most likely because the machine ran out of memory.",
            hint="Try again; if it happens again, close other programs or take a smaller batch, file or model.",
        )
    if exit_code is not None and exit_code < 0:
        return WorkerDied(
            f"The {role} worker was ended by signal {_signal_name(-exit_code)}, most likely a crash in a library.",
            hint="Try again; if it happens again with the same data, report it with the server's log.",
        )
    return WorkerDied(
        f"The {role} worker ended before its work did (exit status {exit_code}).",
        hint="The server's log says more. Try again.",
    )


def explain_silence(role: str, silence_s: float) -> WorkerDied:
    """The error for a worker that was ended as it said nothing any more."""
    return WorkerDied(
        f"The {role} worker gave no sign of life for {silence_s:.0f} s and was ended.",
        hint="Try again with a shorter or another file.",
    )


def explain_given_up(role: str, silence_s: float) -> WorkerDied:
    """The error for one run that said nothing any more, in a worker that goes on."""
    return WorkerDied(
        f"The {role} worker gave no sign of life for this request for {silence_s:.0f} s, so it was given up.",
        hint="Try again with a shorter text or another file.",
    )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
