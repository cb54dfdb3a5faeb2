"""Arrays to sound files, 16 bits per sample. By libsndfile; light enough for the server."""

import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray


def wav_bytes(samples: NDArray[np.float32], sample_rate_hz: int) -> bytes:
    """A WAV file of mono (n,) or (channels, n) samples; beyond full scale they are clipped."""
    memory = io.BytesIO()
    soundfile.write(memory, _pcm16(samples), sample_rate_hz, format="WAV", subtype="PCM_16")
    return memory.getvalue()


def write_wav(path: Path, samples: NDArray[np.float32], sample_rate_hz: int) -> None:
    """The same as a file."""
    soundfile.write(str(path), _pcm16(samples), sample_rate_hz, format="WAV", subtype="PCM_16")


def write_flac(path: Path, blocks: Iterable[NDArray[np.float32]], sample_rate_hz: int) -> None:
    """A mono FLAC file of blocks (n,), written as they come."""
    with soundfile.SoundFile(
        str(path), "w", samplerate=sample_rate_hz, channels=1, format="FLAC", subtype="PCM_16"
    ) as file:
        for block in blocks:
            file.write(_pcm16(block))


def _pcm16(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    """Rounded, not cut off: quiet sounds stay centred on zero."""
    return np.asarray(np.rint(np.clip(samples, -1, 32767 / 32768) * 32768), dtype=np.int16).T
