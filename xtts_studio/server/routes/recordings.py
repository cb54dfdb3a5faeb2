"""Recordings: upload, list, listen, outline, delete."""

import hashlib
import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse

from xtts_studio import recordings, sample
from xtts_studio.errors import StudioError
from xtts_studio.events import Report, ignore
from xtts_studio.jobs.job import ErrorBody
from xtts_studio.server.bodies import RecordingBody, RecordingPage, Rejected, UploadResult
from xtts_studio.server.studio import PagingDep, Studio, StudioDep
from xtts_studio.server.upload import ReceivedFile, multipart_body, receive
from xtts_studio.server.work import in_worker
from xtts_studio.shapes import IngestRequest, Recording

router = APIRouter(prefix="/api/data", tags=["recordings"])

DUPLICATE = "This file was here already; nothing was added."


@router.post(
    "/upload",
    operation_id="uploadRecordings",
    status_code=201,
    openapi_extra=multipart_body(files="Audio files: WAV, MP3, FLAC, OGG, M4A, OPUS, AAC."),
)
async def upload_recordings(request: Request, studio: StudioDep) -> UploadResult:
    """Takes files as recordings. Unusable ones are explained in `rejected`; when none is usable the answer is 422."""
    form = await receive(request, studio.workspace.incoming, studio.settings.upload_limit_bytes)
    result = UploadResult(recordings=[])
    refused: list[StudioError] = []
    try:
        for file in form.files:
            try:
                result.recordings.append(await ingested(studio, file))
            except StudioError as error:
                refused.append(error)
                result.rejected.append(Rejected(name=file.name, error=ErrorBody(**error.to_dict())))
    finally:
        form.discard()
    if not result.recordings:
        raise _explain(refused, result.rejected)
    return result


@router.post("/sample", operation_id="addSampleRecording", status_code=201)
async def add_sample_recording(studio: StudioDep) -> RecordingBody:
    """Adds a recording of ours, 38 seconds, to try the studio with; once it is here, gives it with a notice."""
    file = await run_in_threadpool(_sample, studio)
    try:
        return RecordingBody(recording=await ingested(studio, file))
    finally:
        file.path.unlink(missing_ok=True)


def _sample(studio: Studio) -> ReceivedFile:
    """A copy among the uploads: whoever makes it a recording takes it away."""
    content = sample.RECORDING.read_bytes()
    path = studio.workspace.incoming / f"{uuid.uuid4().hex}{sample.RECORDING.suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return ReceivedFile(path, sample.RECORDING.name, hashlib.sha256(content).hexdigest(), len(content))


def _explain(refused: list[StudioError], rejected: list[Rejected]) -> StudioError:
    first = refused[0]
    first.details = {**first.details, "rejected": [one.model_dump() for one in rejected]}
    return first


async def ingested(studio: Studio, file: ReceivedFile, report: Report = ignore) -> Recording:
    """The recording of a file that lies in the workspace's `incoming`; with a notice where it was here already."""
    known = recordings.find_by_sha256(studio.workspace, file.sha256)
    if known is not None:
        return known.model_copy(update={"notices": [*known.notices, DUPLICATE]})
    request = IngestRequest(
        incoming=str(file.path.relative_to(studio.workspace.incoming)), name=file.name, sha256=file.sha256
    )
    found = await in_worker(studio, "ingest", request, report)
    return Recording.model_validate(found.model_dump())


@router.get("/recordings", operation_id="listRecordings")
def list_recordings(studio: StudioDep, paging: PagingDep) -> RecordingPage:
    """Recordings, newest first."""
    found = recordings.list_recordings(studio.workspace)
    page = found[paging.offset : paging.offset + paging.limit]
    return RecordingPage(recordings=page, total=len(found), limit=paging.limit, offset=paging.offset)


@router.get("/recordings/{recording_id}", operation_id="getRecording")
def get_recording(recording_id: str, studio: StudioDep) -> RecordingBody:
    """One recording."""
    return RecordingBody(recording=recordings.get_recording(studio.workspace, recording_id))


@router.delete("/recordings/{recording_id}", operation_id="deleteRecording", status_code=204)
def delete_recording(recording_id: str, studio: StudioDep) -> None:
    """Deletes a recording; datasets that were cut from it stay as they are."""
    recordings.delete_recording(studio.workspace, recording_id)


@router.get(
    "/recordings/{recording_id}/audio",
    operation_id="getRecordingAudio",
    response_class=FileResponse,
    responses={200: {"content": {"audio/*": {}}}},
)
def get_recording_audio(recording_id: str, studio: StudioDep) -> FileResponse:
    """The sound, as a browser can play it; takes ranges."""
    path, media_type = recordings.audio_path(studio.workspace, recording_id)
    return FileResponse(path, media_type=media_type, headers={"Cache-Control": "private, max-age=3600"})


@router.get(
    "/recordings/{recording_id}/peaks",
    operation_id="getRecordingPeaks",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
def get_recording_peaks(
    recording_id: str,
    studio: StudioDep,
    start_s: Annotated[float, Query(ge=0, le=1e7)] = 0.0,
    end_s: Annotated[float | None, Query(gt=0, le=1e7)] = None,
    buckets: Annotated[int, Query(ge=1, le=100_000)] = 1000,
) -> Response:
    """The waveform's outline: int8 low, high, low, high … in at most `buckets` pairs."""
    outline = recordings.peaks(studio.workspace, recording_id, start_s, end_s, buckets)
    return Response(outline, media_type="application/octet-stream", headers={"Cache-Control": "private, max-age=3600"})
