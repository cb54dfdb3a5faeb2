"""The events of work on Modal: a worker puts them into a queue in small lots, the server reads them without consuming.

A partition of the queue holds 5000 items and is read from its beginning each time. So the events of a job lie in
parts of `PART_ITEMS` lots, named by the job, the attempt (Modal runs an input again after a pre-emption) and the number
of the part. What the queue doesn't take waits for the next lot; what it never took is told with the answer.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any, Protocol, Self

from xtts_studio.errors import Cancelled
from xtts_studio.events import Event, Sound, event_data

logger = logging.getLogger(__name__)

PART_ITEMS = 400
LOT_EVERY_S = 1.0
MOST_UNTOLD = 20_000
"""Events that wait for a queue that takes none; then the oldest go."""

Told = dict[str, Any]
"""An event: its `kind` and its fields."""


class EventQueue(Protocol):
    """What we use of `modal.Queue`."""

    def put(self, v: Any, /, *, block: bool, partition: str) -> None: ...

    def len(self, *, partition: str) -> int: ...


def part_name(job_id: str, attempt: int, part: int) -> str:
    """The partition of a part, 64 bytes at most."""
    return f"{job_id[:40]}.{attempt}.{part}"


def stop_name(job_id: str) -> str:
    """The partition in which a server asks the work to end."""
    return f"{job_id[:40]}.stop"


class Telling:
    """A worker's side: `report` takes events at any rate; a thread of its own sends them.

    A context manager: at its end everything was sent, or is in `untold`.
    """

    def __init__(self, job_id: str, attempt: int, queue: EventQueue, every_s: float) -> None:
        self._job_id, self._attempt, self._queue, self._every_s = job_id, attempt, queue, every_s
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)
        self._part = self._lots = 0
        self._refused = False
        self.stopped = False
        self.untold: list[Told] = []

    def __enter__(self) -> Self:
        self._put([])  # tells that the work has begun
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(30)  # the queue may hang; the answer must not
        if not self._thread.is_alive():
            self._send()

    def report(self, event: Event) -> None:
        """A `Report`: raises `Cancelled` once the server has asked the work to stop."""
        if self.stopped:
            raise Cancelled
        if isinstance(event, Sound):
            return
        with self._lock:
            if event.kind == "progress" and self.untold and self.untold[-1]["kind"] == "progress":
                self.untold.pop()
            self.untold.append({"kind": event.kind, **event_data(event)})
            del self.untold[:-MOST_UNTOLD]

    def _beat(self) -> None:
        while not self._ended.wait(self._every_s):
            self._send()
            self._listen()

    def _send(self) -> None:
        with self._lock:
            lot = list(self.untold)
        if lot and self._put(lot):
            with self._lock:
                del self.untold[: len(lot)]

    def _put(self, lot: list[Told]) -> bool:
        """Puts a lot; into the next part where this one is full."""
        if self._lots >= PART_ITEMS:
            self._part, self._lots = self._part + 1, 0
        item = {"attempt": self._attempt, "events": lot}
        try:
            self._queue.put(item, block=False, partition=part_name(self._job_id, self._attempt, self._part))
        except Exception as error:  # the queue is a hint: a full or unreachable one must not end a training
            if not self._refused:
                logger.warning("events of job %s wait: the queue took none (%r)", self._job_id, error)
            self._refused = True
            return False
        self._lots += 1
        self._refused = False
        return True

    def _listen(self) -> None:
        try:
            self.stopped = self.stopped or self._queue.len(partition=stop_name(self._job_id)) > 0
        except Exception:
            logger.debug("whether job %s shall stop could not be asked", self._job_id, exc_info=True)


class Reading:
    """The server's side: gives each event of a job once, in order. `told`: how many it was told already.

    Metrics that a later attempt computes again, since its last checkpoint was before them, are left out.
    """

    def __init__(self, job_id: str, items: Callable[[str], Sequence[dict[str, Any]]], told: int = 0) -> None:
        self._job_id, self._items, self._skip = job_id, items, told
        self._attempt, self._part, self._index = 1, 0, 0
        self._highest: dict[str, int] = {}
        self._known: dict[str, int] = {}
        self.begun = False

    def new(self) -> list[Told]:
        """The events since the last time."""
        found: list[Told] = []
        while True:
            items = self._items(self._name())[self._index :]
            for item in items:
                self.begun = True
                found += self.fresh(item["events"])
            self._index += len(items)
            if not self._next_part():
                return found

    def fresh(self, events: Sequence[Told]) -> list[Told]:
        """Those of the events that were not told yet."""
        kept = [event for event in events if self._is_news(event)]
        skipped = min(self._skip, len(kept))
        self._skip -= skipped
        return kept[skipped:]

    def _is_news(self, event: Told) -> bool:
        if event["kind"] != "metric":
            return True
        name, step = event["name"], event["step"]
        self._highest[name] = max(step, self._highest.get(name, step))
        return bool(step > self._known.get(name, -1))

    def _next_part(self) -> bool:
        """Goes on to the next part of this attempt, or to the next attempt, where there is one."""
        for attempt, part in ((self._attempt, self._part + 1), (self._attempt + 1, 0), (self._attempt + 2, 0)):
            if self._items(part_name(self._job_id, attempt, part)):
                if attempt > self._attempt:
                    self._known = dict(self._highest)
                self._attempt, self._part, self._index = attempt, part, 0
                return True
        return False

    def _name(self) -> str:
        return part_name(self._job_id, self._attempt, self._part)
