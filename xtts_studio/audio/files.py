"""Speech to a file as it is made, in any format, with headers that say how long it became."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from xtts_studio.audio.encode import StreamEncoder, wav_header
from xtts_studio.errors import InvalidInput
from xtts_studio.shapes import AudioFormat

FORMATS: dict[str, AudioFormat] = {
    ".wav": "wav",
    ".flac": "flac",
    ".mp3": "mp3",
    ".ogg": "opus",
    ".opus": "opus",
    ".aac": "aac",
    ".pcm": "pcm",
}
"""By the suffix of a file's name."""


def format_of(path: Path) -> AudioFormat:
    """The format that a file's name asks for. Raises `InvalidInput` for a suffix that is none of `FORMATS`."""
    found = FORMATS.get(path.suffix.lower())
    if found is None:
        raise InvalidInput(
            f"{path.name!r} doesn't tell the format to write.",
            hint=f"End the name in one of {', '.join(FORMATS)}, or name the format with --format.",
        )
    return found


class SpeechFile:
    """A file that takes 16-bit mono samples. It is complete once `close` was called."""

    def __init__(self, file: IO[bytes], audio_format: AudioFormat, rate_hz: int, tags: Mapping[str, str]) -> None:
        self._file, self._rate_hz = file, rate_hz
        self._has_header = audio_format == "wav"
        self._bytes = 0
        self._encoder: StreamEncoder | None = None
        if audio_format not in ("wav", "pcm"):
            from xtts_studio.audio.codecs import FfmpegEncoder  # loads FFmpeg

            self._encoder = FfmpegEncoder(audio_format, rate_hz, whole=True, tags=tags)
        elif self._has_header:
            file.write(wav_header(rate_hz))

    @property
    def duration_s(self) -> float:
        """Of what was written so far."""
        return self._bytes / 2 / self._rate_hz

    def write(self, samples: bytes) -> None:
        """Adds samples. Raises `OSError`."""
        self._bytes += len(samples)
        self._file.write(samples if self._encoder is None else self._encoder.encode(samples))

    def close(self) -> None:
        """Writes what says how long it is. Raises `OSError`."""
        if self._encoder is not None:
            self._file.write(self._encoder.finish())
        elif self._has_header:
            self._file.seek(0)
            self._file.write(wav_header(self._rate_hz, self._bytes))
        self._file.flush()


@contextmanager
def speech_file(
    path: Path, audio_format: AudioFormat, rate_hz: int, tags: Mapping[str, str] | None = None
) -> Iterator[SpeechFile]:
    """A `SpeechFile` at a path. tags: title, artist, album, track and so on, where the format has a place for them."""
    with path.open("wb") as file:
        speech = SpeechFile(file, audio_format, rate_hz, tags or {})
        yield speech
        speech.close()


def write_speech(
    path: Path, audio_format: AudioFormat, rate_hz: int, blocks: Iterable[bytes], tags: Mapping[str, str] | None = None
) -> float:
    """A file of blocks of 16-bit mono samples; gives its duration in seconds."""
    with speech_file(path, audio_format, rate_hz, tags) as file:
        for block in blocks:
            file.write(block)
    return file.duration_s
