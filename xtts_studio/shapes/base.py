"""What all shapes have in common, and names that many of them use."""

from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

Language = Literal[
    "en", "es", "fr", "de", "it", "pt", "pl", "tr", "ru", "nl", "cs", "ar", "zh-cn", "hu", "ko", "ja", "hi"
]
"""The 17 languages of XTTS v2."""

_TEACHABLE = """
    af am as az ba be bg bn bo br bs ca cy da el et eu fa fi fo ga gl gu ha haw he hr ht hy id is jw ka kk km kn
    ku ky la lb ln lo lt lv mg mi mk ml mn mr ms mt my nb ne nn no oc or pa ps ro rw sa sd si sk sl sn so sq sr su
    sv sw ta te tg th tk tl tt ug uk ur uz vi xh yi yo yue zu
"""
TEACHABLE = tuple(_TEACHABLE.split())
"""Languages that a model can be taught with entries of its own in the vocabulary. The model tells which it knows."""


def _language_code(value: str) -> str:
    if value not in get_args(Language) and value not in TEACHABLE:
        raise PydanticCustomError("language", "expected the code of a language, such as en, de or zh-cn")
    return value


SpokenLanguage = Annotated[str, AfterValidator(_language_code)]
"""One of the 17, or the code of one that a model was taught."""

BASE_MODEL = "xtts-v2"
"""Name of the base model, and of its folder in the cache."""


class Shape(BaseModel):
    """Base of all shapes; unknown fields are refused, so that a typing error is not silently ignored."""

    # A limit makes pydantic look into every text, and refuse halves of characters, which no file or answer can hold.
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, str_max_length=1_000_000)


class Stored(Shape):
    """Base of what lies in files of the workspace; fields that other versions wrote are passed over."""

    model_config = ConfigDict(extra="ignore", str_max_length=None)
