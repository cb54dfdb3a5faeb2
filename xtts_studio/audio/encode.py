"""Sound to files, 16 bits per sample: arrays whole, and speech in six formats piece by piece as it is made.

Arrays are written by libsndfile, streams of WAV and raw samples here, all others by FFmpeg (`codecs`), which is loaded
when a format first needs it. Light enough for the server.
"""

import errno
import io
import os
import shutil
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np
import soundfile
from numpy.typing import NDArray

from xtts_studio.audio.pcm import int16
from xtts_studio.shapes import AudioFormat

MEDIA_TYPES: dict[AudioFormat, str] = {
    "wav": "audio/wav",
    "flac": "audio/flac",
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",  # Opus in Ogg, the file form of RFC 7845; audio/opus names bare packets, which nothing plays
    "aac": "audio/aac",  # ADTS frames: a stream may begin to play at any of them, MP4 needs its end first
    "pcm": "audio/pcm;rate=24000",
}
"""What to send each format as."""

SUFFIXES: dict[AudioFormat, str] = {
    "wav": ".wav",
    "flac": ".flac",
    "mp3": ".mp3",
    "opus": ".ogg",
    "aac": ".aac",
    "pcm": ".pcm",
}
"""How a file of each format is called."""

_UNKNOWN = 0xFFFFFFFF  # as the size in a WAV header: read to the end
_SYSTEM_ERROR = 2  # libsndfile's code for whatever the operating system refused
_FULL_BELOW_BYTES = 1_000_000


def wav_bytes(samples: NDArray[np.float32], sample_rate_hz: int) -> bytes:
    """A WAV file of mono (n,) or (channels, n) samples; beyond full scale they are clipped."""
    memory = io.BytesIO()
    soundfile.write(memory, int16(samples).T, sample_rate_hz, format="WAV", subtype="PCM_16")
    return memory.getvalue()


def write_wav(path: Path, samples: NDArray[np.float32], sample_rate_hz: int) -> None:
    """The same as a file. Raises `OSError`."""
    path.write_bytes(wav_bytes(samples, sample_rate_hz))


def write_flac(path: Path, blocks: Iterable[NDArray[np.float32]], sample_rate_hz: int) -> None:
    """A mono FLAC file of blocks (n,), written as they come. Raises `OSError`."""
    with opened_for_writing(path, "FLAC", sample_rate_hz) as file:
        for block in blocks:
            file.write(int16(block))


@contextmanager
def opened_for_writing(path: Path, kind: str, sample_rate_hz: int) -> Iterator[soundfile.SoundFile]:
    """A mono sound file ("FLAC", "WAV") that grows.

    Raises `OSError` where the operating system refuses; libsndfile names a full disk in many ways, none of them clear.
    """
    try:
        with soundfile.SoundFile(str(path), "w", sample_rate_hz, 1, "PCM_16", format=kind) as file:
            yield file
    except soundfile.LibsndfileError as error:
        full = shutil.disk_usage(path.parent).free < _FULL_BELOW_BYTES
        if not full and error.code != _SYSTEM_ERROR:
            raise
        number = errno.ENOSPC if full else errno.EIO
        raise OSError(number, os.strerror(number), str(path)) from error


class StreamEncoder(Protocol):
    """Sound in, pieces of a file out; together they are the file. For one thread at a time."""

    def encode(self, pcm16: bytes) -> bytes:
        """What can be sent once these 16-bit little-endian mono samples are there; may be empty.

        Raises `ValueError` for half a sample, and once the file is finished.
        """

    def finish(self) -> bytes:
        """The rest of the file. Frees what the encoder holds; more calls give nothing."""


def stream_encoder(audio_format: AudioFormat, sample_rate_hz: int) -> StreamEncoder:
    """An encoder for sound whose length is not known yet: a WAV header says the greatest length there is."""
    if audio_format == "wav":
        return _Plain(wav_header(sample_rate_hz))
    if audio_format == "pcm":
        return _Plain()
    from xtts_studio.audio.codecs import FfmpegEncoder  # here: 17 MB that a server of WAV does without

    return FfmpegEncoder(audio_format, sample_rate_hz)


def whole_file(audio_format: AudioFormat, sample_rate_hz: int, pcm16: bytes) -> bytes:
    """A file of sound that is all there: headers say its length, and MP3 players leave out the encoder's delay.

    pcm16: 16-bit little-endian mono. Raises `ValueError` for half a sample.
    """
    if audio_format in ("wav", "pcm"):
        check_whole_samples(pcm16)
        return (wav_header(sample_rate_hz, len(pcm16)) if audio_format == "wav" else b"") + pcm16
    from xtts_studio.audio.codecs import FfmpegEncoder

    encoder = FfmpegEncoder(audio_format, sample_rate_hz, whole=True)
    for at in range(0, len(pcm16), 1 << 20):
        encoder.encode(pcm16[at : at + (1 << 20)])
    return encoder.finish()


def wav_header(sample_rate_hz: int, data_bytes: int | None = None) -> bytes:
    """44 bytes before 16-bit mono samples. None, or more than 4 GB: sizes at their maximum, read to the end."""
    size = _UNKNOWN if data_bytes is None or data_bytes + 36 > _UNKNOWN else data_bytes
    form = struct.pack("<IHHIIHH", 16, 1, 1, sample_rate_hz, sample_rate_hz * 2, 2, 16)
    return (
        b"RIFF" + struct.pack("<I", min(size + 36, _UNKNOWN)) + b"WAVEfmt " + form + b"data" + struct.pack("<I", size)
    )


def check_whole_samples(pcm16: bytes) -> None:
    """Raises `ValueError` for half a sample."""
    if len(pcm16) % 2:
        raise ValueError(f"{len(pcm16)} bytes are no whole number of 16-bit samples.")


class _Plain:
    """Samples as they are, after a header."""

    def __init__(self, header: bytes = b"") -> None:
        self._header = header
        self._finished = False

    def encode(self, pcm16: bytes) -> bytes:
        check_whole_samples(pcm16)
        if self._finished:
            raise ValueError("The file is finished.")
        header, self._header = self._header, b""
        return header + pcm16

    def finish(self) -> bytes:
        header, self._header = self._header, b""
        self._finished = True
        return header
