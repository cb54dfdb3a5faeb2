"""Uploads in parts: begin, send, see how far they are, cancel, finish."""

from collections.abc import AsyncIterator
from typing import Annotated

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from starlette.requests import ClientDisconnect

from xtts_studio.errors import AudioError, DiskFull, InvalidInput, StudioError
from xtts_studio.events import Report
from xtts_studio.recordings import get_recording
from xtts_studio.server.bodies import RecordingBody, UploadBody, UploadPage
from xtts_studio.server.parts import Part
from xtts_studio.server.routes.recordings import ingested
from xtts_studio.server.studio import PagingDep, Studio, StudioDep
from xtts_studio.server.upload import ReceivedFile, drain
from xtts_studio.server.uploads import Finishing
from xtts_studio.shapes import NewUpload, Recording

router = APIRouter(prefix="/api/data/uploads", tags=["recordings"])

SILENCE_S = 30.0
"""A part of which nothing arrives for so long has ended: its sender's network may be gone without a word."""
DRAIN_S = 5.0
_WRITE_BYTES = 1 << 20
_RAW = {"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"format": "binary"}}}}}


@router.post("", operation_id="beginUpload", status_code=201)
def begin_upload(new: NewUpload, studio: StudioDep) -> UploadBody:
    """Begins an upload in parts: the answer's id is where the parts go."""
    return UploadBody(upload=studio.uploads.create(new))


@router.get("", operation_id="listUploads")
def list_uploads(studio: StudioDep, paging: PagingDep) -> UploadPage:
    """Uploads that were begun and not finished, newest first."""
    found = studio.uploads.unfinished()
    page = found[paging.offset : paging.offset + paging.limit]
    return UploadPage(uploads=page, total=len(found), limit=paging.limit, offset=paging.offset)


@router.get("/{upload_id}", operation_id="getUpload")
def get_upload(upload_id: str, studio: StudioDep) -> UploadBody:
    """One upload, and how much of it has arrived."""
    upload = studio.uploads.get(upload_id)
    return UploadBody(upload=upload.model_copy(update={"read_fraction": studio.reading.fraction(upload_id)}))


@router.patch("/{upload_id}", operation_id="sendUploadPart", openapi_extra=_RAW)
async def send_upload_part(
    upload_id: str,
    request: Request,
    studio: StudioDep,
    offset: Annotated[int, Query(ge=0, description="Where the part begins: how much has arrived before.")],
) -> UploadBody:
    """Takes the next bytes of the file. Of a part that is cut off, what arrived counts; go on at `received_bytes`."""
    announced = request.headers.get("content-length", "")
    length = int(announced) if announced.isdecimal() else None
    try:
        with studio.uploads.part(upload_id, offset, length) as part:
            await _receive(request, part)
    except (StudioError, OSError) as error:
        with anyio.move_on_after(DRAIN_S):
            await drain(request)
        raise (DiskFull.of(error) if isinstance(error, OSError) else None) or error from error
    return UploadBody(upload=studio.uploads.get(upload_id))


async def _receive(request: Request, part: Part) -> None:
    """Writes the body as it comes, in blocks that are worth a thread's time. However it ends, what came is written."""
    held = bytearray()
    try:
        async for block in _blocks(request):
            held += block
            if len(held) >= _WRITE_BYTES:
                whole, held = bytes(held), bytearray()
                await run_sync(part.write, whole)
    finally:
        with anyio.CancelScope(shield=True):
            await run_sync(_written, part, bytes(held))


def _written(part: Part, rest: bytes) -> None:
    part.write(rest)
    part.close()


async def _blocks(request: Request) -> AsyncIterator[bytes]:
    stream = request.stream()
    while True:
        with anyio.move_on_after(SILENCE_S) as waiting:
            try:
                block = await anext(stream, None)
            except ClientDisconnect:
                raise InvalidInput("The part was cut off.", hint="Go on at `received_bytes`.") from None
        if waiting.cancelled_caught:
            raise InvalidInput(f"Nothing more arrived for {SILENCE_S:.0f} s.", hint="Go on at `received_bytes`.")
        if block is None:
            return
        yield block


@router.delete("/{upload_id}", operation_id="cancelUpload", status_code=204)
def cancel_upload(upload_id: str, studio: StudioDep) -> None:
    """Cancels an upload; what has arrived is removed."""
    studio.uploads.cancel(upload_id)


@router.post("/{upload_id}/finish", operation_id="finishUpload", status_code=201)
async def finish_upload(upload_id: str, studio: StudioDep) -> RecordingBody:
    """Makes a recording of an upload that is whole. Asked again, it gives the same one."""
    with studio.uploads.finishing(upload_id) as whole:
        if whole.recording_id is not None:
            return RecordingBody(recording=get_recording(studio.workspace, whole.recording_id))
        try:
            with studio.reading.to(upload_id) as report:
                recording = await _recorded(studio, whole, report)
        except AudioError:
            await run_sync(whole.discard)
            raise
        await run_sync(whole.became, recording.id)
        return RecordingBody(recording=recording)


async def _recorded(studio: Studio, whole: Finishing, report: Report) -> Recording:
    path = studio.workspace.incoming / whole.incoming
    sha256 = await run_sync(whole.sha256)
    return await ingested(studio, ReceivedFile(path, whole.name, sha256, whole.size_bytes), report)
