"""Recordings, and how their files arrive."""

from pydantic import Field

from xtts_studio.shapes.base import Shape, Stored


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
    has_transcript: bool = Field(False, description="Whether somebody wrote down what is said in it.")


class IngestRequest(Shape):
    """Make a recording of an uploaded file that lies in the workspace's `incoming` folder."""

    incoming: str
    name: str
    sha256: str


class NewUpload(Shape):
    """Begin an upload in parts."""

    name: str = Field(min_length=1, max_length=1000, description="The file's name, as the recording will be called.")
    size_bytes: int = Field(gt=0, description="How large the whole file is.")


class Upload(Shape):
    """A file on its way in, part by part. What `received_bytes` counts is on the disk."""

    id: str
    name: str
    size_bytes: int
    received_bytes: int
    created_at: str
    read_fraction: float | None = Field(None, description="While it is being read as a recording: how much of it is.")
