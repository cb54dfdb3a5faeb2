"""Where a dataset is imported from: a zip, a folder, or a single file; names to files, and nothing beyond them.

Nothing is unpacked under a name of the zip's choosing: files are asked for by name, and land under one of ours.
"""

import os
import shutil
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Protocol

from xtts_studio.errors import DatasetError, TooLarge

MOST_FILES = 200_000
MOST_BYTES_OF_ONE = 4 * 1024**3
MOST_TIMES_LARGER = 100
"""Than the zip itself may be what it unpacks to. Sound hardly shrinks in a zip, texts to a tenth."""
SMALL_BYTES = 64 * 1024**2
"""What any zip may unpack to."""

_MOST_DIRECTORY_BYTES = 32 * 1024**2
_BLOCK_BYTES = 1 << 20
_PACK_ANEW = "Pack the zip anew."
_SEND_AGAIN = "Send it again, or pack it anew."
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, struct.error)


class Source(Protocol):
    """Files by their paths, with `/` between folders and NFC letters."""

    @property
    def sizes(self) -> Mapping[str, int]:
        """Every file and its size in bytes."""

    def read(self, name: str, most_bytes: int) -> bytes:
        """A file's content. Raises `TooLarge`, or `DatasetError` where it is damaged."""

    def path_of(self, name: str) -> Path:
        """A file to read from; only until the next call. Raises `DatasetError` where it is damaged."""

    def close(self) -> None: ...


def open_source(path: Path, name: str, scratch: Path) -> Source:
    """The source at a path, which the user knows as `name`. Raises `DatasetError` for what is none."""
    if path.is_dir():
        return FolderSource(path)
    with path.open("rb") as file:
        head = file.read(4)
    if head == b"PAR1":
        return SingleSource(path, name if name.endswith(".parquet") else f"{name}.parquet")
    if head[:2] != b"PK":
        raise DatasetError(
            f"{name} is neither a zip nor a Parquet file.",
            hint="Send the dataset's folder as a zip; recordings are uploaded as recordings.",
        )
    return ZipSource(path, scratch / "unpacked")


class FolderSource:
    """A folder of the user's own."""

    def __init__(self, root: Path) -> None:
        self._paths: dict[str, Path] = {}
        self.sizes: dict[str, int] = {}
        for folder, folders, files in os.walk(root):
            folders[:] = sorted(one for one in folders if not one.startswith("."))
            for file in sorted(files):
                path = Path(folder) / file
                if path.is_file():
                    self._add(path.relative_to(root).as_posix(), path)

    def _add(self, name: str, path: Path) -> None:
        if _ignored(name):
            return
        name = unicodedata.normalize("NFC", name)
        self._paths[name], self.sizes[name] = path, path.stat().st_size
        if len(self._paths) > MOST_FILES:
            raise _too_many()

    def read(self, name: str, most_bytes: int) -> bytes:
        _check_size(name, self.sizes[name], most_bytes)
        with self._paths[name].open("rb") as file:
            return file.read(most_bytes)

    def path_of(self, name: str) -> Path:
        return self._paths[name]

    def close(self) -> None:
        return


class SingleSource(FolderSource):
    """One file."""

    def __init__(self, path: Path, name: str) -> None:
        self._paths, self.sizes = {}, {}
        self._add(Path(name).name, path)


class ZipSource:
    """A zip; `unpacked` is where the file asked for last lies."""

    def __init__(self, path: Path, unpacked: Path) -> None:
        self._unpacked = unpacked
        self._zip = _opened(path)
        try:
            entries = [entry for entry in self._zip.infolist() if not entry.is_dir()]
            _check(entries, path.stat().st_size)
        except BaseException:
            self._zip.close()
            raise
        self._entries = {_name(entry): entry for entry in entries if not _ignored(_name(entry))}
        self.sizes = {name: entry.file_size for name, entry in self._entries.items()}

    def read(self, name: str, most_bytes: int) -> bytes:
        _check_size(name, self.sizes[name], most_bytes)
        try:
            with self._zip.open(self._entries[name]) as file:
                return file.read(most_bytes)
        except _DAMAGE as error:
            raise _damaged(name, error) from error

    def path_of(self, name: str) -> Path:
        try:
            with self._zip.open(self._entries[name]) as file, self._unpacked.open("wb") as out:
                shutil.copyfileobj(file, out, _BLOCK_BYTES)
        except _DAMAGE as error:
            raise _damaged(name, error) from error
        return self._unpacked

    def close(self) -> None:
        self._zip.close()
        self._unpacked.unlink(missing_ok=True)


def _opened(path: Path) -> zipfile.ZipFile:
    with path.open("rb") as file:
        if _directory_bytes(file) > _MOST_DIRECTORY_BYTES:
            raise _too_many()
    try:
        return zipfile.ZipFile(path)
    except _DAMAGE as error:
        raise DatasetError(f"The zip is damaged, or cut off: {error}.", hint=_SEND_AGAIN) from error


def _directory_bytes(file: BinaryIO) -> int:
    """What the zip's list of files takes; looked at first, since Python reads all of it into memory. 0: not found."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 65_600))
    tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0 or at + 16 > len(tail):
        return 0
    (found,) = struct.unpack("<I", tail[at + 12 : at + 16])
    if found != 0xFFFFFFFF:
        return int(found)
    at = tail.rfind(b"PK\6\6")
    return int(struct.unpack("<Q", tail[at + 40 : at + 48])[0]) if 0 <= at <= len(tail) - 48 else 0


def _check(entries: list[zipfile.ZipInfo], zip_bytes: int) -> None:
    """Refuses what no zip of a dataset has."""
    if len(entries) > MOST_FILES:
        raise _too_many()
    for entry in entries:
        name = _name(entry)
        if entry.flag_bits & 1:
            raise DatasetError("The zip is protected by a password.", hint="Pack it anew without one.")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise DatasetError(f"The zip holds a link, {name[:80]!r}; only files are taken.", hint=_PACK_ANEW)
        if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
            raise DatasetError(f"The zip holds a path that leads out of it: {name[:80]!r}.", hint=_PACK_ANEW)
        _check_size(name, entry.file_size, MOST_BYTES_OF_ONE)
    total = sum(entry.file_size for entry in entries)
    if total > max(SMALL_BYTES, MOST_TIMES_LARGER * zip_bytes):
        raise TooLarge(
            f"The zip of {zip_bytes / 1e6:,.1f} MB would unpack to {total / 1e6:,.0f} MB; no dataset does that.",
            hint=_PACK_ANEW,
        )


def _name(entry: zipfile.ZipInfo) -> str:
    """The path of an entry. Some programs write UTF-8 without saying so."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = entry.filename
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def _ignored(name: str) -> bool:
    """What systems put beside everybody's files."""
    return name.startswith("__MACOSX/") or name.rsplit("/", 1)[-1].startswith((".", "Thumbs.db", "desktop.ini"))


def _check_size(name: str, size: int, most_bytes: int) -> None:
    if size > most_bytes:
        raise TooLarge(
            f"{name[-80:]} has {size / 1e6:,.0f} MB; {most_bytes / 1e6:,.0f} MB are the most that is taken.",
            hint="Divide it into smaller files.",
        )


def _too_many() -> TooLarge:
    return TooLarge(f"There are more than {MOST_FILES:,} files in it.", hint="Import the dataset in several parts.")


def _damaged(name: str, error: BaseException) -> DatasetError:
    return DatasetError(f"{name[-80:]} is damaged in the zip: {error}.", hint=_SEND_AGAIN)
