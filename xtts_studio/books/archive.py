"""The ZIP file that an EPUB is, read with limits: a small file may claim to hold more than a disk."""

import posixpath
import zipfile
import zlib
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

from xtts_studio.errors import BookError

MOST_ENTRIES = 50_000
MOST_BYTES_OF_ONE = 32 * 1024**2
MOST_BYTES = 256 * 1024**2
"""Of all texts together; pictures and sound are never unpacked."""


class Archive:
    """Files by their path, from `/` as the root. Raises `BookError` for what can't be read."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, RuntimeError) as error:
            raise BookError(f"{path.name!r} is no EPUB, or a damaged one: {error}.", hint="Fetch it again.") from error
        entries = self._zip.infolist()
        if len(entries) > MOST_ENTRIES:
            raise BookError(f"{path.name!r} holds {len(entries):,} files, more than any book does.")
        self._entries = {posixpath.normpath(entry.filename): entry for entry in entries}
        self._read_bytes = 0

    def close(self) -> None:
        self._zip.close()

    def __contains__(self, path: str) -> bool:
        return path in self._entries

    def read(self, path: str) -> bytes:
        """The bytes of a file."""
        entry = self._entries.get(path)
        if entry is None:
            raise BookError(f"The EPUB has no {path[:80]!r}, though it names it.", hint="Fetch it again.")
        if entry.flag_bits & 1:
            raise protected()
        most = min(MOST_BYTES_OF_ONE, MOST_BYTES - self._read_bytes)
        try:
            with self._zip.open(entry) as file:
                data = file.read(most + 1)  # what the entry says of its size may be untrue
        except (
            zipfile.BadZipFile,
            EOFError,
            OSError,
            ValueError,
            RuntimeError,
            zlib.error,
        ) as error:
            raise BookError(f"{path[:80]!r} in the EPUB is damaged: {error}.", hint="Fetch it again.") from error
        if len(data) > most:
            raise BookError(
                f"{path[:80]!r} in the EPUB unpacks to more than {most / 1024**2:.0f} MB; no text is that long."
            )
        self._read_bytes += len(data)
        return data

    def xml(self, path: str) -> ElementTree.Element:
        """An XML file's root. Entities of its own are refused: they can multiply without end."""
        data = self.read(path)
        if b"<!ENTITY" in data.replace(b"\0", b""):
            raise BookError(f"{path[:80]!r} in the EPUB defines entities, which is refused.")
        try:
            return ElementTree.fromstring(data)
        except (ElementTree.ParseError, LookupError, ValueError) as error:
            raise BookError(f"{path[:80]!r} in the EPUB is no XML: {error}.", hint="Fetch it again.") from error


def protected() -> BookError:
    """For a book that only its shop's readers can open."""
    return BookError(
        "This EPUB is protected against copying (DRM); its text can't be read.",
        hint="Take an edition without protection.",
    )


def resolved(base: str, link: str) -> tuple[str, str]:
    """A link within the file `base`: the path it leads to, and the anchor there ("" for the whole file)."""
    path, _, anchor = link.partition("#")
    folder = posixpath.dirname(base)
    target = posixpath.normpath(posixpath.join(folder, unquote(path))) if path else base
    return target.lstrip("/"), unquote(anchor)
