"""A chapter to blocks that are spoken one after the other; each is kept when it is done."""

import re
from dataclasses import dataclass

from xtts_studio.text.sentences import spans, wrap

MOST_CHARACTERS = 3000
"""Of a block: some minutes of speech, so that little is lost by a break, and enough sentences to decode together."""

_EMPTY_LINE = re.compile(r"\n[^\S\n]*+\n\s*+")
_PAUSE_AT_END = re.compile(r"\[\s*pause\b[^\[\]\n]{0,40}\]\s*$", re.IGNORECASE)
_PAUSE_AT_START = re.compile(r"\s*\[\s*pause\b[^\[\]\n]{0,40}\]", re.IGNORECASE)


@dataclass(frozen=True)
class Block:
    """Text of at most 3 000 characters. `begins`: what begins with it, so which pause stands before it."""

    text: str
    begins: str  # "paragraph", "sentence", or "" where a pause mark says it, or for the first


def blocks(text: str, language: str, most: int = MOST_CHARACTERS) -> list[Block]:
    """The blocks of a text: whole paragraphs; one that is longer is cut between sentences."""
    found: list[Block] = []
    for paragraph in filter(None, (part.strip() for part in _EMPTY_LINE.split(text))):
        for number, piece in enumerate(_cut(paragraph, language, most)):
            last = found[-1] if found else None
            if number == 0 and last is not None and len(last.text) + 2 + len(piece) <= most:
                found[-1] = Block(f"{last.text}\n\n{piece}", last.begins)
            else:
                found.append(Block(piece, _beginning(last, piece, number)))
    return found


def _beginning(before: Block | None, piece: str, number: int) -> str:
    if before is None or _PAUSE_AT_END.search(before.text[-60:]) or _PAUSE_AT_START.match(piece):
        return ""
    return "sentence" if number else "paragraph"


def _cut(paragraph: str, language: str, most: int) -> list[str]:
    if len(paragraph) <= most:
        return [paragraph]
    pieces: list[str] = []
    for sentence in spans(paragraph, language):
        for line in wrap(sentence, most):
            if pieces and len(pieces[-1]) + 1 + len(line) <= most:
                pieces[-1] += " " + line
            else:
                pieces.append(line)
    return pieces
