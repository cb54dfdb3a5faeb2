"""Datasets: chunks, what training makes of them, and how they are changed."""

from typing import Literal

from pydantic import Field

from xtts_studio.shapes.base import BASE_MODEL, Shape, SpokenLanguage, Stored
from xtts_studio.shapes.transcription import Word


class Chunk(Stored):
    """One clip of a dataset. `file` is relative to the dataset's folder.

    `words` lie beside the sound (`ClipDetails`) once the dataset is saved; an answer of the server has them again.
    """

    file: str
    text: str = ""
    text_source: Literal["heard", "typed", "imported"] | None = None
    language: str | None = None
    recording: str
    speaker: str | None = None
    start_s: float
    end_s: float
    duration_s: float
    words: list[Word] = []
    confidence: float | None = None
    flags: list[str] = []
    state: Literal["active", "dropped"] = "active"


class Proof(Stored):
    """How a chunk is heard alone, and within its recording with what is said before and after it."""

    alone: str
    in_context: str
    agreement: float = Field(ge=0, le=1, description="Share of the words that both have in common.")
    moved_start_s: float = Field(0.0, description="By how much the chunk's edges were moved to mend it.")
    moved_end_s: float = 0.0


class ClipMeasures(Stored):
    """What was measured of a clip's sound. None: there is too little to tell."""

    sound: str = Field(description="Size and time of the file that was measured: another is measured anew.")
    duration_s: float
    lead_s: float = Field(description="Silence before the first speech.")
    tail_s: float
    speech_s: float
    longest_pause_s: float = 0.0
    end_db: float | None = Field(None, description="How loud the last 30 ms are beside the speech.")
    snr_db: float | None = None
    clipped_share: float = 0.0
    loudness_lufs: float | None = None
    level_dbfs: float | None = None
    band_hz: float | None = None
    reverberation_s: float | None = Field(None, description="How long the end of words rings: time to fall by 60 dB.")
    music: float | None = Field(None, description="0 to 1: how steady and tonal what lies beneath the speech is.")
    pitch_hz: float | None = None
    fingerprint: str = Field("", description="Of what is heard; alike for copies in another format or level.")


class ClipDetails(Stored):
    """What is heavy of a clip, beside its sound: `chunks/chunk_001.json`."""

    words: list[Word] = []
    proof: Proof | None = None
    measures: ClipMeasures | None = None


class SourceRecording(Stored):
    id: str
    name: str
    sha256: str


class Dataset(Stored):
    """A dataset, as its `metadata.json` holds it."""

    version: int = 1
    name: str
    language: str | None = None
    sample_rate_hz: int = 22050
    created_at: str
    recordings: list[SourceRecording] = []
    chunks: list[Chunk] = []


class DatasetSummary(Shape):
    name: str
    language: str | None
    created_at: str
    chunk_count: int
    transcribed_count: int
    dropped_count: int
    duration_s: float
    recordings: list[str] = Field([], description="Ids of the recordings that it was cut from.")


class ChunkEdit(Shape):
    """Changes to one chunk; what is left out stays."""

    text: str | None = Field(None, max_length=10_000)
    language: SpokenLanguage | None = None
    state: Literal["active", "dropped"] | None = None


class CheckRequest(Shape):
    """Which chunks of a dataset would training use, and why not the others?"""

    dataset: str
    base_model: str = BASE_MODEL


class Rejection(Shape):
    """A chunk that training leaves out. `code` is for programs, `reason` for people."""

    file: str
    code: str
    reason: str


class CheckResult(Shape):
    dataset: str
    usable: int
    usable_s: float
    total: int
    rejected: list[Rejection]
