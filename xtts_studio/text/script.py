"""A text as the engine speaks it: words and pauses in turn, each stretch of words short enough for the model.

parse("Good morning. [pause 1s] Dr. Jones is here.", "en", tokenizer).parts
-> [Words("Good morning.", [...]), Pause(1000), Words("Dr. Jones is here.", [...])]
"""

import re
from dataclasses import dataclass, field

from xtts_studio.errors import StudioError, TextError
from xtts_studio.text.clean import clean
from xtts_studio.text.languages import language_of
from xtts_studio.text.pieces import Cutter, cut_evenly, ends_sentence
from xtts_studio.text.tidy import Tidier
from xtts_studio.text.tokenizer import MOST_IDS, Tokenizer

LONGEST_PAUSE_MS = 60_000
MOST_PAUSES_MS = 3_600_000
"""What all pause marks of a text may ask for together."""
DEFAULT_PAUSE_MS = 500
MOST_NOTICES = 10

_MARK = re.compile(r"\[\s*+pause\b([^\[\]\n]{0,40})\]", re.IGNORECASE)
_DURATION = re.compile(r"\s*(?:[:=]\s*)?([0-9]{1,9}(?:[.,][0-9]{1,9})?)\s*(ms|s|sec|seconds?)\s*", re.IGNORECASE)
_EMPTY_LINE = re.compile(r"\n[^\S\n]*+\n\s*+")
# One letter of each script that the languages are written in, as the vocabulary has it; the others are Latin.
_OWN_LETTER = {"ru": "а", "ar": "ا", "hi": "न"}


@dataclass(frozen=True)
class Words:
    """Words spoken in one go: the text and what the tokenizer makes of it, 401 ids at most, the language's included."""

    text: str
    ids: list[int]


@dataclass(frozen=True)
class Pause:
    """Silence."""

    ms: int


Part = Words | Pause


@dataclass(frozen=True)
class Script:
    """What is spoken, in order. Pauses are never beside each other. `notices` say what was left out, and why."""

    parts: list[Part]
    notices: list[str] = field(default_factory=list)

    @property
    def sentences(self) -> list[str]:
        """The texts of all words."""
        return [part.text for part in self.parts if isinstance(part, Words)]


def parse(
    text: str,
    language: str,
    tokenizer: Tokenizer,
    *,
    split: bool = True,
    sentence_pause_ms: int = 0,
    paragraph_pause_ms: int = 400,
) -> Script:
    """The script of a text.

    Pause marks: `[pause 500ms]`, `[pause 1.5s]`, `[pause]` (500 ms); 60 s at most each, an hour all together. Marks
    beside each other add up; other pauses beside a mark give way to it. Something like `[pause soon]` is read aloud.
    An empty line is a pause of `paragraph_pause_ms`. With `sentence_pause_ms` every sentence is spoken on its own and
    that pause follows it; without, neighbours share a piece. split=False: paragraphs are cut only where they are too
    long for the model.

    Raises `TextError` for an unknown language and for a text with nothing to speak.
    """
    reader = _Reader(language, tokenizer, split, max(sentence_pause_ms, 0), max(paragraph_pause_ms, 0))
    script = reader.read(text)
    if not script.sentences:
        raise TextError(
            "The text has nothing in it that can be spoken.",
            hint=" ".join([*script.notices, "Write some words."]),
            details={"reason": "nothing_to_speak"},
        )
    return script


