"""Sentences, and pieces of a text that the model can speak in one go. Rules only, no language model."""

import re
import unicodedata
from functools import cache

from xtts_studio.text.languages import Language, language_of

_CLOSERS = "\"'”’»›)\\]}」』）】》〉"
_WIDE_ENDS = "。！？｡"
_CLAUSE_MARKS = "，、；：,;:。！？!?｡"
_END = re.compile(
    rf"(?P<wide>[{_WIDE_ENDS}][{_WIDE_ENDS}!?.…]*+[{_CLOSERS}]*+)"
    # A run of marks is taken whole (possessive, not begun in its middle), so that a row of dots costs linear time.
    rf"|(?<![.!?…])(?P<mark>[.!?…؟۔।॥։]++[{_CLOSERS}]*+)(?=\s|$|[¿¡]|[^\W\x00-\u2e7f])"
    r"|(?P<gap>\n\s*\n)"
)
_LAST_WORD = re.compile(r"[^\s\"'“„«(\[¿¡]*$")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")  # J, p.m, u.s
_OPENING = re.compile(r"^[¿¡]+(?=\S)")
_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")


def split_sentence(text: str, language: str, limit: int | None = None) -> list[str]:
    """Pieces of about `limit` characters (the language's own when None), cut between sentences where possible.

    As the reference does it: a text shorter than the limit stays whole, neighbouring sentences are packed as long as
    they fit, a longer sentence is cut between words, and the sentence after it may join its last line. Unlike there no
    piece is ever longer than `limit`. `Tokenizer.split` adds what the model needs.
    """
    row = language_of(language)
    limit = limit or row.char_limit
    return pack(sentences(text, language), limit) if len(text) >= limit else [text.lstrip()]


def pack(parts: list[str], limit: int) -> list[str]:
    """Joins neighbours by spaces as long as they fit into `limit` characters. Longer parts are wrapped."""
    packed: list[str] = []
    for part in parts:
        if packed and len(packed[-1]) + 1 + len(part) <= limit:
            packed[-1] += " " + part
        elif len(part) > limit:
            packed += wrap(part, limit)
        else:
            packed.append(part)
    return packed


def sentences(text: str, language: str) -> list[str]:
    """The sentences of a text, without the space around them. Marks that open (¿ “ «) belong to what they open."""
    first, *others = spans(text, language) or [""]
    # Where the reference cuts before ¿ and ¡ it leaves a space behind them.
    return [first, *(_OPENING.sub(r"\g<0> ", part) for part in others)] if first else []


def spans(text: str, language: str) -> list[str]:
    """`sentences` as they stand in the text."""
    row = language_of(language)
    found: list[str] = []
    start = 0
    for end in _END.finditer(text):
        if end.lastgroup == "mark" and _goes_on(text, start, end, row):
            continue
        found.append(text[start : end.end()])
        start = end.end()
    found.append(text[start:])
    return [part.strip() for part in found if part.strip()]


def wrap(text: str, limit: int) -> list[str]:
    """Lines of at most `limit` characters, cut at spaces, in scripts without spaces behind a comma, else anywhere."""
    lines: list[str] = []
    text = text.strip()
    while len(text) > limit:
        cut = _last_cut(text, limit)
        lines.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*lines, text] if text else lines


def _last_cut(text: str, limit: int) -> int:
    for place in range(limit, 0, -1):
        if text[place].isspace() or (text[place - 1] in _CLAUSE_MARKS and _WIDE.match(text[place])):
            return place
    return hard_cut(text, limit)


def hard_cut(text: str, place: int) -> int:
    """The last place up to `place` that doesn't part a letter from its marks; `place` itself if there is none."""
    for cut in range(place, 0, -1):
        if not is_joined(text[cut]):
            return cut
    return place


def is_joined(char: str) -> bool:
    """Does this character belong to the letter before it?"""
    return unicodedata.category(char).startswith("M") or char == "\u200d"


def _goes_on(text: str, start: int, end: re.Match[str], row: Language) -> bool:
    """Is this dot part of an abbreviation, an initial or an ordinal, so that the sentence goes on?"""
    if end["mark"] != ".":
        return False
    before = _LAST_WORD.search(text, max(start, end.start() - 20), end.start())
    word = before[0].lower() if before else ""
    if word.isdigit():
        return row.dot_ordinals and len(word) <= 2
    initials = _INITIALS.fullmatch(word) if word != word.upper() else None  # only scripts with capitals have initials
    return initials is not None or word in _abbreviations(row.code)


@cache
def _abbreviations(code: str) -> frozenset[str]:
    row = language_of(code)
    return frozenset((*(short[:-1] for short in row.abbreviations if short.endswith(".")), *row.silent_dots))
