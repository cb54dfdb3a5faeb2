"""Speech over HTTP: whole or as it is made; both are kept in the history."""

import logging
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import aclosing, closing
from pathlib import Path

from anyio import CancelScope, CapacityLimiter, to_thread
from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from xtts_studio.errors import StudioError
from xtts_studio.jobs.backend import SpeechStream
from xtts_studio.server.bodies import GenerateRequest
from xtts_studio.server.history import SAMPLE_RATE_HZ, SpeechFile, new_speech_id, pcm16
from xtts_studio.server.studio import Studio
from xtts_studio.shapes import SpeakRequest, SpeakResult

logger = logging.getLogger(__name__)

Headers = dict[str, str]


def with_seed(body: GenerateRequest) -> SpeakRequest:
    """The request of the step; a seed is chosen here, so that its header can go out before the sound."""
    fields = body.model_dump(exclude={"format", "stream"})
    if fields["seed"] is None:
        fields["seed"] = secrets.randbelow(2**31)
    return SpeakRequest(**fields)


async def speak_whole(studio: Studio, request: SpeakRequest, caller: Request) -> tuple[Path, Headers]:
    """Speaks to the end and gives the file. Speaking stops when the caller goes away."""
    speech_id = new_speech_id()
    result: SpeakResult | None = None
    async with aclosing(_pieces(studio, request, speech_id)) as pieces:
        async for piece in pieces:
            if isinstance(piece, SpeakResult):
                result = piece
            elif await caller.is_disconnected():
                raise StudioError("The caller went away.")
    assert result is not None
    headers = {
        **_headers(speech_id, request),
        "X-Audio-Seconds": f"{result.audio_s:.3f}",
        "X-Real-Time-Factor": f"{result.wall_s / max(result.audio_s, 1e-9):.3f}",
    }
    return studio.history.audio_path(speech_id), headers


async def start_stream(studio: Studio, request: SpeakRequest) -> StreamingResponse:
    """A WAV of unknown length, piece by piece. Waits for the first piece, so that errors still get their status."""
    speech_id = new_speech_id()
    pieces = _pieces(studio, request, speech_id)
    first = await anext(pieces)
    return _SpeechResponse(pieces, first, _headers(speech_id, request))


class _SpeechResponse(StreamingResponse):
    """Sends speech as it is made, and stops the speaking when it ends, however it ends."""

    def __init__(
        self, pieces: AsyncGenerator[bytes | SpeakResult, None], first: bytes | SpeakResult, headers: Headers
    ) -> None:
        super().__init__(_wav(first, pieces), media_type="audio/wav", headers=headers)
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._pieces):
            await super().__call__(scope, receive, send)


async def _wav(first: bytes | SpeakResult, pieces: AsyncIterator[bytes | SpeakResult]) -> AsyncIterator[bytes]:
    yield _endless_header()
    if isinstance(first, bytes):
        yield first
    async for piece in pieces:
        if isinstance(piece, bytes):
            yield piece


async def _pieces(studio: Studio, request: SpeakRequest, speech_id: str) -> AsyncGenerator[bytes | SpeakResult, None]:
    """What `_spoken` yields, made in threads. Closing it stops the speaking and frees the worker."""
    spoken = _spoken(studio, request, speech_id)
    places, own = studio.call_limiter("speak"), CapacityLimiter(1)
    await places.acquire_on_behalf_of(spoken)  # until it ends: whoever speaks must not wait for those who wait for it
    try:
        while (piece := await to_thread.run_sync(next, spoken, None, limiter=own)) is not None:
            yield piece
    finally:
        with CancelScope(shield=True):
            await to_thread.run_sync(spoken.close, limiter=own)
        places.release_on_behalf_of(spoken)


def _spoken(studio: Studio, request: SpeakRequest, speech_id: str) -> Generator[bytes | SpeakResult, None, None]:
    """16-bit pieces, then the result once file and row are in the history."""
    began = time.monotonic()
    with closing(studio.backend.stream_speech(request)) as stream, studio.history.recording(speech_id) as file:
        result = yield from _written(stream, file)
    numbers = {"audio_s": file.samples / SAMPLE_RATE_HZ, "wall_s": time.monotonic() - began}
    result = result.model_copy(update=numbers)
    studio.history.add(speech_id, request, result)
    yield result


def _written(stream: SpeechStream, file: SpeechFile) -> Generator[bytes, None, SpeakResult]:
    while True:
        try:
            pcm = pcm16(next(stream))
        except StopIteration as stop:
            result: SpeakResult = stop.value
            return result
        file.write(pcm)
        yield pcm


def _headers(speech_id: str, request: SpeakRequest) -> Headers:
    return {"X-Speech-Id": speech_id, "X-Seed": str(request.seed), "Cache-Control": "no-store"}


def _endless_header() -> bytes:
    """A WAV header for a length that is not known yet: 24 kHz, mono, 16 bit, sizes at their maximum."""
    unknown = (0xFFFFFFFF).to_bytes(4, "little")
    rate = SAMPLE_RATE_HZ
    form = b"".join(
        number.to_bytes(size, "little")
        for number, size in ((16, 4), (1, 2), (1, 2), (rate, 4), (rate * 2, 4), (2, 2), (16, 2))
    )
    return b"RIFF" + unknown + b"WAVEfmt " + form + b"data" + unknown
