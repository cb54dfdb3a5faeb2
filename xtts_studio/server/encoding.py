"""Encoding of speech in a few threads of its own.

Encoders take megabytes, and the C library keeps those for every thread that ever had one: in the threads that serve all
routes, each would grow by them.
"""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable
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
SHORT_BYTES = 4 * 1024**2
"""16-bit samples, 87 seconds, that are encoded so quickly that they hold up nobody."""

_LIVE = ThreadPoolExecutor(max_workers=3, thread_name_prefix="encoding")
_LONG = ThreadPoolExecutor(max_workers=1, thread_name_prefix="encoding-long")
"""For long files of the history: they would hold up those who listen to what is being spoken."""
P = ParamSpec("P")
T = TypeVar("T")


async def encoded(
    audio_format: AudioFormat, pieces: AsyncIterable[bytes], threads: ThreadPoolExecutor = _LIVE
) -> AsyncIterator[bytes]:
    """A file of this format, of 16-bit pieces as they come; none of what comes out is empty."""
    encoder = await _in_thread(threads, stream_encoder, audio_format, SAMPLE_RATE_HZ)
    async for piece in pieces:
        if out := await _in_thread(threads, encoder.encode, piece):
            yield out
    if out := await _in_thread(threads, encoder.finish):
        yield out


async def file_answer(path: Path, audio_format: AudioFormat, headers: dict[str, str]) -> Response:
    """A WAV file of the history in any format; as WAV it takes ranges."""
    media_type = MEDIA_TYPES[audio_format]
    if audio_format == "wav":
        return FileResponse(path, media_type=media_type, headers=headers)
    size_bytes = path.stat().st_size
    if size_bytes > WHOLE_UP_TO_BYTES:
        pieces = encoded(audio_format, pcm_pieces(path), _LONG)
        return StreamingResponse(pieces, media_type=media_type, headers=headers)
    content = await _in_thread(_LIVE if size_bytes <= SHORT_BYTES else _LONG, _whole, path, audio_format)
    return Response(content, media_type=media_type, headers=headers)


def _whole(path: Path, audio_format: AudioFormat) -> bytes:
    return whole_file(audio_format, SAMPLE_RATE_HZ, b"".join(read_pcm16(path, BLOCK_BYTES)))


async def _in_thread(threads: ThreadPoolExecutor, function: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    return await asyncio.get_running_loop().run_in_executor(threads, partial(function, *args, **options))


async def pcm_pieces(path: Path, at_bytes: int = 0) -> AsyncIterator[bytes]:
    """The 16-bit samples of a WAV file of the history from this byte of them on, piece by piece."""
    pieces = iter(read_pcm16(path, BLOCK_BYTES, at_bytes))
    while piece := await _in_thread(_LONG, next, pieces, b""):
        yield piece
