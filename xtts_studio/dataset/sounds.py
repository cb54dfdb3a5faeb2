"""How long the sound of each clip is, read once from end to end: `sounds.json` in the dataset's folder remembers.

A header can promise more than a file holds, so that only reading tells; of 20 000 clips that takes half a minute, and
asking whether they have changed since half a second. Derived: deleting the file loses nothing.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import soundfile

from xtts_studio.workspace import read_json, written_whole

SOUNDS = "sounds.json"

_VERSION = 1


@dataclass(frozen=True)
class Sound:
    """What reading a sound file gave: its samples, or why it can't be read."""

    samples: int = 0
    rate_hz: int = 0
    problem: str | None = None

    @property
    def duration_s(self) -> float:
        return self.samples / self.rate_hz


class Sounds:
    """The sounds of a dataset's clips; those of files that haven't changed are not read again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known = _read(folder)
        self._fresh: dict[str, list[int]] = {}
        self._changed = False

    def __getitem__(self, file: str) -> Sound:
        path = self._folder / file
        try:
            found = path.stat()
        except OSError:
            return Sound(problem="Its sound file is missing.")
        known = self._known.get(file)
        if known is None or known[:2] != [found.st_size, found.st_mtime_ns]:
            sound = _read_whole(path)
            if sound.problem is not None:  # it may be readable tomorrow
                return sound
            known = [found.st_size, found.st_mtime_ns, sound.samples, sound.rate_hz]
            self._changed = True
        self._fresh[file] = known
        return Sound(known[2], known[3])

    def save(self) -> None:
        """Remembers what was asked for. A folder that can't be written to is no error: the files are read again."""
        if not self._changed or not self._folder.is_dir():  # the dataset was deleted meanwhile
            return
        try:
            with written_whole(self._folder / SOUNDS) as temporary:
                temporary.write_text(json.dumps({"version": _VERSION, "sounds": self._fresh}), encoding="utf-8")
        except OSError:
            return
        self._changed = False


def _read(folder: Path) -> dict[str, list[int]]:
    try:
        content = read_json(folder / SOUNDS)
        rows: dict[str, list[int]] = content["sounds"] if content["version"] == _VERSION else {}
        return {file: row for file, row in rows.items() if len(row) == 4}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _read_whole(path: Path) -> Sound:
    """Reads all of a file: it can end early."""
    try:
        samples, rate_hz = soundfile.read(path, dtype="int16")
    except (soundfile.LibsndfileError, OSError) as error:
        return Sound(problem=f"Its sound file can't be read: {error}.")
    return Sound(len(samples), int(rate_hz))
