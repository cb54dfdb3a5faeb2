"""Takes: speak one sentence of a speech once more, hear each take, put the best together."""

import secrets

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from xtts_studio.server import speaking
from xtts_studio.server.bodies import JoinRequest, SpeechBody, TakeBody, TakeRequest, Takes
from xtts_studio.server.encoding import file_answer
from xtts_studio.server.routes.speech import AUDIO, RequestId
from xtts_studio.server.studio import StudioDep
from xtts_studio.shapes import AudioFormat

router = APIRouter(prefix="/api/inference/history/{speech_id}", tags=["speech"])

_KEPT = {"Cache-Control": "private, max-age=31536000"}


@router.get("/takes", operation_id="listTakes")
def list_takes(speech_id: str, studio: StudioDep) -> Takes:
    """The sentences of a speech, and the other takes of them."""
    return studio.takes.of(speech_id)


@router.post("/takes", operation_id="makeTake", status_code=201)
async def make_take(
    speech_id: str, body: TakeRequest, caller: Request, studio: StudioDep, request_id: RequestId = None
) -> TakeBody:
    """Speaks a sentence once more, with the settings of its speech and a seed of its own."""
    seed = secrets.randbelow(2**31) if body.seed is None else body.seed
    request = await run_in_threadpool(studio.takes.request, speech_id, body.sentence, seed)
    keeper = studio.takes.keeper(speech_id, body.sentence)
    speech, _ = await speaking.begin(studio, request, caller, request_id, keeper)
    try:
        await speaking.unless_gone(caller, speech.finished())
    finally:
        await speech.close()
    return TakeBody(take=await run_in_threadpool(studio.takes.take, speech_id, speech.speech_id))


@router.get("/takes/{take_id}/audio", operation_id="getTakeAudio", response_class=Response, responses=AUDIO)
async def get_take_audio(speech_id: str, take_id: str, studio: StudioDep, format: AudioFormat = "wav") -> Response:
    """The sound of a take in any format; as WAV it takes ranges."""
    path = await run_in_threadpool(studio.takes.audio_path, speech_id, take_id)
    return await file_answer(path, format, _KEPT)


@router.delete("/takes/{take_id}", operation_id="deleteTake", status_code=204)
def delete_take(speech_id: str, take_id: str, studio: StudioDep) -> None:
    """Forgets one take; speech that was put together of it stays as it is."""
    studio.takes.delete(speech_id, take_id)


@router.get("/sentences/{sentence}/audio", operation_id="getSentenceAudio", response_class=Response, responses=AUDIO)
def get_sentence_audio(speech_id: str, sentence: int, studio: StudioDep) -> Response:
    """One sentence as the speech itself has it, as WAV."""
    return Response(studio.takes.sentence_wav(speech_id, sentence), media_type="audio/wav", headers=_KEPT)


@router.post("/join", operation_id="joinTakes", status_code=201)
def join_takes(speech_id: str, body: JoinRequest, studio: StudioDep) -> SpeechBody:
    """A new speech of the chosen takes, with the pauses of the old one."""
    return SpeechBody(speech=studio.takes.join(speech_id, body.takes))
