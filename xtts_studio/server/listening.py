"""How far work is that somebody waits for: a first listening to a recording, the reading of an upload."""

from collections.abc import Iterator
from contextlib import contextmanager

from xtts_studio.events import Event, Progress, Report


class Listening:
    """Fractions by id, of a recording or an upload. One is worked on at a time; who waits for the same sees how far the
    first one is."""

    def __init__(self) -> None:
        self._fractions: dict[str, float] = {}

    def fraction(self, key: str) -> float | None:
        """From 0 to 1; None while nothing is under way."""
        return self._fractions.get(key)

    @contextmanager
    def to(self, key: str) -> Iterator[Report]:
        """Takes what a step tells of its progress, as long as it runs."""

        def report(event: Event) -> None:
            if isinstance(event, Progress):
                self._fractions[key] = event.fraction

        try:
            yield report
        finally:
            self._fractions.pop(key, None)
