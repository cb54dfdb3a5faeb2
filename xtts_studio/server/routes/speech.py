"""Speech and voices: speak, keep what was said, make voices of reference clips."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from xtts_studio import speakers
from xtts_studio.errors import InvalidInput
from xtts_studio.server import speaking
from xtts_studio.server.bodies import GenerateRequest, SpeakerBody, SpeakerPage, SpeechPage
from xtts_studio.server.studio import PagingDep, StudioDep
from xtts_studio.server.upload import multipart_body, receive
from xtts_studio.server.work import in_worker
from xtts_studio.shapes import BASE_MODEL, CloneRequest, Speaker
from xtts_studio.workspace import check_name

router = APIRouter(prefix="/api/inference", tags=["speech"])

AUDIO: dict[int | str, dict[str, Any]] = {200: {"content": {"audio/wav": {}}}}


@router.get("/speakers", operation_id="listSpeakers")
def list_speakers(studio: StudioDep, paging: PagingDep) -> SpeakerPage:
    """Voices, by name."""
    found = speakers.list_speakers(studio.workspace)
    page = found[paging.offset : paging.offset + paging.limit]
    return SpeakerPage(speakers=page, total=len(found), limit=paging.limit, offset=paging.offset)


@router.post(
    "/speakers",
    operation_id="createSpeaker",
    status_code=201,
    openapi_extra=multipart_body(files="Reference clips.", name="Name of the voice.", model="?Model to make it with."),
)
async def create_speaker(request: Request, studio: StudioDep) -> SpeakerBody:
    """Makes a voice of reference clips."""
    form = await receive(request, studio.workspace.incoming, studio.settings.upload_limit_bytes)
    try:
        if not form.fields.get("name"):
            raise InvalidInput("The voice has no name.", hint="Send a form field `name`.")
        body = CloneRequest(
            name=check_name(form.fields["name"], "voice name"),
            files=[file.path.name for file in form.files],
            model=form.fields.get("model") or BASE_MODEL,
        )
        made = await in_worker(studio, "clone", body)
        return SpeakerBody(speaker=Speaker.model_validate(made.model_dump()))
    finally:
        form.discard()


@router.delete("/speakers/{name}", operation_id="deleteSpeaker", status_code=204)
def delete_speaker(name: str, studio: StudioDep) -> None:
    """Deletes a voice."""
    speakers.delete_speaker(studio.workspace, name)


@router.post("/generate", operation_id="generateSpeech", response_class=Response, responses=AUDIO)
async def generate_speech(body: GenerateRequest, caller: Request, studio: StudioDep) -> Response:
    """Speaks. The WAV comes whole, or in pieces as they are made (`stream`). Headers: X-Speech-Id, X-Seed,
    X-Audio-Seconds and X-Real-Time-Factor (the last two not when streamed)."""
    request = speaking.with_seed(body)
    if body.stream:
        return await speaking.start_stream(studio, request)
    path, headers = await speaking.speak_whole(studio, request, caller)
    return FileResponse(path, media_type="audio/wav", headers=headers)


@router.get("/history", operation_id="listSpeech")
def list_speech(studio: StudioDep, paging: PagingDep) -> SpeechPage:
    """Speech that was made, newest first."""
    found, total = studio.history.page(paging.limit, paging.offset)
    return SpeechPage(speech=found, total=total, limit=paging.limit, offset=paging.offset)


@router.get("/history/{speech_id}/audio", operation_id="getSpeechAudio", response_class=FileResponse, responses=AUDIO)
def get_speech_audio(speech_id: str, studio: StudioDep) -> FileResponse:
    """The sound; takes ranges."""
    path = studio.history.audio_path(speech_id)
    return FileResponse(path, media_type="audio/wav", headers={"Cache-Control": "private, max-age=31536000"})


@router.delete("/history/{speech_id}", operation_id="deleteSpeech", status_code=204)
def delete_speech(speech_id: str, studio: StudioDep) -> None:
    """Forgets speech and removes its file."""
    studio.history.delete(speech_id)
