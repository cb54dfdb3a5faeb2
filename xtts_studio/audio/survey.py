"""What a sound file holds, known by decoding all of it once: duration, outline, the mix, and what is wrong with it."""

import os
from dataclasses import dataclass
from pathlib import Path

from xtts_studio.audio.mix import weights
from xtts_studio.audio.opening import EXPORT_ANEW
from xtts_studio.audio.peaks import PeakCollector
from xtts_studio.audio.sections import in_sections
from xtts_studio.audio.sound_file import AudioFile
from xtts_studio.audio.tally import Clock, Tally, Watch
from xtts_studio.errors import AudioError

MOST_READERS = 4


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


def probe(path: Path) -> Probe:
    """`survey` without the outline."""
    return survey(path, readers=1)[0]


def survey(
    path: Path, watch: Watch = lambda read_s, of_s: None, readers: int | None = None
) -> tuple[Probe, PeakCollector]:
    """Decodes all of a file once: what it holds, and its outline. A long FLAC file is read by several readers at once,
    as many as there are cores unless told.

    Memory stays bounded whatever the file claims. Raises `AudioError` when it is not sound, or holds none.
    """
    readers = readers or min(MOST_READERS, os.cpu_count() or 1)
    with AudioFile(path) as file:
        clock = Clock(watch, file.claimed_s)
        tally = in_sections(file, clock, readers) or _from_end_to_end(file, Clock(watch, file.claimed_s))
        return _probe(file, tally), tally.outline


def _from_end_to_end(file: AudioFile, clock: Clock) -> Tally:
    tally = Tally()
    for block in file.samples():
        tally.take(block, file.sample_rate_hz)
        clock.add(block, file.sample_rate_hz)
    return tally


def _probe(file: AudioFile, tally: Tally) -> Probe:
    check_some_sound(tally.samples, file.format)
    file.check_length(tally.samples)
    peak = tally.outline.peak()
    return Probe(
        format=file.format,
        codec=file.codec,
        sample_rate_hz=file.sample_rate_hz,
        channels=file.channels,
        duration_s=tally.samples / file.sample_rate_hz,
        claimed_s=file.claimed_s,
        peak=peak,
        mix=tuple(float(weight) / max(1.0, peak) for weight in weights(tally.products)),
        notices=(*file.notices, *full_scale_notice(peak)),
    )


def check_some_sound(samples: int, kind: str) -> None:
    """Raises `AudioError` where there are no samples."""
    if not samples:
        raise AudioError(f"The {kind} file holds no sound that can be decoded.", hint=EXPORT_ANEW)


def full_scale_notice(peak: float) -> tuple[str, ...]:
    """What to say of a largest sample beyond full scale."""
    return (f"Peaks reached {peak:.1f} times full scale; the sound was made quieter to fit.",) if peak > 1.05 else ()
