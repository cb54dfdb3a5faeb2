"""Sound files to float32, whatever they hold and whatever their names say.

Nothing in a header is believed: not the duration, not the size of the data. What counts is what decodes. FFmpeg is
handed an open file and the name of one container (see `formats`), so it can't choose another, nor open another file.
"""

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, cast

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from xtts_studio.audio.formats import sniff, wav_data_bytes, wav_tags_beyond_end
from xtts_studio.audio.mix import Samples, gram, mixdown, weights
from xtts_studio.audio.resample import resample_blocks
from xtts_studio.errors import AudioError, NotFound, TooLarge

LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 2_000, 768_000
MOST_CHANNELS = 32
LONGEST_S = 24 * 3600
"""A file that decodes to more is refused: a small file can unpack to years of silence."""
MOST_IN_MEMORY = 1 << 27
"""The most samples (of all channels together) that `decode_file` and `read_mono` hold: half a gigabyte."""

_BLOCK_SAMPLES = 1 << 16
_SEEKABLE = {"wav", "flac"}  # containers in which FFmpeg seeks to the very sample it says
_EXACT_DURATION = {"wav", "flac", "w64", "aiff", "caf", "mov", "au"}  # where the header is meant to be exact
_SEEK_MARGIN_S = 2
_LARGEST = 1e6  # floats scaled like integers reach 32 768; what is beyond this is damage
_DAMAGE = (FFmpegError, OSError, ValueError)  # FFmpeg's own; a seek to nowhere; what PyAV can't represent
_EXPORT_ANEW = "It may be cut off or damaged. Export it anew."
_USE_ANOTHER = "Use a WAV, MP3, FLAC, OGG, OPUS, M4A, AAC, WEBM, AIFF, WMA, CAF or MP4 file."


@dataclass(frozen=True)
class Audio:
    """Sound in memory: float32 (channels, n) contiguous, within -1 to 1; `notices` says what was wrong with it."""

    samples: Samples
    sample_rate_hz: int
    notices: tuple[str, ...] = ()

    @property
    def duration_s(self) -> float:
        return int(self.samples.shape[1]) / self.sample_rate_hz

    def mono(self) -> Samples:
        """One channel, (n,)."""
        return mixdown(self.samples)


@dataclass(frozen=True)
class Probe:
    """What a file holds, known by decoding all of it once.

    `mix` are the weights of a mono version, (channels,), with peaks beyond full scale scaled down already; `peak` is
    the largest sample as decoded. `claimed_s` is the duration that the container speaks of, which is often a guess.
    """

    format: str
    codec: str
    sample_rate_hz: int
    channels: int
    duration_s: float
    claimed_s: float | None
    peak: float
    mix: tuple[float, ...]
    notices: tuple[str, ...]


@dataclass
class _Damage:
    """What went wrong while decoding."""

    packets: int = 0
    not_numbers: int = 0
    notices: list[str] = field(default_factory=list)


