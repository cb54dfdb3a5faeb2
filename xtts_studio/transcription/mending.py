"""An edge that cuts a word is moved to a quiet moment nearby: outwards, where the recording is free, else inwards."""

from collections.abc import Callable

import numpy as np

from xtts_studio.audio.mix import Samples
from xtts_studio.transcription.context import Context
from xtts_studio.transcription.edges import Side, cuts_a_word
from xtts_studio.transcription.loudness import FRAME_S
from xtts_studio.transcription.recogniser import Heard
from xtts_studio.transcription.verdict import LEAST_AGREEMENT, Judged

LONGEST_S = 11.6
"""What training takes; no chunk becomes longer."""

_SHORTEST_S = 0.6
_PAD_S = {"start": 0.16, "end": 0.12}
_LEAST_PAUSE_S = 0.04
_MOST_TRIED = 4
_FURTHEST_IN_S = 1.5
TOUCHING_S = 0.03

Hear = Callable[[list[Samples]], list[Heard]]
"""Hears clips (n,) at 16 kHz, each alone."""


def mend(judged: Judged, side: Side, before: Judged | None, free: tuple[float, float], hear: Hear) -> bool:
    """Moves an edge to where it cuts no word, if such a moment is near; the words are then those heard anew.

    `free` is the part of the recording that other chunks leave, in its seconds. `before` is the chunk that ends where
    this one begins, if there is one: its end moves along.
    """
    context = judged.context
    if context is None:
        return False
    moments = _moments(judged, side, context, before, free)[:_MOST_TRIED]
    spans = [_span(judged, side, moment_s) for moment_s in moments]
    for moment_s, span, heard in zip(moments, spans, hear([context.slice(*span) for span in spans]), strict=True):
        if _whole(judged, side, span, heard) and (before is None or _moved_along(before, moment_s, context, hear)):
            _take(judged, span, heard)
            return True
    return False


def touches(before: Judged, after: Judged) -> bool:
    """Does one chunk begin where the other ends?"""
    return abs(after.start_s - before.end_s) <= TOUCHING_S


def _span(judged: Judged, side: Side, moment_s: float) -> tuple[float, float]:
    return (moment_s, judged.end_s) if side == "start" else (judged.start_s, moment_s)


def _moments(
    judged: Judged, side: Side, context: Context, before: Judged | None, free: tuple[float, float]
) -> list[float]:
    """Quiet moments around an edge, in seconds of the recording: outwards the nearest first, then inwards."""
    edge_s, sign = (judged.start_s, -1) if side == "start" else (judged.end_s, 1)
    outer = free[0] if side == "start" else free[1]
    if before is not None:
        outer = before.start_s + _SHORTEST_S
    whole = (context.start_s, context.start_s + context.loudness.duration_s)
    low = max(min(edge_s, outer) if sign < 0 else edge_s - _FURTHEST_IN_S, judged.end_s - LONGEST_S, whole[0])
    high = min(max(edge_s, outer) if sign > 0 else edge_s + _FURTHEST_IN_S, judged.start_s + LONGEST_S, whole[1])
    if side == "start":
        high = min(high, judged.end_s - _SHORTEST_S)
    else:
        low = max(low, judged.start_s + _SHORTEST_S)
    found = [
        time_s + context.start_s for time_s in _quiet(context, side, low - context.start_s, high - context.start_s)
    ]
    outwards = sorted((one for one in found if (one - edge_s) * sign >= 0), key=lambda one: abs(one - edge_s))
    inwards = sorted((one for one in found if (one - edge_s) * sign < 0), key=lambda one: abs(one - edge_s))
    return outwards[: _MOST_TRIED - 1] + inwards


def _quiet(context: Context, side: Side, low_s: float, high_s: float) -> list[float]:
    """Where pauses allow to begin or to end, with some of their silence; and where one word gives way to the next."""
    if high_s <= low_s:
        return []
    pad_s, found = _PAD_S[side], []
    for start_s, end_s in context.loudness.pauses(low_s, high_s, _LEAST_PAUSE_S):
        kept_s = min(pad_s, (end_s - start_s) / 2)
        found.append(end_s - kept_s if side == "start" else start_s + kept_s)
    starts = [word.start_s for word in context.words[1:] if low_s < word.start_s < high_s]
    lonely = [time_s for time_s in starts if all(abs(time_s - other) > pad_s for other in found)]
    return found + [_valley(context, time_s) for time_s in lonely]


def _valley(context: Context, time_s: float) -> float:
    """The quietest moment within 50 ms."""
    first = max(0, round((time_s - 0.05) / FRAME_S))
    frames = context.loudness.energy[first : first + 11]
    return (first + int(np.argmin(frames)) + 0.5) * FRAME_S if len(frames) else time_s


def _whole(judged: Judged, side: Side, span: tuple[float, float], heard: Heard) -> bool:
    """Does the edge cut no word at its new place, and is the chunk heard as it is in context?"""
    context = judged.context
    if context is None or not heard.words:
        return False
    trial = Judged(judged.chunk, *span, heard.words, heard.text, context=context)
    edge_s = span[0] if side == "start" else span[1]
    if cuts_a_word(edge_s - context.start_s, side, context.loudness, context.words, heard.words):
        return False
    return trial.agreement() >= min(LEAST_AGREEMENT, judged.agreement())


def _moved_along(before: Judged, moment_s: float, context: Context, hear: Hear) -> bool:
    """Moves the end of the chunk before, if that cuts no word there either."""
    if before.context is None or not _SHORTEST_S <= moment_s - before.start_s <= LONGEST_S:
        return False
    own = before.context
    kept = own.slice(before.start_s, min(before.end_s, moment_s))
    added = context.slice(before.end_s, moment_s) if moment_s > before.end_s else kept[:0]
    (heard,) = hear([np.concatenate([kept, added])])
    if not heard.words or cuts_a_word(moment_s - context.start_s, "end", context.loudness, context.words, heard.words):
        return False
    _take(before, (before.start_s, moment_s), heard)
    return True


def _take(judged: Judged, span: tuple[float, float], heard: Heard) -> None:
    judged.start_s, judged.end_s = (round(time_s, 4) for time_s in span)
    judged.alone, judged.alone_text, judged.confidence = heard.words, heard.text, heard.confidence
    judged.heard_anew = True
