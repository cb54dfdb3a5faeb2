"""A clip in two, or in as many parts as training needs: where it is divided, and what each part is.

Cut is in pauses, at their quietest moment and between words; the words' times say which of the text belongs to which
part.
"""

from dataclasses import dataclass

import numpy as np

from xtts_studio.dataset.clip_sound import Clip, Spans, faded, is_loud_at, quietest
from xtts_studio.dataset.limits import MOST_SAMPLES, RATE_HZ, SHORTEST_S
from xtts_studio.dataset.replacing import NewClip, Replacement, shifted
from xtts_studio.dataset.text_parts import ends_sentence
from xtts_studio.dataset.trimming import LEAD_S, TAIL_S
from xtts_studio.errors import InvalidInput
from xtts_studio.shapes import CutSettings, Word

LONGEST_S = MOST_SAMPLES / RATE_HZ
REACH_S = 0.06
"""How far from the moment that was asked for the cut may move to where it is quieter."""

START_FLAGS = ("first_word_cut", "starts_mid_sentence")
END_FLAGS = ("last_word_cut", "ends_mid_sentence")
SHORT_S = CutSettings.model_fields["min_duration_s"].default

_BESIDE_S = 0.25  # how far from a word's told end its pause may lie: Whisper's times are no better
_LEAST_PAUSE_S = 0.15  # longer than a consonant's silence
_AT_EDGE_S = 0.1
_NO_PAUSE_S = 0.05
_LONG_PAUSE_S = 0.8
_MARGIN_S = 0.02
_UNEVEN_COST = 0.5
_UNCLEAN_COST = 1.0


@dataclass(frozen=True)
class _Place:
    """A moment where a clip may be cut, how long the pause there is, and how good the place is beside that."""

    at_s: float
    pause_s: float
    bonus: float = 0.0


def split(clip: Clip, at_s: float | None) -> Replacement:
    """The clip's parts: two, or without `at_s` as many as it takes until training takes each. Raises `InvalidInput`."""
    samples = [_asked_for(clip, at_s)] if at_s is not None else _chosen(clip)
    edges = [0, *samples, len(clip.samples)]
    counts = [_words_before(clip, sample / clip.rate_hz) for sample in samples]
    places, sure = _text_places(clip, counts, samples)
    texts = clip.written.divided(places)
    parts = tuple(
        _part(clip, edges[index : index + 2], (counts[index - 1] if index else 0, [*counts, None][index]), text, sure)
        for index, text in enumerate(texts)
    )
    return Replacement((clip.chunk,), parts)


def _asked_for(clip: Clip, at_s: float) -> int:
    """The sample where it is quietest around the moment that was asked for."""
    if not SHORTEST_S <= at_s <= clip.duration_s - SHORTEST_S:
        raise InvalidInput(
            f"{clip.name} lasts {clip.duration_s:.2f} s and can't be split at {at_s:.2f} s: training takes no clip "
            f"under {SHORTEST_S} s.",
            hint=f"Split it between {SHORTEST_S} s and {max(SHORTEST_S, clip.duration_s - SHORTEST_S):.2f} s."
            if clip.duration_s >= 2 * SHORTEST_S
            else "Leave it whole, or drop it.",
        )
    low_s, high_s = max(SHORTEST_S, at_s - REACH_S), min(clip.duration_s - SHORTEST_S, at_s + REACH_S)
    return quietest(clip.samples, clip.rate_hz, low_s, high_s, at_s)


def _chosen(clip: Clip) -> list[int]:
    """The best samples to cut at, in order."""
    if clip.duration_s < 2 * SHORTEST_S + 2 * REACH_S:
        raise InvalidInput(
            f"{clip.name} lasts {clip.duration_s:.2f} s, too short for two parts: training takes no clip under "
            f"{SHORTEST_S} s.",
            hint="Leave it whole, or drop it.",
        )
    places = _places(clip)
    first = _best(clip, places, 0.0, clip.duration_s)
    return sorted([first, *_more(clip, places, 0.0, first), *_more(clip, places, first / clip.rate_hz, None)])


def _more(clip: Clip, places: list[_Place], start_s: float, end: int | None) -> list[int]:
    """Further cuts between two, as long as what lies between them is too long."""
    end_s = clip.duration_s if end is None else end / clip.rate_hz
    if end_s - start_s <= LONGEST_S:
        return []
    at = _best(clip, places, start_s, end_s)
    return [*_more(clip, places, start_s, at), at, *_more(clip, places, at / clip.rate_hz, end)]


