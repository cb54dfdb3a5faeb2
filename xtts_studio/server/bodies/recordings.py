"""Recordings, and uploads of them."""

from pydantic import Field

from xtts_studio.jobs.job import ErrorBody
from xtts_studio.server.bodies.base import Page
from xtts_studio.shapes import OwnTranscript, Recording, Shape, Upload


class Rejected(Shape):
    """An uploaded file that was not taken, and why."""

    name: str
    error: ErrorBody


class UploadResult(Shape):
    """What became of an upload. A file that was here already gives the recording it equals, with a notice."""

    recordings: list[Recording]
    rejected: list[Rejected] = []


class UploadBody(Shape):
    upload: Upload


class UploadPage(Page):
    uploads: list[Upload]


class RecordingPage(Page):
    recordings: list[Recording]


class TranscriptBody(Shape):
    """A transcript that somebody else wrote of a recording; `notices` say how it was read."""

    recording_id: str
    transcript: OwnTranscript
    words: int
    notices: list[str] = []


class RecordingBody(Shape):
    recording: Recording


class AnalysisProgress(Shape):
    fraction: float | None = Field(description="From 0 to 1; null while no preview of the recording is under way.")
