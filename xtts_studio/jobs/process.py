"""A worker process as the server sees it: started, given runs, cancelled, and explained when it dies."""

import itertools
import multiprocessing
import signal
import time
from collections.abc import Callable, Generator
from pathlib import Path

from pydantic import BaseModel

from xtts_studio.errors import Cancelled, StudioError, WorkerDied
from xtts_studio.jobs import worker
from xtts_studio.jobs.messages import Cancel, Final, Message, Run, WorkerConfig
from xtts_studio.steps import Step

POLL_S = 0.1
STOP_WITHIN_S = 2.0

_SPAWN = multiprocessing.get_context("spawn")


class WorkerProcess:
    """One process, one step at a time. Used by one thread at a time; `kill` may come from any."""

    def __init__(self, config: WorkerConfig, generation: int = 0) -> None:
        self.role, self.generation = config.role, generation
        self.used_at = time.monotonic()
        self._numbers = itertools.count()
        self._connection, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=worker.main, args=(theirs, config), name=f"xtts-studio {config.role}")
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    @property
    def alive(self) -> bool:
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

    def run(
        self,
        step: Step,
        request: BaseModel,
        *,
        cancelled: Callable[[], bool],
        grace_s: float,
        silence_s: float | None = None,
    ) -> Generator[Message, None, None]:
        """Runs a step; yields its messages, the last of which is `Final`.

        Raises `Cancelled` for a run that did not end within `grace_s` of being cancelled, and `WorkerDied` for a
        process that ended or, with `silence_s`, gave no sign of life for so long; the process is gone then. Closing
        the iterator cancels the run.
        """
        number, over = next(self._numbers), False
        try:
            self._send(Run(number, step, request.model_dump(mode="json")))
            for message in self._messages(number, cancelled, grace_s, silence_s):
                over = isinstance(message, Final)
                yield message
        except GeneratorExit:
            if not over:
                self._finish_quietly(number, grace_s)
            raise
        finally:
            self.used_at = time.monotonic()

    def stop(self) -> None:
        """Ends the process: politely by closing the pipe, then by force."""
        self._connection.close()
        self._process.join(STOP_WITHIN_S)
        self.kill()

    def kill(self) -> None:
        """Ends the process by force."""
        if self._process.is_alive():
            self._process.kill()
        self._process.join(STOP_WITHIN_S)

    def _messages(
        self, number: int, cancelled: Callable[[], bool], grace_s: float, silence_s: float | None
    ) -> Generator[Message, None, None]:
        deadline: float | None = None
        heard = time.monotonic()
        while True:
            message = self._receive()
            if message is not None:
                heard = time.monotonic()
                yield message
                if isinstance(message, Final):
                    return
            if deadline is None and cancelled():
                deadline = time.monotonic() + grace_s
                self._send(Cancel(number))
            if deadline is not None and time.monotonic() > deadline:
                self.kill()
                raise Cancelled
            if silence_s is not None and time.monotonic() > heard + silence_s:
                self.kill()
                raise WorkerDied(
                    f"The {self.role} worker gave no sign of life for {silence_s:.0f} s and was ended.",
                    hint="Try again with a shorter or another file.",
                )

    def _finish_quietly(self, number: int, grace_s: float) -> None:
        try:
            self._send(Cancel(number))
            for _ in self._messages(number, lambda: True, grace_s, None):
                pass
        except (Cancelled, WorkerDied):
            self.kill()

    def _receive(self) -> Message | None:
        try:
            if self._connection.poll(POLL_S):
                message: Message = self._connection.recv()
                return message
        except (EOFError, OSError):
            raise self._death() from None
        if not self._process.is_alive() and not self._connection.poll(0):
            raise self._death()
        return None

    def _send(self, message: Run | Cancel) -> None:
        try:
            self._connection.send(message)
        except OSError:
            raise self._death() from None

    def _death(self) -> StudioError:
        self._process.join(STOP_WITHIN_S)
        self.kill()
        return explain_death(self.role, self._process.exitcode)


def explain_death(role: str, exit_code: int | None) -> WorkerDied:
    """The error for a worker that ended by itself: which signal, and the probable reason."""
    if exit_code == -signal.SIGKILL:
        return WorkerDied(
            f"The {role} worker was killed (signal SIGKILL), most likely because the machine ran out of memory.",
            hint="Close other programs or take a smaller batch, file or model, then start the job again.",
        )
    if exit_code is not None and exit_code < 0:
        return WorkerDied(
            f"The {role} worker was ended by signal {_signal_name(-exit_code)}, most likely a crash in a library.",
            hint="Start the job again; if it happens again with the same data, report it with the server's log.",
        )
    return WorkerDied(
        f"The {role} worker ended before its work did (exit status {exit_code}).",
        hint="The server's log says more. Start the job again.",
    )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
