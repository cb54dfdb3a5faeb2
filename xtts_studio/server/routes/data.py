"""Cutting and transcribing: a preview, and the jobs."""

from collections.abc import AsyncIterable
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends
from fastapi.sse import EventSourceResponse, ServerSentEvent

from xtts_studio import recordings
from xtts_studio.dataset import store
from xtts_studio.errors import InvalidInput
from xtts_studio.jobs.job import Job
from xtts_studio.server.bodies import AnalysisProgress, JobBody
from xtts_studio.server.live import AfterDep, job_events, job_of
from xtts_studio.server.studio import Studio, StudioDep
from xtts_studio.server.work import in_worker, submit
from xtts_studio.shapes import AnalyzeRequest, AnalyzeResult, ChunkRequest, TranscribeRequest
from xtts_studio.workspace import check_name

_Transcribing = TypeVar("_Transcribing", ChunkRequest, TranscribeRequest)

router = APIRouter(prefix="/api/data", tags=["data"])

ChunkJob = Annotated[Job, Depends(job_of("chunk"))]
ProcessJob = Annotated[Job, Depends(job_of("transcribe"))]


@router.post("/analyze", operation_id="analyzeRecording")
async def analyze_recording(body: AnalyzeRequest, studio: StudioDep) -> AnalyzeResult:
    """Previews speech and cuts of (a range of) a recording; keeps nothing."""
    recordings.get_recording(studio.workspace, body.recording_id)
    with studio.listening.to(body.recording_id) as report:
        result = await in_worker(studio, "analyze", body, report)
    return AnalyzeResult.model_validate(result.model_dump())


@router.get("/analyze/{recording_id}", operation_id="getAnalysisProgress")
def get_analysis_progress(recording_id: str, studio: StudioDep) -> AnalysisProgress:
    """How far a preview is that listens to a recording for the first time."""
    return AnalysisProgress(fraction=studio.listening.fraction(recording_id))


@router.post("/chunk", operation_id="startChunking", status_code=202)
def start_chunking(body: ChunkRequest, studio: StudioDep) -> JobBody:
    """Cuts (a range of) a recording into chunks of a dataset; transcribes them afterwards if asked."""
    recordings.get_recording(studio.workspace, body.recording_id)
    _check_cut(body)
    request = body.model_copy(update={"dataset": check_name(body.dataset, "dataset name")})
    return JobBody(job=submit(studio, "chunk", _with_model(studio, request)))


@router.get("/chunk/progress/{job_id}", operation_id="streamChunking", response_class=EventSourceResponse)
async def stream_chunking(job: ChunkJob, studio: StudioDep, after: AfterDep) -> AsyncIterable[ServerSentEvent]:
    """The events of a chunk job."""
    async for event in job_events(studio, job.id, after or 0):
        yield event


@router.post("/process", operation_id="startTranscribing", status_code=202)
def start_transcribing(body: TranscribeRequest, studio: StudioDep) -> JobBody:
    """Transcribes a dataset's chunks, or whole recordings."""
    if (body.dataset is None) == (not body.recording_ids):
        raise InvalidInput("Name either a dataset or recordings.", hint="Send `dataset` or `recording_ids`, not both.")
    for recording_id in body.recording_ids or []:
        recordings.get_recording(studio.workspace, recording_id)
    if body.dataset is not None:
        _check_dataset(studio, body.dataset)
    return JobBody(job=submit(studio, "transcribe", _with_model(studio, body)))


@router.get("/process/progress/{job_id}", operation_id="streamTranscribing", response_class=EventSourceResponse)
async def stream_transcribing(job: ProcessJob, studio: StudioDep, after: AfterDep) -> AsyncIterable[ServerSentEvent]:
    """The events of a transcription job."""
    async for event in job_events(studio, job.id, after or 0):
        yield event


def _check_dataset(studio: Studio, name: str) -> None:
    store.read(studio.workspace, name)


def _check_cut(body: AnalyzeRequest) -> None:
    if body.start_s is not None and body.end_s is not None and body.start_s >= body.end_s:
        raise InvalidInput(f"The range begins at {body.start_s} s but ends at {body.end_s} s.", hint="Swap the two.")


def _with_model(studio: Studio, body: _Transcribing) -> _Transcribing:
    """The Whisper model of the settings, where the request names none."""
    if "whisper_model" in body.model_fields_set:
        return body
    return body.model_copy(update={"whisper_model": studio.preferences.current.whisper_model})