def _best(clip: Clip, places: list[_Place], start_s: float, end_s: float) -> int:
    """The best sample to cut a stretch at: in a long pause, near where the first of equal parts would end."""
    low_s, high_s, wanted_s = _range(start_s, end_s)
    fitting = [place for place in places if low_s <= place.at_s <= high_s and place.pause_s >= _NO_PAUSE_S]
    fitting = fitting or [place for place in places if low_s <= place.at_s <= high_s]
    if not fitting:
        return quietest(clip.samples, clip.rate_hz, low_s, high_s, wanted_s)
    reach_s = max(high_s - wanted_s, wanted_s - low_s)

    def worth(place: _Place) -> float:
        uneven = abs(place.at_s - wanted_s) / max(reach_s, 1e-9)
        return min(place.pause_s, _LONG_PAUSE_S) + place.bonus - _UNEVEN_COST * uneven

    return round(max(fitting, key=worth).at_s * clip.rate_hz)


def _range(start_s: float, end_s: float) -> tuple[float, float, float]:
    """From when to when a stretch may be cut, so that its parts fit in as few clips as they can, and when at best."""
    duration_s, most_s = end_s - start_s, LONGEST_S - _MARGIN_S
    pieces = max(2, int(np.ceil(duration_s / (0.9 * most_s))))
    low_s, high_s = max(SHORTEST_S, 0.2 * duration_s), min(duration_s - SHORTEST_S, 0.8 * duration_s)
    if pieces > 2:
        low_s = 0.4 * most_s
    if duration_s > most_s:
        high_s = min(high_s, most_s)
        low_s = max(low_s, duration_s - most_s) if pieces == 2 else low_s
    return start_s + low_s, start_s + high_s, start_s + duration_s / pieces


def _places(clip: Clip) -> list[_Place]:
    """Where the clip may be cut: between its words, and where none are known in its pauses."""
    words = _spoken(clip)
    found = [place for count in range(1, len(words)) if (place := _between(clip, words, count)) is not None]
    return found or [_Place(_in_pause(clip, span), span[1] - span[0]) for span in clip.levels.pauses]


def _between(clip: Clip, words: list[Word], count: int) -> _Place | None:
    """The place after so many words; None where the words' times leave none."""
    before, after = words[count - 1], words[count]
    low_s = max(before.end_s - _BESIDE_S, (before.start_s + before.end_s) / 2)
    high_s = min(after.start_s + _BESIDE_S, (after.start_s + after.end_s) / 2)
    if low_s >= high_s:
        return None
    border, sure = clip.written.after_words(count) if clip.chunk.text.strip() else (0, True)
    bonus = clip.written.mark_before(border) - (0.0 if sure else _UNCLEAN_COST)
    near = (before.end_s - REACH_S, after.start_s + REACH_S)
    spans = [(max(a, low_s), min(b, high_s), b - a, a < near[1] and b > near[0]) for a, b in clip.levels.pauses]
    good = [(pause_s, a, b) for a, b, pause_s, touches in spans if b > a and (touches or pause_s >= _LEAST_PAUSE_S)]
    if good:
        pause_s, a, b = max(good)
        return _Place(min(max(_in_pause(clip, (a, b)), low_s), high_s), pause_s, bonus)
    wanted_s = min(max((before.end_s + after.start_s) / 2, low_s), high_s)
    span = sorted((min(max(near[0], low_s), high_s), min(max(near[1], low_s), high_s)))
    return _Place(quietest(clip.samples, clip.rate_hz, span[0], span[1], wanted_s) / clip.rate_hz, 0.0, bonus)


def _in_pause(clip: Clip, span: tuple[float, float]) -> float:
    """The quietest moment of a pause, with room for the usual silence before and after it."""
    start_s, end_s = span
    share = min(1.0, (end_s - start_s) / (1.25 * (LEAD_S + TAIL_S)))
    low_s, high_s = start_s + share * TAIL_S, end_s - share * LEAD_S
    return quietest(clip.samples, clip.rate_hz, low_s, high_s, (low_s + high_s) / 2) / clip.rate_hz


def _words_before(clip: Clip, at_s: float) -> int:
    """How many words belong before a moment: those that have their middle there."""
    return sum((word.start_s + word.end_s) / 2 <= at_s for word in _spoken(clip))


