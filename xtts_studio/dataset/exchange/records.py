"""`xtts-studio.jsonl`: what foreign formats have no place for, a line for each clip, beside their own files.

The first line is the dataset without its chunks. `written` is the text as it stands in the foreign file: where that
file says something else now, somebody has edited it there, and that wins.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from xtts_studio.dataset.edits import DOUBTS_OF_WORDS
from xtts_studio.errors import DatasetError
from xtts_studio.shapes import Chunk, ClipDetails, Dataset, Stored

RECORDS = "xtts-studio.jsonl"

_LONGEST_LINE_BYTES = 16 * 1024**2


class Head(Stored):
    """The first line."""

    format: str
    dataset: Dataset


class Record(Stored):
    """A clip. `file` is where its sound lies in the export, `sound` the sha256 of that file."""

    file: str
    written: str | None = None
    sound: str | None = None
    chunk: Chunk
    details: ClipDetails = ClipDetails()


def head_line(format: str, dataset: Dataset) -> bytes:
    """The first line."""
    head = {"format": format, "dataset": dataset.model_dump(exclude={"chunks"})}
    return json.dumps(head, ensure_ascii=False).encode() + b"\n"


def record_line(record: Record) -> bytes:
    """A clip's line."""
    chunk = record.chunk.model_dump(exclude={"words"})
    whole = record.model_dump(exclude={"chunk", "details"}) | {"chunk": chunk}
    details = record.details.model_dump(exclude_defaults=True)
    return json.dumps(whole | ({"details": details} if details else {}), ensure_ascii=False).encode() + b"\n"


@dataclass(frozen=True)
class _Place:
    at: int
    offset: int


class Records:
    """The clips of a `xtts-studio.jsonl` in the folder `base`, by the path of their sound.

    They are read one by one as they are asked for: with their words they are large. `without_row` are those whose
    foreign file has no row, since they have no text.
    """

    def __init__(self, path: Path, base: str = "") -> None:
        self._file: BinaryIO = path.open("rb")
        self.prefix = f"{base}/" if base else ""
        self._places: dict[str, _Place] = {}
        self.without_row: list[str] = []
        try:
            self.head = Head.model_validate_json(self._file.readline(_LONGEST_LINE_BYTES))
            self._index()
        except (ValidationError, ValueError, KeyError, TypeError) as error:
            self._file.close()
            raise DatasetError(
                f"{RECORDS} can't be read: {str(error).splitlines()[0]}.",
                hint="Export the dataset anew; or delete the file, and the texts alone are imported.",
            ) from error

    def close(self) -> None:
        self._file.close()

    @property
    def count(self) -> int:
        return len(self._places)

    def find(self, file: str) -> tuple[int, Record] | None:
        """The clip whose sound is `file`, and its place in the dataset's order."""
        place = self._places.get(file)
        if place is None:
            return None
        self._file.seek(place.offset)
        return place.at, Record.model_validate_json(self._file.readline(_LONGEST_LINE_BYTES))

    def _index(self) -> None:
        """Every line is checked now, so that none is found broken midway."""
        while True:
            offset = self._file.tell()
            line = self._file.readline(_LONGEST_LINE_BYTES)
            if not line:
                return
            if line.strip():
                record = Record.model_validate_json(line)
                file = self.prefix + record.file
                self._places[file] = _Place(len(self._places), offset)
                if record.written is None:
                    self.without_row.append(file)


def edited_text(chunk: Chunk, text: str) -> Chunk:
    """The chunk with a text that somebody wrote elsewhere: what was heard says nothing of it any more."""
    flags = [flag for flag in chunk.flags if flag not in DOUBTS_OF_WORDS]
    update = {"text": text, "text_source": "imported", "confidence": None, "flags": flags, "words": []}
    return chunk.model_copy(update=update)
