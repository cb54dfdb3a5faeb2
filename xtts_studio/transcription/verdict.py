"""What is wrong with a chunk, by how it is heard alone and within its recording."""

from dataclasses import dataclass, field

from xtts_studio.shapes import Chunk, Proof, Word
from xtts_studio.transcription.comparing import agreement, letters, tokens_of, unspaced
from xtts_studio.transcription.context import Context
from xtts_studio.transcription.edges import cuts_a_word

LEAST_AGREEMENT = 0.75
"""Below, a chunk is flagged: what is heard depends too much on what is beside it."""

_TERMINAL = ".!?…。！？؟।۔॥:;"
_CLOSING = "\"'”’»)]}」』"
_LEAST_MARKS = 0.01


@dataclass
class Judged:
    """A chunk with its edges as they may be moved, in seconds of the recording, and what is heard in it alone."""

    chunk: Chunk
    start_s: float
    end_s: float
    alone: list[Word]
    alone_text: str
    confidence: float | None = None
    context: Context | None = None
    flags: list[str] = field(default_factory=list)
    heard_anew: bool = False

    @property
    def moved(self) -> bool:
        return (self.start_s, self.end_s) != (self.chunk.start_s, self.chunk.end_s)

    def proof(self) -> Proof:
        """What stays beside the chunk's sound."""
        context = joined(self.in_context()) if self.context else ""
        return Proof(
            alone=self.alone_text,
            in_context=context,
            agreement=self.agreement() if self.context else 1.0,
            moved_start_s=round(self.start_s - self.chunk.start_s, 4),
            moved_end_s=round(self.end_s - self.chunk.end_s, 4),
        )

    def in_context(self) -> list[Word]:
        return self.context.words_within(self.start_s, self.end_s) if self.context else []

    def agreement(self) -> float:
        """Share of the words that are heard alike alone and in context."""
        context = joined(self.in_context())
        if letters(self.alone_text) == letters(context):
            return 1.0
        language = self.chunk.language
        return round(agreement(tokens_of(self.alone_text, language), tokens_of(context, language)), 4)


def cut_flags(judged: Judged) -> list[str]:
    """Which edges of a chunk go through a word; nothing without a context."""
    context = judged.context
    if context is None:
        return []
    found = []
    for side, at_s, flag in (("start", judged.start_s, "first_word_cut"), ("end", judged.end_s, "last_word_cut")):
        if cuts_a_word(at_s - context.start_s, side, context.loudness, context.words, judged.alone):  # type: ignore[arg-type]
            found.append(flag)
    return found


def other_flags(judged: Judged, sentences: bool) -> list[str]:
    """Whether it is heard differently in context and, with `sentences`, where a sentence goes on beyond an edge."""
    found = []
    if judged.context is not None and judged.agreement() < LEAST_AGREEMENT:
        found.append("heard_differently")
    return found + (sentence_flags(judged) if sentences else [])


def sentence_flags(judged: Judged) -> list[str]:
    """Does the text begin or end in the middle of a sentence? What is said beside it tells; else the text itself."""
    inside = judged.in_context()
    if judged.context is None or not inside:
        return text_flags(judged.alone_text)
    words = judged.context.words
    before = words[: words.index(inside[0])][-1:]
    after = words[words.index(inside[-1]) + 1 :]
    begins = _lower(inside[0].word) or bool(before and not ends_sentence(before[0].word))
    goes_on = bool(after) and not ends_sentence(inside[-1].word)
    return ["starts_mid_sentence"] * begins + ["ends_mid_sentence"] * goes_on


def text_flags(text: str) -> list[str]:
    """The same of a text alone."""
    if not text.strip():
        return []
    return ["starts_mid_sentence"] * _lower(text) + ["ends_mid_sentence"] * (not ends_sentence(text))


def ends_sentence(text: str) -> bool:
    """Does a text end as sentences do?"""
    return text.rstrip().rstrip(_CLOSING).endswith(tuple(_TERMINAL))


def punctuated(texts: list[str]) -> bool:
    """Are there marks that end sentences? Some recognisers write none, and nothing is told by their absence then."""
    words = sum(len(text.split()) for text in texts)
    return sum(text.count(mark) for text in texts for mark in _TERMINAL) > _LEAST_MARKS * words


def joined(words: list[Word]) -> str:
    """Words to a text; without spaces where the script has none."""
    text = ""
    for word in words:
        apart = text and word.word and not (unspaced(text[-1]) or unspaced(word.word[0]))
        text += (" " if apart else "") + word.word
    return text


def _lower(text: str) -> bool:
    first = next((letter for letter in text if letter.isalnum()), "")
    return first.islower()