def _spoken(clip: Clip) -> list[Word]:
    """The words without the pauses beside them, which recognisers often count in."""
    pauses = [span for span in clip.levels.pauses if span[1] - span[0] >= _LEAST_PAUSE_S]
    return [_without_pauses(word, pauses) for word in clip.details.words]


def _without_pauses(word: Word, pauses: Spans) -> Word:
    start_s, end_s = word.start_s, word.end_s
    for first_s, last_s in pauses:
        if first_s <= start_s + _AT_EDGE_S and start_s < last_s < end_s:
            start_s = last_s
        if last_s >= end_s - _AT_EDGE_S and start_s < first_s < end_s:
            end_s = first_s
    return word.model_copy(update={"start_s": start_s, "end_s": end_s})


def _text_places(clip: Clip, counts: list[int], samples: list[int]) -> tuple[list[int], bool]:
    """Where the text is divided, and whether that is known."""
    if not clip.chunk.text.strip():
        return [0 for _ in counts], True
    if not clip.details.words:
        shares = [clip.levels.voiced_share(sample / clip.rate_hz) for sample in samples]
        return [clip.written.after_share(share) for share in shares], False
    found = [clip.written.after_words(count) for count in counts]
    return [place for place, _ in found], all(sure for _, sure in found)


def _part(clip: Clip, edges: list[int], words: tuple[int, int | None], text: str, sure: bool) -> NewClip:
    first, last = edges
    is_first, is_last = first == 0, last == len(clip.samples)
    start_s, duration_s = first / clip.rate_hz, (last - first) / clip.rate_hz
    samples = faded(clip.samples[first:last], clip.rate_hz, start=not is_first, end=not is_last)
    heard = shifted(clip.details.words[words[0] : words[1]], start_s, duration_s)
    chunk = clip.chunk.model_copy(
        update={
            "file": "",
            "text": text,
            "words": [],
            "start_s": round(clip.chunk.start_s + start_s, 6) if not is_first else clip.chunk.start_s,
            "end_s": round(clip.chunk.start_s + start_s + duration_s, 6) if not is_last else clip.chunk.end_s,
            "duration_s": round(duration_s, 6),
            "confidence": mean_probability(heard) if clip.chunk.confidence is not None and heard else None,
            "flags": _flags(clip, edges, text, sure, bool(heard)),
        }
    )
    return NewClip(samples, clip.rate_hz, chunk, clip.details.model_copy(update=_UNPROVEN | {"words": heard}))


_UNPROVEN: dict[str, object] = {"proof": None, "measures": None}
"""Nobody has heard or measured a part alone yet."""


def mean_probability(words: list[Word]) -> float | None:
    """How sure words were heard, on average."""
    return round(sum(word.probability for word in words) / len(words), 4) if words else None


def _flags(clip: Clip, edges: list[int], text: str, sure: bool, spoken: bool) -> list[str]:
    """The doubts about the whole that go for this part, and those about its new edges."""
    (first, last), flags = edges, set(clip.chunk.flags)
    is_first, is_last = first == 0, last == len(clip.samples)
    flags -= {"too_short", "touches_speech"}
    flags -= set() if is_first else set(START_FLAGS)
    flags -= set() if is_last else set(END_FLAGS)
    if not (is_first or is_last):
        flags.discard("forced_cut")
    loud = [is_loud_at(clip.samples, clip.rate_hz, edge) for edge in edges if 0 < edge < len(clip.samples)]
    if any(loud) or ("touches_speech" in clip.chunk.flags and (is_first or is_last)):
        flags.add("touches_speech")
    if (last - first) / clip.rate_hz < SHORT_S:
        flags.add("too_short")
    if not sure:
        flags.add("text_guessed")
    if clip.details.words and not spoken and not text:
        flags.add("no_speech")
    return sorted(flags | _sentence_flags(clip.chunk.text, text, is_first, is_last))


def _sentence_flags(whole: str, text: str, is_first: bool, is_last: bool) -> set[str]:
    """Does a sentence go on beyond a new edge? Only told of texts that have such marks."""
    if not text or not any(ends_sentence(word) for word in whole.split()):
        return set()
    starts = not is_first and not ends_sentence(whole[: whole.find(text)])
    ends = not is_last and not ends_sentence(text)
    return {flag for flag, found in (("starts_mid_sentence", starts), ("ends_mid_sentence", ends)) if found}
