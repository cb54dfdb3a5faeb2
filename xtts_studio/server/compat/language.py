"""Which of the 17 languages a text is in, for clients that have no field to say it."""

import threading
from functools import lru_cache
from typing import TYPE_CHECKING, get_args

from xtts_studio.shapes import Language

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

ENOUGH = 2_000
"""Characters of a text that are looked at."""
SURE = 0.5
"""Probability below which nothing is known: a single word, a number, a name."""
FALLBACK: Language = "en"

_TO_ISO = {"zh-cn": "zh"}
_FROM_ISO: dict[str, Language] = {_TO_ISO.get(code, code): code for code in get_args(Language)}
_loading = threading.Lock()


def language_of(text: str) -> Language:
    """The language of a text, by its letters (py3langid); English where these don't tell.

    The first text takes a second and 80 MB, which a server whose clients name their language does without.
    """
    found, probability = _identifier().classify(text[:ENOUGH])
    return _FROM_ISO[found] if probability >= SURE else FALLBACK


def language_named(name: str) -> Language | None:
    """The language that a client means by "EN", "en-US", "zh" or "pt_BR"; None where it is none of the 17."""
    return _FROM_ISO.get(name.strip().lower().replace("_", "-").split("-")[0])


def _identifier() -> "LanguageIdentifier":
    with _loading:
        return _load()


@lru_cache(maxsize=1)
def _load() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # here, for the second and the memory

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(_FROM_ISO))
    return identifier
