"""Chinese: numbers to characters, punctuation to commas, characters to pinyin (extra `chinese`)."""

import re
import string
import unicodedata
from functools import cache
from typing import Any

from xtts_studio.errors import TextError

_DIGITS = "零一二三四五六七八九"
_UNITS = ("", "十", "百", "千")
_MONEY_SIGNS = {"$": "美元", "£": "英镑", "€": "欧元", "¥": "元", "￥": "元"}
_MONEY_UNITS = "亿|千万|百万|万|千|百|元|块|角|毛|分"
# Words that count things: a number before one of them is an amount, not a row of digits.
_COUNTERS = (
    "匹张座回场尾条个首阵网炮顶丘棵只支袭辆挑担颗壳曲墙群腔客贯扎捆刀令打手罗坡山岭江溪钟队单双对出口头脚板跳枝件贴针"
    "线管名位身堂课本页家户层丝毫厘分钱两斤石钧克寸尺丈里寻常铺程米撮勺合升斗盘碗碟叠桶笼盆盒杯锅篮罐瓶壶盏箱煲袋钵年"
    "月日号季刻时周天秒旬纪岁世更夜春夏秋冬代伏辈丸泡粒幢堆根道面片块"
)
_NUMBER = re.compile(
    rf"""
      (?P<name>   (?<=[a-z])2(?=[a-z]) )                                      # b2b, p2p: part of a name
    | (?P<year>   (?<!\d) (?:[089]\d|(?:19|20)\d\d) (?=年) )
    | (?P<price>  [$£€¥￥] \ ? \d++(?:\.\d++)? )
    | (?P<money>  (?<!\d) \d++(?:\.\d++)? (?=[多余几]?(?:{_MONEY_UNITS})) )
    | (?P<mobile> (?<!\d) (?:\+?86\ ?)? 1(?:[38]\d|5[0-35-9]|7[678]|9[89])\d{{8}} (?!\d) )
    | (?P<phone>  (?<!\d) (?:0(?:10|2[1-3]|[3-9]\d\d)-?)? [1-9]\d{{6,7}} (?![\d.]) )
    | (?P<part>   (?<!\d) \d++/\d++ )
    | (?P<percent> (?<!\d) \d++(?:\.\d++)?[%％] )
    | (?P<count>  (?<!\d) \d++(?:\.\d++)? (?=[多余几]?[{_COUNTERS}]) )
    | (?P<amount> (?<!\d) \d++\.\d++ | (?<!\d)\d{{1,3}}(?!\d) )
    | (?P<row>    \d )
    """,
    re.VERBOSE,
)
_GROUPED = re.compile(r"(?<![\d,])\d{1,3}(?:,\d{3})++(?![\d,])")


def expand_numbers(text: str) -> str:
    """`有50名,2024年` -> `有五十名,二零二四年`. Years, telephone numbers and long rows are read digit by digit."""
    text = re.sub(r"[^\D0-9]", lambda found: str(unicodedata.decimal(found[0])), text)
    text = _GROUPED.sub(lambda found: found[0].replace(",", ""), text)
    return _NUMBER.sub(_speak, text)


def _speak(found: re.Match[str]) -> str:
    digits = found[0]
    match found.lastgroup:
        case "name":
            return digits
        case "price":
            return number(digits[1:].strip()) + _MONEY_SIGNS[digits[0]]
        case "part":
            top, _, bottom = digits.partition("/")
            return f"{number(bottom)}分之{number(top)}"
        case "percent":
            return "百分之" + number(digits[:-1])
        case "money" | "count" | "amount":
            return number(digits)
        case _:
            return spell(digits)


def spell(digits: str) -> str:
    """Digit by digit; anything else (+, -, space) is left out."""
    return "".join(_DIGITS[int(digit)] for digit in digits if digit.isdigit())


def number(digits: str) -> str:
    """A number as a whole: 12.5 -> 十二点五, 20000 -> 两万. Leading zeros and numbers beyond 10¹⁶ digit by digit."""
    whole, _, behind = digits.partition(".")
    is_row = len(whole) > 16 or (len(whole) > 1 and whole.startswith("0"))
    words = spell(whole) if is_row else _cardinal(int(whole))
    return f"{words}点{spell(behind)}" if behind else words


def _cardinal(value: int) -> str:
    if value < 10:
        return _DIGITS[value]
    words = _whole(value)
    # Two before a unit is 两, but not before or after ten: 两百二十二, 十二万.
    words = re.sub("(?<!十)二(?=[百千万亿])", "两", words)
    return words.removeprefix("一") if words.startswith("一十") else words


def _whole(value: int) -> str:
    for power, unit in ((10**8, "亿"), (10**4, "万"), (1000, "千"), (100, "百"), (10, "十")):
        if value >= power:
            head, rest = divmod(value, power)
            zero = "零" if 0 < rest < power // 10 else ""
            return _whole(head) + unit + (zero + _whole(rest) if rest else "")
    return _DIGITS[value]


def plain_punctuation(text: str) -> str:
    """Every mark becomes a comma, the only one the model knew in Chinese."""
    return "".join("," if _is_mark(char) else char for char in text)


@cache
def _is_mark(char: str) -> bool:
    return unicodedata.category(char).startswith("P") or unicodedata.normalize("NFKC", char) in set(string.punctuation)


def to_pinyin(text: str) -> str:
    """`你好` -> `ni3hao3`, the neutral tone as 5; what is not Chinese stays. Raises `TextError` without pypinyin."""
    pypinyin = _pypinyin()
    syllables = pypinyin.pinyin(text, style=pypinyin.Style.TONE3, heteronym=False, neutral_tone_with_five=True)
    return "".join(syllable[0] for syllable in syllables)


@cache
def _pypinyin() -> Any:
    try:
        import pypinyin
    except ImportError as error:
        raise TextError(
            "Chinese text needs pypinyin, which is not installed.",
            hint="Install it: pip install 'xtts-studio[chinese]'",
        ) from error
    return pypinyin
