"""Digits to words: thousands, amounts of money, decimals, ordinals, cardinals, in that order.

The order and the patterns are the reference's, and words come from num2words as there, because the model learned from
texts made so. Where the reference fails (Hindi has no number words, Czech no ordinals, numbers beyond all words, a
number at the end of a sentence taken for an ordinal) this speaks the number; no input makes it raise.
"""

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from functools import cache, lru_cache, partial
from typing import Protocol

from xtts_studio.errors import StudioError
from xtts_studio.text import czech
from xtts_studio.text.hindi import Hindi
from xtts_studio.text.languages import Language, language_of

MOST_DIGITS = 36
"""Longer numbers are read digit by digit; nobody can follow their names."""

_OTHER_DIGITS = re.compile(r"[^\D0-9]")
_COMMA_GROUPS = re.compile(r"\b\d{1,3}(?:,\d{3})*(?:\.\d+)?\b")
_INDIAN_GROUPS = re.compile(r"\b\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?\b")
# The dot stands for any character here, as in the reference.
_DOT_GROUPS = re.compile(r"\b\d{1,3}(?:.\d{3})*(?:,\d+)?\b")
# Possessive quantifiers and look-behinds: the same matches, in linear time on a book of digits.
_MONEY = re.compile(r"([$£€₹])([0-9.,]*[0-9])|(?<![0-9.,])([0-9.,]*+(?<=[0-9]))([$£€₹])")
_DECIMAL = re.compile(r"(?<![0-9])[0-9]++[.,][0-9]++")
_DOT_ORDINAL = re.compile(r"(?<![0-9])([0-9]{1,3})\.(?=\s+\w)")
_CARDINAL = re.compile(r"[0-9]+")
_CURRENCIES = {"$": "USD", "£": "GBP", "€": "EUR", "₹": "INR"}


class Speller(Protocol):
    """Number words of one language. Any method may raise anything for a number it has no words for."""

    def cardinal(self, number: int) -> str: ...
    def decimal(self, digits: str) -> str: ...
    def ordinal(self, number: int) -> str: ...
    def money(self, amount: Decimal, currency: str) -> str: ...


class Num2Words:
    """Number words of the num2words library."""

    def __init__(self, language: Language) -> None:
        try:
            from num2words import num2words
        except ImportError as error:
            raise StudioError(
                "Numbers in a text can't be read aloud: num2words is not installed.",
                hint="Install it: pip install num2words",
            ) from error
        self._words: Callable[..., str] = partial(num2words, lang=language.code)
        self._cents_joint = language.cents_joint

    def cardinal(self, number: int) -> str:
        return self._words(number)

    def decimal(self, digits: str) -> str:
        return self._words(float(digits))

    def ordinal(self, number: int) -> str:
        return self._words(number, to="ordinal")

    def money(self, amount: Decimal, currency: str) -> str:
        """Whole amounts are said without their "zero cents"."""
        words = self._words(float(amount), to="currency", currency=currency)
        whole, joint, _ = words.rpartition(self._cents_joint)
        return whole if joint and float(amount).is_integer() else words


def expand_numbers(text: str, language: Language) -> str:
    """`It costs $20.15, 1st of 1,234` -> `It costs twenty dollars, fifteen cents, first of one thousand, …`.

    Digits stay in a language that nobody has written number words for.
    """
    code = language.code
    if not any(map(str.isdigit, text)) or not _has_words(code):
        return text
    text = _OTHER_DIGITS.sub(lambda found: str(unicodedata.decimal(found[0])), text)
    text = _ungroup(text, language)
    text = _MONEY.sub(lambda found: _money(found, code), text)
    if code != "tr":
        text = _DECIMAL.sub(lambda found: _decimal(found[0].replace(",", "."), code), text)
    text = _expand_ordinals(text, language)
    return _CARDINAL.sub(lambda found: _cardinal(found[0], code), text)


def _ungroup(text: str, language: Language) -> str:
    if language.code == "hi":
        return _INDIAN_GROUPS.sub(lambda found: found[0].replace(",", ""), text)
    if language.comma_groups:
        return _COMMA_GROUPS.sub(lambda found: found[0].replace(",", ""), text)
    return _DOT_GROUPS.sub(lambda found: found[0].replace(".", ""), text)


def _money(found: re.Match[str], code: str) -> str:
    digits, sign = (found[2], found[1]) if found[1] else (found[3], found[4])
    words = _spoken_money(digits.replace(",", "."), _CURRENCIES[sign], code)
    return found[0] if words is None else words


def _expand_ordinals(text: str, language: Language) -> str:
    code = language.code
    if language.ordinal_endings:
        pattern = _ordinal_pattern(language.ordinal_endings)
        text = pattern.sub(lambda found: _ordinal(found[1], code) or found[0], text)
    if code == "cs":
        return _DOT_ORDINAL.sub(_czech_ordinal, text)
    if language.dot_ordinals:
        return _DOT_ORDINAL.sub(lambda found: _ordinal(found[1], code) or found[0], text)
    return text


@cache
def _ordinal_pattern(endings: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![0-9])([0-9]++)(?:{endings})")


def _czech_ordinal(found: re.Match[str]) -> str:
    number = int(found[1])
    return czech.ordinal(number, genitive=czech.is_date(found.string[found.end() :][:40])) if number else found[0]


@cache
def _speller(code: str) -> Speller:
    return Hindi() if code == "hi" else Num2Words(language_of(code))


@cache
def _has_words(code: str) -> bool:
    try:
        return bool(_speller(code).cardinal(1))
    except StudioError:
        raise
    except Exception:
        return False


# A book repeats its numbers. Libraries raise all kinds of errors for numbers they have no words for, so the fallbacks
# catch every Exception except ours, which says what to install.


@lru_cache(maxsize=4096)
def _cardinal(digits: str, code: str) -> str:
    speller = _speller(code)
    if len(digits) <= MOST_DIGITS:
        try:
            return speller.cardinal(int(digits))
        except Exception:
            pass
    names = [speller.cardinal(digit) for digit in range(10)]
    return " ".join(names[int(digit)] for digit in digits)


@lru_cache(maxsize=4096)
def _decimal(digits: str, code: str) -> str:
    whole, _, behind = digits.partition(".")
    if len(digits) <= MOST_DIGITS:
        try:
            return _speller(code).decimal(digits)
        except Exception:
            pass
    return f"{_cardinal(whole, code)} {' '.join(_cardinal(digit, code) for digit in behind)}"


@lru_cache(maxsize=4096)
def _ordinal(digits: str, code: str) -> str | None:
    if len(digits) > MOST_DIGITS:
        return None
    try:
        return _speller(code).ordinal(int(digits))
    except Exception:
        return None


@lru_cache(maxsize=4096)
def _spoken_money(digits: str, currency: str, code: str) -> str | None:
    if len(digits) > MOST_DIGITS:
        return None
    try:
        return _speller(code).money(Decimal(digits), currency)
    except Exception:
        return None
