"""Japanese: kanji and kana to Latin letters, by cutlet with the UniDic dictionary (extra `japanese`)."""

import re
import unicodedata
from functools import cache
from typing import Any

from xtts_studio.errors import TextError

_DIGITS = "零一二三四五六七八九"  # the dictionary does not know 〇 beside foreign letters
_SMALL_UNITS = ("", "十", "百", "千")
_GREAT_UNITS = ("", "万", "億", "兆")
_MOST_DIGITS = 16
_MONEY = {"$": "ドル", "€": "ユーロ", "£": "ポンド", "¥": "円", "￥": "円"}
_GROUPED = re.compile(r"(?<![\d,])\d{1,3}(?:,\d{3})++(?![\d,])")
_NUMBER = re.compile(r"([$€£¥￥])?(\d++)(?:\.(\d++))?([%％])?")


def spell_numbers(text: str) -> str:
    """Digits to kanji, which the dictionary reads as people do: `3月5日` -> `三月五日`, `$2.5` -> `二点五ドル`.

    The model knows no digits but those; left as they are it would not say them.
    """
    text = re.sub(r"[^\D0-9]", lambda found: str(unicodedata.decimal(found[0])), text)
    text = _GROUPED.sub(lambda found: found[0].replace(",", ""), text)
    return _NUMBER.sub(_spelled, text)


def _spelled(found: re.Match[str]) -> str:
    sign, whole, behind, percent = found.groups(default="")
    point = "点" + _row(behind) if behind else ""
    return _cardinal(whole) + point + ("パーセント" if percent else "") + _MONEY.get(sign, "")


def _cardinal(digits: str) -> str:
    """Numbers with a leading zero, and those too long for a name, digit by digit."""
    if len(digits) > _MOST_DIGITS or digits.startswith("0"):
        return _row(digits)
    groups = [digits[max(end - 4, 0) : end] for end in range(len(digits), 0, -4)]
    named = [_below_10000(group) + unit for group, unit in zip(groups, _GREAT_UNITS, strict=False) if int(group)]
    return "".join(reversed(named))


def _below_10000(digits: str) -> str:
    """`2010` -> `二千十`: no one before ten, hundred and thousand."""
    units = zip(digits, reversed(_SMALL_UNITS[: len(digits)]), strict=True)
    return "".join(
        ("" if digit == "1" and unit else _DIGITS[int(digit)]) + unit for digit, unit in units if digit != "0"
    )


def _row(digits: str) -> str:
    return "".join(_DIGITS[int(digit)] for digit in digits)


def romanise(text: str) -> str:
    """`今日は` -> `kyou wa`. Raises `TextError` where the libraries are not installed."""
    # MeCab ends its input at a NUL; text between would be lost.
    return str(_cutlet().romaji(text.replace("\0", " "))).lower()


@cache
def _cutlet() -> Any:
    try:
        import cutlet

        return cutlet.Cutlet()
    except (ImportError, RuntimeError) as error:  # RuntimeError: MeCab without a dictionary
        raise TextError(
            f"Japanese text needs cutlet and unidic-lite, which are not usable here ({error}).",
            hint="Install them: pip install 'xtts-studio[japanese]'",
        ) from error