class _Reader:
    """Takes a text in and gathers parts and notices."""

    def __init__(
        self, language: str, tokenizer: Tokenizer, split: bool, sentence_pause_ms: int, paragraph_pause_ms: int
    ) -> None:
        self.language = language_of(language).code
        self.tokenizer, self.tidier = tokenizer, Tidier(self.language, tokenizer)
        self.cutter = Cutter(self.language)
        self.split = split
        self.sentence_pause_ms, self.paragraph_pause_ms = sentence_pause_ms, paragraph_pause_ms
        self.parts: list[Part] = []
        self.notices: list[str] = []
        self.left_out: list[str] = []
        self.pause = _Pending()
        self.knows_script = tokenizer.knows(_OWN_LETTER.get(self.language, "a"))

    def read(self, text: str) -> Script:
        start, asked_ms = 0, 0
        for mark in _MARK.finditer(text):
            ms = self._milliseconds(mark)
            if ms is None:
                continue
            self._read_stretch(text[start : mark.start()])
            start = mark.end()
            self.pause.mark(min(ms, MOST_PAUSES_MS - asked_ms))
            asked_ms = min(asked_ms + ms, MOST_PAUSES_MS)
        self._read_stretch(text[start:])
        if asked_ms == MOST_PAUSES_MS:
            self._tell("All pauses together are cut to an hour.")
        if self.pause.marked:
            self._end_pause()
        return Script(self.parts, self._told())

    def _milliseconds(self, mark: re.Match[str]) -> int | None:
        """The length that a pause mark names; None if it names none that can be understood."""
        if not mark[1].strip():
            return DEFAULT_PAUSE_MS
        found = _DURATION.fullmatch(mark[1])
        if not found:
            self._tell(f"{mark[0]!r} is read aloud: a pause is written as [pause 500ms] or [pause 1.5s].")
            return None
        ms = round(float(found[1].replace(",", ".")) * (1 if found[2].lower() == "ms" else 1000))
        if ms > LONGEST_PAUSE_MS:
            self._tell(f"{mark[0]!r} is shortened to {LONGEST_PAUSE_MS // 1000} s, the longest pause.")
        return min(ms, LONGEST_PAUSE_MS)

    def _read_stretch(self, text: str) -> None:
        """What stands between two pause marks."""
        text = self.tidier.tidy(text)
        whole = not self.split and not self.paragraph_pause_ms
        for number, paragraph in enumerate([text] if whole else _EMPTY_LINE.split(text)):
            if number:
                self.pause.offer(self.paragraph_pause_ms)
            self._read_paragraph(paragraph)

    def _read_paragraph(self, paragraph: str) -> None:
        packed = not self.split or not self.sentence_pause_ms
        for piece in self.cutter.pieces(paragraph, first=self.split and not self._has_words, packed=packed):
            self._speak(piece)
            if ends_sentence(piece):
                self.pause.offer(self.sentence_pause_ms)

    @property
    def _has_words(self) -> bool:
        return any(isinstance(part, Words) for part in self.parts[:2])

    def _speak(self, piece: str) -> None:
        """Adds a piece; one of too many ids in halves."""
        cleaned = self._cleaned(piece)
        if not self._can_be_said(cleaned):
            self.left_out.append(piece)
            return
        ids = self.tokenizer.encode_cleaned(cleaned, self.language)
        if len(ids) <= MOST_IDS:
            self._end_pause()
            self.parts.append(Words(piece, ids))
        elif len(piece) > 1:
            for half in cut_evenly(piece, 2, len(piece)):
                self._speak(half.strip())
        else:
            self.left_out.append(piece)

    def _cleaned(self, piece: str) -> str:
        """Empty where a language's library stumbles over the piece: the others are spoken all the same."""
        try:
            return clean(piece.lower() if self.language == "ja" else piece, self.language)  # as `Xtts.text_ids`
        except StudioError:
            raise
        except Exception:
            return ""

    def _can_be_said(self, cleaned: str) -> bool:
        """Has it a letter or digit with a sound? A vocabulary without the language's own letters knows none."""
        return any(char.isalnum() and (not self.knows_script or self.tokenizer.knows(char)) for char in cleaned)

    def _end_pause(self) -> None:
        if self.pause.ms and (self.pause.marked or self.parts):
            self.parts.append(Pause(self.pause.ms))
        self.pause = _Pending()

    def _tell(self, notice: str) -> None:
        if notice not in self.notices:
            self.notices.append(notice)

    def _told(self) -> list[str]:
        told = self.notices[:MOST_NOTICES] + self.tidier.notices()
        if self.left_out:
            shown = self.left_out[0][:40] + ("…" if len(self.left_out[0]) > 40 else "")
            others = f", and {len(self.left_out) - 1} more," if len(self.left_out) > 1 else ""
            told.append(f"{shown!r}{others} can't be spoken in this language and is left out.")
        return told


@dataclass
class _Pending:
    """The silence before the next words. A mark in the text outweighs what stands beside it."""

    ms: int = 0
    marked: bool = False

    def mark(self, ms: int) -> None:
        self.ms = min(self.ms + ms, LONGEST_PAUSE_MS) if self.marked else ms
        self.marked = True

    def offer(self, ms: int) -> None:
        if not self.marked:
            self.ms = max(self.ms, ms)
