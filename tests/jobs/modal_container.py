"""The inside of a container of the stand-in: a process that runs our real `modal_step` for one input after another."""

import logging
import os
import threading
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any


class Outside:
    """What a container asks of Modal, over its pipe; one question at a time."""

    def __init__(self, connection: "Connection[Any, Any]") -> None:
        self._connection, self._lock = connection, threading.Lock()

    def ask(self, *question: Any) -> Any:
        with self._lock:
            self._connection.send(question)
            kind, answer = self._connection.recv()
        if kind == "raise":
            raise answer
        return answer

    def tell(self, *word: Any) -> None:
        with self._lock:
            self._connection.send(word)


class Queue:
    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    def put(self, v: Any, /, *, block: bool, partition: str) -> None:
        assert not block, "a worker must never wait for the queue"
        self._outside.ask("put", partition, v)

    def len(self, *, partition: str) -> int:
        return int(self._outside.ask("len", partition))


class Volume:
    def __init__(self, outside: Outside, folder: str) -> None:
        self._outside, self._folder = outside, folder

    def commit(self) -> None:
        self._outside.ask("commit", self._folder)

    def reload(self) -> None:
        self._outside.ask("reload", self._folder)


def main(connection: "Connection[Any, Any]", home: Path, folders: tuple[str, ...], fake: bool) -> None:
    """Runs inputs `(streams, job_id, step, request)` until the pipe closes."""
    os.environ["XTTS_HOME"] = str(home)
    logging.basicConfig(level=logging.INFO, format=f"%(asctime)s {home.name}: %(message)s")
    import xtts_studio.jobs.modal_step as modal_step

    modal_step.LOT_EVERY_S = 0.05  # type: ignore[attr-defined]
    if fake:
        from tests.jobs import fake_steps

        modal_step.STEPS = fake_steps.STEPS  # type: ignore[attr-defined]
        modal_step.FILES = {}  # type: ignore[attr-defined]
    outside = Outside(connection)
    volumes = [Volume(outside, folder) for folder in folders]
    given: dict[str, Any] = {"queue": Queue(outside), "volumes": volumes}
    connection.send(("ready",))
    while True:
        try:
            streams, *arguments = connection.recv()
        except (EOFError, OSError):
            os._exit(0)
        try:
            if streams:
                for item in modal_step.stream_step(*arguments, **given):
                    outside.ask("yield", item)
                outside.tell("returned", None)
            else:
                outside.tell("returned", modal_step.run_step(*arguments, **given))
        except Exception as error:
            outside.tell("raised", f"{type(error).__name__}: {error}\n{traceback.format_exc()}")
