"""Speech: speak, and keep what was said."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from xtts_studio.server import speaking
from xtts_studio.server.bodies import GenerateRequest, SpeechPage
from xtts_studio.server.studio import PagingDep, StudioDep

router = APIRouter(prefix="/api/inference", tags=["speech"])

AUDIO: dict[int | str, dict[str, Any]] = {200: {"content": {"audio/wav": {}}}}


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
