"""Voices and speech."""

from typing import Literal

from pydantic import Field

from xtts_studio.shapes.base import BASE_MODEL, Shape, SpokenLanguage, Stored

AudioFormat = Literal["wav", "flac", "mp3", "opus", "aac", "pcm"]
"""What speech can be sent as; `pcm` is raw 16-bit little-endian mono at 24 kHz."""

Precision = Literal["fastest", "float32", "bfloat16", "float16", "int8"]
"""How the GPT's weights are kept; float32 equals the reference, `fastest` is what a measurement at loading chose."""

MOST_STRENGTH = 1.2
"""How far a model may be taken beyond what it was trained to."""


class CloneRequest(Shape):
    """Make a voice of reference clips that lie in the workspace's `incoming` folder, or of a dataset's chunks."""

    name: str
    files: list[str]
    model: str = BASE_MODEL


class ClipQuality(Stored):
    """What was measured of a reference clip. `score` 0 to 100 sums it up; notices say what is wrong."""

    clip: str
    duration_s: float
    speech_s: float
    snr_db: float | None = None
    clipped_share: float = 0.0
    level_dbfs: float | None = None
    score: int = Field(ge=0, le=100)
    notices: list[str] = []


class BlendPart(Stored):
    """A voice in a blend and how much of it; weights are relative to each other."""

    speaker: str
    weight: float = Field(gt=0, le=1000)


class BlendRequest(Shape):
    """Make a voice in between others."""

    name: str
    parts: list[BlendPart] = Field(min_length=2, max_length=8)


class StudioVoicesRequest(Shape):
    """Which voices were published with the base model?"""


class StudioVoices(Shape):
    """Names of the voices that were published with the base model; none where it, or their file, is not here."""

    names: list[str]


class StudioVoiceRequest(Shape):
    """Make a voice of one that was published with the base model."""

    name: str = Field(description="As it was published.")
    as_name: str | None = Field(None, description="What to call it here; its own name when left out.")


class ImportVoiceRequest(Shape):
    """Make a voice of an `.xttsvoice` file that lies in the workspace's `incoming` folder."""

    file: str
    name: str | None = Field(None, description="What to call it here; its own name when left out.")


class Speaker(Stored):
    """A voice, as `speaker.json` beside it holds it.

    `kind`: made of reference clips, in between other voices (`blend`), or published with the base model (`studio`).
    """

    name: str
    kind: Literal["clips", "blend", "studio"] = "clips"
    clips: list[str]
    duration_s: float
    created_at: str
    score: int | None = Field(None, description="0 to 100, of all clips together; None where there are none.")
    quality: list[ClipQuality] = []
    blend: list[BlendPart] = []
    notices: list[str] = []


class SpeakRequest(Shape):
    """Text to speech. `[pause 500ms]` (or `1.5s`) in the text is silence of that length."""

    text: str = Field(min_length=1, max_length=200_000)
    language: SpokenLanguage
    speaker: str
    model: str = BASE_MODEL
    temperature: float = Field(0.75, ge=0.01, le=2)
    speed: float = Field(1.0, ge=0.25, le=4)
    top_k: int = Field(50, ge=0, le=1024)
    top_p: float = Field(0.85, gt=0, le=1)
    repetition_penalty: float = Field(5.0, ge=0.1, le=50)
    length_penalty: float = Field(1.0, description="Kept for clients that send it; it only matters to beam search.")
    seed: int | None = Field(None, ge=0, lt=2**63)
    split: bool = Field(True, description="Cut long text into sentences; without, only where the model must.")
    sentence_pause_ms: int = Field(0, ge=0, le=10_000, description="Silence between the pieces of a paragraph.")
    paragraph_pause_ms: int = Field(400, ge=0, le=10_000, description="Silence where the text has an empty line.")
    loudness_lufs: float | None = Field(
        None, ge=-40, le=-8, description="Loudness every sentence is brought to; None: as the model speaks."
    )
    precision: Precision | None = Field(None, description="None: as the server's settings say.")
    strength: float = Field(
        1.0,
        ge=0,
        le=MOST_STRENGTH,
        description="How much of its fine-tuning a model speaks with: 0 is its base model, 1 as it was trained.",
    )


class SpeakResult(Shape):
    """What a speech became. `first_sound_s` and `wall_s` count from the start of the work, without the queue."""

    seed: int
    sample_rate_hz: int = 24000
    audio_s: float
    wall_s: float
    first_sound_s: float | None = None
    precision: Precision = "float32"
    sentences: list[str]
    spans: list[tuple[int, int]] | None = Field(
        None, description="First sample of each sentence in the sound, and the one after its last."
    )
    notices: list[str] = []


class PreviewSpeechRequest(Shape):
    """What of a request for speech decides about its pieces, their pauses and their length."""

    text: str = Field(min_length=1, max_length=200_000)
    language: SpokenLanguage
    model: str = BASE_MODEL
    speaker: str | None = Field(None, description="Whose pace is looked up.")
    speed: float = Field(1.0, ge=0.25, le=4)
    split: bool = True
    sentence_pause_ms: int = Field(0, ge=0, le=10_000)
    paragraph_pause_ms: int = Field(400, ge=0, le=10_000)


class PreviewedSentence(Shape):
    """A piece that is spoken in one go: as it was written, and with numbers and abbreviations as words."""

    text: str
    spoken: str
    pause_after_ms: int = 0
    estimate_s: float | None = Field(None, description="How long it will take to hear, without the pause.")


class SpeechPreview(Shape):
    """What would be said of a text, in order."""

    sentences: list[PreviewedSentence]
    pause_before_ms: int = 0
    notices: list[str] = []
