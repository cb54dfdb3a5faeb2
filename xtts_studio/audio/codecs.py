"""FLAC, MP3, Opus and AAC by FFmpeg (PyAV)."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import av
import numpy as np

from xtts_studio.audio.encode import check_whole_samples
from xtts_studio.shapes import AudioFormat


@dataclass(frozen=True)
class _Codec:
    """How FFmpeg makes a format; `stream_options` are the container's where the length is not known yet."""

    container: str
    codec: str
    bit_rate: int | None = None
    rates_hz: tuple[int, ...] | None = None
    options: dict[str, str] = field(default_factory=dict)
    stream_options: dict[str, str] = field(default_factory=dict)


# Bit rates at which a voice at 24 kHz is not told from the original.
_MPEG_RATES_HZ = (48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000)
_CODECS: dict[AudioFormat, _Codec] = {
    "flac": _Codec("flac", "flac", options={"metadata_header_padding": "0"}),
    "mp3": _Codec(
        "mp3", "libmp3lame", 128_000, _MPEG_RATES_HZ, stream_options={"write_xing": "0", "id3v2_version": "0"}
    ),
    # A page of Ogg for every packet of 20 ms: players hear what is there, for 1.4 kB/s more.
    "opus": _Codec("ogg", "libopus", 64_000, (48_000, 24_000, 16_000, 12_000, 8_000), {"page_duration": "20000"}),
    "aac": _Codec("adts", "aac", 96_000, (96_000, 88_200, 64_000, *_MPEG_RATES_HZ)),
}


class FfmpegEncoder:
    """A `StreamEncoder`. With `whole` everything comes at the end, with headers that say how long it is.

    tags: title, track and the like by FFmpeg's names, where the format has a place for them (AAC has none).
    """

    def __init__(
        self,
        audio_format: AudioFormat,
        sample_rate_hz: int,
        whole: bool = False,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        codec = _CODECS[audio_format]
        self._rate_hz = sample_rate_hz
        self._sink: io.BytesIO | _Pipe = io.BytesIO() if whole else _Pipe()
        # bitexact: no random serial numbers and no version of FFmpeg, the same sound is the same file.
        options = {"fflags": "+flush_packets+bitexact"} | codec.options | ({} if whole else codec.stream_options)
        self._container: Any = av.open(self._sink, "w", format=codec.container, options=options)
        self._container.metadata.update(tags or {})
        rate_hz = _nearest_rate(sample_rate_hz, codec.rates_hz)
        stream = self._container.add_stream(codec.codec, rate=rate_hz, layout="mono")
        assert isinstance(stream, av.AudioStream)
        if codec.bit_rate is not None:
            stream.bit_rate = codec.bit_rate
        self._stream = stream
        self._container.start_encoding()
        self._samples = 0

    def encode(self, pcm16: bytes) -> bytes:
        """As `StreamEncoder` says."""
        check_whole_samples(pcm16)
        if self._container is None:
            raise ValueError("The file is finished.")
        if pcm16:
            self._mux(self._frame(pcm16))
        return self._sink.taken() if isinstance(self._sink, _Pipe) else b""

    def finish(self) -> bytes:
        """As `StreamEncoder` says."""
        if self._container is None:
            return b""
        if self._samples:
            self._mux(None)
        container, self._container = self._container, None
        container.close()
        return self._sink.taken() if isinstance(self._sink, _Pipe) else self._sink.getvalue()

    def _frame(self, pcm16: bytes) -> Any:
        samples = np.frombuffer(pcm16, "<i2").astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples[np.newaxis], format="s16", layout="mono")
        frame.sample_rate = self._rate_hz
        frame.pts = self._samples
        self._samples += len(samples)
        return frame

    def _mux(self, frame: Any) -> None:
        for packet in self._stream.encode(frame):
            self._container.mux(packet)


class _Pipe:
    """What FFmpeg writes, once each; it can't go back."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes) -> int:
        self._written += data
        return len(data)

    def taken(self) -> bytes:
        """What was written since the last time."""
        data = bytes(self._written)
        self._written.clear()
        return data


def _nearest_rate(rate_hz: int, rates_hz: tuple[int, ...] | None) -> int:
    """The lowest rate of a codec that loses nothing, else its highest. FFmpeg resamples."""
    if rates_hz is None:
        return rate_hz
    return min((rate for rate in rates_hz if rate >= rate_hz), default=max(rates_hz))