class AudioFile:
    """An open sound file, read in blocks of bounded size. Use as a context manager.

    Raises `AudioError` for anything that is not sound. After the blocks were read, `notices` says what was wrong.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.format, self._file, self._container = _open(path)
        try:
            self._stream = _first_sound(self._container)
            self.codec = str(self._stream.codec_context.name)
            self.sample_rate_hz, self.channels = _checked(
                self._stream.codec_context.sample_rate, self._stream.codec_context.layout.nb_channels
            )
        except BaseException:
            self.close()
            raise
        self._damage = _Damage()
        self.decoded_samples = 0

    def __enter__(self) -> "AudioFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._container.close()
        self._file.close()

    @property
    def claimed_s(self) -> float | None:
        """The duration that the container speaks of; None where it leaves that open."""
        if self.format == "wav" and wav_data_bytes(self._file) is None:
            return None
        if self._stream.duration:
            return float(self._stream.duration * self._stream.time_base)
        return self._container.duration / 1e6 if self._container.duration else None

    @property
    def notices(self) -> list[str]:
        found = list(self._damage.notices)
        if self._damage.packets:
            found.append("Parts of the file are damaged and were left out.")
        if self._damage.not_numbers:
            found.append(f"{self._damage.not_numbers} samples were not numbers (NaN, infinite) and were made silent.")
        return found

    def blocks(self, start_s: float = 0.0, end_s: float | None = None) -> Iterator[Samples]:
        """Blocks (channels, n) of the sound from `start_s` to `end_s`, n at most about 65 000. Only once per file."""
        first = round(start_s * self.sample_rate_hz)
        last = None if end_s is None else round(end_s * self.sample_rate_hz)
        position, frames = self._frames_from(first)
        pending: list[Samples] = []
        held = 0
        for samples in frames:
            begin, position = position, position + samples.shape[1]
            kept = samples[:, max(0, first - begin) : None if last is None else max(0, last - begin)]
            if kept.shape[1]:
                pending.append(kept)
                held += kept.shape[1]
            if held >= _BLOCK_SAMPLES:
                yield np.concatenate(pending, axis=1)
                pending, held = [], 0
            if last is not None and position >= last:
                break
        if pending:
            yield np.concatenate(pending, axis=1)

    def _frames_from(self, first: int) -> tuple[int, Iterator[Samples]]:
        """The decoded frames from somewhere at or before sample `first`, and the sample they begin at."""
        if self.format in _SEEKABLE and first > _SEEK_MARGIN_S * self.sample_rate_hz:
            seconds = Fraction(first, self.sample_rate_hz) - _SEEK_MARGIN_S
            self._container.seek(int(seconds / self._stream.time_base), stream=self._stream, backward=True)
            frames = self._decoded()
            begin = next(frames, None)
            if begin is not None and begin.pts is not None:
                at = round(begin.pts * begin.time_base * self.sample_rate_hz)
                if at <= first:
                    return at, self._arrays(chain([begin], frames))
            self._container.seek(0)
        return 0, self._arrays(self._decoded())

    def _arrays(self, frames: Iterable[Any]) -> Iterator[Samples]:
        """Frames as arrays (channels, n), as long as rate and channels stay what they were."""
        for frame in frames:
            if (frame.sample_rate, frame.layout.nb_channels) != (self.sample_rate_hz, self.channels):
                if self.decoded_samples:
                    self._damage.notices.append("Sample rate or channels change midway; what follows is left out.")
                    return
                self.sample_rate_hz, self.channels = _checked(frame.sample_rate, frame.layout.nb_channels)
            yield self._array(frame)

    def _array(self, frame: Any) -> Samples:
        samples = _to_float(frame)
        self.decoded_samples += samples.shape[1]
        if self.decoded_samples > LONGEST_S * self.sample_rate_hz:
            raise AudioError(
                f"The file holds more than {LONGEST_S // 3600} hours of sound.", hint="Split it into shorter files."
            )
        wrong = ~(np.abs(samples) < _LARGEST)  # NaN too
        if wrong.any():
            self._damage.not_numbers += int(wrong.sum())
            samples[wrong] = 0
        return samples

    def _decoded(self) -> Iterator[Any]:
        """Frames of the stream; damaged packets are counted and passed over."""
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
                if packet is None:
                    return
                yield from packet.decode()
            except _DAMAGE:
                self._damage.packets += 1

    def check_length(self) -> None:
        """Adds notices where the file's header and what decoded disagree. Only after reading all of it."""
        decoded_s = self.decoded_samples / self.sample_rate_hz
        claimed_s = self.claimed_s or 0.0
        surplus = False
        if self.format == "wav" and (sizes := wav_data_bytes(self._file)):
            claimed_s, surplus = decoded_s * sizes.claimed / sizes.present, sizes.present > 2 * sizes.claimed
        if self.format in _EXACT_DURATION and claimed_s > 1.02 * decoded_s + 0.1:
            self._damage.notices.append(
                f"The file ends early: its header speaks of {claimed_s:,.1f} s, {decoded_s:,.1f} s are there."
            )
        if surplus:
            self._damage.notices.append(
                f"The header ends the sound after {decoded_s:,.1f} s; what the file holds after that was left out."
            )


def probe(path: Path, *consumers: Callable[[Samples, int], None]) -> Probe:
    """Decodes all of a file once and says what it holds. Each consumer gets every block (channels, n) and the rate.

    Memory stays bounded whatever the file claims. Raises `AudioError` when it is not sound, or holds none.
    """
    with AudioFile(path) as file:
        peak, products = 0.0, np.zeros((1, 1))
        for block in file.blocks():
            peak = max(peak, float(np.abs(block).max()))
            products = products + gram(block)
            for consume in consumers:
                consume(block, file.sample_rate_hz)
        _some_sound(file)
        file.check_length()
        return Probe(
            format=file.format,
            codec=file.codec,
            sample_rate_hz=file.sample_rate_hz,
            channels=file.channels,
            duration_s=file.decoded_samples / file.sample_rate_hz,
            claimed_s=file.claimed_s,
            peak=peak,
            mix=tuple(float(weight) / max(1.0, peak) for weight in weights(products)),
            notices=(*file.notices, *_full_scale_notice(peak)),
        )


def decode_file(
    path: Path, start_s: float | None = None, end_s: float | None = None, most_samples: int | None = None
) -> Audio:
    """A whole file, or the part from `start_s` to `end_s`, in memory: float32 (channels, n).

    Samples that are not numbers become 0, peaks beyond full scale are scaled down; `notices` tells. Raises
    `AudioError` for what is not sound or holds none, `TooLarge` for more than `most_samples` (else `MOST_IN_MEMORY`).
    """
    with AudioFile(path) as file:
        samples = _in_memory(file.blocks(start_s or 0.0, end_s), most_samples)
        _some_sound(file)
        if start_s is None and (end_s is None or file.decoded_samples < end_s * file.sample_rate_hz):
            file.check_length()
        peak = float(np.abs(samples).max(initial=0.0))
        if peak > 1:
            samples /= peak
        return Audio(samples, file.sample_rate_hz, (*file.notices, *_full_scale_notice(peak)))


