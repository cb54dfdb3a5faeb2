"""Clips that belong together: the same sound twice, and neighbours of a recording that could be one clip."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

from xtts_studio.audio.fingerprint import alike
from xtts_studio.dataset.limits import MOST_SAMPLES, RATE_HZ
from xtts_studio.shapes import Chunk, ClipMeasures

MOST_DIFFERENT = 0.3
"""Of the bits of two fingerprints of the same sound. Copies as MP3, OGG, quieter, with silence around or noise 20 dB
below differ in 0.02 to 0.2 of them, different clips in 0.42 or more (60 clips of 8 languages)."""

SHORT_S = 1.0
"""Conditioning on a clip that short is half padding; with a neighbour it is whole."""

_ABOUT_AS_LONG = 0.15
_LEAST_OVERLAP = 0.5
_SAME_WORDS = 0.6
_WIDEST_GAP_S = 1.0
_MOST_OVERLAP_S = 0.1


def duplicates(chunks: Sequence[Chunk], measures: Mapping[str, ClipMeasures], usable: frozenset[str]) -> dict[str, str]:
    """The file of each clip that repeats another, and that other; of each group a usable clip, the first, has none."""
    ordered = sorted(chunks, key=lambda chunk: chunk.file not in usable)
    pairs = _same_sound(ordered, measures) | _same_part(ordered)
    first: dict[int, int] = {}
    for one, other in sorted(pairs):
        if _same_text(ordered[one].text, ordered[other].text):
            first.setdefault(other, first.get(one, one))
    return {ordered[other].file: ordered[one].file for other, one in first.items()}


def merge_partners(chunks: Sequence[Chunk]) -> dict[str, str]:
    """Of each short clip among active ones the nearer neighbour with which it could be one that training takes."""
    found = {}
    for row in _recordings(chunks).values():
        for at, chunk in enumerate(row):
            if chunk.duration_s < SHORT_S or "too_short" in chunk.flags:
                beside = [row[index] for index in (at - 1, at + 1) if 0 <= index < len(row)]
                fitting = [other for other in beside if _could_merge(chunk, other)]
                if fitting:
                    found[chunk.file] = min(fitting, key=lambda other: _gap_s(chunk, other)).file
    return found


def _recordings(chunks: Sequence[Chunk]) -> dict[str, list[Chunk]]:
    """Chunks by recording, in the order they are spoken."""
    rows: dict[str, list[Chunk]] = defaultdict(list)
    for chunk in chunks:
        rows[chunk.recording].append(chunk)
    return {recording: sorted(row, key=lambda one: (one.start_s, one.end_s)) for recording, row in rows.items()}


def _same_sound(chunks: Sequence[Chunk], measures: Mapping[str, ClipMeasures]) -> set[tuple[int, int]]:
    found = [measures.get(chunk.file) for chunk in chunks]
    fingerprints = [one.fingerprint if one else "" for one in found]
    lengths_s = [one.speech_s if one else 0.0 for one in found]
    return set(alike(fingerprints, lengths_s, MOST_DIFFERENT, _ABOUT_AS_LONG))


def _same_part(chunks: Sequence[Chunk]) -> set[tuple[int, int]]:
    """Pairs that share half of the shorter's part of a recording."""
    place = {chunk.file: index for index, chunk in enumerate(chunks)}
    found = set()
    for row in _recordings(chunks).values():
        for at, one in enumerate(row):
            for other in row[at + 1 :]:
                if other.start_s >= one.end_s:
                    break
                shared_s = min(one.end_s, other.end_s) - other.start_s
                shorter_s = min(one.end_s - one.start_s, other.end_s - other.start_s)
                if one.speaker == other.speaker and shared_s > _LEAST_OVERLAP * shorter_s:
                    found.add((min(place[one.file], place[other.file]), max(place[one.file], place[other.file])))
    return found


def _same_text(one: str, other: str) -> bool:
    """Could these be two transcripts of one sound? A missing text says nothing."""
    words, others = one.casefold().split(), other.casefold().split()
    if not words or not others or words == others:
        return True
    return SequenceMatcher(None, "".join(words), "".join(others), autojunk=False).ratio() >= _SAME_WORDS


def _could_merge(one: Chunk, other: Chunk) -> bool:
    gap_s = _gap_s(one, other)
    return (
        one.speaker == other.speaker
        and (one.language or other.language) == (other.language or one.language)
        and bool(one.text.strip()) == bool(other.text.strip())
        and -_MOST_OVERLAP_S <= gap_s <= _WIDEST_GAP_S
        and one.duration_s + other.duration_s + max(0.0, gap_s) < MOST_SAMPLES / RATE_HZ
    )


def _gap_s(one: Chunk, other: Chunk) -> float:
    first, second = sorted((one, other), key=lambda chunk: chunk.start_s)
    return second.start_s - first.end_s
