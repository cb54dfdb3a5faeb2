"""A dataset as the stream of a zip, in any of the formats: no copy of it is made, and memory stays the same."""

import re
from dataclasses import dataclass
from pathlib import Path

from xtts_studio.dataset.details import read_details
from xtts_studio.dataset.exchange.parquet import check_installed
from xtts_studio.dataset.exchange.reading import Format
from xtts_studio.dataset.metadata import read_written
from xtts_studio.dataset.split import split
from xtts_studio.dataset.store import CHUNKS
from xtts_studio.shapes import Chunk, ClipDetails, Dataset, TrainRequest
from xtts_studio.workspace import Workspace

_FILE = re.compile(rf"{CHUNKS}/[^/\\\x00]{{1,200}}\.wav")
_PLAIN_NAME = re.compile(r"\w[\w.\-]{0,120}")
_EVAL_FRACTION: float = TrainRequest.model_fields["eval_fraction"].default


@dataclass(frozen=True)
class Outgoing:
    """A clip on its way out: `path` is None where its sound is missing, `stem` is what its file is called."""

    chunk: Chunk
    path: Path | None
    stem: str

    @property
    def has_row(self) -> bool:
        """Tables of foreign formats name what can be trained on: sound with a text."""
        return self.path is not None and bool(self.chunk.text.strip())


@dataclass(frozen=True)
class Export:
    """A dataset to be packed."""

    format: Format
    folder: Path
    dataset: Dataset
    clips: list[Outgoing]

    @property
    def file_name(self) -> str:
        return f"{self.dataset.name}.zip" if self.format == "zip" else f"{self.dataset.name}-{self.format}.zip"

    @property
    def size_bytes(self) -> int:
        """About how large the zip will be."""
        return sum(clip.path.stat().st_size for clip in self.clips if clip.path)

    def sides(self, clips: list[Outgoing]) -> tuple[list[Outgoing], list[Outgoing]]:
        """Clips to train on and clips to evaluate, as training divides them."""
        by_id = {id(clip.chunk): clip for clip in clips}
        train, evaluation = split([clip.chunk for clip in clips], _EVAL_FRACTION)
        return [by_id[id(chunk)] for chunk in train], [by_id[id(chunk)] for chunk in evaluation]

    def details(self, clip: Outgoing) -> ClipDetails:
        """What lies beside a clip's sound; words that an older metadata.json holds itself are among it."""
        found = read_details(self.folder, clip.chunk.file)
        return found.model_copy(update={"words": clip.chunk.words}) if clip.chunk.words else found


def export(workspace: Workspace, name: str, format: Format, dropped: bool = False) -> Export:
    """A dataset, ready to be packed. Our own zip has all clips; other formats have dropped ones only with `dropped`.

    Raises `NotFound`, `DatasetError`, or `StudioError` where Parquet is asked for and pyarrow is not installed.
    """
    folder = workspace.dataset(name)
    dataset = read_written(folder).dataset
    if format == "parquet":
        check_installed()
    chosen = [chunk for chunk in dataset.chunks if dropped or format == "zip" or chunk.state == "active"]
    taken: set[str] = set()
    clips = [Outgoing(chunk, _path(folder, chunk), _stem(chunk, taken)) for chunk in chosen]
    return Export(format, folder, dataset, clips)


def _path(folder: Path, chunk: Chunk) -> Path | None:
    """Where the clip's sound lies; None where it is missing, or would lie outside the dataset's chunks."""
    path = folder / chunk.file
    return path if _FILE.fullmatch(chunk.file) and path.is_file() and not path.is_symlink() else None


def _stem(chunk: Chunk, taken: set[str]) -> str:
    """The name of the clip's file; another where tables or file systems would stumble over it."""
    stem, number = Path(chunk.file).stem, 0
    while not _PLAIN_NAME.fullmatch(stem) or stem.casefold() in taken:
        number += 1
        stem = f"clip_{len(taken) + number:06d}"
    taken.add(stem.casefold())
    return stem
