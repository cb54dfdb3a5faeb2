"""Which container a file is, judged by its bytes and never by its name.

Only containers that hold their sound themselves are recognised. Playlists, concat scripts, image sequences and
everything else FFmpeg would open, some of it by following paths or addresses, has no entry here and is refused.
"""

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

_HEAD_BYTES = 64 * 1024
_ID3_HEADER_BYTES = 10
_MOST_CHUNKS = 10_000
_HARMLESS_BYTES = 1 << 24
_WAVE64 = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
_ASF = b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c"
_MP4_BOXES = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}

_BEGINNINGS = (
    (_WAVE64, "w64"),
    (b"fLaC", "flac"),
    (b"OggS", "ogg"),
    (b"caff", "caf"),
    (b".snd", "au"),
    (b"#!AMR", "amr"),
    (_ASF, "asf"),
    (b"\x1a\x45\xdf\xa3", "matroska"),
)

_SYNC = re.compile(rb"\xff[\xe2-\xff]")
_MPEG_RATES_HZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}  # by version bits
_MPEG_1_KBPS = {
    3: (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),  # by layer bits
    2: (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
}
_MPEG_2_KBPS = {
    3: (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    1: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


@dataclass(frozen=True)
class DataBytes:
    """Size of a WAV file's samples as its header claims it, and as it is."""

    claimed: int
    present: int


def sniff(file: BinaryIO) -> str | None:
    """FFmpeg's short name of the container that `file` holds, or None when it is none that we read.

    Leaves the file at its beginning.
    """
    file.seek(_id3_bytes(file))
    head = file.read(_HEAD_BYTES)
    file.seek(0)
    return _by_beginning(head) or _by_frames(head)


def wav_data_bytes(file: BinaryIO) -> DataBytes | None:
    """What a WAV file's header says about the size of its samples, and what there is after it.

    None where the header leaves the size open (0 or 0xFFFFFFFF, as streaming writers do). Leaves the file where it is.
    """
    place = file.tell()
    try:
        end = file.seek(0, 2)
        data = next(((at, size) for name, at, size in _riff_chunks(file) if name == b"data"), (end, 0))
    finally:
        file.seek(place)
    at, size = data
    return DataBytes(size, end - at) if 0 < size < 0xFFFFFF00 and at < end else None


def wav_tags_beyond_end(file: BinaryIO) -> bool:
    """Whether a WAV file has a list of tags that claims to be far longer than the file, or chunks without number.

    FFmpeg takes as much memory as a tag claims to be long, as far as its list reaches: up to 4 GB for a few bytes.
    """
    end = file.seek(0, 2)
    for count, (name, at, size) in enumerate(_riff_chunks(file)):
        if count > _MOST_CHUNKS or (name == b"LIST" and at + size > end + _HARMLESS_BYTES):
            return True
    return False


def _riff_chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Name, place of the content, and size of each chunk. After odd sizes also what is found without the padding."""
    end = file.seek(0, 2)
    file.seek(0)
    header = "<4sI" if file.read(12)[:4] != b"RIFX" else ">4sI"
    at = 12
    while at + 8 <= end:
        name, content, size = _chunk_at(file, at, header)
        yield name, content, size
        at = content + size
        if size % 2 and at + 9 <= end:
            yield _chunk_at(file, at, header)
            at += 1


def _chunk_at(file: BinaryIO, at: int, header: str) -> tuple[bytes, int, int]:
    file.seek(at)
    name, size = struct.unpack(header, file.read(8))
    return name, at + 8, size


def _id3_bytes(file: BinaryIO) -> int:
    """Length of the ID3v2 tags (they can hold megabytes of pictures) before the sound itself."""
    position = 0
    for _ in range(4):
        file.seek(position)
        header = file.read(_ID3_HEADER_BYTES)
        if len(header) < _ID3_HEADER_BYTES or header[:3] != b"ID3":
            break
        size = 0
        for byte in header[6:10]:
            size = size << 7 | byte & 0x7F
        position += _ID3_HEADER_BYTES + size
    return position


def _by_beginning(head: bytes) -> str | None:
    if head[:4] in (b"RIFF", b"RIFX", b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "aiff"
    if head[4:8] in _MP4_BOXES:
        return "mov"
    return next((name for beginning, name in _BEGINNINGS if head.startswith(beginning)), None)


def _by_frames(head: bytes) -> str | None:
    """Raw MPEG audio or ADTS, which have no beginning of their own: three frames that follow each other exactly."""
    for match in _SYNC.finditer(head):
        for name, frame_bytes in (("mp3", _mpeg_frame_bytes), ("aac", _adts_frame_bytes)):
            if _frames_follow(head, match.start(), frame_bytes):
                return name
    return None


def _frames_follow(head: bytes, at: int, frame_bytes: Callable[[bytes], int]) -> bool:
    for found in range(3):
        size = frame_bytes(head[at : at + 6])
        if not size:
            return found == 2 and at == len(head)  # a file of two frames
        at += size
    return True


def _mpeg_frame_bytes(header: bytes) -> int:
    """Length of the MPEG audio frame (layers I to III) that begins with `header`; 0 when none does."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return 0
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    rate, rate_index, padding = header[2] >> 4, header[2] >> 2 & 3, header[2] >> 1 & 1
    if version == 1 or layer == 0 or rate in (0, 15) or rate_index == 3:
        return 0
    bits_s = 1000 * (_MPEG_1_KBPS if version == 3 else _MPEG_2_KBPS)[layer][rate]
    rate_hz = _MPEG_RATES_HZ[version][rate_index]
    if layer == 3:
        return 4 * (12 * bits_s // rate_hz + padding)
    return (72 if layer == 1 and version != 3 else 144) * bits_s // rate_hz + padding


def _adts_frame_bytes(header: bytes) -> int:
    """Length of the ADTS (raw AAC) frame that begins with `header`; 0 when none does."""
    if len(header) < 6 or header[0] != 0xFF or header[1] & 0xF6 != 0xF0 or header[2] >> 2 & 15 > 12:
        return 0
    size = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    return size if size >= 7 else 0
