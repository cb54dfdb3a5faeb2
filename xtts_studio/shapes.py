"""The shapes that cross a border: HTTP bodies, requests and results of steps, files of the workspace.

Durations in seconds end in `_s`, in milliseconds in `_ms`; times are RFC 3339 in UTC; ids are opaque strings.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Language = Literal[
    "en", "es", "fr", "de", "it", "pt", "pl", "tr", "ru", "nl", "cs", "ar", "zh-cn", "hu", "ko", "ja", "hi"
]
"""The 17 languages of XTTS v2."""

BASE_MODEL = "xtts-v2"
"""Name of the base model, and of its folder in the cache."""


class Shape(BaseModel):
    """Base of all shapes; unknown fields are refused, so that a typing error is not silently ignored."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Stored(Shape):
    """Base of what lies in files of the workspace; fields that other versions wrote are passed over."""

    model_config = ConfigDict(extra="ignore")


# Recordings


class Recording(Stored):
    """A file that was uploaded, as `recording.json` holds it."""

    id: str
    name: str
    duration_s: float
    sample_rate_hz: int
    channels: int
    format: str
    size_bytes: int
    sha256: str
    created_at: str
    notices: list[str] = []
    mix: list[float] = Field(default=[], description="Weight of each channel in the mono version that is worked with.")
    level: float = Field(0.0, description="How loud its loud parts are, of full scale 1.")


class IngestRequest(Shape):
    """Make a recording of an uploaded file that lies in the workspace's `incoming` folder."""

    incoming: str
    name: str
    sha256: str


# Cutting


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
    speech_pad_ms: int = Field(
        120, ge=0, le=2_000, description="Kept before and after speech, never beyond the middle of a pause."
    )
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
    """Cut (a range of) a recording into chunks of a dataset, and transcribe them afterwards if asked."""

    dataset: str
    transcribe: bool = False
    language: Language | None = None
    whisper_model: str = "base"


class ChunkResult(Shape):
    dataset: str
    added: int
    total: int
    duration_s: float
    notices: list[str] = []


# Transcription


class TranscribeRequest(Shape):
    """Transcribe a dataset's chunks, or whole recordings; one of the two is given."""

    dataset: str | None = None
    recording_ids: list[str] | None = None
    language: Language | None = Field(None, description="None: recognised from the sound.")
    whisper_model: str = "base"
    overwrite: bool = Field(False, description="Also chunks that have a text already.")


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
    languages: dict[str, int] = {}
    transcripts: list[Transcript] = []
    notices: list[str] = []


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


# Datasets


class Chunk(Stored):
    """One clip of a dataset. `file` is relative to the dataset's folder."""

    file: str
    text: str = ""
    language: str | None = None
    recording: str
    start_s: float
    end_s: float
    duration_s: float
    words: list[Word] = []
    confidence: float | None = None
    flags: list[str] = []
    state: Literal["active", "dropped"] = "active"


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


class ChunkEdit(Shape):
    """Changes to one chunk; what is left out stays."""

    text: str | None = None
    language: Language | None = None
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


# Training


class TrainRequest(Shape):
    """Fine-tune a model on a dataset, or go on with a run that was stopped."""

    dataset: str
    name: str = Field(description="Name of the model that comes out.")
    base_model: str = BASE_MODEL
    method: Literal["full"] = "full"
    epochs: int = Field(10, ge=1, le=10_000)
    max_steps: int | None = Field(
        None, ge=1, description="Optimizer steps after which training ends, whatever the epochs say."
    )
    batch_size: int = Field(4, ge=1, le=256)
    grad_accumulation: int = Field(1, ge=1, le=1024)
    learning_rate: float = Field(5e-6, gt=0, le=1)
    weight_decay: float = Field(1e-2, ge=0, le=1)
    warmup_steps: int = Field(
        0, ge=0, description="Steps over which the learning rate rises from 0; the recipe has none."
    )
    eval_fraction: float = Field(0.15, ge=0, lt=1)
    save_every_steps: int = Field(200, ge=1)
    seed: int = Field(1, ge=0, lt=2**63)
    run_id: str | None = Field(None, description="The run to go on with; a new one when left out.")


class TrainResult(Shape):
    run_id: str
    model: str
    steps: int
    epochs: int
    train_loss: float = Field(allow_inf_nan=True)
    eval_loss: float | None = Field(allow_inf_nan=True)
    usable: int
    rejected: list[Rejection]
    wall_s: float


# Speech

AudioFormat = Literal["wav", "flac", "mp3", "opus", "aac", "pcm"]
"""What speech can be sent as; `pcm` is raw 16-bit little-endian mono at 24 kHz."""

Precision = Literal["fastest", "float32", "bfloat16", "float16", "int8"]
"""How the GPT's weights are kept; float32 equals the reference, `fastest` is what a measurement at loading chose."""


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
    language: Language
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


class SpeakResult(Shape):
    """What a speech became. `first_sound_s` and `wall_s` count from the start of the work, without the queue."""

    seed: int
    sample_rate_hz: int = 24000
    audio_s: float
    wall_s: float
    first_sound_s: float | None = None
    precision: Precision = "float32"
    sentences: list[str]
    notices: list[str] = []


# Models on disk


class ModelInfo(Shape):
    """A model that is here, or could be fetched."""

    name: str
    kind: Literal["base", "full", "adapter", "whisper"]
    present: bool
    base: str | None = None
    size_bytes: int | None = None
    created_at: str | None = None
    licence: str | None = None
    missing_files: list[str] = []
    card: dict[str, Any] = {}


class PullRequest(Shape):
    """Fetch a model into the cache."""

    name: str = Field(description="xtts-v2, or a Whisper model: tiny, base, small, medium, large-v3, …")
    source: str | None = Field(
        None, description="A folder on this machine, or a base URL, instead of the Hugging Face Hub."
    )
    accept_licence: bool = False


class PullResult(Shape):
    name: str
    path: str
    size_bytes: int
    notices: list[str] = []