def mono_blocks(
    path: Path, rate_hz: int, mix: tuple[float, ...], start_s: float = 0.0, end_s: float | None = None
) -> Iterator[Samples]:
    """Mono blocks (n,) of a file at `rate_hz`, with the channel weights that `probe` found. Memory stays bounded."""
    with AudioFile(path) as file:
        channel_weights = np.asarray(mix, dtype=np.float32)
        mono = (np.clip(channel_weights @ block, -1, 1) for block in file.blocks(start_s, end_s))
        yield from resample_blocks(mono, file.sample_rate_hz, rate_hz)


def read_mono(path: Path, rate_hz: int, start_s: float | None = None, end_s: float | None = None) -> Samples:
    """A file, or a part of it, as mono float32 (n,) at `rate_hz`. Errors as `decode_file`."""
    found = probe(path)
    blocks = mono_blocks(path, rate_hz, found.mix, start_s or 0.0, end_s)
    return np.ascontiguousarray(_in_memory(block[np.newaxis] for block in blocks)[0])


def _in_memory(blocks: Iterable[Samples], most_samples: int | None = None) -> Samples:
    held: list[Samples] = []
    total = 0
    for block in blocks:
        held.append(block)
        total += block.size
        if total > (most_samples or MOST_IN_MEMORY):
            raise TooLarge(
                "The sound is too long to be held in memory at once.", hint="Choose a shorter part, or a shorter file."
            )
    return np.ascontiguousarray(np.concatenate(held, axis=1)) if held else np.zeros((1, 0), dtype=np.float32)


class _Source(io.FileIO):
    """A file as FFmpeg reads it: it may try to go before the beginning, when a damaged header sends it there."""

    def seek(self, offset: int, whence: int = 0) -> int:
        try:
            return super().seek(offset, whence)
        except OSError:
            return -1  # which FFmpeg takes for "impossible"


def _open(path: Path) -> tuple[str, BinaryIO, Any]:
    """The container's name, the open file and FFmpeg's view of it. Raises `NotFound` and `AudioError`."""
    try:
        file = cast(BinaryIO, _Source(path))
    except FileNotFoundError as error:
        raise NotFound("The sound file is no longer there.", hint="Was it deleted? Upload it again.") from error
    try:
        name = sniff(file)
        if name is None:
            raise AudioError(_unknown(file), hint=_USE_ANOTHER)
        if name == "wav" and wav_tags_beyond_end(file):
            raise AudioError("The wav file's tags claim to be longer than the file.", hint=_EXPORT_ANEW)
        file.seek(0)
        options = {"protocol_whitelist": "file"}
        return name, file, av.open(file, format=name, metadata_errors="replace", io_open=_refuse, options=options)
    except _DAMAGE as error:
        file.close()
        why = getattr(error, "strerror", None) or error
        raise AudioError(f"The {name} file can't be read: {why}.", hint=_EXPORT_ANEW) from error
    except BaseException:
        file.close()
        raise


def _unknown(file: BinaryIO) -> str:
    return "The file is not sound of a kind that can be read." if file.read(1) else "The file is empty."


def _refuse(url: str, flags: int, options: dict[str, str]) -> None:
    """FFmpeg asks for another file; no container that we read needs one."""
    raise AudioError("The file refers to other files; those are never opened.")


def _first_sound(container: Any) -> Any:
    if not container.streams.audio:
        raise AudioError("The file holds no sound, only other content.", hint="Upload one with sound.")
    stream = container.streams.audio[0]
    if stream.codec_context is None:
        raise AudioError("The file's sound is coded in a way that can't be decoded.", hint=_USE_ANOTHER)
    return stream


def _checked(rate_hz: int, channels: int) -> tuple[int, int]:
    if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ:
        raise AudioError(f"A sample rate of {rate_hz} Hz is not usable.", hint="Use 8,000 to 192,000 Hz.")
    if not 1 <= channels <= MOST_CHANNELS:
        raise AudioError(f"{channels} channels are not usable.", hint=f"Use 1 to {MOST_CHANNELS} channels.")
    return rate_hz, channels


def _some_sound(file: AudioFile) -> None:
    if not file.decoded_samples:
        raise AudioError(
            f"The {file.format} file holds no sound that can be decoded.",
            hint=_EXPORT_ANEW,
        )


def _full_scale_notice(peak: float) -> tuple[str, ...]:
    return (f"Peaks reached {peak:.1f} times full scale; the sound was made quieter to fit.",) if peak > 1.05 else ()


def _to_float(frame: Any) -> Samples:
    """A decoded frame as float32 (channels, n), full scale 1."""
    try:
        values: NDArray[Any] = frame.to_ndarray()
    except ValueError as error:
        raise AudioError(f"Samples of the kind {frame.format.name} can't be read.", hint=_USE_ANOTHER) from error
    if not frame.format.is_planar:
        values = values.reshape(-1, frame.layout.nb_channels).T
    if values.dtype == np.uint8:
        return np.ascontiguousarray((values.astype(np.float32) - 128) / 128)
    if np.issubdtype(values.dtype, np.integer):
        return np.ascontiguousarray(values / np.float32(-float(np.iinfo(values.dtype).min)), dtype=np.float32)
    return np.array(values, dtype=np.float32, order="C")
