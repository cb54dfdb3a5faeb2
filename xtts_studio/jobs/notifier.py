"""Wakes those who wait for news, in threads and in event loops of this process."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Notifier:
    """`notify` sets the event of every subscriber; a subscriber clears its own before it looks for news."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscribers: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}

    @contextmanager
    def subscribe(self) -> Iterator[asyncio.Event]:
        """An event of the running loop that is set whenever something may have changed."""
        event = asyncio.Event()
        with self._lock:
            self._subscribers[event] = asyncio.get_running_loop()
        try:
            yield event
        finally:
            with self._lock:
                del self._subscribers[event]

    def notify(self) -> None:
        """Tells all subscribers; callable from any thread."""
        with self._lock:
            for event, loop in self._subscribers.items():
                if not loop.is_closed():
                    loop.call_soon_threadsafe(event.set)
