"""Neighbours made one clip: which may be, and how their sounds, texts and words are joined."""

from collections.abc import Sequence
from itertools import pairwise

from xtts_studio.dataset.clip_sound import Clip
from xtts_studio.dataset.joining import in_one_recording, join, pause_between
from xtts_studio.dataset.replacing import NewClip, Replacement, shifted
from xtts_studio.dataset.splitting import END_FLAGS, LONGEST_S, SHORT_S, START_FLAGS, mean_probability
from xtts_studio.dataset.text_parts import joined
from xtts_studio.errors import InvalidInput
from xtts_studio.shapes import Chunk, ClipDetails, Dataset
from xtts_studio.workspace import Workspace

_IMPORTED = "imported-"  # how the recordings of imported clips begin, of which each has one of its own
_ADJOINING_S = 0.02
_WITHOUT_TEXT = {"no_speech", "text_guessed"}  # what has no text for a reason, or after a split
_MOST_OVERLAP_S = 0.5


def in_order(dataset: Dataset, files: Sequence[str]) -> list[Chunk]:
    """The chunks of some files as they follow each other. Raises `InvalidInput` with why they can't merge."""
    wanted = set(files)
    chosen = [chunk for chunk in dataset.chunks if chunk.file in wanted]
    if len(chosen) < 2:
        raise _refused("it takes two clips to merge", "Choose neighbours.")
    _check_alike(chosen, dataset.language)
    if not in_one_recording(chosen):
        _check_neighbours([chunk for chunk in dataset.chunks if chunk.state == "active"], wanted)
        return chosen
    chosen.sort(key=lambda chunk: (chunk.start_s, chunk.end_s))
    of_recording = [one for one in dataset.chunks if one.state == "active" and one.recording == chosen[0].recording]
    _check_neighbours(sorted(of_recording, key=lambda chunk: (chunk.start_s, chunk.end_s)), wanted)
    for first, second in pairwise(chosen):
        if second.start_s < first.end_s - _MOST_OVERLAP_S:
            raise _refused("they hold the same part of the recording", "Drop one of them.")
    return chosen


def merge(clips: Sequence[Clip], workspace: Workspace) -> tuple[Replacement, list[str]]:
    """One clip of several in order, and notices. Raises `InvalidInput` where it would be longer than training takes."""
    pauses_s = [pause_between(first.chunk, second.chunk) for first, second in pairwise(clips)]
    _check_duration(sum(clip.duration_s for clip in clips) + sum(pauses_s))
    whole = join(clips, workspace)
    duration_s = len(whole.samples) / whole.rate_hz
    _check_duration(duration_s)
    words = [
        word
        for clip, start_s in zip(clips, whole.starts_s, strict=True)
        for word in shifted(clip.details.words, -start_s, duration_s)
    ]
    details = ClipDetails(words=words)
    chunk = _chunk(clips, duration_s, details)
    made = NewClip(whole.samples, whole.rate_hz, chunk, details)
    return Replacement(tuple(clip.chunk for clip in clips), (made,)), list(whole.notices)


def _check_alike(chosen: list[Chunk], language: str | None) -> None:
    if any(chunk.state == "dropped" for chunk in chosen):
        raise _refused("one of them is dropped", "Restore it first.")
    if len({chunk.language or language for chunk in chosen}) > 1:
        raise _refused("they are in different languages", "Choose clips of one language.")
    if len({chunk.speaker for chunk in chosen}) > 1:
        raise _refused("different people speak in them", "Choose clips of one speaker.")
    if len({chunk.recording for chunk in chosen if not chunk.recording.startswith(_IMPORTED)}) > 1 or (
        len({chunk.recording.startswith(_IMPORTED) for chunk in chosen}) > 1
    ):
        raise _refused("they come from different recordings", "Choose clips of one recording.")
    silent = [chunk for chunk in chosen if not chunk.text.strip() and not _WITHOUT_TEXT & set(chunk.flags)]
    if silent and len(silent) < len(chosen):
        raise _refused("not all of them have a text", "Transcribe them first, or write the missing text.")


def _check_neighbours(row: list[Chunk], wanted: set[str]) -> None:
    places = [index for index, chunk in enumerate(row) if chunk.file in wanted]
    if places[-1] - places[0] + 1 > len(places):
        raise _refused("other clips lie between them", "Choose neighbours, or those between them as well.")


def _check_duration(duration_s: float) -> None:
    if duration_s > LONGEST_S:
        raise _refused(
            f"together they would last {duration_s:.1f} s, and training takes {LONGEST_S:.1f} s at most",
            "Choose fewer or shorter clips.",
        )


def _refused(why: str, hint: str) -> InvalidInput:
    return InvalidInput(f"The clips can't be merged: {why}.", hint=hint)


def _chunk(clips: Sequence[Clip], duration_s: float, details: ClipDetails) -> Chunk:
    chunks = [clip.chunk for clip in clips]
    sources = {chunk.text_source for chunk in chunks if chunk.text.strip()}
    end_s = chunks[-1].end_s if in_one_recording(chunks) else chunks[0].start_s + duration_s
    sure = all(chunk.confidence is not None for chunk in chunks)
    return chunks[0].model_copy(
        update={
            "file": "",
            "text": joined([chunk.text for chunk in chunks], clips[0].language),
            "text_source": sources.pop()
            if len(sources) == 1
            else ("typed" if "typed" in sources else chunks[0].text_source),
            "words": [],
            "end_s": round(end_s, 6),
            "duration_s": round(duration_s, 6),
            "confidence": mean_probability(details.words) if sure else None,
            "flags": _flags(chunks, duration_s),
        }
    )


def _flags(chunks: list[Chunk], duration_s: float) -> list[str]:
    """The doubts about any of the clips, but for those about edges that are none any more."""
    first, last = chunks[0], chunks[-1]
    edges = {*START_FLAGS, *END_FLAGS, "forced_cut", "touches_speech", "too_short", "no_speech"}
    flags = {flag for chunk in chunks for flag in chunk.flags} - edges
    flags |= {flag for flag in START_FLAGS if flag in first.flags} | {flag for flag in END_FLAGS if flag in last.flags}
    flags |= {flag for flag in ("forced_cut", "touches_speech") if _outside(chunks, flag)}
    flags |= {"no_speech"} if all("no_speech" in chunk.flags for chunk in chunks) else set()
    flags |= {"too_short"} if duration_s < SHORT_S else set()
    return sorted(flags)


def _outside(chunks: list[Chunk], flag: str) -> bool:
    """Does a flag of the first or last clip speak of an edge that is still one? Not where two adjoin that have it."""
    pairs = ((chunks[0], chunks[1]), (chunks[-1], chunks[-2]))
    return any(flag in outer.flags and not (flag in inner.flags and _adjoin(outer, inner)) for outer, inner in pairs)


def _adjoin(one: Chunk, other: Chunk) -> bool:
    return min(abs(one.end_s - other.start_s), abs(other.end_s - one.start_s)) < _ADJOINING_S
