"""What was read from files that are replaced whole: kept in memory for as long as the file is the one that was read."""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

_Content = TypeVar("_Content")
_Stamp = tuple[int, int, int]


class Kept(Generic[_Content]):
    """Contents of the files that were asked for last, up to `most`. What it gives is shared: nobody may change it."""

    def __init__(self, read: Callable[[Path], _Content], most: int = 8) -> None:
        self._read, self._most = read, most
        self._known: OrderedDict[Path, tuple[_Stamp, _Content]] = OrderedDict()
        self._lock = Lock()

    def get(self, path: Path) -> _Content:
        """What the file holds; read again only where it has changed. Raises what reading it raises."""
        stamp = _stamp(path)
        with self._lock:
            known = self._known.get(path)
            if known and known[0] == stamp:
                self._known.move_to_end(path)
                return known[1]
        content = self._read(path)
        self._put(path, stamp, content)
        return content

    def written(self, path: Path, content: _Content) -> None:
        """Tells what was just written to a file."""
        self._put(path, _stamp(path), content)

    def _put(self, path: Path, stamp: _Stamp | None, content: _Content) -> None:
        with self._lock:
            if stamp is not None:
                self._known[path] = (stamp, content)
                self._known.move_to_end(path)
            while len(self._known) > self._most:
                self._known.popitem(last=False)


def _stamp(path: Path) -> _Stamp | None:
    """What tells a file from the one that takes its place; each is written under a name of its own first."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
