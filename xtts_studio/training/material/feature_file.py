"""Tensors by key in one safetensors file that is mapped, not read: of many thousands only those in use take memory."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from xtts_studio.workspace import written_whole

FILE = "features.safetensors"
_PUTS_PER_SAVE = 500
_MOST_SAVING = 1 / 30  # of the time: the file is written whole, which takes seconds where there are many thousands


class FeatureFile:
    """Tensors by key. A damaged file counts as empty; so does what can't be read of one.

    file = FeatureFile(folder / FILE)
    codes = file.get("codes/…")  # None: compute it, then file.put("codes/…", codes)
    file.save()
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mapped: Any = None
        self._written: set[str] = set()
        self._new: dict[str, Tensor] = {}
        self._used: set[str] = set()
        self._changed = 0
        self._save_s = 0.0  # how long the last one took
        self._saved_at_s = time.monotonic()
        self._open()

    @property
    def keys(self) -> set[str]:
        """Of all tensors, written or not yet."""
        return self._written | self._new.keys()

    def get(self, key: str) -> Tensor | None:
        """The tensor, which may be a view of the file: copy what is kept for long."""
        found = self._new.get(key)
        if found is None and key in self._written:
            found = self._read(key)
        if found is not None:
            self._used.add(key)
        return found

    def put(self, key: str, tensor: Tensor) -> None:
        """Adds a tensor; the file is written every 500 of them or somewhat later, and by `save`."""
        self._new[key] = tensor
        self._used.add(key)
        self._changed += 1
        due = time.monotonic() - self._saved_at_s >= self._save_s / _MOST_SAVING
        if self._changed >= _PUTS_PER_SAVE and due:
            self.save()

    def forget_unused(self, prefixes: Iterable[str]) -> None:
        """Drops what lies under `prefixes` and nobody asked for: clips that were deleted or edited."""
        unused = {key for key in self.keys if key.startswith(tuple(prefixes)) and key not in self._used}
        self._written -= unused
        self._new = {key: tensor for key, tensor in self._new.items() if key not in unused}
        self._changed += len(unused)

    def save(self) -> None:
        """Writes the file whole where something has changed; not where the dataset was deleted meanwhile.

        Where the disk refuses, all stays in memory: what is kept here can be computed again, and never stops a run.
        """
        if not self._changed or not self.path.parent.is_dir():
            return
        begun_s = time.monotonic()
        try:
            with written_whole(self.path) as temporary:
                self._write(temporary)
                self._mapped = None  # some systems replace no file that is mapped
            self._new = {}
        except (OSError, SafetensorError):
            pass
        finally:
            self._changed = 0
            self._open()
            self._saved_at_s = time.monotonic()
            self._save_s = self._saved_at_s - begun_s

    def _write(self, path: Path) -> None:
        kept = {key: found for key in sorted(self._written) if (found := self._read(key)) is not None}
        save_file(kept | self._new, path)

    def _open(self) -> None:
        self._mapped, self._written = None, set()
        try:
            self._mapped = safe_open(self.path, framework="pt")
            self._written = set(self._mapped.keys())
        except (OSError, SafetensorError):
            self._mapped = None

    def _read(self, key: str) -> Tensor | None:
        try:
            found: Tensor = self._mapped.get_tensor(key)
        except (OSError, SafetensorError):
            return None
        return found
