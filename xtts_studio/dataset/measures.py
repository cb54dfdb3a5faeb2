"""What is measured of clips' sound, once: kept beside each clip's sound for as long as the file is the one measured."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from xtts_studio.audio.fingerprint import fingerprint
from xtts_studio.audio.loudness import integrated_lufs
from xtts_studio.audio.measures import frame_powers, measure_frames
from xtts_studio.audio.mix import Samples
from xtts_studio.audio.room import reverberation_s
from xtts_studio.audio.tones import music_share, pitch_hz
from xtts_studio.dataset import store
from xtts_studio.dataset.clip_sound import Levels, powers, read_clip
from xtts_studio.dataset.details import read_details, write_details
from xtts_studio.dataset.stamps import sound_stamp
from xtts_studio.errors import AudioError, NotFound
from xtts_studio.shapes import Chunk, ClipDetails, ClipMeasures
from xtts_studio.threads import cores
from xtts_studio.workspace import Workspace

_VERSION = 1
"""Of the measures: another number, and all clips are measured anew."""
_AT_ONCE = 64
_END_S = 0.03
_LEAST_SNR_DB = 15.0
"""With more noise than that nothing is heard of the room."""

Told = Callable[[int], None]
"""Is told how many clips are done; may raise to stop."""


def measure_clips(workspace: Workspace, name: str, chunks: Sequence[Chunk], told: Told) -> dict[str, ClipMeasures]:
    """The measures of clips by their files, of those that can be read; what is new is kept.

    Uses all cores: the transforms that it spends its time in let other threads run.
    """
    folder = workspace.dataset(name)
    found: dict[str, ClipMeasures] = {}
    with ThreadPoolExecutor(cores()) as pool:
        for at in range(0, len(chunks), _AT_ONCE):
            batch = chunks[at : at + _AT_ONCE]
            known = {chunk.file: _known(folder, chunk) for chunk in batch}
            stale = [chunk for chunk in batch if known[chunk.file] is None]
            fresh = dict(zip((one.file for one in stale), pool.map(partial(_measured, folder), stale), strict=True))
            _keep(workspace, name, fresh)
            found |= {file: one for file, one in (known | fresh).items() if one is not None}
            told(at + len(batch))
    return found


def measured(samples: Samples, rate_hz: int, stamp: str = "") -> ClipMeasures:
    """All measures of mono samples (n,)."""
    duration_s = len(samples) / rate_hz
    if not samples.any():
        return ClipMeasures(sound=stamp, duration_s=round(duration_s, 4), lead_s=0.0, tail_s=0.0, speech_s=0.0)
    frames, bin_hz = frame_powers(samples, rate_hz, quick=True)
    whole = measure_frames(samples, rate_hz, frames, bin_hz)
    lead_s, tail_s, pause_s = _silences(samples, rate_hz)
    lufs = integrated_lufs(samples, rate_hz)
    clear = whole.snr_db is None or whole.snr_db >= _LEAST_SNR_DB
    return ClipMeasures(
        sound=stamp,
        duration_s=round(duration_s, 4),
        lead_s=round(lead_s, 3),
        tail_s=round(tail_s, 3),
        speech_s=round(whole.speech_s, 3),
        longest_pause_s=round(pause_s, 3),
        end_db=_rounded(_end_db(samples, rate_hz, whole.level_dbfs), 1),
        snr_db=_rounded(whole.snr_db, 1),
        clipped_share=round(whole.clipped_share, 6),
        loudness_lufs=_rounded(float(lufs), 2) if np.isfinite(lufs) else None,
        level_dbfs=_rounded(whole.level_dbfs, 1),
        band_hz=_rounded(whole.band_hz, 0),
        reverberation_s=_rounded(reverberation_s(frames, bin_hz), 3) if clear else None,
        music=_rounded(music_share(samples, rate_hz), 3),
        pitch_hz=_rounded(pitch_hz(samples, rate_hz), 1),
        fingerprint=fingerprint(frames, bin_hz),
    )


def _silences(samples: Samples, rate_hz: int) -> tuple[float, float, float]:
    """Seconds before the first speech, after the last, and of the longest pause between; as trimming finds them.

    Where speech can't be told from what is beneath it there is no silence.
    """
    levels = Levels.of(samples, rate_hz)
    if levels.speech is None:
        return 0.0, 0.0, 0.0
    start_s, end_s = levels.speech
    longest_s = max((last - first for first, last in levels.pauses), default=0.0)
    return start_s, max(0.0, len(samples) / rate_hz - end_s), longest_s


def _end_db(samples: Samples, rate_hz: int, level_dbfs: float | None) -> float | None:
    """Of the loudest 10 ms among the last 30: cutting fades the very end."""
    if level_dbfs is None or len(samples) < _END_S * rate_hz:
        return None
    last = powers(samples[-round(_END_S * rate_hz) :], rate_hz)
    return 10 * float(np.log10(last.max() + 1e-12)) - level_dbfs


def _known(folder: Path, chunk: Chunk) -> ClipMeasures | None:
    """What is kept of the sound that is there."""
    known = read_details(folder, chunk.file).measures
    return known if known is not None and known.sound == _stamp(folder / chunk.file) else None


def _measured(folder: Path, chunk: Chunk) -> ClipMeasures | None:
    path = folder / chunk.file
    stamp = _stamp(path)
    try:
        clip = read_clip(path, chunk, ClipDetails(), None)
    except (AudioError, NotFound):
        return None
    return measured(clip.samples, clip.rate_hz, stamp)


def _keep(workspace: Workspace, name: str, fresh: dict[str, ClipMeasures | None]) -> None:
    """Writes measures beside the sounds. The lock: somebody may be writing words there; held for one file at a time, so
    that nobody who edits has to wait."""
    folder = workspace.dataset(name)
    for file, measures in fresh.items():
        if measures is None:
            continue
        with store.locked(workspace, folder.name):
            if (folder / file).exists():  # else the dataset was deleted meanwhile
                details = read_details(folder, file)
                write_details(folder, file, details.model_copy(update={"measures": measures}))


def _stamp(path: Path) -> str:
    return f"{_VERSION}-{sound_stamp(path)}"


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
