"""A zip that is sent while it is written: what was packed is taken away piece by piece."""

import hashlib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

_BLOCK_BYTES = 1 << 20
_LEAST_BYTES = 1 << 16


class Packing:
    """A zip in the making. Nothing is compressed: sound hardly shrinks, and what is not can be sent at once.

    `sha256` has the digest of every file that was packed with `file`.
    """

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self._zip = zipfile.ZipFile(self, "w", zipfile.ZIP_STORED)
        self.sha256: dict[str, str] = {}

    def write(self, data: bytes) -> int:
        """For the zip: takes what it writes."""
        self._waiting.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """For the zip."""

    def take(self) -> bytes:
        """What was written since the last time."""
        taken = b"".join(self._waiting)
        self._waiting.clear()
        return taken

    def open(self, name: str, size_bytes: int = 0) -> IO[bytes]:
        """A file in the zip, to be written and closed before the next."""
        entry = zipfile.ZipInfo(name)
        entry.external_attr = 0o644 << 16
        entry.file_size = size_bytes
        return self._zip.open(entry, "w")

    def text(self, name: str, content: bytes) -> None:
        """Packs a small file."""
        with self.open(name, len(content)) as out:
            out.write(content)

    def file(self, name: str, path: Path) -> Iterator[None]:
        """Packs a file of any size; stops after every piece. Raises `OSError`."""
        digest = hashlib.sha256()
        with path.open("rb") as file, self.open(name, path.stat().st_size) as out:
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
                out.write(block)
                yield
        self.sha256[name] = digest.hexdigest()

    def close(self) -> None:
        """Writes the list of what is in it."""
        self._zip.close()


def streamed(pack: Callable[[Packing], Iterator[None]]) -> Iterator[bytes]:
    """The pieces of a zip that `pack` fills; it stops wherever pieces can be taken."""
    packing = Packing()
    held = bytearray()
    for _ in pack(packing):
        held += packing.take()
        if len(held) >= _LEAST_BYTES:
            yield bytes(held)
            held.clear()
    packing.close()
    yield bytes(held) + packing.take()
