"""The inside of a worker process: runs steps, one at a time or many at once, and tells the server what happens.

A second thread listens for orders and for the end of the server: when the pipe closes, the process ends at once, so
that no worker outlives its server.
"""

import logging
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection

from xtts_studio import threads
from xtts_studio.errors import Cancelled, DiskFull, OutOfMemory, StudioError
from xtts_studio.events import Event, Progress, Sound, event_data
from xtts_studio.jobs.messages import (
    Cancel,
    Failed,
    Final,
    Heard,
    Message,
    Numbered,
    Order,
    Run,
    Spoke,
    Stopped,
    Succeeded,
    Told,
    WorkerConfig,
)
from xtts_studio.workspace import Workspace

PROGRESS_EVERY_S = 0.1
"""Progress that comes faster than this is left out, except for the end."""

MOST_UNHEARD = 8
"""Pieces of one run's speech that may be on their way; a run whose listener is slow waits, and only that run."""

Send = Callable[[Message], None]


def main(connection: "Connection[Numbered, Order]", config: WorkerConfig) -> None:
    """The life of a worker: runs what it is given until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the server decides
    os.environ.update(config.environment)
    threads.prepare()
    if config.memory_limit_bytes is not None:
        _limit_memory(config.memory_limit_bytes)
    logging.basicConfig(level=logging.INFO, format=f"%(asctime)s {config.role} worker: %(message)s")
    worker = _Worker(connection, Workspace(config.home))
    threading.Thread(target=worker.listen, daemon=True).start()
    worker.work_at_once() if config.many else worker.work_in_turn()


class _Teller:
    """Tells the server of one run, and the run that it was cancelled. Steps may report from threads of their own."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._changed = threading.Condition()
        self._unheard = 0
        self._last_progress = 0.0
        self.cancelled = False

    def report(self, event: Event) -> None:
        """A `Report`: raises `Cancelled` once the run is cancelled; waits while too much speech was not heard."""
        if isinstance(event, Sound):
            self._wait_for_listener()
            self._send(Spoke(event.samples))
        elif self.cancelled:
            raise Cancelled
        elif not self._too_soon(event):
            self._send(Told(event.kind, event_data(event)))

    def cancel(self) -> None:
        with self._changed:
            self.cancelled = True
            self._changed.notify_all()

    def heard(self) -> None:
        with self._changed:
            self._unheard -= 1
            self._changed.notify_all()

    def _wait_for_listener(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self.cancelled or self._unheard < MOST_UNHEARD)
            if self.cancelled:
                raise Cancelled
            self._unheard += 1

    def _too_soon(self, event: Event) -> bool:
        if not isinstance(event, Progress):
            return False
        now = time.monotonic()
        if now - self._last_progress < PROGRESS_EVERY_S and event.fraction < 1:
            return True
        self._last_progress = now
        return False


class _Worker:
    def __init__(self, connection: "Connection[Numbered, Order]", workspace: Workspace) -> None:
        self._connection, self._workspace = connection, workspace
        self._sending = threading.Lock()
        self._loading = threading.Lock()  # two threads that import the same packages may each find them half made
        self._waiting: queue.SimpleQueue[tuple[Run, _Teller]] = queue.SimpleQueue()
        self._tellers: dict[int, _Teller] = {}

    def listen(self) -> None:
        """Takes what the server sends; ends the process when the server is gone."""
        try:
            while True:
                self._take(self._connection.recv())
        except (EOFError, OSError):
            os._exit(0)

    def work_in_turn(self) -> None:
        """Runs step after step, in this thread."""
        while True:
            self._run(*self._waiting.get())

    def work_at_once(self) -> None:
        """Runs each step in a thread of its own, whatever else runs."""
        while True:
            threading.Thread(target=self._run, args=self._waiting.get(), daemon=True).start()

    def _take(self, order: Order) -> None:
        if isinstance(order, Run):
            number = order.number
            self._tellers[number] = _Teller(lambda message: self._send(number, message))
            self._waiting.put((order, self._tellers[number]))
        elif (teller := self._tellers.get(order.number)) is None:
            return  # it has ended already
        elif isinstance(order, Cancel):
            teller.cancel()
        elif isinstance(order, Heard):
            teller.heard()

    def _run(self, run: Run, teller: _Teller) -> None:
        outcome = self._outcome(run, teller)
        del self._tellers[run.number]
        self._send(run.number, outcome)

    def _outcome(self, run: Run, teller: _Teller) -> Final:
        try:
            request = run.step.request.model_validate(run.request)
            with self._loading:
                function = run.step.load()
            result = function(request, self._workspace, teller.report)
            return Succeeded(result.model_dump(mode="json"))
        except Cancelled:
            return Stopped()
        except Exception as error:
            if teller.cancelled and not isinstance(error, StudioError):
                return Stopped()  # a library may wrap the `Cancelled` that went through it
            return failed(run.step.name, error)

    def _send(self, number: int, message: Message) -> None:
        with self._sending:
            self._connection.send((number, message))


def failed(step: str, error: Exception) -> Failed:
    trace = "".join(traceback.format_exception(error))
    known = _known(step, error)
    if known is not None:
        return Failed(known.to_dict(), None if known is error else trace)
    unexpected = StudioError(
        f"The step '{step}' failed unexpectedly ({type(error).__name__}).",
        hint="The server's log says where. Try again; if it stays, report it with that part of the log.",
    )
    return Failed(unexpected.to_dict(), trace)


def _known(step: str, error: Exception) -> StudioError | None:
    """The error for the user, where an exception has a meaning for them."""
    if isinstance(error, StudioError):
        return error
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":  # the latter is CUDA's
        return OutOfMemory(
            f"The step '{step}' needed more memory than there is for it.",
            hint="Take a smaller file, batch or model, or close other programs that use memory or the GPU.",
        )
    if isinstance(error, ModuleNotFoundError):
        return StudioError(
            f"The step '{step}' needs the package {error.name!r}, which is not installed.",
            hint="Install everything the workers need: pip install 'xtts-studio[all]'",
        )
    return DiskFull.of(error) if isinstance(error, OSError) else None


def _limit_memory(limit_bytes: int) -> None:
    """Limits what the process may allocate (Linux). Not the address space: libraries reserve much that they never use.

    Threads of numeric libraries are few then, as each has buffers of its own.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, str(min(4, os.cpu_count() or 1)))
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (limit_bytes, limit_bytes))
