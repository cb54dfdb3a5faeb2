"""Japanese: kanji and kana to Latin letters, by cutlet with the UniDic dictionary (extra `japanese`)."""

from functools import cache
from typing import Any

from xtts_studio.errors import TextError


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
