"""Words as they are compared: without case, marks and the difference between 12 and twelve."""

import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from xtts_studio.errors import StudioError
from xtts_studio.text.languages import language_of
from xtts_studio.text.numbers import expand_numbers

_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")
_INSIDE_WORDS = "'’ʼ"


def tokens_of(text: str, language: str | None = None) -> list[str]:
    """What a text is compared by: its words in lower case without marks, numbers spelled where the language is known.

    Where words are written without spaces, each character is one.
    """
    found: list[str] = []
    for word in _spelled(text, language).split():
        found += _tokens(word)
    return found


def letters(text: str) -> str:
    """Letters and digits alone, in lower case."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).casefold() if letter.isalnum())


def agreement(first: Sequence[str], second: Sequence[str]) -> float:
    """Share of words that two texts have in common, 0 to 1; two empty ones agree."""
    if not first and not second:
        return 1.0
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def unspaced(letter: str) -> bool:
    """Is this a letter of a script that is written without spaces between words?"""
    return ord(letter) > 0xE00 and unicodedata.name(letter, "").startswith(_UNSPACED)


@lru_cache(maxsize=100_000)
def _tokens(word: str) -> tuple[str, ...]:
    found: list[str] = []
    held = ""
    for letter in unicodedata.normalize("NFKC", word).casefold():
        if unspaced(letter):
            found += [held, letter]
            held = ""
        elif letter.isalnum() or unicodedata.category(letter).startswith("M"):
            held += letter
        elif letter not in _INSIDE_WORDS:
            found.append(held)
            held = ""
    return tuple(one for one in [*found, held] if one)


def _spelled(text: str, language: str | None) -> str:
    if language is None or not any(map(str.isdigit, text)):
        return text
    try:
        return expand_numbers(text, language_of(language))
    except StudioError:  # a language without number words here: digits are compared as they are
        return text
