"""Datasets: their chunks, changes, versions, and the last x-ray."""

from typing import Literal

from pydantic import Field

from xtts_studio.server.bodies.base import Page
from xtts_studio.shapes import (
    BASE_MODEL,
    Chunk,
    ChunkEdit,
    ClipReport,
    DatasetSummary,
    DatasetVersion,
    Shape,
    SourceRecording,
    XrayTotals,
)


class DatasetPage(Page):
    datasets: list[DatasetSummary]


class DatasetBody(Page):
    """A dataset and a page of its chunks; `total` counts the chunks asked for.

    `reports` is what the last x-ray said of the chunks on this page.
    """

    dataset: DatasetSummary
    recordings: list[SourceRecording]
    chunks: list[Chunk]
    reports: list[ClipReport] = []


class ChunkFiles(Shape):
    """The files of all chunks asked for, in order."""

    files: list[str]


class ChunkBody(Shape):
    chunk: Chunk


class ChunksBody(Shape):
    chunks: list[Chunk]


class BulkEdit(ChunkEdit):
    """The same change to many chunks; `text` is left out."""

    files: list[str] = Field(min_length=1, max_length=50_000)


class EditClipsBody(Shape):
    """Change the sound of clips: `split` one (at `at_s`), `merge` neighbours, `trim` silence, `normalise` loudness."""

    action: Literal["split", "merge", "trim", "normalise"]
    files: list[str] = Field(min_length=1, max_length=50_000)
    at_s: float | None = Field(None, gt=0)


class ChangeInfo(Shape):
    """What somebody did."""

    id: str
    at: str
    label: str


class Changes(Shape):
    """What can be undone and done again, of each the next one first."""

    undo: list[ChangeInfo]
    redo: list[ChangeInfo]


class VersionNote(Shape):
    note: str = Field("", max_length=500)


class VersionBody(Shape):
    version: DatasetVersion


class Versions(Shape):
    versions: list[DatasetVersion]


class XrayBody(Shape):
    """The last x-ray of a dataset: its totals. What it says of each clip comes with the chunks."""

    made_at: str | None = Field(description="None: there was none yet.")
    base_model: str | None = None
    totals: XrayTotals | None = None
    speakers_compared: bool = False
    stale: bool = Field(False, description="The dataset has changed since.")
    notices: list[str] = []


class CheckBody(Shape):
    base_model: str = BASE_MODEL
