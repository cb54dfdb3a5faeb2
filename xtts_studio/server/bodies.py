"""Bodies that exist on HTTP alone; everything else crosses as `shapes` and `jobs.job` define it."""

from typing import Any, Literal

from pydantic import Field

from xtts_studio.jobs.backend import WorkerInfo
from xtts_studio.jobs.job import ErrorBody, Job
from xtts_studio.shapes import (
    BASE_MODEL,
    AudioFormat,
    Chunk,
    DatasetSummary,
    ModelInfo,
    Precision,
    Recording,
    Shape,
    SourceRecording,
    Speaker,
    SpeakRequest,
)

REQUEST_ID = r"^[A-Za-z0-9_-]{1,64}$"
"""What a client may name a request, for the queue."""


class ErrorResponse(Shape):
    """The one shape of errors."""

    error: ErrorBody


class Page(Shape):
    """A page of a list: `total` counts all there are."""

    total: int
    limit: int
    offset: int


# Login


class Credentials(Shape):
    username: str = Field(max_length=200)
    password: str = Field(max_length=1000)


class User(Shape):
    name: str


class UserBody(Shape):
    user: User


# Recordings


class Rejected(Shape):
    """An uploaded file that was not taken, and why."""

    name: str
    error: ErrorBody


class UploadResult(Shape):
    """What became of an upload. A file that was here already gives the recording it equals, with a notice."""

    recordings: list[Recording]
    rejected: list[Rejected] = []


class RecordingPage(Page):
    recordings: list[Recording]


class RecordingBody(Shape):
    recording: Recording


# Jobs


class JobBody(Shape):
    job: Job


class JobPage(Page):
    jobs: list[Job]


class MetricPoint(Shape):
    """One number of a curve; `id` is the number of its event, where a live stream goes on (`?after=`)."""

    id: int
    step: int
    name: str
    value: float | None = Field(allow_inf_nan=True)


class MetricHistory(Shape):
    """The curves of a job so far; `last_event_id` is where to go on live."""

    job: Job
    metrics: list[MetricPoint]
    last_event_id: int


class TrainingRun(Shape):
    """A training job; `run_id` is what a new request names to go on from its last checkpoint."""

    job: Job
    run_id: str | None


class TrainingRunPage(Page):
    runs: list[TrainingRun]


# Datasets


class DatasetPage(Page):
    datasets: list[DatasetSummary]


class DatasetBody(Page):
    """A dataset and a page of its chunks; `total` counts the chunks asked for."""

    dataset: DatasetSummary
    recordings: list[SourceRecording]
    chunks: list[Chunk]


class ChunkBody(Shape):
    chunk: Chunk


class CheckBody(Shape):
    base_model: str = BASE_MODEL


# Speech


class SpeakerPage(Page):
    speakers: list[Speaker]


class SpeakerBody(Shape):
    speaker: Speaker


class GenerateRequest(SpeakRequest):
    """Text to speech; `stream` sends each piece as soon as it is spoken."""

    format: AudioFormat = "wav"
    stream: bool = False


class QueuedRequest(Shape):
    """A request for speech. `id` is what its client sent as `X-Request-Id`; position 0 is being spoken, 1 is next."""

    id: str | None
    position: int


class SpeechQueue(Shape):
    """Requests for speech now: up to `at_once` are spoken together, up to `limit` wait, in the order they came."""

    running: int
    waiting: int
    at_once: int
    limit: int
    requests: list[QueuedRequest]


class Speech(Shape):
    """Speech that was made; its sound is at `/api/inference/history/{id}/audio`."""

    id: str
    text: str
    language: str
    speaker: str
    model: str
    settings: dict[str, Any]
    seed: int
    audio_s: float
    wall_s: float
    first_sound_s: float | None = Field(None, description="None for speech from before this was measured.")
    precision: Precision | None = None
    sentences: list[str] = []
    notices: list[str] = []
    created_at: str


class SpeechPage(Page):
    speech: list[Speech]


# Models


class ModelList(Shape):
    models: list[ModelInfo]


class Licence(Shape):
    """The licence of a model's weights."""

    model: str
    name: str
    text: str
    accepted: bool


# Settings and system


class Preferences(Shape):
    """What a person may change while the server runs; kept in the workspace, stronger than the environment."""

    device: str = Field("auto", pattern=r"^(auto|cpu|mps|cuda(:\d{1,2})?)$", description="Device of the models.")
    worker_idle_s: float = Field(300.0, ge=5, le=86_400, description="Idle seconds after which a worker ends.")
    whisper_model: str = Field("base", min_length=1, max_length=100, description="Whisper model where none is named.")


class PreferencesUpdate(Shape):
    """What is left out stays."""

    device: str | None = None
    worker_idle_s: float | None = None
    whisper_model: str | None = None


class SettingsBody(Preferences):
    """The preferences, and what only the environment can change."""

    compute: str
    workspace: str
    upload_limit_bytes: int
    default_password: bool = Field(description="True while the well-known password is in use (loopback only).")


class Device(Shape):
    """A device that models can run on."""

    id: str
    name: str
    memory_bytes: int | None = None
    memory_used_bytes: int | None = None


class Disk(Shape):
    total_bytes: int
    used_bytes: int
    free_bytes: int


class SystemInfo(Shape):
    version: str
    python: str
    platform: str
    packages: dict[str, str] = Field(description="Versions of what is installed of the packages that workers need.")
    devices: list[Device]
    disk: Disk
    models: list[ModelInfo]
    workers: list[WorkerInfo]


class Health(Shape):
    status: Literal["ok"] = "ok"
    version: str
