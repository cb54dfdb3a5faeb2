"""How datasets are changed, and how they come from elsewhere."""

from typing import Literal

from pydantic import Field

from xtts_studio.shapes.base import Shape, SpokenLanguage, Stored
from xtts_studio.shapes.datasets import Chunk, Rejection


class EditClipsRequest(Shape):
    """Change the sound of clips: new files take the place of the old, which stay on disk for undoing it.

    `split` one clip at `at_s` (or at its best pause), `merge` neighbours in order, `trim` silence at the ends,
    `normalise` the loudness.
    """

    dataset: str
    action: Literal["split", "merge", "trim", "normalise"]
    files: list[str] = Field(min_length=1, max_length=50_000)
    at_s: float | None = Field(None, gt=0, description="Of `split`: seconds from the clip's start.")


class EditClipsResult(Shape):
    dataset: str
    chunks: list[Chunk] = Field(description="The clips that are there now instead.")
    replaced: list[str] = Field(description="The files that left the list.")
    notices: list[str] = []


class ImportDatasetRequest(Shape):
    """Make a dataset of a zip or a folder in the workspace's `incoming` folder, or add it to one that is there."""

    incoming: str
    name: str
    file_name: str = Field("", description="As it was uploaded.")
    format: Literal["auto", "ljspeech", "coqui", "audiofolder", "parquet", "zip"] = "auto"
    language: SpokenLanguage | None = None


class ImportDatasetResult(Shape):
    dataset: str
    format: str
    added: int
    left_out: list[Rejection] = []
    notices: list[str] = []


class PlacedChunk(Stored):
    """A chunk and its place in the list."""

    at: int
    chunk: Chunk


class Change(Stored):
    """What somebody did to a dataset, a line of `changes.jsonl`; `turned`: one is undone, done again, passed over."""

    id: str
    at: str
    label: str
    turned: Literal["back", "again", "past"] | None = None
    before: list[PlacedChunk] = []
    after: list[PlacedChunk] = []


class DatasetVersion(Stored):
    """A saved state of a dataset: which clips, and with which texts."""

    id: int
    created_at: str
    note: str
    clips: int
    active: int
    duration_s: float
    digest: str = Field(description="Of the clips and their texts; equal states have equal digests.")
