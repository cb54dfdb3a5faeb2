"""Transcripts of one's own: what somebody else wrote down of a recording."""

from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request

from xtts_studio import recordings
from xtts_studio.errors import InvalidInput, TooLarge
from xtts_studio.server.bodies import TranscriptBody
from xtts_studio.server.studio import Studio, StudioDep
from xtts_studio.server.upload import receive
from xtts_studio.shapes import OwnTranscript
from xtts_studio.transcription import transcripts

router = APIRouter(prefix="/api/data/recordings/{recording_id}/transcript", tags=["recordings"])

_TOLD = "TXT, SRT, VTT or CSV: the file itself, or a form with it in the field `file`."
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FORM = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}, "required": ["file"]}
_SENT: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": _TOLD,
        "content": {"text/plain": _BINARY, "multipart/form-data": {"schema": _FORM}},
    }
}


@router.put("", operation_id="putTranscript", openapi_extra=_SENT)
async def put_transcript(
    recording_id: str,
    request: Request,
    studio: StudioDep,
    name: Annotated[str | None, Query(max_length=200, description="Of the file, where the body is the file.")] = None,
) -> TranscriptBody:
    """Takes a transcript for a recording, in the place of an earlier one. Transcribing its chunks takes their words
    from there."""
    recording = await run_sync(recordings.get_recording, studio.workspace, recording_id)
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        data, sent_as = await _file_of_form(request, studio)
    else:
        data, sent_as = await _whole_body(request), name or f"{recording.name}.txt"
    known_as = _plain_name(sent_as)
    transcript, notices = await run_sync(transcripts.read_transcript, data, known_as)
    await run_sync(transcripts.save_transcript, studio.workspace, recording_id, transcript)
    return _body(recording_id, transcript, notices)


@router.get("", operation_id="getTranscript")
def get_transcript(recording_id: str, studio: StudioDep) -> TranscriptBody:
    """The transcript of a recording, as it was taken."""
    return _body(recording_id, transcripts.get_transcript(studio.workspace, recording_id), [])


@router.delete("", operation_id="deleteTranscript", status_code=204)
def delete_transcript(recording_id: str, studio: StudioDep) -> None:
    """Forgets a recording's transcript; texts that were taken from it stay."""
    transcripts.delete_transcript(studio.workspace, recording_id)


def _body(recording_id: str, transcript: OwnTranscript, notices: list[str]) -> TranscriptBody:
    words = sum(len(cue.text.split()) for cue in transcript.cues)
    return TranscriptBody(recording_id=recording_id, transcript=transcript, words=words, notices=notices)


async def _file_of_form(request: Request, studio: Studio) -> tuple[bytes, str]:
    form = await receive(request, studio.workspace.incoming, transcripts.MOST_BYTES, "file")
    try:
        if len(form.files) > 1:
            raise InvalidInput(f"{len(form.files)} files were sent.", hint="A recording has one transcript: send one.")
        return await run_sync(form.files[0].path.read_bytes), form.files[0].name
    finally:
        form.discard()


async def _whole_body(request: Request) -> bytes:
    held = bytearray()
    async for block in request.stream():
        held += block
        if len(held) > transcripts.MOST_BYTES:
            raise TooLarge(
                f"Transcripts may have {transcripts.MOST_BYTES / 1e6:.0f} MB.", hint="Send a text, not sound."
            )
    return bytes(held)


def _plain_name(name: str) -> str:
    """Without folders and what can't be printed."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable())[-200:].strip() or "transcript"
