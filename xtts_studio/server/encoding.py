"""Encoding of speech in a few threads of its own.

Encoders take megabytes, and the C library keeps those for every thread that ever had one: in the threads that serve all
routes, each would grow by them.
"""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from fastapi.responses import FileResponse, Response, StreamingResponse

from xtts_studio.audio.encode import MEDIA_TYPES, stream_encoder, whole_file
from xtts_studio.server.history import SAMPLE_RATE_HZ, read_pcm16
from xtts_studio.shapes import AudioFormat

BLOCK_BYTES = 64 * 1024
WHOLE_UP_TO_BYTES = 64 * 1024**2
"""16-bit samples that are encoded in one go, with a header that knows the length: 23 minutes. More is encoded piece by
piece, so that memory stays small."""

_THREADS = ThreadPoolExecutor(max_workers=3, thread_name_prefix="encoding")
P = ParamSpec("P")
T = TypeVar("T")


async def encoded(audio_format: AudioFormat, pieces: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """A file of this format, of 16-bit pieces as they come; none of what comes out is empty."""
    encoder = await _in_thread(stream_encoder, audio_format, SAMPLE_RATE_HZ)
    async for piece in pieces:
        if out := await _in_thread(encoder.encode, piece):
            yield out
    if out := await _in_thread(encoder.finish):
        yield out


async def file_answer(path: Path, audio_format: AudioFormat, headers: dict[str, str]) -> Response:
    """A WAV file of the history in any format; as WAV it takes ranges."""
    media_type = MEDIA_TYPES[audio_format]
    if audio_format == "wav":
        return FileResponse(path, media_type=media_type, headers=headers)
    if path.stat().st_size > WHOLE_UP_TO_BYTES:
        pieces = encoded(audio_format, _in_threads(read_pcm16(path, BLOCK_BYTES)))
        return StreamingResponse(pieces, media_type=media_type, headers=headers)
    content = await _in_thread(_whole, path, audio_format)
    return Response(content, media_type=media_type, headers=headers)


def _whole(path: Path, audio_format: AudioFormat) -> bytes:
    return whole_file(audio_format, SAMPLE_RATE_HZ, b"".join(read_pcm16(path, BLOCK_BYTES)))


async def _in_thread(function: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    return await asyncio.get_running_loop().run_in_executor(_THREADS, partial(function, *args, **options))


async def _in_threads(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    iterator = iter(pieces)
    while piece := await _in_thread(next, iterator, b""):
        yield piece
