"""What a dataset amounts to: minutes, lights, durations, silences, letters, kinds of sentences."""

from collections import Counter
from collections.abc import Mapping, Sequence

from xtts_studio.dataset.alphabets import ALPHABETS
from xtts_studio.shapes import Chunk, ClipMeasures, ClipReport, XrayTotals

TAIL_STEP_S, MOST_TAIL_S = 0.05, 2.0
"""Longer tails count with the last."""
MOST_CHARACTERS = 3_000
"""Told of languages that have thousands; the commonest."""

_UNSPACED = frozenset({"zh", "ja"})
_CLOSING = "\"'”’»›)]}」』）】》〉 \u00a0"
_ENDS = {"question": "?？؟", "exclamation": "!！", "statement": ".。｡।…۔॥"}


def totals_of(
    chunks: Sequence[Chunk],
    rows: Sequence[ClipReport],
    measures: Mapping[str, ClipMeasures],
    language: str | None,
) -> XrayTotals:
    """Sums over a dataset's clips; `rows` are those of `chunks`, in order. Lights are those of active clips."""
    usable = [chunk for chunk, row in zip(chunks, rows, strict=True) if row.usable]
    active = [(chunk, row) for chunk, row in zip(chunks, rows, strict=True) if chunk.state == "active"]
    lights = Counter(row.light for _, row in active)
    words = [word for chunk in usable for word in _words(chunk.text, chunk.language or language)]
    tails = [measures[chunk.file].tail_s for chunk, _ in active if chunk.file in measures]
    return XrayTotals(
        clips=len(chunks),
        active=len(active),
        usable=len(usable),
        usable_s=round(sum(chunk.duration_s for chunk in usable), 3),
        lights={light: lights[light] for light in ("green", "amber", "red")},
        findings=dict(
            Counter(code for row in rows for code in {finding.code for finding in row.findings}).most_common()
        ),
        duration_histogram=_histogram([int(chunk.duration_s) for chunk in usable]),
        tail_histogram=_histogram([int(min(tail_s, MOST_TAIL_S) / TAIL_STEP_S) for tail_s in tails]),
        letters=letters_of(usable, language),
        sentences=_sentences(usable),
        words=len(words),
        different_words=len(set(words)),
    )


def letters_of(chunks: Sequence[Chunk], language: str | None) -> dict[str, int]:
    """How often each letter of the language that most clips are in occurs in them; 0 for one that never does."""
    languages = Counter(_code(chunk.language or language) for chunk in chunks)
    main = languages.most_common(1)[0][0] if languages else _code(language)
    texts = (chunk.text for chunk in chunks if _code(chunk.language or language) == main)
    counts = Counter(letter for text in texts for letter in _lower(text, main))
    alphabet = ALPHABETS.get(main)
    if alphabet is not None:
        return {letter: counts[letter] for letter in alphabet}
    found = {letter: count for letter, count in counts.most_common() if letter.isalpha()}
    return dict(list(found.items())[:MOST_CHARACTERS])


def sentence_kind(text: str) -> str:
    """By the last mark of a text: statement, question, exclamation; unfinished without one."""
    last = text.rstrip().rstrip(_CLOSING)[-1:]
    return next((kind for kind, marks in _ENDS.items() if last and last in marks), "unfinished")


def _sentences(chunks: Sequence[Chunk]) -> dict[str, int]:
    counts = Counter(sentence_kind(chunk.text) for chunk in chunks)
    return {kind: counts[kind] for kind in ("statement", "question", "exclamation", "unfinished")}


def _words(text: str, language: str | None) -> list[str]:
    """Words in small letters, without marks; characters of languages that are written without spaces."""
    if _code(language) in _UNSPACED:
        return [letter for letter in text if letter.isalnum()]
    parts = (
        "".join(letter for letter in word if letter.isalnum() or letter in "'’-") for word in text.casefold().split()
    )
    return [part for part in parts if any(map(str.isalnum, part))]


def _lower(text: str, language: str) -> str:
    return text.replace("I", "ı").replace("İ", "i").lower() if language == "tr" else text.lower()


def _code(language: str | None) -> str:
    return (language or "").split("-")[0].lower()


def _histogram(places: Sequence[int]) -> list[int]:
    counts = Counter(places)
    return [counts[place] for place in range(max(counts) + 1)] if counts else []
