"""Hints for the recogniser must help to spell what is said, and never appear where nobody said them."""

from collections.abc import Callable
from difflib import SequenceMatcher

from xtts_studio.transcription.comparing import letters, tokens_of

_SUSPICIOUS_WORDS = 3
_ALIKE = 0.5


def leaked(text: str, hints: str, heard_plain: Callable[[], str]) -> bool:
    """Did the recogniser write down the hints themselves? `heard_plain` tells what it hears without them.

    Only a text that has a row of the hints' words in it is looked at: it sounds like what is heard without hints, or
    it was not said.
    """
    if not _repeats(tokens_of(text), tokens_of(hints)):
        return False
    plain = heard_plain()
    return SequenceMatcher(None, letters(text), letters(plain), autojunk=False).ratio() < _ALIKE


def _repeats(words: list[str], hints: list[str]) -> bool:
    """Are all words, or several in a row, the hints' own in their order?"""
    if len(words) < 2:
        return False
    longest = SequenceMatcher(None, words, hints, autojunk=False).find_longest_match().size
    return longest >= min(_SUSPICIOUS_WORDS, len(words))
