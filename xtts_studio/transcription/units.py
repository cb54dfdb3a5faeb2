"""A transcript as words in a row, each with its marks and its place in the text; and which of them were heard where."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from xtts_studio.shapes import TranscriptCue
from xtts_studio.transcription.alignment import Pairs, align
from xtts_studio.transcription.comparing import tokens_of, unspaced

_WORD = re.compile(r"\S+")
_FAR, _FEW = 40, 3


@dataclass(frozen=True)
class Unit:
    """A word (or a character, where words are not divided) with its marks: `start` to `end` in the text."""

    start: int
    end: int
    tokens: tuple[str, ...]
    cue: int


def units_of(cues: list[TranscriptCue], language: str | None) -> tuple[str, list[Unit]]:
    """All cues as one text, and its units. Marks that stand alone belong to the word before them."""
    text = ""
    found: list[Unit] = []
    for number, cue in enumerate(cues):
        offset = len(text)
        text += cue.text + "\n"
        for start, end in _pieces(cue.text):
            tokens = tuple(tokens_of(cue.text[start:end], language))
            if tokens or not found:
                found.append(Unit(offset + start, offset + end, tokens, number))
            else:
                last = found[-1]
                found[-1] = Unit(last.start, offset + end, last.tokens, last.cue)
    return text, found


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    for word in _WORD.finditer(text):
        if not any(map(unspaced, word[0])):
            yield word.span()
            continue
        start = word.start()
        for at in range(word.start() + 1, word.end()):
            if unspaced(text[at]) or (unspaced(text[at - 1]) and text[at].isalnum()):
                yield start, at
                start = at
        yield start, word.end()


def places(units: list[Unit], heard: list[str]) -> tuple[list[int], float]:
    """For each unit the index of the heard word (token) that stands for it, or -1; and the share of words in common.

    The share is of what was heard, 0 to 1.
    """
    written = [token for unit in units for token in unit.tokens]
    owner = [index for index, unit in enumerate(units) for _ in unit.tokens]
    found, same = [-1] * len(units), 0
    for a, b in _without_strays(align(written, heard)):
        same += written[a] == heard[b]
        if found[owner[a]] < 0:
            found[owner[a]] = b
    return found, same / max(1, len(heard))


def _without_strays(pairs: Pairs) -> Pairs:
    """Without the few words that happen to be found far from all others, where only a part of a recording was cut."""
    runs: list[Pairs] = []
    for pair in pairs:
        near = bool(runs) and pair[0] - runs[-1][-1][0] <= _FAR + 3 * (pair[1] - runs[-1][-1][1])
        if near:
            runs[-1].append(pair)
        else:
            runs.append([pair])
    return [pair for run in runs if len(run) > _FEW or len(runs) == 1 for pair in run]
