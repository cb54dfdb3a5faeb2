"""Long sound files of one short recording, repeated: WAV, FLAC and MP3 of any length."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

from xtts_studio.audio.decode import read_mono

Pcm = NDArray[np.int16]


class Kind(NamedTuple):
    """A kind of file. `limit_s`: how soon after the last byte a file of three hours has to be ready to show."""

    name: str
    container: str
    rate_hz: int
    channels: int
    limit_s: float


KINDS = (
    Kind("wav mono", "wav", 22_050, 1, 3),
    Kind("wav stereo", "wav", 44_100, 2, 3),
    Kind("flac mono", "flac", 22_050, 1, 3),
    Kind("flac stereo", "flac", 44_100, 2, 3),
    Kind("mp3 mono", "mp3", 44_100, 1, 20),
    Kind("mp3 stereo", "mp3", 44_100, 2, 20),
)


def write(path: Path, kind: Kind, source: Path, hours: float) -> None:
    """A file of a kind, about as long as asked (MP3: to the length of `source`)."""
    piece = _piece(source, kind)
    total = round(hours * 3600 * kind.rate_hz)
    if kind.container == "mp3":
        path.write_bytes(_mp3(piece, kind) * max(1, round(total / len(piece))))
        return
    with soundfile.SoundFile(str(path), "w", kind.rate_hz, kind.channels, "PCM_16", format=kind.container) as file:
        for samples in _repeated(piece, total):
            file.write(samples)


def _piece(source: Path, kind: Kind) -> Pcm:
    """(n, channels); the second channel is the first a little later, quieter, with noise of its own."""
    mono = read_mono(source, kind.rate_hz) * np.float32(0.8)
    noise = np.random.default_rng(1).normal(0, 0.002, (len(mono), kind.channels)).astype(np.float32)
    channels = [np.roll(mono, 20 * index) * np.float32(0.7**index) for index in range(kind.channels)]
    return np.asarray(np.clip(np.stack(channels, axis=1) + noise, -1, 1) * 32_767, dtype=np.int16)


def _repeated(piece: Pcm, total: int) -> Iterator[Pcm]:
    for at in range(0, total, len(piece)):
        yield piece[: total - at]


def _mp3(piece: Pcm, kind: Kind) -> bytes:
    """Frames that need none before them, so that they can be repeated."""
    memory = io.BytesIO()
    layout = "stereo" if kind.channels == 2 else "mono"
    options = {"write_xing": "0", "id3v2_version": "0"}
    with av.open(memory, "w", format="mp3", options=options) as container:
        stream: Any = container.add_stream(
            "libmp3lame", rate=kind.rate_hz, layout=layout, options={"reservoir": "0", "compression_level": "7"}
        )
        stream.bit_rate = 64_000 * kind.channels
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(piece.reshape(1, -1)), format="s16", layout=layout)
        frame.sample_rate, frame.pts = kind.rate_hz, 0
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    return memory.getvalue()
