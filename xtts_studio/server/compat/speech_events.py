"""Speech as server-sent events, as OpenAI's `stream_format: sse` has it."""

import base64
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from xtts_studio.errors import StudioError
from xtts_studio.server.compat.errors import openai_error
from xtts_studio.server.errors import HINT_UNEXPECTED, MESSAGE_UNEXPECTED
from xtts_studio.server.live_speech import LiveSpeech
from xtts_studio.server.speaking import begin
from xtts_studio.server.studio import Studio
from xtts_studio.shapes import AudioFormat, SpeakRequest, SpeakResult

logger = logging.getLogger(__name__)

SAMPLES_PER_TOKEN = 1024
"""What the model speaks in one step: 43 ms."""


async def events_answer(
    studio: Studio, request: SpeakRequest, caller: Request, audio_format: AudioFormat, request_id: str | None
) -> StreamingResponse:
    """`speech.audio.delta` for each piece, `speech.audio.done` at the end. Raises as `speaking.begin` does."""
    speech, headers = await begin(studio, request, caller, request_id)
    return _EventsResponse(speech, audio_format, headers)


class _EventsResponse(StreamingResponse):
    """Sends events as the sound is made, and stops the speaking when it ends, however it ends."""

    def __init__(self, speech: LiveSpeech, audio_format: AudioFormat, headers: dict[str, str]) -> None:
        super().__init__(_events(speech, audio_format), media_type="text/event-stream", headers=headers)
        self._speech = speech

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._speech.close()


async def _events(speech: LiveSpeech, audio_format: AudioFormat) -> AsyncIterator[str]:
    try:
        async for piece in speech.encoded(audio_format):
            yield _event({"type": "speech.audio.delta", "audio": base64.b64encode(piece).decode()})
        yield _event(_done(speech.request, await speech.finished()))
    except StudioError as error:
        yield _error(error)
    except Exception:
        logger.exception("speech %s broke off", speech.speech_id)
        yield _error(StudioError(MESSAGE_UNEXPECTED, hint=HINT_UNEXPECTED))


def _done(request: SpeakRequest, result: SpeakResult) -> dict[str, Any]:
    """With the real-time factor, which OpenAI's has not: the headers have gone out before it is known."""
    factor = round(result.wall_s / max(result.audio_s, 1e-9), 3)
    return {"type": "speech.audio.done", "usage": _usage(request, result), "real_time_factor": factor}


def _usage(request: SpeakRequest, result: SpeakResult) -> dict[str, int]:
    """Characters that came in, steps of the model that went out: what is known here of either."""
    came, went = len(request.text), round(result.audio_s * result.sample_rate_hz / SAMPLES_PER_TOKEN)
    return {"input_tokens": came, "output_tokens": went, "total_tokens": came + went}


def _event(content: dict[str, Any]) -> str:
    return f"event: {content['type']}\ndata: {json.dumps(content, ensure_ascii=False)}\n\n"


def _error(error: StudioError) -> str:
    return _event({"type": "error", "error": openai_error(error.status, error.to_dict())})
