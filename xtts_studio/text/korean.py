# ruff: noqa: SIM905  (tables of words read better as text)
"""Korean: Hangul syllables to Latin letters (academic transliteration of the Revised Romanisation, 2000)."""

from functools import cache

_INITIALS = "g kk n d tt l m b pp s ss - j jj ch k t p h".replace("-", "").split(" ")
_VOWELS = "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i".split()
_FINALS = ["", *"g kk gs n nj nh d l lg lm lb ls lt lp lh m b bs s ss ng j ch k t p h".split()]
_FIRST, _LAST = ord("가"), ord("힣")


def romanise(text: str) -> str:
    """`안녕하세요` -> `annyeonghase-yo`. A hyphen parts syllables that could be read in two ways; the rest stays."""
    letters: list[str] = []
    before: str | None = None  # the final consonant of the syllable before, None after anything else
    for char in text:
        if not _FIRST <= ord(char) <= _LAST:
            letters.append(char)
            before = None
            continue
        initial, vowel, final = _syllable(char)
        if before is not None and _is_ambiguous(before, initial):
            letters.append("-")
        letters.append(initial + vowel + final)
        before = final
    return "".join(letters)


def _syllable(char: str) -> tuple[str, str, str]:
    """The three parts of a Hangul syllable, by the arithmetic of its code point (Unicode, section 3.12)."""
    index, final = divmod(ord(char) - _FIRST, len(_FINALS))
    initial, vowel = divmod(index, len(_VOWELS))
    return _INITIALS[initial], _VOWELS[vowel], _FINALS[final]


@cache
def _is_ambiguous(final: str, initial: str) -> bool:
    """Could the consonants between two vowels be parted elsewhere too, leaving the second syllable some of them?"""
    if not initial:
        return True
    joined = final + initial
    cuts = (cut for cut in range(len(joined)) if joined[:cut] in _FINALS and joined[cut:] in _INITIALS)
    return sum(1 for _ in cuts) > 1
