"""Clips in the place of others: all of them or none, and so that it can be undone.

New files are finished beside the dataset; under its lock they are moved in and named in metadata.json. A process that
dies in between leaves files that no list names, and their numbers are never given again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xtts_studio.audio.encode import write_wav
from xtts_studio.audio.mix import Samples
from xtts_studio.dataset import history, store
from xtts_studio.dataset.details import details_path, read_details, write_details
from xtts_studio.dataset.staging import unlisted_removed
from xtts_studio.errors import Conflict
from xtts_studio.shapes import Chunk, ClipDetails, Dataset, Word
from xtts_studio.workspace import Workspace


@dataclass(frozen=True)
class NewClip:
    """A clip that was made: its sound (n,), and what is known of it; the file has no name yet."""

    samples: Samples
    rate_hz: int
    chunk: Chunk
    details: ClipDetails


@dataclass(frozen=True)
class Replacement:
    """New clips for old ones.

    `moved_s`: the same words are said, so much earlier; what people write meanwhile is kept then. None: the texts
    were divided or joined, and an old clip that changes meanwhile stops it.
    """

    old: tuple[Chunk, ...]
    new: tuple[NewClip, ...]
    moved_s: float | None = None


@dataclass(frozen=True)
class Staged:
    """A replacement whose sounds lie in a folder, in order."""

    old: tuple[Chunk, ...]
    chunks: tuple[Chunk, ...]
    sounds: tuple[Path, ...]
    moved_s: float | None


def stage(replacement: Replacement, folder: Path, name: str) -> Staged:
    """Writes the sounds and details into a folder, as files that begin with `name`."""
    sounds = []
    for index, clip in enumerate(replacement.new):
        sounds.append(folder / f"{name}-{index}.wav")
        write_wav(sounds[-1], clip.samples, clip.rate_hz)
        details = clip.details.model_dump_json(exclude_defaults=True)
        sounds[-1].with_suffix(".json").write_text(details + "\n", encoding="utf-8")
    chunks = tuple(clip.chunk for clip in replacement.new)
    return Staged(replacement.old, chunks, tuple(sounds), replacement.moved_s)


def replace(workspace: Workspace, name: str, label: str, staged: Sequence[Staged]) -> list[Chunk]:
    """Puts the new clips in the place of the old ones in the list; gives them.

    Raises `Conflict` where an old clip has gone or changed meanwhile; then nothing is changed.
    """
    folder = workspace.dataset(name)
    with unlisted_removed(folder) as moved, history.changed(workspace, name, label) as dataset:
        now = {chunk.file: chunk for chunk in dataset.chunks}
        number = store.next_number(dataset, folder)
        new: dict[str, list[Chunk]] = {}
        for one in staged:
            fresh = _rebased(one, now, folder)
            for chunk, sound in zip(fresh, one.sounds, strict=True):
                chunk.file = f"{store.CHUNKS}/chunk_{number:03d}.wav"
                number += 1
                _move(sound, folder / chunk.file, moved)
            new[one.old[0].file] = fresh
        _exchange(dataset, new, {old.file for one in staged for old in one.old})
    return [chunk for fresh in new.values() for chunk in fresh]


def shifted(words: Sequence[Word], by_s: float, duration_s: float) -> list[Word]:
    """Words that are heard so much earlier, in a clip of a duration: none begins or ends outside it."""
    return [
        word.model_copy(
            update={
                "start_s": round(min(max(word.start_s - by_s, 0.0), duration_s), 3),
                "end_s": round(min(max(word.end_s - by_s, 0.0), duration_s), 3),
            }
        )
        for word in words
    ]


def _rebased(one: Staged, now: dict[str, Chunk], folder: Path) -> list[Chunk]:
    """The new chunks as they shall be, with what was written to the old one since it was read."""
    for old in one.old:
        if old.file not in now or (one.moved_s is None and now[old.file] != old):
            raise Conflict(
                f"{Path(old.file).name} was changed by somebody else meanwhile.", hint="Look at it, and try again."
            )
    if one.moved_s is None or now[one.old[0].file] == one.old[0]:
        return [chunk.model_copy() for chunk in one.chunks]
    old, (chunk,), (sound,) = now[one.old[0].file], one.chunks, one.sounds
    if (old.start_s, old.end_s) != (one.old[0].start_s, one.old[0].end_s):
        raise Conflict(f"{Path(old.file).name} was cut anew meanwhile.", hint="Try again.")
    details = read_details(folder, old.file)
    words = shifted(old.words or details.words, one.moved_s, chunk.duration_s)
    write_details(sound.parent, sound.name, details.model_copy(update={"words": words, "measures": None}))
    geometry = {"words": [], "start_s": chunk.start_s, "end_s": chunk.end_s, "duration_s": chunk.duration_s}
    return [old.model_copy(update=geometry)]


def _move(sound: Path, target: Path, moved: list[Path]) -> None:
    for source, to in ((sound.with_suffix(".json"), details_path(target.parent, target.name)), (sound, target)):
        moved.append(to)
        source.rename(to)


def _exchange(dataset: Dataset, new: dict[str, list[Chunk]], gone: set[str]) -> None:
    """The list with the new chunks where the first of the old ones was."""
    chunks: list[Chunk] = []
    for chunk in dataset.chunks:
        if chunk.file in gone:
            chunks += new.get(chunk.file, [])
        else:
            chunks.append(chunk)
    dataset.chunks = chunks
