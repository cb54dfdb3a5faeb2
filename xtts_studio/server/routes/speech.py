"""Speech: speak, see who waits, and keep what was said."""

from typing import Annotated, Any, cast

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from xtts_studio.audio.encode import MEDIA_TYPES
from xtts_studio.server import speaking
from xtts_studio.server.bodies import REQUEST_ID, GenerateRequest, PreviewBody, SpeechPage, SpeechQueue
from xtts_studio.server.encoding import file_answer
from xtts_studio.server.pace import LOOKED_AT, previewed
from xtts_studio.server.studio import PagingDep, StudioDep
from xtts_studio.server.work import in_worker
from xtts_studio.shapes import AudioFormat, PreviewSpeechRequest, SpeechPreview

router = APIRouter(prefix="/api/inference", tags=["speech"])

AUDIO: dict[int | str, dict[str, Any]] = {200: {"content": {media_type: {} for media_type in MEDIA_TYPES.values()}}}

PCM: dict[int | str, dict[str, Any]] = {200: {"content": {MEDIA_TYPES["pcm"]: {}}}}

WordsQuery = Annotated[str, Query(max_length=200, description="Only speech with all of these words.")]

OffsetQuery = Annotated[int, Query(ge=0, lt=2**62, description="How many bytes of the sound are here already.")]

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
    return await speaking.answer(
        studio, request, caller, body.format, stream=body.stream, grace_s=body.grace_s, request_id=request_id
    )


@router.get("/live/{speech_id}", operation_id="hearSpeech", response_class=Response, responses=PCM)
async def hear_speech(speech_id: str, caller: Request, studio: StudioDep, offset: OffsetQuery = 0) -> Response:
    """What follows a byte of speech that is being made, or was, as 16-bit PCM: for who was cut off from a stream."""
    return await speaking.rest(studio, speech_id, offset, caller)


@router.delete("/live/{speech_id}", operation_id="endSpeech", status_code=204)
async def end_speech(speech_id: str, studio: StudioDep) -> None:
    """Ends speech that is being made, without its grace; nothing of it is kept."""
    await studio.listeners.end(speech_id)


@router.post("/preview", operation_id="previewSpeech")
async def preview_speech(body: PreviewSpeechRequest, studio: StudioDep) -> PreviewBody:
    """What would be said of a text: its pieces as the model reads them, the pauses, and about how long it will be."""
    preview = cast(SpeechPreview, await in_worker(studio, "preview_speech", body))
    said, _ = await run_in_threadpool(studio.history.page, LOOKED_AT, 0)
    return previewed(body, preview, said)


@router.get("/queue", operation_id="getSpeechQueue")
async def get_speech_queue(studio: StudioDep) -> SpeechQueue:
    """Who is spoken for now, and who waits."""
    return studio.places.queue()


@router.get("/history", operation_id="listSpeech")
def list_speech(studio: StudioDep, paging: PagingDep, q: WordsQuery = "") -> SpeechPage:
    """Speech that was made, newest first; `q`: with all of these words in its text, voice or model."""
    found, total = studio.history.page(paging.limit, paging.offset, q)
    return SpeechPage(speech=found, total=total, limit=paging.limit, offset=paging.offset)


@router.get("/history/{speech_id}/audio", operation_id="getSpeechAudio", response_class=Response, responses=AUDIO)
async def get_speech_audio(speech_id: str, studio: StudioDep, format: AudioFormat = "wav") -> Response:
    """The sound in any format; as WAV it takes ranges."""
    path = studio.history.audio_path(speech_id)
    return await file_answer(path, format, {"Cache-Control": "private, max-age=31536000"})


@router.delete("/history/{speech_id}", operation_id="deleteSpeech", status_code=204)
def delete_speech(speech_id: str, studio: StudioDep) -> None:
    """Forgets speech with its takes and removes their files."""
    studio.history.delete(speech_id)
    studio.takes.forget(speech_id)
