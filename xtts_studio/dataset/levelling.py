"""Clips brought to one loudness: that of the middle clip of their dataset."""

from collections.abc import Callable, Iterable

import numpy as np

from xtts_studio.audio.loudness import PEAK, integrated_lufs
from xtts_studio.dataset.clip_sound import Clip
from xtts_studio.dataset.replacing import NewClip, Replacement
from xtts_studio.errors import AudioError, NotFound
from xtts_studio.shapes import Chunk, ClipDetails

ALONE_LUFS = -23.0
"""For the clip of a dataset that has no other to be compared with."""
MOST_MEASURED = 300
_QUIETEST_LUFS = -55.0
_CLOSE_DB = 0.1


def normalise(clip: Clip, target_lufs: float) -> Replacement | str:
    """The clip as loud as asked, or as its peaks allow (-1 dBFS, nothing is clipped); or why it stays as it is."""
    found = integrated_lufs(clip.samples, clip.rate_hz)
    if found < _QUIETEST_LUFS:
        return "silent"
    peak = float(np.abs(clip.samples).max())
    gain = min(10 ** ((target_lufs - found) / 20), PEAK / peak)
    if abs(20 * np.log10(gain)) < _CLOSE_DB and peak <= PEAK * 10 ** (_CLOSE_DB / 20):
        return "right"
    louder = np.asarray(clip.samples * np.float32(gain), dtype=np.float32)
    details = clip.details.model_copy(update={"measures": None})
    chunk = clip.chunk.model_copy(update={"file": "", "words": []})
    return Replacement((clip.chunk,), (NewClip(louder, clip.rate_hz, chunk, details),), moved_s=0.0)


def target_lufs(
    chunks: Iterable[Chunk], details_of: Callable[[Chunk], ClipDetails], read: Callable[[Chunk], Clip]
) -> float:
    """The loudness of the middle one of a dataset's active clips, by ear; of many clips, some speak for all.

    It is that of a clip, not a mean between two: so it stays when other clips are brought to it.
    """
    active = [chunk for chunk in chunks if chunk.state == "active"]
    found = [_lufs(chunk, details_of, read) for chunk in active[:: -(-len(active) // MOST_MEASURED) or 1]]
    known = sorted(lufs for lufs in found if lufs >= _QUIETEST_LUFS)
    return known[(len(known) - 1) // 2] if len(known) > 1 else ALONE_LUFS


def _lufs(chunk: Chunk, details_of: Callable[[Chunk], ClipDetails], read: Callable[[Chunk], Clip]) -> float:
    """How loud a clip is: as an x-ray has measured it, else measured now; -inf for one that can't be read."""
    measures = details_of(chunk).measures
    if measures is not None and measures.loudness_lufs is not None:
        return measures.loudness_lufs
    try:
        clip = read(chunk)
    except (AudioError, NotFound):
        return -np.inf
    return integrated_lufs(clip.samples, clip.rate_hz)
