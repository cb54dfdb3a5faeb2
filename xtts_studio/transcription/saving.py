"""Changes to a dataset's chunks, kept for some seconds and written together: large ones take their time."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from xtts_studio.dataset import metadata, store
from xtts_studio.dataset.details import read_details, write_details
from xtts_studio.shapes import Chunk, ClipDetails, Dataset
from xtts_studio.workspace import Workspace

Change = Callable[[Chunk], Chunk | None]
"""Takes a chunk as it is now and gives what takes its place; None leaves it (somebody has changed it meanwhile)."""

DetailsChange = Callable[[ClipDetails], ClipDetails]
Beside = list[tuple[str, DetailsChange]]
"""Changes of what lies beside the sound of some files."""

_SAVE_EVERY_S = 2.0
_WRITERS = 8
_WORK_PER_SAVING = 20.0  # so that saving takes no more than a twentieth of the time


class Keeper:
    """Collects changes; `save` writes them all. Who is killed in between loses some seconds of work."""

    def __init__(self, workspace: Workspace, name: str) -> None:
        self._workspace, self._name = workspace, name
        self.folder: Path = workspace.dataset(name)
        self._waiting: list[tuple[str, Change, DetailsChange | None]] = []
        self._next_s = time.monotonic() + _SAVE_EVERY_S

    def later(self, file: str, change: Change, details: DetailsChange | None = None) -> None:
        """Notes a change of the chunk `file`, and of what is kept beside its sound; saves when it is time to."""
        self._waiting.append((file, change, details))
        if time.monotonic() >= self._next_s:
            self.save()

    def save(self, more: Callable[[Dataset], Beside] | None = None) -> None:
        """Writes what is waiting, and `more` changes of the whole dataset.

        Details come last: a proof that is there has its flags in the dataset.
        """
        if not self._waiting and more is None:
            return
        began_s = time.monotonic()
        with store.locked(self._workspace, self._name):
            dataset = store.read_folder(self.folder)
            beside = self._apply(dataset)
            if more is not None:
                beside += more(dataset)
            metadata.write(self.folder, dataset)
            with ThreadPoolExecutor(_WRITERS) as pool:  # each waits for the disk, and they wait together
                list(pool.map(self._put_beside, beside))
        self._waiting = []
        now_s = time.monotonic()
        self._next_s = now_s + max(_SAVE_EVERY_S, _WORK_PER_SAVING * (now_s - began_s))

    def _put_beside(self, one: tuple[str, DetailsChange]) -> None:
        file, change = one
        write_details(self.folder, file, change(read_details(self.folder, file)))

    def _apply(self, dataset: Dataset) -> Beside:
        places = {chunk.file: index for index, chunk in enumerate(dataset.chunks)}
        beside: Beside = []
        for file, change, details in self._waiting:
            at = places.get(file)
            changed = change(dataset.chunks[at]) if at is not None else None
            if at is None or changed is None:
                continue
            dataset.chunks[at] = changed
            places[changed.file] = at
            if details is not None:
                beside.append((changed.file, details))
        return beside
