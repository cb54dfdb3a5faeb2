"""metadata.json: a dataset written down, a line for each chunk, and kept in memory until somebody changes the file.

A dataset of 20 000 chunks has a file of some megabytes. The server answers lists and edits from what it has read
before, as long as the file on disk is the one that it read; an edit writes the lines of the others as they were.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from xtts_studio.dataset.details import read_details, write_details
from xtts_studio.dataset.kept import Kept
from xtts_studio.errors import DatasetError, NotFound
from xtts_studio.shapes import Chunk, Dataset
from xtts_studio.workspace import written_whole

METADATA = "metadata.json"


@dataclass(frozen=True)
class Written:
    """A dataset as it is on disk. Nobody changes `dataset` or what is in it: others read it at the same time.

    `lines` are its chunks as they are written, in order; other versions of the studio may have written them.
    """

    dataset: Dataset
    lines: tuple[bytes, ...]

    @cached_property
    def position(self) -> dict[str, int]:
        """Where in the list a chunk is, by its file."""
        return {chunk.file: index for index, chunk in enumerate(self.dataset.chunks)}


def read_written(folder: Path) -> Written:
    """The dataset in a folder, read from disk only where it has changed. Raises `NotFound`, `DatasetError`."""
    return _kept.get(folder / METADATA)


def read_fresh(folder: Path) -> Dataset:
    """The dataset in a folder, an own one to change. Raises `NotFound`, `DatasetError`."""
    return _dataset(folder, _bytes(folder))


def read_to_change(folder: Path) -> Written:
    """As `read_written`, with all words beside the sounds: a line of metadata.json has none. The caller holds the lock.

    Datasets that were written before clips had details have their words in metadata.json.
    """
    written = read_written(folder)
    if any(chunk.words for chunk in written.dataset.chunks):
        write(folder, written.dataset)
        written = read_written(folder)
    return written


def write(folder: Path, dataset: Dataset) -> None:
    """Writes a dataset whole; words that chunks have go to their details."""
    for chunk in dataset.chunks:
        if chunk.words:
            _put_words_aside(folder, chunk)
    _write(folder, dataset, [line_of(chunk) for chunk in dataset.chunks])


def write_and_keep(folder: Path, written: Written) -> None:
    """Writes a dataset whose chunks' lines are known, and keeps it in memory."""
    _write(folder, written.dataset, written.lines)
    _kept.written(folder / METADATA, written)


def _write(folder: Path, dataset: Dataset, lines: Sequence[bytes]) -> None:
    with written_whole(folder / METADATA) as temporary:
        temporary.write_bytes(encoded(dataset, lines))


def encoded(dataset: Dataset, lines: Sequence[bytes]) -> bytes:
    """A dataset as metadata.json has it; `lines` are its chunks."""
    head = json.dumps(dataset.model_dump(exclude={"chunks"}), ensure_ascii=False, indent=1)
    chunks = b",".join(b"\n  " + line for line in lines)
    return head.removesuffix("\n}").encode() + b',\n "chunks": [' + chunks + b"\n ]\n}\n"


def line_of(chunk: Chunk) -> bytes:
    """A chunk as metadata.json has it: without its words."""
    return chunk.model_dump_json(exclude={"words"}).encode()


def _put_words_aside(folder: Path, chunk: Chunk) -> None:
    details = read_details(folder, chunk.file)
    if details.words != chunk.words:
        write_details(folder, chunk.file, details.model_copy(update={"words": chunk.words}))


def _bytes(folder: Path) -> bytes:
    try:
        return (folder / METADATA).read_bytes()
    except FileNotFoundError:
        raise NotFound(
            f"There is no dataset {folder.name!r}.", hint="Cutting a recording makes one; or choose another."
        ) from None
    except OSError as error:
        raise _unreadable(folder, str(error)) from error


def _read(path: Path) -> Written:
    raw = _bytes(path.parent)
    dataset = _dataset(path.parent, raw)
    return Written(dataset, _lines(raw, len(dataset.chunks)) or tuple(line_of(chunk) for chunk in dataset.chunks))


def _lines(raw: bytes, count: int) -> tuple[bytes, ...] | None:
    """The chunks' lines of a file that is laid out as we write it; None for another layout."""
    _, start, rest = raw.partition(b'\n "chunks": [\n  ')
    listed, end, _ = rest.rpartition(b"\n ]\n}\n")
    lines = tuple(listed.split(b",\n  "))
    return lines if start and end and len(lines) == count else None


def _dataset(folder: Path, raw: bytes) -> Dataset:
    try:
        return Dataset.model_validate_json(raw)
    except ValidationError as error:
        wrong = error.errors()[0]
        where = ".".join(str(part) for part in wrong["loc"])
        raise _unreadable(folder, f"{where}: {wrong['msg']}" if where else wrong["msg"]) from error


def _unreadable(folder: Path, why: str) -> DatasetError:
    return DatasetError(
        f"The {METADATA} of dataset {folder.name!r} can't be read: {why}.",
        hint="Repair the file, or delete the dataset and cut it again.",
    )


_kept = Kept(_read)
