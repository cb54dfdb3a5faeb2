"""The inside of a worker process: runs one step at a time and tells the server what happens.

A second thread listens for `Cancel` and for the end of the server: when the pipe closes, the process ends at once, so
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
from multiprocessing.connection import Connection

from xtts_studio.errors import Cancelled, DiskFull, OutOfMemory, StudioError
from xtts_studio.events import Event, Progress, Sound, event_data
from xtts_studio.jobs.messages import Cancel, Failed, Final, Message, Run, Spoke, Stopped, Succeeded, Told, WorkerConfig
from xtts_studio.workspace import Workspace

PROGRESS_EVERY_S = 0.1
"""Progress that comes faster than this is left out, except for the end."""


def main(connection: "Connection[Message, Run | Cancel]", config: WorkerConfig) -> None:
    """The life of a worker: runs what it is given until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the server decides
    os.environ.update(config.environment)
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that wait must not take the cores of those that work
    if config.memory_limit_bytes is not None:
        _limit_memory(config.memory_limit_bytes)
    logging.basicConfig(level=logging.INFO, format=f"%(asctime)s {config.role} worker: %(message)s")
    worker = _Worker(connection, Workspace(config.home))
    threading.Thread(target=worker.listen, daemon=True).start()
    worker.work()


class _Worker:
    def __init__(self, connection: "Connection[Message, Run | Cancel]", workspace: Workspace) -> None:
        self._connection, self._workspace = connection, workspace
        self._sending = threading.Lock()  # a step may report from threads of its own
        self._runs: queue.SimpleQueue[Run] = queue.SimpleQueue()
        self._cancelled = -1
        self._last_progress = 0.0

    def listen(self) -> None:
        """Takes what the server sends; ends the process when the server is gone."""
        try:
            while True:
                message = self._connection.recv()
                if isinstance(message, Cancel):
                    self._cancelled = message.number
                else:
                    self._runs.put(message)
        except (EOFError, OSError):
            os._exit(0)

    def work(self) -> None:
        """Runs step after step."""
        while True:
            run = self._runs.get()
            self._last_progress = 0.0
            self._send(self._outcome(run))

    def _outcome(self, run: Run) -> Final:
        try:
            request = run.step.request.model_validate(run.request)
            result = run.step.load()(request, self._workspace, lambda event: self._report(run.number, event))
            return Succeeded(result.model_dump(mode="json"))
        except Cancelled:
            return Stopped()
        except Exception as error:
            if self._cancelled == run.number and not isinstance(error, StudioError):
                return Stopped()  # a library may wrap the `Cancelled` that went through it
            return failed(run.step.name, error)

    def _report(self, number: int, event: Event) -> None:
        if self._cancelled == number:
            raise Cancelled
        if isinstance(event, Sound):
            self._send(Spoke(event.samples))
        elif not self._too_soon(event):
            self._send(Told(event.kind, event_data(event)))

    def _too_soon(self, event: Event) -> bool:
        if not isinstance(event, Progress):
            return False
        now = time.monotonic()
        if now - self._last_progress < PROGRESS_EVERY_S and event.fraction < 1:
            return True
        self._last_progress = now
        return False

    def _send(self, message: Message) -> None:
        with self._sending:
            self._connection.send(message)


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
