"""What the folder of a spoken book remembers, `book.json`: what was asked for, and which chapters are done."""

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

from xtts_studio import shapes
from xtts_studio.books import Chapter
from xtts_studio.workspace import read_json

STATE = "book.json"


class ChapterState(shapes.Stored):
    """A chapter that is done. `file` is None for one in which there was nothing to speak."""

    number: int
    title: str
    file: str | None
    fingerprint: str
    audio_s: float
    notices: list[str] = []


class BookState(shapes.Stored):
    """`book.json`. `settings` are those of a speech request; `voice` and `model` tell one of the same name apart.

    `precision` is the one that the first chapter was spoken in: the others follow, wherever they are spoken.
    """

    version: int = 1
    title: str
    author: str = ""
    source: str
    audio_format: shapes.AudioFormat
    settings: dict[str, Any]
    voice: str
    model: str
    precision: shapes.Precision | None = None
    chapters: list[ChapterState] = []

    def fingerprint(self, chapter: Chapter) -> str:
        """Of everything that decides how a chapter sounds."""
        # Books begun before there was a strength were spoken at 1, and go on.
        settings = {name: value for name, value in self.settings.items() if (name, value) != ("strength", 1.0)}
        parts = [self.audio_format, settings, self.voice, self.model, chapter.text]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]

    def done(self, chapters: list[Chapter], folder: Path) -> dict[int, ChapterState]:
        """The chapters that are done and whose files are there, by the numbers that they have in the book now.

        Of chapters that read alike each has a state of its own: the one whose number is nearest. A file that two name
        is the sound of one of them only, nobody knows which.
        """
        named = Counter(done.file for done in self.chapters)
        there = [d for d in self.chapters if d.file is None or (named[d.file] == 1 and (folder / d.file).is_file())]
        pairs = [
            (abs(done.number - number), number, place)
            for number, fingerprint in enumerate(map(self.fingerprint, chapters), start=1)
            for place, done in enumerate(there)
            if done.fingerprint == fingerprint
        ]
        found: dict[int, ChapterState] = {}
        taken: set[int] = set()
        for _, number, place in sorted(pairs):
            if number not in found and place not in taken:
                found[number] = there[place]
                taken.add(place)
        return found


def read_state(folder: Path) -> BookState | None:
    """What was written by an earlier run; None where there is nothing that can be read."""
    try:
        return BookState.model_validate(read_json(folder / STATE))
    except (OSError, ValueError):
        return None
