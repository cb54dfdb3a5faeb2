"""Speech over HTTP: whole or as it is made; both are kept in the history."""

import logging
import secrets
import time
from collections.abc import AsyncIterator
from pathlib import Path

from anyio import CancelScope, to_thread
from fastapi import Request

from xtts_studio.errors import StudioError
from xtts_studio.jobs.backend import SpeechStream
from xtts_studio.server.bodies import GenerateRequest
from xtts_studio.server.history import SAMPLE_RATE_HZ, new_speech_id, pcm16
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
    async for piece in _pieces(studio, request, speech_id):
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


async def start_stream(studio: Studio, request: SpeakRequest) -> tuple[AsyncIterator[bytes], Headers]:
    """A WAV of unknown length, piece by piece. Waits for the first piece, so that errors still get their status."""
    speech_id = new_speech_id()
    pieces = _pieces(studio, request, speech_id)
    first = await anext(pieces)

    async def wav() -> AsyncIterator[bytes]:
        yield _endless_header()
        if isinstance(first, bytes):
            yield first
        async for piece in pieces:
            if isinstance(piece, bytes):
                yield piece

    return wav(), _headers(speech_id, request)


async def _pieces(studio: Studio, request: SpeakRequest, speech_id: str) -> AsyncIterator[bytes | SpeakResult]:
    """16-bit pieces, then the result once file and row are in the history."""
    stream = studio.backend.stream_speech(request)
    began = time.monotonic()
    try:
        with studio.history.recording(speech_id) as file:
            while isinstance(piece := await to_thread.run_sync(_advance, stream, limiter=studio.call_limiter), bytes):
                pcm = pcm16(piece)
                file.write(pcm)
                yield pcm
        result = piece.model_copy(update={"audio_s": file.samples / SAMPLE_RATE_HZ, "wall_s": time.monotonic() - began})
        await to_thread.run_sync(studio.history.add, speech_id, request, result)
        yield result
    finally:
        with CancelScope(shield=True):
            await to_thread.run_sync(stream.close)


def _advance(stream: SpeechStream) -> bytes | SpeakResult:
    try:
        return next(stream)
    except StopIteration as stop:
        result: SpeakResult = stop.value
        return result


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
