"""A long WAV or FLAC file read by several readers at once, a section each, as if one had read it from end to end.

libsndfile reads them: it works for long without Python, checks every frame's checksum (FLAC) and goes to the very
sample it is told. Where it meets anything unusual, or two sections don't fit together, one reader has to do it all. The
first and last seconds are read by FFmpeg, as everything is elsewhere: where sound begins and ends, no header decides.
"""

import struct
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import soundfile

from xtts_studio.audio.mix import Samples
from xtts_studio.audio.sound_file import LONGEST_S, AudioFile
from xtts_studio.audio.tally import Clock, Tally

CODECS = {"wav": ("pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le"), "flac": ("flac",)}
SHORTEST_SECTION_S = 60
EDGE_S = 20
OVERLAP_S = 10
"""Each reader goes on for so long into the next section: there, both must have heard the same."""
_BLOCK_VALUES = 1 << 19  # large, so that readers seldom wait for each other: Python runs one of them at a time


@dataclass
class _Section:
    """What one reader found; `head` and `beyond` are the sound (channels, n) after its beginning and after its end."""

    tally: Tally
    head: Samples
    beyond: Samples


_HEADER_BYTES = 64 * 1024


class _Straight(soundfile.SoundFile):  # type: ignore[misc]
    """Reads on without seeking: soundfile seeks after each block otherwise, and seeking passes over damage."""

    def seekable(self) -> bool:
        return False


class _Unusual(Exception):
    """The file is not as a whole FLAC file is."""


def in_sections(file: AudioFile, clock: Clock, readers: int) -> Tally | None:
    """What all of a file holds; None where it is not for this, or not as it should be. `file` is not read."""
    rate_hz, total = file.sample_rate_hz, round((file.claimed_s or 0.0) * file.sample_rate_hz)
    readers = min(readers, total // (SHORTEST_SECTION_S * rate_hz))
    if file.codec not in CODECS.get(file.format, ()) or readers < 2 or total > LONGEST_S * rate_hz:
        return None
    if file.format == "wav" and not _aligned(file.path):
        return None
    begin, end = EDGE_S * rate_hz, total - EDGE_S * rate_hz
    spans = list(pairwise(begin + (end - begin) * index // readers for index in range(readers + 1)))
    try:
        with ThreadPoolExecutor(readers, "reader") as pool:
            sections = list(pool.map(partial(_read, file, clock), spans))
        return _joined([_edge(file, clock, 0, begin), *sections, _edge(file, clock, end, None)])
    except (_Unusual, soundfile.SoundFileError):
        return None


def _aligned(path: Path) -> bool:
    """Is a frame in the header of a WAV file as long as it is? FFmpeg reads by what is told there, others don't."""
    with path.open("rb") as file:
        start = file.read(_HEADER_BYTES)
    at = start.find(b"fmt ")
    if at < 0 or len(start) < at + 24:
        return False
    channels, _, _, frame_bytes, bits = struct.unpack_from("<HIIHH", start, at + 10)
    return bool(frame_bytes * 8 == channels * bits)


def _read(file: AudioFile, clock: Clock, span: tuple[int, int]) -> _Section:
    first, last = span
    section = _Section(Tally(first), _nothing(file), _nothing(file))
    with _Straight(str(file.path)) as source:
        if (source.samplerate, source.channels) != (file.sample_rate_hz, file.channels):
            raise _Unusual
        source.seek(first)
        size = _BLOCK_VALUES // file.channels
        room = np.empty((size, file.channels), dtype=np.float32)  # the same for all blocks: new memory costs time
        turned = np.empty((file.channels, size), dtype=np.float32)
        for at in range(first, last, size):
            count = min(size, last - at)
            np.copyto(turned[:, :count], _filled(source, room[:count]).T)
            _take(section, turned[:, :count], file.sample_rate_hz, clock)
        beyond = np.empty((OVERLAP_S * file.sample_rate_hz, file.channels), dtype=np.float32)
        section.beyond = _filled(source, beyond).T
    return section


def _filled(source: soundfile.SoundFile, room: Samples) -> Samples:
    if len(source.read(out=room)) < len(room):
        raise _Unusual
    return room


def _edge(file: AudioFile, clock: Clock, first: int, last: int | None) -> _Section:
    """The same by FFmpeg, up to wherever the file ends for `last` None."""
    section = _Section(Tally(first), _nothing(file), _nothing(file))
    with AudioFile(file.path) as reader:
        for block in reader.samples(first, None if last is None else last + OVERLAP_S * file.sample_rate_hz):
            inside = block if last is None else block[:, : max(0, last - first - section.tally.samples)]
            if inside.shape[1]:
                _take(section, inside, reader.sample_rate_hz, clock)
            section.beyond = np.concatenate([section.beyond, block[:, inside.shape[1] :]], axis=1)
        same = (reader.sample_rate_hz, reader.channels) == (file.sample_rate_hz, file.channels)
        if not (same and reader.seamless) or reader.notices:
            raise _Unusual
    return section


def _take(section: _Section, block: Samples, rate_hz: int, clock: Clock) -> None:
    section.tally.take(block, rate_hz)
    missing = OVERLAP_S * rate_hz - section.head.shape[1]
    if missing > 0:
        section.head = np.concatenate([section.head, block[:, :missing]], axis=1)
    clock.add(block, rate_hz)


def _joined(sections: list[_Section]) -> Tally:
    whole = Tally()
    for section, following in pairwise(sections):
        if not _fit(section.beyond, following.head):
            raise _Unusual
    for section in sections:
        whole.add(section.tally)
    return whole


def _fit(beyond: Samples, head: Samples) -> bool:
    """Whether both are the same sound; silence would be the same anywhere."""
    return np.array_equal(beyond, head) and bool(np.any(head != head[:, :1]))


def _nothing(file: AudioFile) -> Samples:
    return np.zeros((file.channels, 0), dtype=np.float32)
