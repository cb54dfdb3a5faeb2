"""`changes.jsonl` in a dataset's folder: a line for each change, and for each time that one is turned back or again.

A change of 20 000 clips is a line of ten megabytes: chunks are read only of those that are turned.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from xtts_studio.errors import DatasetError
from xtts_studio.shapes import Change
from xtts_studio.workspace import written_whole

CHANGES = "changes.jsonl"

MOST_UNDONE = 100
_COMPACT_BYTES = 64_000_000
_KEPT_BYTES = 32_000_000
"""What stays when a file of more than `_COMPACT_BYTES` is made smaller: the half, so that it isn't soon again."""


@dataclass(frozen=True)
class Line:
    """A change as it is written; `head` is what it tells without its chunks."""

    head: Change
    raw: bytes = b""

    @classmethod
    def read(cls, raw: bytes) -> "Line":
        """Raises `ValidationError`. In a JSON string the quotes that are looked for have backslashes."""
        starts = [at for at in (raw.find(b',"before":['), raw.find(b',"after":[')) if at >= 0]
        return cls(Change.model_validate_json(raw[: min(starts)] + b"}" if starts else raw), raw)

    def change(self) -> Change:
        """With its chunks. Raises `DatasetError` for a damaged line."""
        try:
            return Change.model_validate_json(self.raw)
        except ValidationError as error:
            raise DatasetError(
                f"{CHANGES} of the dataset is damaged: what {self.head.label!r} changed can't be read.",
                hint=f"Delete {CHANGES}: the clips stay as they are, and older changes can't be undone any more.",
            ) from error


def read_changes(folder: Path) -> Iterator[Line]:
    """All lines, the oldest first; what can't be read is passed over, and what a process that died left of one."""
    try:
        raw = (folder / CHANGES).read_bytes()
    except OSError:
        return
    for line in raw.split(b"\n")[:-1]:
        with suppress(ValidationError):
            yield Line.read(line)


def replayed(lines: Iterable[Line]) -> tuple[list[Line], list[Line]]:
    """What is done and what is undone after these lines, of each the one last that is turned next."""
    done: list[Line] = []
    undone: list[Line] = []
    for line in lines:
        if line.head.turned == "back" and done:
            undone.append(done.pop())
        elif line.head.turned == "again" and undone:
            done.append(undone.pop())
        elif line.head.turned == "past":
            for stack in (done, undone):
                if stack and stack[-1].head.id == line.head.id:
                    stack.pop()
        elif line.head.turned is None:
            done.append(line)
            undone.clear()
    return done[-MOST_UNDONE:], undone


@contextmanager
def appended(folder: Path, entry: Change) -> Iterator[None]:
    """A line that is there before what it tells of, and goes away where that fails: a full disk changes nothing."""
    size = append(folder, entry)
    try:
        yield
    except BaseException:
        _shorten(folder / CHANGES, size)
        raise


def append(folder: Path, entry: Change) -> int:
    """Adds a line, or nothing where that fails; gives where it begins.

    What a process that died left of a line goes first.
    """
    path = folder / CHANGES
    if path.exists() and path.stat().st_size > _COMPACT_BYTES:
        _compact(folder)
    size = _whole_lines(path)
    try:
        with path.open("ab") as file:
            file.truncate(size)
            file.write(_encoded(entry))
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        _shorten(path, size)
        raise
    return size


def _encoded(entry: Change) -> bytes:
    return entry.model_dump_json(exclude_defaults=True).encode() + b"\n"


def _shorten(path: Path, size: int) -> None:
    with suppress(OSError):  # where it can't even be opened, nothing was added
        os.truncate(path, size)


def _whole_lines(path: Path) -> int:
    """How many bytes of the file are lines that have an end."""
    if not path.exists():
        return 0
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        if file.read(1) in (b"", b"\n"):
            return size
        file.seek(0)
        return file.read().rfind(b"\n") + 1


def _compact(folder: Path) -> None:
    """Forgets what can no longer be undone, and the oldest where even the rest is large; never the last change."""
    done, undone = replayed(read_changes(folder))
    left = _KEPT_BYTES - sum(len(line.raw) for line in undone)
    kept: list[Line] = []
    for line in reversed(done):
        left -= len(line.raw)
        if left < 0 and kept:
            break
        kept.insert(0, line)
    back = [_encoded(line.head.model_copy(update={"turned": "back"})) for line in undone]
    with written_whole(folder / CHANGES) as temporary:
        temporary.write_bytes(b"".join([line.raw + b"\n" for line in kept + undone[::-1]] + back))
