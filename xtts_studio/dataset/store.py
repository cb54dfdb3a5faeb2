"""Datasets on disk: `data/datasets/<name>/metadata.json` and `chunks/chunk_001.wav` …

Whoever changes a dataset holds its lock from reading to writing, so that edits at the same time don't undo each other.
Readers need no lock: metadata.json is replaced whole.
"""

import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from xtts_studio.dataset.kept import Kept
from xtts_studio.dataset.metadata import METADATA, read_fresh, read_written, write
from xtts_studio.errors import Conflict, DatasetError, NotFound
from xtts_studio.shapes import Chunk, Dataset, DatasetSummary
from xtts_studio.workspace import Workspace, check_name

CHUNKS = "chunks"

_CHUNK_FILE = re.compile(r"(?:chunks/)?([^/\\\x00]{1,200}\.wav)")
_CHUNK_NUMBER = re.compile(r"chunk_(\d+)\.wav")
_LOCK_S = 30.0


def read(workspace: Workspace, name: str) -> Dataset:
    """A dataset; its chunks' words lie in their details. Raises `NotFound`, or `DatasetError` for a broken file."""
    return read_folder(workspace.dataset(name))


def read_folder(folder: Path) -> Dataset:
    """The dataset in a folder, wherever it lies."""
    return read_fresh(folder)


def list_datasets(workspace: Workspace) -> list[DatasetSummary]:
    """What there is, the newest first. Reads no sound; folders that can't be read are left out."""
    folders = workspace.datasets.iterdir() if workspace.datasets.is_dir() else iter(())
    found = []
    for folder in sorted(folders):
        if not folder.name.startswith(".") and (folder / METADATA).exists():
            try:
                found.append(_summaries.get(folder / METADATA))
            except (DatasetError, NotFound):  # NotFound: somebody deletes it at this moment
                continue
    return sorted(found, key=lambda dataset: dataset.created_at, reverse=True)


def summarize(dataset: Dataset) -> DatasetSummary:
    """Counts of a dataset; durations and texts of its active chunks."""
    active = [chunk for chunk in dataset.chunks if chunk.state == "active"]
    return DatasetSummary(
        name=dataset.name,
        language=dataset.language,
        created_at=dataset.created_at,
        chunk_count=len(dataset.chunks),
        transcribed_count=sum(1 for chunk in active if chunk.text.strip()),
        dropped_count=len(dataset.chunks) - len(active),
        duration_s=round(sum(chunk.duration_s for chunk in active), 3),
        recordings=[recording.id for recording in dataset.recordings],
    )


_summaries = Kept(lambda path: summarize(read_written(path.parent).dataset), most=1000)
"""Kept on their own: of whole datasets only a few are."""


def new_dataset(name: str, language: str | None = None) -> Dataset:
    """An empty dataset, in memory."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Dataset(name=check_name(name, "dataset name"), language=language, created_at=now)


@contextmanager
def changing(workspace: Workspace, name: str, create: bool = False) -> Iterator[Dataset]:
    """Gives the dataset to be changed; it is written at the end, unless an error passes.

    With `create` a new one is given where there is none; otherwise `NotFound`. Raises `Conflict` when somebody else
    holds the dataset for long.
    """
    folder = workspace.dataset(name)
    with locked(workspace, folder.name):
        try:
            dataset = read_folder(folder)
        except NotFound:
            if not create:
                raise
            dataset = new_dataset(name)
        yield dataset
        write(folder, dataset)


@contextmanager
def locked(workspace: Workspace, name: str) -> Iterator[None]:
    """Holds a dataset from reading to writing. Raises `Conflict` when somebody else does for long.

    Locks lie beside the datasets, not in them: a dataset's folder holds nothing of this machine.
    """
    locks = workspace.datasets / ".locks"
    locks.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(locks / f"{workspace.dataset(name).name}.lock", timeout=_LOCK_S):
            yield
    except Timeout:
        raise Conflict(
            f"Dataset {name!r} is being changed by somebody else.", hint="Try again when that is finished."
        ) from None


def find_chunk(dataset: Dataset, file: str) -> Chunk:
    """The chunk of a file, named with or without its folder. Raises `NotFound`."""
    wanted = file if file.startswith(f"{CHUNKS}/") else f"{CHUNKS}/{file}"
    for chunk in dataset.chunks:
        if chunk.file == wanted:
            return chunk
    raise NotFound(f"Dataset {dataset.name!r} has no chunk {file[:80]!r}.")


def chunk_path(workspace: Workspace, name: str, file: str) -> Path:
    """A chunk's sound file. Raises `NotFound`; never gives a path outside the dataset's chunks."""
    match = _CHUNK_FILE.fullmatch(file)
    folder = (workspace.dataset(name) / CHUNKS).resolve()
    path = (folder / match[1]).resolve() if match else None
    if path is None or path.parent != folder or not path.is_file():
        raise NotFound(f"Dataset {name!r} has no chunk {file[:80]!r}.")
    return path


def next_number(dataset: Dataset, folder: Path) -> int:
    """The first number that no chunk of the dataset has, be it listed or only lying there."""
    names = [Path(chunk.file).name for chunk in dataset.chunks]
    names += [path.name for path in (folder / CHUNKS).glob("chunk_*.wav")]
    return 1 + max((int(match[1]) for name in names if (match := _CHUNK_NUMBER.fullmatch(name))), default=0)


def delete(workspace: Workspace, name: str) -> None:
    """Deletes a dataset with its chunks; recordings and models stay. Raises `NotFound`."""
    folder = workspace.dataset(name)
    with locked(workspace, folder.name):
        if not (folder / METADATA).exists():
            raise NotFound(f"There is no dataset {folder.name!r}.")
        doomed = workspace.datasets / f".deleted-{secrets.token_hex(8)}"
        folder.rename(doomed)
    shutil.rmtree(doomed, ignore_errors=True)
