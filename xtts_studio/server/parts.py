"""The bytes of a file that arrives in parts: written in order, and hashed on the way."""

import hashlib
import os
from pathlib import Path

from xtts_studio.errors import InvalidInput

_READ_BYTES = 1 << 20


class Part:
    """The open end of an upload. Not for several threads at once."""

    def __init__(self, path: Path, size_bytes: int, hashed: "Hashed") -> None:
        self._path, self._size_bytes, self._hashed = path, size_bytes, hashed
        self._file = path.open("ab", buffering=0)
        self._begin = self.end = self._file.seek(0, os.SEEK_END)

    def write(self, block: bytes) -> None:
        """Adds bytes. Raises `InvalidInput` for more than the upload was to have: nothing of the part is kept then."""
        if self.end + len(block) > self._size_bytes:
            self._file.truncate(self._begin)
            self._hashed.forget()
            raise beyond(self._size_bytes)
        rest = memoryview(block)
        while rest:
            written = self._file.write(rest) or 0
            self._hashed.take(rest[:written], self.end)
            rest, self.end = rest[written:], self.end + written

    def close(self) -> None:
        """Brings what was written to the disk. More than once does nothing more."""
        if self._file.closed:
            return
        try:
            os.fsync(self._file.fileno())
        finally:
            self._file.close()


class Hashed:
    """The sha256 of an upload's first `position` bytes, as far as this process has seen them."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._sha256, self.position = hashlib.sha256(), 0

    def take(self, block: memoryview, at: int) -> None:
        """Bytes that were written at `at`."""
        if at == self.position:
            self._sha256.update(block)
            self.position += len(block)

    def catch_up(self, path: Path) -> str:
        """Reads on to the end of the file; the sha256 of all of it."""
        with path.open("rb") as file:
            file.seek(self.position)
            while block := file.read(_READ_BYTES):
                self.take(memoryview(block), self.position)
        return self._sha256.hexdigest()


def beyond(size_bytes: int) -> InvalidInput:
    """The error for more bytes than were announced."""
    return InvalidInput(
        f"The part goes beyond the {size_bytes:,} bytes that this upload was to have; nothing of it was kept.",
        hint="Begin another upload with the right size.",
        details={"size_bytes": size_bytes},
    )
