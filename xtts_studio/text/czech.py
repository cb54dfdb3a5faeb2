# ruff: noqa: SIM905  (tables of words read better as text)
"""Czech ordinal numbers in words (num2words has only the cardinal ones)."""

import re

_UNITS = ("", *"první druhý třetí čtvrtý pátý šestý sedmý osmý devátý".split())
_TEENS = "desátý jedenáctý dvanáctý třináctý čtrnáctý patnáctý šestnáctý sedmnáctý osmnáctý devatenáctý".split()
_TENS = ("", "", *"dvacátý třicátý čtyřicátý padesátý šedesátý sedmdesátý osmdesátý devadesátý".split())
_HUNDREDS = ("", *"stý dvoustý třístý čtyřstý pětistý šestistý sedmistý osmistý devítistý".split())
_HUNDREDS_BEFORE = (
    "",
    "sto",
    "dvě stě",
    "tři sta",
    "čtyři sta",
    *(f"{n} set" for n in ("pět", "šest", "sedm", "osm", "devět")),
)
_MONTHS = re.compile(
    r"\s+(?:ledna|února|března|dubna|května|června|července|srpna|září|října|listopadu|prosince)\b", re.IGNORECASE
)


def ordinal(number: int, genitive: bool = False) -> str:
    """The ordinal of 1 … 999 in the masculine: 21 -> dvacátý první; genitive, as in dates: dvacátého prvního."""
    hundreds, rest = divmod(number, 100)
    if rest == 0:
        words = [_HUNDREDS[hundreds]]
    elif 10 <= rest < 20:
        words = [_TEENS[rest - 10]]
    else:
        words = [word for word in (_TENS[rest // 10], _UNITS[rest % 10]) if word]
    if genitive:
        words = [_genitive(word) for word in words]
    return " ".join([_HUNDREDS_BEFORE[hundreds], *words] if hundreds and rest else words)


def is_date(after: str) -> bool:
    """Does the text behind the number begin with a month? The day is then said in the genitive."""
    return _MONTHS.match(after) is not None


def _genitive(word: str) -> str:
    return word[:-1] + ("ého" if word.endswith("ý") else "ího")
