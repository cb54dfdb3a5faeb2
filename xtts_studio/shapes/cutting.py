"""Where speech is, and how it is cut."""

from pydantic import Field

from xtts_studio.shapes.base import Shape, SpokenLanguage


class Span(Shape):
    """A stretch of a recording."""

    start_s: float
    end_s: float


class CutSettings(Shape):
    """How speech is found and cut."""

    threshold: float = Field(0.5, gt=0, lt=1, description="Speech probability from which a window counts as speech.")
    min_speech_ms: int = Field(250, ge=0, le=10_000, description="Speech shorter than this is ignored.")
    min_silence_ms: int = Field(
        100, ge=0, le=10_000, description="A pause shorter than this doesn't end a stretch of speech."
    )
    speech_pad_ms: int = Field(120, ge=0, le=2_000, description="Kept before and after speech, where there is room.")
    fade_ms: int = Field(5, ge=0, le=200, description="Faded in and out at a chunk's ends, within the padding.")
    min_duration_s: float = Field(1.5, ge=0.5, le=30, description="Shortest chunk wanted.")
    target_duration_s: float = Field(8.0, ge=0.5, le=30, description="Duration that chunks come close to.")
    max_duration_s: float = Field(11.5, ge=0.5, le=30, description="Longest chunk; the trainer takes up to 11.6 s.")


class AnalyzeRequest(CutSettings):
    """Preview: which speech there is in (a range of) a recording, and how it would be cut."""

    recording_id: str
    start_s: float | None = Field(None, ge=0)
    end_s: float | None = Field(None, gt=0)


class PlannedChunk(Span):
    """A chunk that would be cut. Flags: `too_short`, `forced_cut` (no pause within the maximum), `touches_speech`."""

    flags: list[str] = []


class CutStatistics(Shape):
    """What a cut would give."""

    recording_s: float
    speech_s: float
    chunk_count: int
    chunk_total_s: float
    chunk_min_s: float
    chunk_mean_s: float
    chunk_max_s: float
    histogram: list[int] = Field(default=[], description="Chunks per whole second of duration, from 0 s on.")


class AnalyzeResult(Shape):
    speech: list[Span]
    chunks: list[PlannedChunk]
    statistics: CutStatistics


class ChunkRequest(AnalyzeRequest):
    """Cut (a range of) a recording into chunks of a dataset, and transcribe them afterwards if asked.

    From `language` on the fields are those of `TranscribeRequest`, for the transcription that follows.
    """

    dataset: str
    transcribe: bool = False
    language: SpokenLanguage | None = None
    whisper_model: str = "base"
    hints: str = Field("", max_length=2_000)
    own_transcript: bool = True
    prove: bool = True
    speakers_by_channel: bool = False


class ChunkResult(Shape):
    dataset: str
    added: int
    total: int
    duration_s: float
    notices: list[str] = []
