"""Undo and saved versions go along in our own zip; what an upload has of them is checked before it is believed."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from xtts_studio.dataset.exchange.past import check_past, is_past
from xtts_studio.dataset.exchange.reading import MOST_TEXT_BYTES
from xtts_studio.dataset.exchange.sound import bring
from xtts_studio.dataset.exchange.sources import Source
from xtts_studio.errors import StudioError


class Keepsakes:
    """Those of a source whose dataset lies in the folder `base`."""

    def __init__(self, source: Source, base: str, listed: set[str]) -> None:
        self._source, self._listed = source, listed
        self._prefix = f"{base}/" if base else ""

    def fetch(self, folder: Path) -> str | None:
        """Writes them to a folder; gives a notice where they can't be trusted, and then writes none."""
        names = list(self._names())
        try:
            for name in names:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                self._fetch(name, folder / name)
        except (StudioError, ValidationError, ValueError):
            return "Undo and saved versions were left behind: they are damaged."
        return None

    def _names(self) -> Iterator[str]:
        for path in self._source.sizes:
            name = path.removeprefix(self._prefix)
            if path.startswith(self._prefix) and is_past(name, self._listed):
                yield name

    def _fetch(self, name: str, target: Path) -> None:
        if name.endswith(".wav"):
            bring(self._source.path_of(self._prefix + name), target)
            return
        data = self._source.read(self._prefix + name, MOST_TEXT_BYTES)
        check_past(name, data)
        target.write_bytes(data)
