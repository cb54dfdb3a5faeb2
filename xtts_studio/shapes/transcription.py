"""What is said: in chunks, in recordings, in a file just sent."""

from typing import Literal

from pydantic import Field

from xtts_studio.shapes.base import Shape, SpokenLanguage, Stored


class TranscribeRequest(Shape):
    """Transcribe a dataset's chunks, or whole recordings; one of the two is given."""

    dataset: str | None = None
    recording_ids: list[str] | None = None
    language: SpokenLanguage | None = Field(None, description="None: recognised from the sound.")
    whisper_model: str = "base"
    overwrite: bool = Field(False, description="Also chunks that have a text already.")
    files: list[str] | None = Field(None, description="Only these chunks of the dataset, be there a text or not.")
    hints: str = Field("", max_length=2_000, description="Names and rare words that are said, for their spelling.")
    own_transcript: bool = Field(True, description="Where a recording has a transcript of its own, take its words.")
    prove: bool = Field(True, description="Hear chunks within their recording as well; mend edges that cut words.")
    speakers_by_channel: bool = Field(
        False, description="Two channels are two speakers: each chunk belongs to the one that is louder in it."
    )


class Word(Stored):
    """A word and when it is heard, from the start of its chunk (or recording)."""

    word: str
    start_s: float
    end_s: float
    probability: float


class Transcript(Shape):
    """What was heard in one recording."""

    recording_id: str
    language: str
    text: str
    words: list[Word] = []


class TranscribeResult(Shape):
    dataset: str | None = None
    transcribed: int
    empty: int = Field(0, description="Chunks in which no words were heard.")
    from_transcript: int = Field(0, description="Chunks whose text was taken from an own transcript.")
    proven: int = Field(0, description="Chunks that are heard alike alone and within their recording.")
    mended: int = Field(0, description="Chunks whose edges were moved, since they cut a word.")
    doubtful: int = Field(0, description="Chunks that stay flagged.")
    languages: dict[str, int] = {}
    transcripts: list[Transcript] = []
    notices: list[str] = []


class OwnTranscript(Stored):
    """What somebody else wrote down of a recording: `transcript.json` beside it.

    `cues` are its parts in order; those of a plain text have no times.
    """

    name: str = Field(description="Of the file it came in.")
    format: Literal["txt", "srt", "vtt", "csv"]
    created_at: str
    cues: list["TranscriptCue"]


class TranscriptCue(Stored):
    text: str
    start_s: float | None = None
    end_s: float | None = None
    speaker: str | None = None


class HearRequest(Shape):
    """What is said in a file that lies in the workspace's `incoming` folder?"""

    incoming: str
    language: str | None = Field(
        None, description="ISO 639-1, any that Whisper knows; None: recognised from the sound."
    )
    whisper_model: str = "base"
    prompt: str = Field("", max_length=100_000, description="Text before it: names and style are taken from there.")
    temperature: float = Field(
        0.0, ge=0, le=1, description="0: the likeliest words; others are tried where that fails."
    )


class HeardSegment(Stored):
    """About a sentence, and what Whisper says of it."""

    start_s: float
    end_s: float
    text: str
    seek: int
    tokens: list[int]
    temperature: float
    avg_logprob: float
    compression_ratio: float
    no_speech_prob: float


class HearResult(Shape):
    language: str
    duration_s: float
    text: str
    segments: list[HeardSegment]
    words: list[Word]
    notices: list[str] = []
