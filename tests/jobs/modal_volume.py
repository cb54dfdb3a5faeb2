"""A stand-in for `modal.Volume`: files as they were committed, and copies of them where containers mount it."""

import io
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import modal

Snapshot = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class Entry:
    """As `modal.types.FileEntry`: `type` 1 is a file, 2 a folder."""

    path: str
    type: int
    mtime: int
    size: int


class Volume:
    """`root` holds what was committed. A mount is a copy; a commit brings there what changed in it since."""

    def __init__(self, root: Path) -> None:
        self.root, self._lock = root, threading.RLock()
        root.mkdir(parents=True)
        self.uploads: list[str] = []
        self.reads: list[str] = []
        self.refuse_after: int | None = None
        """After so many more uploaded files the connection breaks."""

    # As a container sees it

    def mount(self, folder: Path) -> Snapshot:
        """A fresh copy of what was committed."""
        with self._lock:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(self.root, folder)
            return snapshot(folder)

    def commit_from(self, folder: Path, base: Snapshot) -> Snapshot:
        """Takes over what changed in a mount; the last writer of a file wins."""
        with self._lock:
            now = snapshot(folder)
            for name in now:
                if base.get(name) != now[name]:
                    target = self.root / name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(folder / name, target)
            for name in base.keys() - now.keys():
                (self.root / name).unlink(missing_ok=True)
            return now

    # As the SDK has it

    def commit(self) -> None:
        raise RuntimeError("commit() can only be called within a container")

    reload = commit

    def read_file(self, path: str) -> Iterator[bytes]:
        target = self.root / path
        if not target.is_file():
            raise FileNotFoundError(path)
        self.reads.append(path)
        content = target.read_bytes()
        for start in range(0, len(content), 65536):
            yield content[start : start + 65536]

    def listdir(self, path: str, *, recursive: bool = False) -> list[Entry]:
        folder = self.root / path.strip("/")
        if not folder.exists():
            raise modal.exception.NotFoundError(path)
        found = folder.rglob("*") if recursive else folder.iterdir()
        return [
            Entry(p.relative_to(self.root).as_posix(), 2 if p.is_dir() else 1, int(p.stat().st_mtime), p.stat().st_size)
            for p in found
        ]

    def remove_file(self, path: str, recursive: bool = False) -> None:
        target = self.root / path
        if not target.exists():
            raise FileNotFoundError(path)
        shutil.rmtree(target) if recursive and target.is_dir() else target.unlink()

    @contextmanager
    def batch_upload(self, force: bool = False) -> Iterator["Batch"]:
        batch = Batch()
        yield batch
        with self._lock:
            for path, content in batch.files:
                if self.refuse_after is not None:
                    if self.refuse_after <= 0:
                        self.refuse_after = None
                        raise ConnectionError("the connection broke")
                    self.refuse_after -= 1
                target = self.root / path.strip("/")
                if target.exists() and not force:
                    raise FileExistsError(path)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
                self.uploads.append(path.strip("/"))


class Mount:
    """A volume as the container of the server sees it: a folder, brought up to date by commit and reload."""

    def __init__(self, volume: Volume, folder: Path) -> None:
        self._volume, self._folder = volume, folder
        self._base: Snapshot = snapshot(folder)

    def commit(self) -> None:
        self._base = self._volume.commit_from(self._folder, {} if not self._base else self._base)

    def reload(self) -> None:
        self._base = self._volume.mount(self._folder)


class Batch:
    """What is uploaded when the block ends."""

    def __init__(self) -> None:
        self.files: list[tuple[str, bytes]] = []

    def put_file(self, local_file: Any, remote_path: str, mode: int | None = None) -> None:
        content = local_file.read() if isinstance(local_file, io.IOBase) else Path(local_file).read_bytes()
        self.files.append((str(remote_path), content))


def snapshot(folder: Path) -> Snapshot:
    """Size and time of each file of a folder."""
    found = {}
    for path in folder.rglob("*"):
        try:
            if path.is_file():
                found[path.relative_to(folder).as_posix()] = (path.stat().st_size, path.stat().st_mtime_ns)
        except FileNotFoundError:  # one that was just renamed
            continue
    return found


def open_files(pid: int, folder: Path) -> list[str]:
    """The files in a folder that a process has open or mapped."""
    process = Path(f"/proc/{pid}")
    found = []
    try:
        for handle in (process / "fd").iterdir():
            with suppress(OSError):
                found.append(str(handle.readlink()))
        found += [line.split(maxsplit=5)[-1] for line in (process / "maps").read_text().splitlines() if "/" in line]
    except OSError:
        return []
    return [path for path in found if path.startswith(f"{folder}/")]
