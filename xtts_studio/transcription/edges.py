"""Does a cut go through a word? Judged by how quiet it is there, by when words are heard, and by which are heard.

Pure functions. A cut inside a pause is good whatever else is said of it; elsewhere the times of words decide, and
where those are too close to tell, whether the word at the edge is heard as it is heard with what is beside it.
"""

from typing import Literal

from xtts_studio.shapes import Word
from xtts_studio.transcription.comparing import tokens_of
from xtts_studio.transcription.loudness import Loudness

Side = Literal["start", "end"]

PAUSE_S = 0.12
"""Shorter silences are found inside words, too: before p, t and k."""

_SURE_S, _SURE_SHARE = 0.07, 0.25
"""A word that reaches so far over an edge on both sides is cut; Whisper knows times to about 50 ms."""
_UNHEARD_S = 0.1
_LOUD_FRAMES_S = 0.05
_LOUD_EDGE = 10 ** (-20 / 10)


def cuts_a_word(edge_s: float, side: Side, loudness: Loudness, words: list[Word], heard: list[Word]) -> bool:
    """Does the `side` of a chunk cut a word?

    `words` are those heard around the edge, `heard` those of the chunk alone; `edge_s` and the times of `words` are on
    the clock of `loudness`.
    """
    if loudness.pause_around(edge_s) >= PAUSE_S:
        return False
    if any(_reaches_over(word, edge_s) for word in words):
        return True
    before = [word for word in words if _middle_s(word) < edge_s][-1:]
    after = [word for word in words if _middle_s(word) >= edge_s][:1]
    if not before or not after or edge_s - before[0].end_s > _UNHEARD_S or after[0].start_s - edge_s > _UNHEARD_S:
        return True  # it is loud there, and no word accounts for it
    inside, alone = (after, heard[:1]) if side == "start" else (before, heard[-1:])
    return tokens_of(" ".join(one.word for one in alone)) != tokens_of(inside[0].word)


def _reaches_over(word: Word, edge_s: float) -> bool:
    depth_s = min(edge_s - word.start_s, word.end_s - edge_s)
    return depth_s > 0 and depth_s >= min(_SURE_S, _SURE_SHARE * (word.end_s - word.start_s))


def _middle_s(word: Word) -> float:
    return (word.start_s + word.end_s) / 2


def breaks_off(loudness: Loudness, side: Side) -> bool:
    """Is a chunk loud up to its very edge? All that can be told where its recording is gone."""
    whole_s = loudness.duration_s
    span = (0.0, _LOUD_FRAMES_S) if side == "start" else (whole_s - _LOUD_FRAMES_S, whole_s)
    return loudness.level(*span) > _LOUD_EDGE * loudness.level(0.0, whole_s) > 0
