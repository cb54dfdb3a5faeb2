"""A text as it is spoken: lower case, numbers, abbreviations and symbols in words, letters the vocabulary has."""

import re
from functools import cache

from xtts_studio.text.languages import Language, language_of
from xtts_studio.text.numbers import expand_numbers

_SPACE = re.compile(r"\s+")
_TURKISH_CAPITALS = str.maketrans("İÖÜ", "iöü")  # lower() makes two characters of İ
_SURROGATES = re.compile("[\ud800-\udfff]")


def clean(text: str, language: str) -> str:
    """What the tokenizer encodes, and what a data set stores beside a clip.

    clean("Dr. Jones paid $20", "en") -> "doctor jones paid twenty dollars"

    Takes any text and never fails on one; raises `TextError` for an unknown language or where a library that the
    language needs is not installed.
    """
    return _transliterate(spell_out(text, language), language_of(language))


def spell_out(text: str, language: str) -> str:
    """`clean` before Chinese, Japanese and Korean become Latin letters: what the character limits are measured on.

    Japanese stays as it is written: there the library that romanises reads numbers as well.
    """
    row = language_of(language)
    text = _SURROGATES.sub(" ", text)
    return text if row.code == "ja" else _normalise(text, row)


def _normalise(text: str, row: Language) -> str:
    text = text.replace('"', "")
    if row.code == "tr":
        text = text.translate(_TURKISH_CAPITALS)
    text = text.lower()
    if row.code == "zh":
        from xtts_studio.text import chinese

        text = chinese.expand_numbers(text)
    else:
        text = expand_numbers(text, row)
    text = _expand_abbreviations(text, row)
    text = text.translate(_symbol_table(row.code))
    if row.code == "zh":
        text = chinese.plain_punctuation(text)
    return _SPACE.sub(" ", text).strip()


def _transliterate(text: str, row: Language) -> str:
    if row.code == "ja":
        from xtts_studio.text import japanese

        return japanese.romanise(text)
    if row.code == "zh":
        from xtts_studio.text import chinese

        return chinese.to_pinyin(text)
    if row.code == "ko":
        from xtts_studio.text import korean

        return korean.romanise(text)
    return text


def _expand_abbreviations(text: str, row: Language) -> str:
    pattern = _abbreviation_pattern(row.code)
    return pattern.sub(lambda found: row.abbreviations[found[0]], text) if pattern else text


@cache
def _abbreviation_pattern(code: str) -> re.Pattern[str] | None:
    """Longest first, so that "sig.ra" is not taken for "sig."; one without a dot at its end must end a word."""
    known = sorted(language_of(code).abbreviations, key=len, reverse=True)
    if not known:
        return None
    return re.compile("|".join(rf"\b{re.escape(short)}" + ("" if short.endswith(".") else r"\b") for short in known))


@cache
def _symbol_table(code: str) -> dict[int, str]:
    """For str.translate. Chinese writes no spaces between words."""
    space = "" if code == "zh" else " "
    return {ord(symbol): f"{space}{word}{space}" for symbol, word in language_of(code).symbols.items()}
