"""Who is spoken for now and who waits: so many at once, in the order they came, and no more waiting than agreed."""

import asyncio
import math
import time
from collections import deque
from dataclasses import dataclass, field

from xtts_studio.errors import TooManyRequests
from xtts_studio.server.bodies import QueuedRequest, SpeechQueue

RECENT = 32
"""So many past speeches tell how long the next ones will take."""


@dataclass(eq=False)
class Ticket:
    """A request that is spoken (`turn` is done) or waits. `position`: how far back it stood when it came, 0 at once."""

    position: int
    request_id: str | None
    turn: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    began: float = 0.0


class Places:
    """The places of one server. Used on its event loop alone; who waits holds no thread."""

    def __init__(self, at_once: int, limit: int) -> None:
        self.at_once, self.limit = at_once, limit
        self._running: list[Ticket] = []
        self._waiting: deque[Ticket] = deque()
        self._durations_s: deque[float] = deque(maxlen=RECENT)

    def enter(self, request_id: str | None = None) -> Ticket:
        """A place, or one in the queue: `turn` tells when. Raises `TooManyRequests` at once where that is full."""
        if len(self._running) < self.at_once:
            ticket = Ticket(0, request_id)
            self._begin(ticket)
            return ticket
        if len(self._waiting) >= self.limit:
            raise self._full()
        ticket = Ticket(len(self._waiting) + 1, request_id)
        self._waiting.append(ticket)
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Frees what a ticket holds, be it a place or one in the queue; once is enough."""
        if ticket in self._waiting:
            self._waiting.remove(ticket)
        elif ticket in self._running:
            self._running.remove(ticket)
            self._durations_s.append(time.monotonic() - ticket.began)
            while self._waiting and len(self._running) < self.at_once:
                self._begin(self._waiting.popleft())

    def queue(self) -> SpeechQueue:
        """All requests and where they stand."""
        spoken = [QueuedRequest(id=ticket.request_id, position=0) for ticket in self._running]
        waiting = [QueuedRequest(id=ticket.request_id, position=at) for at, ticket in enumerate(self._waiting, start=1)]
        return SpeechQueue(
            running=len(spoken),
            waiting=len(waiting),
            at_once=self.at_once,
            limit=self.limit,
            requests=[*spoken, *waiting],
        )

    def _begin(self, ticket: Ticket) -> None:
        ticket.began = time.monotonic()
        self._running.append(ticket)
        if not ticket.turn.done():  # its owner may have been cancelled this very moment, and will leave
            ticket.turn.set_result(None)

    def _full(self) -> TooManyRequests:
        return TooManyRequests(
            f"{len(self._running)} requests are being spoken and {len(self._waiting)} wait; more are not taken.",
            hint="Try again when some of them have ended, or raise XTTS_SPEECH_QUEUE.",
            details={"retry_after_s": self._retry_after_s()},
        )

    def _retry_after_s(self) -> int:
        """When a request that came now would begin to be spoken, judged by the last ones."""
        now = time.monotonic()
        durations_s = self._durations_s or [now - ticket.began for ticket in self._running]
        mean_s = sum(durations_s) / len(durations_s)
        return max(1, math.ceil(mean_s * (len(self._waiting) + 1) / self.at_once))
