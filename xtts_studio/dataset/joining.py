"""Sounds of neighbouring clips as one: from their recording with the true pause, or one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from xtts_studio.audio.decode import mono_blocks
from xtts_studio.audio.mix import Samples
from xtts_studio.audio.resample import resample
from xtts_studio.dataset.clip_sound import Clip, faded
from xtts_studio.errors import StudioError
from xtts_studio.recordings import get_recording, original_path
from xtts_studio.shapes import Chunk
from xtts_studio.workspace import Workspace

LONGEST_PAUSE_S = 1.5
IMPORTED_PAUSE_S = 0.3
"""Between clips that were never in one recording."""

_ALIKE = 0.9
_EDGE_S = 0.02
_MOST_LAG = 3  # samples that rounding and resampling may move a clip in its recording


@dataclass(frozen=True)
class Joined:
    """Clips as one sound (n,), and when each begins in it."""

    samples: Samples
    rate_hz: int
    starts_s: list[float]
    notices: tuple[str, ...] = ()


def join(clips: Sequence[Clip], workspace: Workspace) -> Joined:
    """The clips in order as one sound, at their rate, or at 22 050 Hz where they have several."""
    rate_hz = clips[0].rate_hz if len({clip.rate_hz for clip in clips}) == 1 else 22_050
    sounds = [resample(clip.samples, clip.rate_hz, rate_hz) for clip in clips]
    return _taken_anew(clips, sounds, rate_hz, workspace) or _put_together(clips, sounds, rate_hz)


def in_one_recording(chunks: Sequence[Chunk]) -> bool:
    """Do their times tell how they follow each other? Imported clips all begin at 0, each in a recording of its own."""
    return len({chunk.recording for chunk in chunks}) == 1 and len({chunk.start_s for chunk in chunks}) == len(chunks)


def pause_between(first: Chunk, second: Chunk) -> float:
    """How long the silence between two clips is that are put together, bounded."""
    if not in_one_recording((first, second)):
        return IMPORTED_PAUSE_S
    return min(max(0.0, second.start_s - first.end_s), LONGEST_PAUSE_S)


def _taken_anew(clips: Sequence[Clip], sounds: list[Samples], rate_hz: int, workspace: Workspace) -> Joined | None:
    """The clips and what lies between them from their recording; None where that isn't here, or holds other sound.

    Each keeps the level that it has; between two it moves from one to the other.
    """
    chunks = [clip.chunk for clip in clips]
    if not in_one_recording(chunks) or any(b.start_s - a.end_s > LONGEST_PAUSE_S for a, b in pairwise(chunks)):
        return None
    whole = _recorded(chunks[0], chunks[-1], rate_hz, workspace)
    if whole is None:
        return None
    starts = [round((chunk.start_s - chunks[0].start_s) * rate_hz) for chunk in chunks]
    gains = [_gain(whole[at : at + len(sound)], sound, rate_hz) for at, sound in zip(starts, sounds, strict=True)]
    if any(gain is None for gain in gains):
        return None
    times = [time for at, sound in zip(starts, sounds, strict=True) for time in (at, at + len(sound))]
    levels = [gain or 1.0 for gain in gains for _ in range(2)]
    louder = whole * np.interp(np.arange(len(whole)), np.maximum.accumulate(times), levels)
    samples = np.asarray(np.clip(louder, -1, 1), dtype=np.float32)
    return Joined(faded(samples, rate_hz), rate_hz, [at / rate_hz for at in starts])


def _recorded(first: Chunk, last: Chunk, rate_hz: int, workspace: Workspace) -> Samples | None:
    """The part of the recording from the first clip's start to the last one's end, (n,)."""
    try:
        recording = get_recording(workspace, first.recording)
        path, mix = original_path(workspace, recording), tuple(recording.mix)
        begin_s = float(int(first.start_s))  # as cutting does it: the same samples come out
        blocks = list(mono_blocks(path, rate_hz, mix, begin_s, last.end_s)) if mix else []
    except (StudioError, OSError):
        return None
    samples = np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.float32)
    return samples[round((first.start_s - begin_s) * rate_hz) : round((last.end_s - begin_s) * rate_hz)]


def _gain(recorded: Samples, sound: Samples, rate_hz: int) -> float | None:
    """How much louder a clip is than its recording; None where it is other sound. Faded edges don't count."""
    edge = round(_EDGE_S * rate_hz)
    if abs(len(recorded) - len(sound)) > _MOST_LAG or len(sound) < 4 * edge:
        return None
    known = sound[edge : len(recorded) - edge].astype(np.float64)
    energy = float(known @ known)
    best = 0.0
    for lag in range(-_MOST_LAG, _MOST_LAG + 1):
        other = recorded[edge + lag : edge + lag + len(known)].astype(np.float64)
        common = min(len(other), len(known))
        scale = np.sqrt(float(other @ other) * energy)
        best = max(best, float(other[:common] @ known[:common]) / scale if scale > 0 else 0.0)
    if best < _ALIKE:
        return None
    found = recorded[edge : edge + len(known)].astype(np.float64)
    gain = float(np.sqrt(energy / (found @ found)))
    return 1.0 if abs(gain - 1) < 0.01 else gain


def _put_together(clips: Sequence[Clip], sounds: list[Samples], rate_hz: int) -> Joined:
    """The clips one after the other with silence between them."""
    pauses_s = [pause_between(first.chunk, second.chunk) for first, second in pairwise(clips)]
    parts, starts = [sounds[0]], [0]
    for sound, pause_s in zip(sounds[1:], pauses_s, strict=True):
        silence = np.zeros(round(pause_s * rate_hz), dtype=np.float32)
        starts.append(starts[-1] + len(parts[-1]) + len(silence))
        parts += [silence, sound]
    long = any(second.chunk.start_s - first.chunk.end_s > LONGEST_PAUSE_S for first, second in pairwise(clips))
    notices = [f"A pause was shortened to {LONGEST_PAUSE_S} s."] if long else []
    if any(pause_s > 0 for pause_s in pauses_s):
        notices.append("The pause between the clips is silence: it could not be taken from the recording.")
    return Joined(np.concatenate(parts), rate_hz, [start / rate_hz for start in starts], tuple(notices))
