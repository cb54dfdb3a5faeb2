"""Speech that is being made: a thread writes its file as fast as the engine speaks, a listener follows at leisure."""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractContextManager, closing, suppress
from typing import BinaryIO, Protocol

from anyio import CancelScope, CapacityLimiter, to_thread

from xtts_studio.audio.pcm import pcm16
from xtts_studio.jobs.backend import Backend, SpeechStream
from xtts_studio.server.encoding import BLOCK_BYTES, encoded
from xtts_studio.server.history import HEADER_BYTES, SAMPLE_RATE_HZ, SpeechFile, new_speech_id
from xtts_studio.shapes import AudioFormat, SpeakRequest, SpeakResult


class Keeper(Protocol):
    """Where speech is kept as it is made."""

    def recording(self, speech_id: str) -> AbstractContextManager[SpeechFile]:
        """The file for new speech; it appears once it is whole, or never."""

    def add(self, speech_id: str, request: SpeakRequest, result: SpeakResult) -> object:
        """Keeps the row of a speech whose file is there."""


class LiveSpeech:
    """One speech, from when it has its place. Whoever makes one must `close` it; that ends the speaking.

    What was made lies in the history's file and not in memory, so that a slow listener costs neither room nor a place.
    `result` is there once all is spoken.
    """

    def __init__(self, backend: Backend, history: Keeper, request: SpeakRequest, ended: Callable[[], None]) -> None:
        self.speech_id, self.request = new_speech_id(), request
        self.result: SpeakResult | None = None
        self.first_sound_s: float | None = None
        self._backend, self._history, self._tell_ended = backend, history, ended
        self._loop, self._news = asyncio.get_running_loop(), asyncio.Event()
        self._unheard = threading.Event()
        self._written_bytes, self._over = 0, False
        self._error: BaseException | None = None
        self._file: BinaryIO | None = None
        self._reading = threading.Lock()
        self._making = asyncio.create_task(self._make())

    @property
    def complete(self) -> bool:
        """Is all of it spoken, and kept?"""
        return self.result is not None

    async def begun(self, at_bytes: int = 0) -> None:
        """Returns with the first sound behind this place, or the end; raises what ended the speech before it."""
        if await self._more_than(at_bytes) <= 0 and self._error is not None:
            raise self._error

    async def finished(self) -> SpeakResult:
        """Waits for the end; raises what broke it off."""
        while not self._over:
            await self._next_news()
        if self._error is not None:
            raise self._error
        assert self.result is not None
        return self.result

    async def pieces(self, at_bytes: int = 0) -> AsyncGenerator[bytes, None]:
        """All of it from this place on, 16-bit PCM, as it is made; then raises what broke it off, if anything did.

        Several may listen at once.
        """
        while (size := await self._more_than(at_bytes)) > 0:
            piece = await to_thread.run_sync(self._read, at_bytes, min(size, BLOCK_BYTES))
            at_bytes += len(piece)
            yield piece
        await self.finished()

    def encoded(self, audio_format: AudioFormat) -> AsyncIterator[bytes]:
        """The same as a file of this format; no piece is empty."""
        return encoded(audio_format, self.pieces())

    def stop(self) -> None:
        """Lets the speaking end soon, if it hasn't ended. It must still be closed."""
        self._unheard.set()

    async def close(self) -> None:
        """Ends the speaking, if it hasn't ended, and waits for that."""
        self.stop()
        with CancelScope(shield=True):
            await asyncio.wait([self._making])
        if self._file is not None:
            self._file.close()

    def _read(self, at_bytes: int, size: int) -> bytes:
        assert self._file is not None
        with self._reading:
            self._file.seek(HEADER_BYTES + at_bytes)
            return self._file.read(size)

    async def _more_than(self, heard_bytes: int) -> int:
        """How many bytes there are beyond these, once there are any; 0 where none will come."""
        while not self._over and self._written_bytes <= heard_bytes:
            await self._next_news()
        return self._written_bytes - heard_bytes

    async def _next_news(self) -> None:
        """Waits for what comes after now. To be called before anything else is awaited since the last look."""
        self._news.clear()
        await self._news.wait()

    async def _make(self) -> None:
        try:
            await to_thread.run_sync(self._speak, limiter=CapacityLimiter(1))  # not of the threads that serve all
        except BaseException as error:
            self._error = error
        self._over = True
        self._tell_ended()
        self._news.set()

    # In the thread

    def _speak(self) -> None:
        began = time.monotonic()
        stream = self._backend.stream_speech(self.request, self._unheard.is_set)
        with closing(stream), self._history.recording(self.speech_id) as file:
            self._file = file.reader()
            result = self._write(stream, file, began)
        numbers = {
            "audio_s": file.samples / SAMPLE_RATE_HZ,
            "wall_s": time.monotonic() - began,
            "first_sound_s": self.first_sound_s,
        }
        result = result.model_copy(update=numbers)
        self._history.add(self.speech_id, self.request, result)
        self.result = result

    def _write(self, stream: SpeechStream, file: SpeechFile, began: float) -> SpeakResult:
        while True:
            try:
                pcm = pcm16(next(stream))
            except StopIteration as stop:
                result: SpeakResult = stop.value
                return result
            file.write(pcm)
            if self.first_sound_s is None and pcm.strip(b"\0"):  # a pause at the beginning is no sound
                self.first_sound_s = time.monotonic() - began
            self._written_bytes += len(pcm)
            with suppress(RuntimeError):  # the loop has ended with its server
                self._loop.call_soon_threadsafe(self._news.set)
