"""Chunks as sound files: one pass over the recording, and into the dataset when all of them are there."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from xtts_studio.audio.decode import mono_blocks
from xtts_studio.audio.encode import write_wav
from xtts_studio.audio.mix import Samples
from xtts_studio.events import Progress, Report
from xtts_studio.segment.ahead import ahead
from xtts_studio.segment.cuts import Cut
from xtts_studio.segment.tracks import Part

CHUNK_RATE_HZ = 22_050


def write_chunks(cuts: list[Cut], part: Part, fade_s: float, folder: Path, report: Report, done: float) -> list[float]:
    """Writes each cut as `0.wav`, `1.wav` … and gives the durations in seconds. Reports progress from `done` on.

    Each is faded in and out over `fade_s`, or over the padding where that is shorter: never over speech.
    """
    if not cuts:
        return []
    begin_s = float(int(cuts[0].start_s))  # whole seconds: so the same samples come out, wherever a part begins
    mix = tuple(part.recording.mix)
    blocks = ahead(mono_blocks(part.path, CHUNK_RATE_HZ, mix, begin_s, cuts[-1].end_s))
    spans_s = [(cut.start_s - begin_s, cut.end_s - begin_s) for cut in cuts]
    durations_s = []
    for index, (cut, samples) in enumerate(zip(cuts, _slices(blocks, spans_s, CHUNK_RATE_HZ), strict=True)):
        report(Progress(done + (1 - done) * index / len(cuts), f"Cutting chunk {index + 1} of {len(cuts)}"))
        write_wav(folder / f"{index}.wav", _faded(samples, cut, fade_s), CHUNK_RATE_HZ)
        durations_s.append(samples.size / CHUNK_RATE_HZ)
    return durations_s


def _faded(samples: Samples, cut: Cut, fade_s: float) -> Samples:
    """Half a cosine's wave up at the beginning, and down at the end."""
    faded = samples.copy()
    rise = _rise(min(fade_s, cut.speech_start_s - cut.start_s), samples.size)
    fall = _rise(min(fade_s, cut.end_s - cut.speech_end_s), samples.size)
    faded[: rise.size] *= rise
    faded[faded.size - fall.size :] *= fall[::-1]
    return faded


def _rise(duration_s: float, most: int) -> Samples:
    count = min(max(0, int(duration_s * CHUNK_RATE_HZ)), most)
    return np.asarray((1 - np.cos(np.pi * (np.arange(count) + 0.5) / max(1, count))) / 2, dtype=np.float32)


def _slices(blocks: Iterator[Samples], spans_s: list[tuple[float, float]], rate_hz: int) -> Iterator[Samples]:
    """The samples of each span, (n,); spans in order and not overlapping. Holds no more than one span and one block."""
    held, at = np.zeros(0, dtype=np.float32), 0
    for start_s, end_s in spans_s:
        first, last = round(start_s * rate_hz), round(end_s * rate_hz)
        parts, have = [held], at + held.size
        while have < last and (block := next(blocks, None)) is not None:
            if have <= first:
                parts, at = [], have
            parts.append(block)
            have += block.size
        held = np.concatenate(parts) if parts else held[:0]
        yield held[max(0, first - at) : last - at]
        held, at = held[last - at :], last
