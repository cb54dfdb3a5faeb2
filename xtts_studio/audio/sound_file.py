"""A sound file, read in blocks of bounded size.

Nothing in a header is believed: not the duration, not the size of the data. What counts is what decodes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from xtts_studio.audio.formats import wav_data_bytes
from xtts_studio.audio.frames import blocks_of
from xtts_studio.audio.mix import Samples
from xtts_studio.audio.opening import DAMAGE, first_sound, opened
from xtts_studio.errors import AudioError

LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 2_000, 768_000
MOST_CHANNELS = 32
LONGEST_S = 24 * 3600
"""A file that decodes to more is refused: a small file can unpack to years of silence."""

_SEEKABLE = {"wav", "flac"}  # containers in which FFmpeg seeks to the very sample it says
_EXACT_DURATION = {"wav", "flac", "w64", "aiff", "caf", "mov", "au"}  # where the header is meant to be exact
_SEEK_MARGIN_S = 2
_LARGEST = 1e6  # floats scaled like integers reach 32 768; what is beyond this is damage


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
        self.format, self._file, self._container = opened(path)
        try:
            self._stream = first_sound(self._container)
            self.codec = str(self._stream.codec_context.name)
            self.sample_rate_hz, self.channels = _checked(
                self._stream.codec_context.sample_rate, self._stream.codec_context.layout.nb_channels
            )
        except BaseException:
            self.close()
            raise
        self._damage = _Damage()
        self._next_pts: int | None = None
        self.decoded_samples = 0
        self.seamless = True
        """Whether each frame begins, by its own time, where the one before it has ended (and the first one at 0)."""

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
        """Blocks (channels, n) of the sound from `start_s` to `end_s`, n some ten thousand. Only once per file."""
        last = None if end_s is None else round(end_s * self.sample_rate_hz)
        return self.samples(round(start_s * self.sample_rate_hz), last)

    def samples(self, first: int = 0, last: int | None = None) -> Iterator[Samples]:
        """`blocks`, by the numbers of the first sample and of the one after the last."""
        position, blocks = self._blocks_from(first)
        for block in blocks:
            begin, position = position, position + block.shape[1]
            kept = block[:, max(0, first - begin) : None if last is None else max(0, last - begin)]
            if kept.shape[1]:
                yield kept
            if last is not None and position >= last:
                break

    def _blocks_from(self, first: int) -> tuple[int, Iterator[Samples]]:
        """The decoded blocks from somewhere at or before sample `first`, and the sample they begin at."""
        if self.format in _SEEKABLE and first > _SEEK_MARGIN_S * self.sample_rate_hz:
            seconds = Fraction(first, self.sample_rate_hz) - _SEEK_MARGIN_S
            self._container.seek(int(seconds / self._stream.time_base), stream=self._stream, backward=True)
            frames = self._decoded()
            begin = next(frames, None)
            if begin is not None and begin.pts is not None:
                at = round(begin.pts * begin.time_base * self.sample_rate_hz)
                if at <= first:
                    self._next_pts = at
                    return at, self._cleaned(self._counted(chain([begin], frames)))
            self._container.seek(0)
            self.seamless = False
        self._next_pts = 0
        return 0, self._cleaned(self._counted(self._decoded()))

    def _cleaned(self, frames: Iterator[Any]) -> Iterator[Samples]:
        """Frames as blocks, in which all samples are numbers."""
        kind = self._stream.codec_context.format  # None where a damaged header tells of none
        floating = kind is None or kind.name.startswith(("flt", "dbl"))
        for block in blocks_of(frames):
            if floating and not (block.max() < _LARGEST and block.min() > -_LARGEST):  # NaN too
                wrong = ~(np.abs(block) < _LARGEST)
                self._damage.not_numbers += int(wrong.sum())
                block[wrong] = 0
            yield block

    def _counted(self, frames: Iterator[Any]) -> Iterator[Any]:
        """Frames with samples in them, as long as rate and channels stay what they were."""
        for frame in frames:
            if (frame.sample_rate, frame.layout.nb_channels) != (self.sample_rate_hz, self.channels):
                if self.decoded_samples:
                    self._damage.notices.append("Sample rate or channels change midway; what follows is left out.")
                    return
                self.sample_rate_hz, self.channels = _checked(frame.sample_rate, frame.layout.nb_channels)
            if not frame.samples:
                continue
            self._follow(frame)
            yield frame

    def _follow(self, frame: Any) -> None:
        self.seamless = self.seamless and frame.pts == self._next_pts
        self._next_pts = (self._next_pts or 0) + frame.samples
        self.decoded_samples += frame.samples
        if self.decoded_samples > LONGEST_S * self.sample_rate_hz:
            raise AudioError(
                f"The file holds more than {LONGEST_S // 3600} hours of sound.", hint="Split it into shorter files."
            )

    def _decoded(self) -> Iterator[Any]:
        """Frames of the stream; damaged packets are counted and passed over."""
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
                if packet is None:
                    return
                yield from packet.decode()
            except DAMAGE:
                self._damage.packets += 1

    def check_length(self, decoded_samples: int | None = None) -> None:
        """Adds notices where the file's header and what decoded disagree. Only after reading all of it.

        decoded_samples: what all of it is, where other readers read some of it.
        """
        decoded_s = (decoded_samples or self.decoded_samples) / self.sample_rate_hz
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


def _checked(rate_hz: int, channels: int) -> tuple[int, int]:
    if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ:
        raise AudioError(f"A sample rate of {rate_hz} Hz is not usable.", hint="Use 8,000 to 192,000 Hz.")
    if not 1 <= channels <= MOST_CHANNELS:
        raise AudioError(f"{channels} channels are not usable.", hint=f"Use 1 to {MOST_CHANNELS} channels.")
    return rate_hz, channels
