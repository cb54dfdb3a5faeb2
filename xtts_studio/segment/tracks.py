"""What was heard of a recording: listened to once, kept in its folder and, of the last few, in memory.

data/recordings/<id>/speech.npz   speech probabilities and energy of the whole recording

Settings and ranges are looked up in that, so trying others costs nothing. The file appears whole or not at all, and one
that can't be read, or was made by another version, is made anew.
"""

import json
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from xtts_studio.audio.decode import mono_blocks
from xtts_studio.audio.mix import Samples
from xtts_studio.audio.resample import resample_blocks
from xtts_studio.events import Progress, Report
from xtts_studio.recordings import original_path
from xtts_studio.segment.ahead import ahead
from xtts_studio.segment.silero import RATE_HZ
from xtts_studio.segment.vad import Track, gain, listen
from xtts_studio.shapes import Recording
from xtts_studio.workspace import Workspace, written_whole

FILE = "speech.npz"

_VERSION = 1
_SILENT_BELOW = 0.5 / 32768
_SEEKABLE = {"wav", "flac"}  # where a part can be decoded without what comes before it
_WARM_UP_S = 30.0
"""So long the detector listens before a part that is heard alone; it then says what it would have said of the whole."""
_ALONE_FROM_S = 1_800.0
_ALONE_UP_TO = 0.25
"""A part that takes less than this share of a recording of half an hour or more is heard alone, and shown soon."""

_KEPT = 3
_tracks: OrderedDict[str, Track] = OrderedDict()
"""What this process heard or read lately. The three longest there can be take 150 MB."""


@dataclass(frozen=True)
class Part:
    """The part of a recording that is worked on, in seconds."""

    recording: Recording
    path: Path
    start_s: float
    end_s: float

    @classmethod
    def of(cls, workspace: Workspace, recording: Recording, start_s: float, end_s: float) -> "Part":
        return cls(recording, original_path(workspace, recording), start_s, end_s)


def track_of(part: Part, report: Report, share: float) -> Track:
    """What is heard in (at least) the part. Reports progress up to `share` of the whole."""
    made_from = _made_from(part.recording)
    known = _remembered(made_from) or _read(part.path.with_name(FILE), made_from)
    if known is None:
        begin_s, end_s = _heard_range(part)
        if (begin_s, end_s) != (0.0, part.recording.duration_s):
            return _heard_alone(part, begin_s, end_s, made_from, report, share)
        known = _listen(part, 0.0, None, report, share)
        _write(part.path.with_name(FILE), made_from, known)
    return _remember(made_from, known)


def _heard_alone(part: Part, begin_s: float, end_s: float, made_from: str, report: Report, share: float) -> Track:
    key = f"{made_from} {part.start_s} {part.end_s}"
    return _remember(key, _remembered(key) or _listen(part, begin_s, end_s, report, share))


def _heard_range(part: Part) -> tuple[float, float]:
    """What is listened to for a part of a recording that nobody has heard yet: it alone, or all."""
    whole_s = part.recording.duration_s
    begin_s = max(0.0, float(int(part.start_s - _WARM_UP_S)))
    end_s = min(whole_s, part.end_s + 1.0)
    decoded_s = end_s - (begin_s if part.recording.format in _SEEKABLE else 0.0)
    alone = whole_s >= _ALONE_FROM_S and decoded_s <= _ALONE_UP_TO * whole_s
    return (begin_s, end_s) if alone else (0.0, whole_s)


def _listen(part: Part, begin_s: float, end_s: float | None, report: Report, share: float) -> Track:
    """Decodes in one thread, detects in others. Silence of nothing but zeros at the beginning is passed over, so that
    the same sound after more or less of it is heard just the same."""
    rate_hz, mix = part.recording.sample_rate_hz, tuple(part.recording.mix)
    sound = _FromFirstSound(mono_blocks(part.path, rate_hz, mix, begin_s, end_s))
    louder = np.float32(gain(part.recording.level))
    blocks = ahead(block * louder for block in resample_blocks(iter(sound), rate_hz, RATE_HZ))
    length_s = (end_s or part.recording.duration_s) - begin_s
    track = listen(_reported(blocks, RATE_HZ, length_s, report, share))
    return Track(track.speech, track.energy, track.duration_s, begin_s + sound.skipped / rate_hz)


class _FromFirstSound:
    """Blocks without the silence before the first sound; counts the samples that were `skipped`."""

    def __init__(self, blocks: Iterable[Samples]) -> None:
        self._blocks = blocks
        self.skipped = 0

    def __iter__(self) -> Iterator[Samples]:
        begun = False
        for block in self._blocks:
            if not begun:
                loud = np.abs(block) > _SILENT_BELOW
                begun = bool(loud.any())
                silent = int(np.argmax(loud)) if begun else block.size
                self.skipped += silent
                block = block[silent:]
            if block.size:
                yield block


def _reported(
    blocks: Iterable[Samples], rate_hz: int, length_s: float, report: Report, share: float
) -> Iterator[Samples]:
    """The same blocks; tells how far they are, up to `share` of the whole."""
    done_s = 0.0
    for block in blocks:
        report(Progress(min(share, share * done_s / length_s), "Finding speech"))
        yield block
        done_s += block.size / rate_hz


def _made_from(recording: Recording) -> str:
    """All that a track depends on."""
    return json.dumps([_VERSION, recording.sha256, recording.mix, recording.level])


def _remembered(key: str) -> Track | None:
    return _tracks.get(key)


def _remember(key: str, track: Track) -> Track:
    _tracks[key] = track
    _tracks.move_to_end(key)
    while len(_tracks) > _KEPT:
        _tracks.popitem(last=False)
    return track


def _read(path: Path, made_from: str) -> Track | None:
    """What the file holds, or None where there is none, or none that can be used."""
    with suppress(OSError, ValueError, KeyError, EOFError, BadZipFile), np.load(path, allow_pickle=False) as kept:
        if str(kept["made_from"]) == made_from:
            return Track(kept["speech"], kept["energy"], float(kept["duration_s"]), float(kept["start_s"]))
    return None


def _write(path: Path, made_from: str, track: Track) -> None:
    """Keeps a track. Where that is impossible (a full disk), the next process listens again."""
    with suppress(OSError):
        if not path.parent.is_dir():  # deleted meanwhile: a new folder would be half a recording
            return
        with written_whole(path) as temporary, temporary.open("wb") as file:
            np.savez(
                file,
                made_from=np.array(made_from),
                speech=track.speech,
                energy=track.energy,
                duration_s=np.float64(track.duration_s),
                start_s=np.float64(track.start_s),
            )
