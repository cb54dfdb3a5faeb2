"""Speech: speak, see who waits, and keep what was said."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response

from xtts_studio.audio.encode import MEDIA_TYPES
from xtts_studio.server import speaking
from xtts_studio.server.bodies import REQUEST_ID, GenerateRequest, SpeechPage, SpeechQueue
from xtts_studio.server.encoding import file_answer
from xtts_studio.server.studio import PagingDep, StudioDep
from xtts_studio.shapes import AudioFormat

router = APIRouter(prefix="/api/inference", tags=["speech"])

AUDIO: dict[int | str, dict[str, Any]] = {200: {"content": {media_type: {} for media_type in MEDIA_TYPES.values()}}}

RequestId = Annotated[
    str | None,
    Header(
        alias="X-Request-Id",
        pattern=REQUEST_ID,
        description="A name for this request, by which the queue shows where it stands.",
    ),
]


@router.post("/generate", operation_id="generateSpeech", response_class=Response, responses=AUDIO)
async def generate_speech(
    body: GenerateRequest, caller: Request, studio: StudioDep, request_id: RequestId = None
) -> Response:
    """Speaks. The sound comes whole, or in pieces as they are made (`stream`). Headers: X-Speech-Id, X-Seed,
    X-Queue-Position, X-First-Sound-Seconds, and when it is whole X-Audio-Seconds, X-Real-Time-Factor, X-Precision."""
    request = speaking.with_seed(body)
    return await speaking.answer(studio, request, caller, body.format, stream=body.stream, request_id=request_id)


@router.get("/queue", operation_id="getSpeechQueue")
async def get_speech_queue(studio: StudioDep) -> SpeechQueue:
    """Who is spoken for now, and who waits."""
    return studio.places.queue()


@router.get("/history", operation_id="listSpeech")
def list_speech(studio: StudioDep, paging: PagingDep) -> SpeechPage:
    """Speech that was made, newest first."""
    found, total = studio.history.page(paging.limit, paging.offset)
    return SpeechPage(speech=found, total=total, limit=paging.limit, offset=paging.offset)


@router.get("/history/{speech_id}/audio", operation_id="getSpeechAudio", response_class=Response, responses=AUDIO)
async def get_speech_audio(speech_id: str, studio: StudioDep, format: AudioFormat = "wav") -> Response:
    """The sound in any format; as WAV it takes ranges."""
    path = studio.history.audio_path(speech_id)
    return await file_answer(path, format, {"Cache-Control": "private, max-age=31536000"})


@router.delete("/history/{speech_id}", operation_id="deleteSpeech", status_code=204)
def delete_speech(speech_id: str, studio: StudioDep) -> None:
    """Forgets speech and removes its file."""
    studio.history.delete(speech_id)
