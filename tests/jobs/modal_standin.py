"""Modal without Modal: an in-memory stand-in for what the backend uses of the SDK, as the service behaves.

A call runs our real `run_step` or `stream_step` in a process of its own (a container), whose workspace folder is
mounted from what the volumes have committed. `get` raises the builtin TimeoutError while the call runs, `RemoteError`
once it was cancelled, `OutputExpiredError` when its answer is too old. A container that is pre-empted is killed, and
the same input runs again from its start in a fresh one; a warm container keeps what it had mounted until it reloads,
which fails while it has a file open there, as a commit does.
"""

import itertools
import multiprocessing
import os
import queue as queues
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import modal

from tests.jobs import modal_container
from tests.jobs.modal_volume import Snapshot, Volume, open_files

QUEUE_LIMIT = 5000
NAMES = {"data": "xtts-finetune-data", "cache": "xtts-model-cache", "speakers": "xtts-speakers"}
OPEN_FILES = "there are open files preventing the operation"


class Queue:
    """A named queue: partitions that hold 5000 items; `iterate` leaves them there."""

    def __init__(self) -> None:
        self.partitions: dict[str, list[Any]] = {}
        self.limit = QUEUE_LIMIT

    def put(self, v: Any, block: bool = True, timeout: float | None = None, *, partition: str) -> None:
        assert 1 <= len(partition.encode()) <= 64
        items = self.partitions.setdefault(partition, [])
        if len(items) >= self.limit:
            raise queues.Full
        items.append(v)

    def len(self, *, partition: str) -> int:
        return len(self.partitions.get(partition, []))

    def iterate(self, *, partition: str, item_poll_timeout: float = 0.0) -> Iterator[Any]:
        yield from list(self.partitions.get(partition, []))


class Container:
    """A process with the volumes mounted. It serves one input at a time."""

    def __init__(self, service: "Service") -> None:
        self._service = service
        self.home = service.root / "containers" / f"c{next(service.numbers)}"
        self._bases: dict[str, Snapshot] = {
            name: volume.mount(self.home / name) for name, volume in service.volumes.items()
        }
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        arguments = (theirs, self.home, tuple(service.volumes), service.fake)
        self._process = context.Process(target=modal_container.main, args=arguments, daemon=True)
        self._process.start()
        theirs.close()

    def run(self, streams: bool, arguments: tuple[Any, ...], on_yield: Callable[[Any], None]) -> Any:
        """Runs an input; raises `EOFError` when the process dies, `RemoteError` for what the function raised."""
        assert self._hear() == ("ready",) if not self._served else True
        self._served = True
        self._pipe.send((streams, *arguments))
        while True:
            word, *rest = self._hear()
            if word == "returned":
                return rest[0]
            if word == "raised":
                raise modal.exception.RemoteError(rest[0])
            try:
                self._pipe.send(("answer", self._do(word, rest, on_yield)))
            except (RuntimeError, queues.Full) as error:
                self._pipe.send(("raise", error))

    _served = False

    def _hear(self) -> Any:
        try:
            return self._pipe.recv()
        except OSError as error:
            raise EOFError from error

    def _do(self, word: str, rest: list[Any], on_yield: Callable[[Any], None]) -> Any:
        service = self._service
        if word == "put":
            service.queue.put(rest[1], block=False, partition=rest[0])
        elif word == "yield":
            on_yield(rest[0])
        elif word == "len":
            return service.queue.len(partition=rest[0])
        else:
            self._bring_up_to_date(word, rest[0])
        return None

    def _bring_up_to_date(self, word: str, name: str) -> None:
        """Commit or reload; both need that nothing is open."""
        service, folder, volume = self._service, self.home / name, self._service.volumes[name]
        opened = open_files(self._process.pid or 0, folder)
        if opened:
            service.refused.append((word, opened[0]))
            raise RuntimeError(OPEN_FILES)
        if word == "commit":
            self._bases[name] = volume.commit_from(folder, self._bases[name])
        else:
            self._bases[name] = volume.mount(folder)

    def kill(self) -> None:
        if self._process.pid is not None and self._process.is_alive():
            os.kill(self._process.pid, signal.SIGKILL)
        self._process.join(10)


