"""Silence at a clip's ends, cut down to what cutting leaves there."""

import numpy as np

from xtts_studio.audio.mix import Samples
from xtts_studio.dataset.clip_sound import Clip, Levels, faded
from xtts_studio.dataset.replacing import NewClip, Replacement, shifted
from xtts_studio.shapes import CutSettings, Word

TAIL_S = CutSettings.model_fields["speech_pad_ms"].default / 1000
LEAD_S = TAIL_S + 0.08
"""Cutting keeps so much more before speech than after it."""

_TOLERANCE_S = 0.06
_SHORTEST_S = 0.5
_MOST_ROUNDS = 8


def trim(clip: Clip) -> Replacement | str:
    """The clip with less silence at its ends, or why it stays as it is. Never cuts into what may be speech."""
    first, last = _kept(clip)
    if (first, last) == (0, len(clip.samples)):
        return "right" if clip.levels.speech else "unclear"
    fresh = faded(clip.samples[first:last], clip.rate_hz, start=first > 0, end=last < len(clip.samples))
    start_s, duration_s = first / clip.rate_hz, len(fresh) / clip.rate_hz
    chunk = clip.chunk.model_copy(
        update={
            "file": "",
            "words": [],
            "start_s": round(clip.chunk.start_s + start_s, 6),
            "end_s": round(clip.chunk.end_s - (clip.duration_s - start_s - duration_s), 6),
            "duration_s": round(duration_s, 6),
        }
    )
    words = shifted(clip.details.words, start_s, duration_s)
    details = clip.details.model_copy(update={"words": words, "measures": None})
    return Replacement((clip.chunk,), (NewClip(fresh, clip.rate_hz, chunk, details),), moved_s=start_s)


def _kept(clip: Clip) -> tuple[int, int]:
    """First and one after the last sample that stay. Trimmed again, the clip would stay as it is."""
    first, last = 0, len(clip.samples)
    for _ in range(_MOST_ROUNDS):
        samples = clip.samples[first:last]
        words = shifted(clip.details.words, first / clip.rate_hz, len(samples) / clip.rate_hz)
        begin, end = _round(samples, clip.rate_hz, words)
        if (begin, end) == (0, len(samples)):
            break
        first, last = first + begin, first + end
    return first, last


def _round(samples: Samples, rate_hz: int, words: list[Word]) -> tuple[int, int]:
    levels = Levels.of(faded(samples, rate_hz), rate_hz)
    if levels.speech is None:
        return 0, len(samples)
    start_s, end_s = _with_words(levels.speech, words)
    begin_s, stop_s = max(0.0, start_s - LEAD_S), min(len(samples) / rate_hz, end_s + TAIL_S)
    begin = round(begin_s * rate_hz) if begin_s > _TOLERANCE_S else 0
    stop = round(stop_s * rate_hz) if len(samples) / rate_hz - stop_s > _TOLERANCE_S else len(samples)
    if stop - begin < _SHORTEST_S * rate_hz:  # too short to train on; the silence is needed
        return 0, len(samples)
    return begin, stop


def _with_words(speech: tuple[float, float], words: list[Word]) -> tuple[float, float]:
    """The span of speech with words in it that were heard where it is quiet: somebody may whisper."""
    heard = np.array([(word.start_s, word.end_s) for word in words if word.end_s > word.start_s]).reshape(-1, 2)
    early, late = heard[heard[:, 1] <= speech[0]], heard[heard[:, 0] >= speech[1]]
    return (
        float(min(speech[0], early[:, 0].min())) if len(early) else speech[0],
        float(max(speech[1], late[:, 1].max())) if len(late) else speech[1],
    )
