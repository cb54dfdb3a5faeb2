"""Speech over HTTP: whole or as it is made; both are kept in the history.

`begin` is the door for every route that speaks: it waits for a place, and gives up when its caller goes away.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable
from typing import TypeVar

from anyio import CancelScope
from fastapi import Request
from fastapi.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from xtts_studio.audio.encode import MEDIA_TYPES
from xtts_studio.errors import CallerGone
from xtts_studio.server.bodies import GenerateRequest
from xtts_studio.server.encoding import file_answer, pcm_pieces
from xtts_studio.server.listeners import Listeners, Live
from xtts_studio.server.live_speech import Keeper, LiveSpeech
from xtts_studio.server.studio import Studio
from xtts_studio.shapes import AudioFormat, SpeakRequest, SpeakResult

Headers = dict[str, str]
_UNKEPT: Headers = {"Cache-Control": "no-store"}
T = TypeVar("T")


def with_seed(body: GenerateRequest) -> SpeakRequest:
    """The request of the step; a seed is chosen here, so that its header can go out before the sound."""
    fields = body.model_dump(exclude={"format", "stream", "grace_s"})
    if fields["seed"] is None:
        fields["seed"] = secrets.randbelow(2**31)
    return SpeakRequest(**fields)


async def begin(
    studio: Studio,
    request: SpeakRequest,
    caller: Request,
    request_id: str | None = None,
    keeper: Keeper | None = None,
) -> tuple[LiveSpeech, Headers]:
    """Speech whose first sound is there, and the headers that are known then. The speech must be closed.

    It is kept in the history, or by the `keeper`.

    Raises what the step raised before any sound, `TooManyRequests` at once where the queue is full, and `CallerGone`.
    """
    ticket = studio.places.enter(request_id)
    try:
        await unless_gone(caller, ticket.turn)
        speech = LiveSpeech(studio.backend, keeper or studio.history, request, lambda: studio.places.leave(ticket))
    except BaseException:
        studio.places.leave(ticket)
        raise
    try:
        await unless_gone(caller, speech.begun())
    except BaseException:
        await speech.close()
        raise
    return speech, _first_headers(speech, ticket.position)


async def answer(
    studio: Studio,
    request: SpeakRequest,
    caller: Request,
    audio_format: AudioFormat = "wav",
    *,
    stream: bool = False,
    grace_s: float = 0,
    request_id: str | None = None,
) -> Response:
    """The answer of a route that speaks; its errors are raised before a byte of it is sent, those in a stream break it.

    A streamed one goes on for `grace_s` when its listener is cut off. Raises as `begin` does, and what the step raised.
    """
    speech, headers = await begin(studio, request, caller, request_id)
    if stream:
        live = studio.listeners.add(speech, grace_s)
        return _SpeechResponse(studio.listeners, live, speech.encoded(audio_format), audio_format, headers)
    try:
        result = await unless_gone(caller, speech.finished())
    finally:
        await speech.close()
    path = studio.history.audio_path(speech.speech_id)
    return await file_answer(path, audio_format, headers | _last_headers(result))


async def rest(studio: Studio, speech_id: str, at_bytes: int, caller: Request) -> Response:
    """What follows this place of a speech as 16-bit PCM, be it still being made or in the history.

    Raises what broke the speech off where nothing follows, and `NotFound`.
    """
    live = studio.listeners.find(speech_id)
    if live is None:
        path = studio.history.audio_path(speech_id)
        return StreamingResponse(pcm_pieces(path, at_bytes), media_type=MEDIA_TYPES["pcm"], headers=_UNKEPT)
    studio.listeners.arrive(live)
    try:
        await unless_gone(caller, live.speech.begun(at_bytes))
    except BaseException:
        await studio.listeners.leave(live)
        raise
    return _SpeechResponse(studio.listeners, live, live.speech.pieces(at_bytes), "pcm", _UNKEPT)


async def unless_gone(caller: Request, wait: Awaitable[T]) -> T:
    """What `wait` gives, unless the caller goes away before: then it is cancelled, and `CallerGone` raised."""
    waiting, gone = asyncio.ensure_future(wait), asyncio.ensure_future(_gone(caller))
    try:
        await asyncio.wait([waiting, gone], return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            await gone  # raises where asking failed
            raise CallerGone("The caller went away.")
        return waiting.result()
    finally:
        waiting.cancel()
        gone.cancel()


class _SpeechResponse(StreamingResponse):
    """Sends speech as it is made to somebody who has arrived, and who leaves when it ends, however it ends."""

    def __init__(
        self,
        listeners: Listeners,
        live: Live,
        content: AsyncIterator[bytes],
        audio_format: AudioFormat,
        headers: Headers,
    ) -> None:
        headers = headers | {"X-Accel-Buffering": "no"}  # a proxy must not hold it back
        super().__init__(content, media_type=MEDIA_TYPES[audio_format], headers=headers)
        self._listeners, self._live = listeners, live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            with CancelScope(shield=True):
                await self._listeners.leave(self._live)


async def _gone(caller: Request) -> None:
    """Returns when the caller has gone. For requests whose body was read: what comes next is the end."""
    while (await caller.receive())["type"] != "http.disconnect":
        pass


def _first_headers(speech: LiveSpeech, position: int) -> Headers:
    headers = {
        "X-Speech-Id": speech.speech_id,
        "X-Seed": str(speech.request.seed),
        "X-Queue-Position": str(position),
        "Cache-Control": "no-store",
    }
    return headers | _seconds("X-First-Sound-Seconds", speech.first_sound_s)


def _last_headers(result: SpeakResult) -> Headers:
    return {
        **_seconds("X-Audio-Seconds", result.audio_s),
        **_seconds("X-Real-Time-Factor", result.wall_s / max(result.audio_s, 1e-9)),
        "X-Precision": result.precision,
    }


def _seconds(name: str, value: float | None) -> Headers:
    return {} if value is None else {name: f"{value:.3f}"}