class Call:
    """A `modal.FunctionCall`."""

    def __init__(self, service: "Service", function: str, arguments: tuple[Any, ...]) -> None:
        self.object_id = f"fc-{next(service.numbers)}"
        self.function, self.arguments, self.attempts = function, arguments, 0
        self._service, self._ended, self._lock = service, threading.Event(), threading.Lock()
        self._container: Container | None = None
        self._outcome: Any = None
        self._again = False
        threading.Thread(target=self._live, daemon=True).start()

    def get(self, timeout: float | None = None) -> Any:
        if self._service.broken:
            raise self._service.broken
        if not self._ended.wait(timeout):
            raise TimeoutError
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome

    def cancel(self, terminate_containers: bool = False) -> None:
        self._end(modal.exception.RemoteError("Cancelled"))

    # What befalls it

    def preempt(self) -> None:
        """Takes the container away; the same input runs again."""
        with self._lock:
            self._again = True
            if self._container is not None:
                self._container.kill()

    def time_out(self) -> None:
        """It has run for as long as its function may."""
        self._end(modal.exception.FunctionTimeoutError("Task's current input hit its timeout"))

    def expire(self) -> None:
        """Seven days pass."""
        assert self._ended.wait(30)
        self._outcome = modal.exception.OutputExpiredError("expired")

    def _end(self, outcome: Any) -> None:
        with self._lock:
            if self._ended.is_set():
                return
            self._outcome = outcome
            self._ended.set()
            if self._container is not None:
                self._container.kill()

    def _live(self) -> None:
        while not self._service.gate.wait(0.02):  # no container is free yet
            if self._ended.is_set():
                return
        while not self._ended.is_set():
            self._attempt()

    def _attempt(self) -> None:
        container = self._service.container(self.function)
        with self._lock:
            self._container, self._again = container, False
            self.attempts += 1
            if self._ended.is_set():
                container.kill()
                return
        try:
            outcome = container.run(False, self.arguments, lambda _: None)
        except EOFError:
            if not self._again:
                self._end(modal.exception.RemoteError("the container ended unexpectedly"))
            return
        except modal.exception.RemoteError as error:
            outcome = error
        with self._lock:
            self._container = None
        self._service.warm(self.function, container)
        self._end(outcome)


class Service:
    """What there is on Modal's side. `sdk` is what a server sees of it, in place of the module `modal`."""

    def __init__(self, root: Path, fake: bool = True) -> None:
        self.root, self.fake, self.numbers = root, fake, itertools.count(1)
        self.volumes = {name: Volume(root / "volumes" / name) for name in NAMES}
        self.queue, self.dict = Queue(), _Dict()
        self.calls: list[Call] = []
        self.refused: list[tuple[str, str]] = []
        self.broken: Exception | None = None
        self.deployed = True
        self.gate = threading.Event()
        """Clear it, and new calls wait for a container."""
        self.gate.set()
        self._warm: dict[str, list[Container]] = {}
        self._all: list[Container] = []
        self.sdk = self._sdk()

    def container(self, function: str) -> Container:
        """A warm one, or a fresh one."""
        waiting = self._warm.get(function, [])
        if waiting:
            return waiting.pop()
        container = Container(self)
        self._all.append(container)
        return container

    def warm(self, function: str, container: Container) -> None:
        """Keeps a container for the next input; of training there is a fresh one each time."""
        if function != "training_worker":
            self._warm.setdefault(function, []).append(container)

    def stop(self) -> None:
        for container in self._all:
            container.kill()

    def call(self, number: int = -1, within_s: float = 20.0) -> Call:
        """A call, once it was spawned."""
        end = time.monotonic() + within_s
        while len(self.calls) <= (number if number >= 0 else 0):
            assert time.monotonic() < end, "nothing was spawned"
            time.sleep(0.01)
        return self.calls[number]

    def _spawn(self, function: str, *arguments: Any) -> Call:
        if not self.deployed:
            raise modal.exception.NotFoundError("App not found")
        self.calls.append(Call(self, function, arguments))
        return self.calls[-1]

    def _generate(self, function: str, *arguments: Any) -> Iterator[Any]:
        if not self.deployed:
            raise modal.exception.NotFoundError("App not found")
        container = self.container(function)
        items: queues.Queue[Any] = queues.Queue()

        def live() -> None:
            try:
                container.run(True, arguments, lambda item: items.put(item))
                items.put(None)
            except (EOFError, modal.exception.RemoteError) as error:
                items.put(modal.exception.RemoteError(str(error)))

        threading.Thread(target=live, daemon=True).start()
        over = False
        try:
            while (item := items.get(timeout=60)) is not None:
                if isinstance(item, Exception):
                    raise item
                yield item
            over = True
        finally:
            self.warm(function, container) if over else container.kill()

    def _sdk(self) -> Any:
        by_name = {NAMES[folder]: volume for folder, volume in self.volumes.items()}
        by_id = lambda call_id: next(call for call in self.calls if call.object_id == call_id)  # noqa: E731
        return SimpleNamespace(
            Queue=SimpleNamespace(from_name=lambda name, **_: self.queue),
            Dict=SimpleNamespace(from_name=lambda name, **_: self.dict),
            Volume=SimpleNamespace(from_name=lambda name, **_: by_name[name]),
            FunctionCall=SimpleNamespace(from_id=by_id),
            Function=SimpleNamespace(
                from_name=lambda app, name: SimpleNamespace(
                    spawn=lambda *arguments: self._spawn(name, *arguments),
                )
            ),
            Cls=SimpleNamespace(
                from_name=lambda app, name: (
                    lambda: SimpleNamespace(
                        stream=SimpleNamespace(remote_gen=lambda *arguments: self._generate(name, *arguments))
                    )
                )
            ),
        )


class _Dict(dict[str, Any]):
    """A `modal.Dict`."""
