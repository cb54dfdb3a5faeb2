"""A paragraph to the pieces that the model speaks one by one, never too long, seldom very short."""

import math
import re
from dataclasses import dataclass

from xtts_studio.text.clean import spell_out
from xtts_studio.text.languages import language_of
from xtts_studio.text.sentences import is_joined, spans
from xtts_studio.text.tidy import trim

SHORT, FIRST = 0.08, 0.16
"""Of the language's character limit: 20 and 40 characters in English."""

_SENTENCE_END = re.compile(r"[.!?…؟۔।॥։。！？｡][\"'’)]*$")
_RANKS = {**dict.fromkeys(".!?…؟۔।॥։。！？｡", 4), **dict.fromkeys(";:—–；：", 3), **dict.fromkeys(",،、，", 2)}
_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")


@dataclass(frozen=True)
class Cutter:
    """Cuts paragraphs of one language. Lengths are those of the text as it is spoken, numbers in words."""

    language: str

    @property
    def limit(self) -> int:
        """The most characters of a piece."""
        return language_of(self.language).char_limit

    def pieces(self, paragraph: str, *, first: bool, packed: bool) -> list[str]:
        """The pieces of one paragraph; none if there is nothing to say in it.

        first: let the first piece of several be short, so that it sounds soon: it ends with the first sentence after
        40 characters. packed: neighbours that fit share a piece; else every sentence is a piece, unless it is very
        short.
        """
        if packed and len(paragraph) <= 2 * self.limit and self._fits(whole := trim(paragraph)):
            return _spoken([whole])
        parts = _spoken([part for sentence in spans(paragraph, self.language) for part in self.divided(sentence)])
        if not packed:
            return self._without_short(self._pack(parts, short_only=True))
        head = self._head(parts) if first else 0
        begun = [" ".join(parts[:head])] if head else []
        return self._without_short(begun + self._pack(parts[head:]))

    def divided(self, text: str) -> list[str]:
        """A sentence in as few parts as fit, of about the same length, cut at marks or else between words."""
        if len(text) <= 4 * self.limit:
            text = trim(text)
            if self._fits(text):
                return [text]
        length = max(len(text), self._length(text)) if len(text) <= 4 * self.limit else len(text)
        count = max(2, math.ceil(length / (self.limit - 1)))
        return [part for share in cut_evenly(text, count, self.limit - 1) for part in self.divided(share)]

    def is_short(self, text: str) -> bool:
        """So short that the model is likely to add sounds of its own?"""
        return self._length(text) < SHORT * self.limit

    def _fits(self, text: str) -> bool:
        return len(text) < self.limit and self._length(text) <= self.limit

    def _length(self, text: str) -> int:
        return len(spell_out(text, self.language))

    def _head(self, parts: list[str]) -> int:
        """How many parts make up the first piece of a long paragraph."""
        length = 0
        for number, part in enumerate(parts, start=1):
            length += self._length(part) + 1
            if length > self.limit:
                return max(number - 1, 1)
            if length > FIRST * self.limit and ends_sentence(part):
                return number
        return 0

    def _pack(self, parts: list[str], short_only: bool = False) -> list[str]:
        """Joins neighbours as long as they fit; with `short_only`, only as long as one of the two is very short."""
        packed: list[str] = []
        length = 0
        for part in parts:
            own = self._length(part)
            both = length + 1 + own
            wanted = not short_only or min(length, own) < SHORT * self.limit
            if packed and wanted and both <= self.limit and len(packed[-1]) + 1 + len(part) < self.limit:
                packed[-1], length = _joined(packed[-1], part), both
            else:
                packed.append(part)
                length = own
        return packed

    def _without_short(self, pieces: list[str]) -> list[str]:
        """Gives a very short piece that fitted nowhere a share of its neighbour's words."""
        done: list[str] = []
        for piece in pieces:
            if done and (self.is_short(piece) or self.is_short(done[-1])):
                shares = [trim(share) for share in cut_evenly(_joined(done[-1], piece), 2, self.limit - 1)]
                if all(self._fits(share) and not self.is_short(share) for share in shares):
                    done[-1:] = shares
                    continue
            done.append(piece)
        return done


def ends_sentence(piece: str) -> bool:
    """Does a piece end where a sentence does, not within one?"""
    return _SENTENCE_END.search(piece) is not None


def cut_evenly(text: str, count: int, limit: int) -> list[str]:
    """A text of at least two characters in at least two parts, `count` if all goes well, cut near even shares."""
    parts: list[str] = []
    start, text = 0, text.strip()
    for left in range(count, 1, -1):
        if len(text) - start < 2:
            break
        cut = _cut_near(text, start, (len(text) - start) / left, limit)
        parts.append(text[start:cut])
        start = cut
    return [part for part in (*parts, text[start:]) if part.strip()]


def _cut_near(text: str, start: int, share: float, limit: int) -> int:
    """The best place to cut near `start + share`: behind the strongest mark, else at a space, else anywhere."""
    target = start + share
    lowest = max(start + 1, int(start + share / 2))
    highest = min(len(text) - 1, start + limit, int(start + share * 1.5) + 1)
    places = range(lowest, max(highest, lowest) + 1)
    best = max(places, key=lambda place: (_rank(text, place), -abs(place - target)))
    if _rank(text, best) > 0:
        return best
    return _between_letters(text, lowest, min(max(int(target), lowest), len(text) - 1))


def _between_letters(text: str, lowest: int, place: int) -> int:
    """The last place up to `place` that parts no letter from its marks; `place` where a row of marks has none."""
    joined = (cut for cut in range(place, lowest - 1, -1) if not is_joined(text[cut]))
    return next(joined, place)


def _rank(text: str, place: int) -> int:
    """How good a cut before `place` is; 0 within a word."""
    before, after = text[place - 1], text[place]
    if after.isspace() or _WIDE.match(after):
        rank = _RANKS.get(before, 0)
        return rank or int(after.isspace())
    return 0


def _joined(before: str, after: str) -> str:
    """Scripts without spaces between words get none between sentences, either."""
    return before + ("" if _WIDE.match(before[-1]) and _WIDE.match(after[0]) else " ") + after


def _spoken(pieces: list[str]) -> list[str]:
    return [piece for piece in pieces if any(map(str.isalnum, piece))]
