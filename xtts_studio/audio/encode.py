"""Arrays to sound files, 16 bits per sample. By libsndfile; light enough for the server."""

import errno
import io
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

_SYSTEM_ERROR = 2  # libsndfile's code for whatever the operating system refused
_FULL_BELOW_BYTES = 1_000_000


def wav_bytes(samples: NDArray[np.float32], sample_rate_hz: int) -> bytes:
    """A WAV file of mono (n,) or (channels, n) samples; beyond full scale they are clipped."""
    memory = io.BytesIO()
    soundfile.write(memory, _pcm16(samples), sample_rate_hz, format="WAV", subtype="PCM_16")
    return memory.getvalue()


def write_wav(path: Path, samples: NDArray[np.float32], sample_rate_hz: int) -> None:
    """The same as a file. Raises `OSError`."""
    path.write_bytes(wav_bytes(samples, sample_rate_hz))


def write_flac(path: Path, blocks: Iterable[NDArray[np.float32]], sample_rate_hz: int) -> None:
    """A mono FLAC file of blocks (n,), written as they come. Raises `OSError`."""
    with opened_for_writing(path, "FLAC", sample_rate_hz) as file:
        for block in blocks:
            file.write(_pcm16(block))


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


def _pcm16(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    """Rounded, not cut off: quiet sounds stay centred on zero."""
    return np.asarray(np.rint(np.clip(samples, -1, 32767 / 32768) * 32768), dtype=np.int16).T
