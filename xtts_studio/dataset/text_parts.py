"""A clip's text laid beside the words that were heard, to divide it where its sound is divided; and parts joined again.

The text keeps its own spelling and marks: what is compared are letters and digits alone. It is divided between words,
in Chinese and Japanese between characters.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from xtts_studio.shapes import Word

_OPENERS = "«„“‘(¿¡[{「『（《〈【"
_SENTENCE_ENDS, _CLAUSE_ENDS = ".!?…。！？؟।", ",;:，、；：–—"
_CLOSERS = "\"'”’»)]}」』）】》〉"
_SENTENCE_BONUS, _CLAUSE_BONUS = 0.3, 0.12
_GUESSED_BONUS = 0.25  # of a mark's bonus, as a share of the text: how far a guess moves to be at one


@dataclass(frozen=True)
class Written:
    """A text and the words heard in its clip."""

    text: str
    language: str | None
    words: Sequence[Word]

    @cached_property
    def borders(self) -> list[int]:
        """Where the text may be divided, as positions of letters; its beginning and its end belong to them."""
        inside = _borders_between_letters if is_unspaced(self.language) else _borders_between_words
        return [0, *inside(self.text), len(self.text)]

    @cached_property
    def _letters(self) -> tuple[list[int], str]:
        """Positions of the letters and digits, and how they are compared."""
        places = [at for at, char in enumerate(self.text) if char.isalnum()]
        return places, "".join(_plain(self.text[at]) for at in places)

    @cached_property
    def _owners(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """For each letter the number of the word it is in, and whether it was found there or lies between such."""
        heard = [(index, _plain(char)) for index, word in enumerate(self.words) for char in word.word if char.isalnum()]
        owners = np.full(len(self._letters[0]), np.nan)
        matcher = SequenceMatcher(None, self._letters[1], "".join(char for _, char in heard), autojunk=False)
        for block in matcher.get_matching_blocks():
            for step in range(block.size):
                owners[block.a + step] = heard[block.b + step][0]
        known = ~np.isnan(owners)
        if known.any():
            owners = np.interp(np.arange(len(owners)), np.flatnonzero(known), owners[known])
        return owners, known

    def after_words(self, count: int) -> tuple[int, bool]:
        """Where the text of the first `count` words ends, and whether that is known rather than guessed."""
        owners, known = self._owners
        if not known.any():
            return self.after_share(count / max(1, len(self.words))), False
        before = np.concatenate([[0], np.cumsum(owners >= count)])  # wrongly on the left, up to each letter
        after = np.concatenate([np.cumsum((owners < count)[::-1])[::-1], [0]])
        letters = np.searchsorted(self._letters[0], self.borders)
        costs = before[letters] + after[letters]
        best = int(np.argmin(costs))
        at = int(letters[best])
        beside = known[max(0, at - 1) : at + 1]
        empty = (at == 0) != (count == 0) or (at == len(known)) != (count == len(self.words))
        return self.borders[best], bool(costs[best] == 0 and beside.all() and not empty)

    def after_share(self, share: float) -> int:
        """Where about this share of the text ends; rather behind a mark than between two words."""
        shares = np.searchsorted(self._letters[0], self.borders) / max(1, len(self._letters[0]))
        bonus = np.array([_GUESSED_BONUS * self.mark_before(at) for at in self.borders])
        return self.borders[int(np.argmin(np.abs(shares - share) - bonus))]

    def mark_before(self, at: int) -> float:
        """How good a place to divide the text: behind a sentence, behind a comma, or neither."""
        end = self.text[:at].rstrip().rstrip(_CLOSERS)[-1:]
        if end and end in _SENTENCE_ENDS:
            return _SENTENCE_BONUS
        return _CLAUSE_BONUS if end and end in _CLAUSE_ENDS else 0.0

    def divided(self, places: Sequence[int]) -> list[str]:
        """The parts between some positions, in order."""
        edges = [0, *np.maximum.accumulate(places).tolist(), len(self.text)] if places else [0, len(self.text)]
        return [self.text[a:b].strip() for a, b in pairwise(edges)]


def joined(texts: Sequence[str], language: str | None) -> str:
    """Texts one after the other; without blanks where the language writes none."""
    whole = ""
    for text in (text.strip() for text in texts if text.strip()):
        blank = whole and (not is_unspaced(language) or (whole[-1] + text[0]).isascii())
        whole += (" " if blank else "") + text
    return whole


def ends_sentence(text: str) -> bool:
    """Does a text end as sentences do?"""
    end = text.rstrip().rstrip(_CLOSERS)[-1:]
    return bool(end) and end in _SENTENCE_ENDS + ":;：；"


def is_unspaced(language: str | None) -> bool:
    """Is the language written without blanks between words?"""
    return (language or "").lower().split("-")[0] in ("zh", "ja")


def _borders_between_words(text: str) -> list[int]:
    """Where each word but the first begins; marks that stand alone belong to the word before, or if they open after."""
    starts = [at for at in range(1, len(text)) if text[at - 1].isspace() and not text[at].isspace()]
    found, open_at = [], None
    for begin, end in pairwise([*starts, len(text)]):
        token = text[begin:end].strip()
        if any(char.isalnum() for char in token):
            found.append(begin if open_at is None else open_at)
            open_at = None
        elif token[0] in _OPENERS:
            open_at = begin if open_at is None else open_at
    return found


def _borders_between_letters(text: str) -> list[int]:
    return [at for at in range(1, len(text)) if _parts(text[at - 1], text[at])]


def _parts(before: str, after: str) -> bool:
    """May a text without blanks be divided between these two?"""
    if before in _OPENERS or ((before + after).isascii() and before.isalnum() and after.isalnum()):
        return False
    small = after in "ゃゅょっぁぃぅぇぉャュョッァィゥェォー々"
    return not small and (after.isalnum() or after in _OPENERS) and not unicodedata.category(after).startswith("M")


def _plain(char: str) -> str:
    """One letter as it is compared: without case, width and accents."""
    parts = unicodedata.normalize("NFKD", char)
    bare = parts[:1] if all(map(unicodedata.combining, parts[1:])) else unicodedata.normalize("NFKC", char)[:1]
    return bare.casefold()[:1] or char
