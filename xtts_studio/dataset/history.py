"""What people changed in a dataset, so that it can be undone: `changes.jsonl` in its folder.

Every change is a line: its label, and the chunks before and after, each with its place in the list. Undoing and doing
again are lines, too. Sound files are never overwritten, so a chunk that comes back finds its sound.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from xtts_studio.dataset.changes_file import CHANGES, Line, append, appended, read_changes, replayed
from xtts_studio.dataset.metadata import (
    METADATA,
    Written,
    line_of,
    read_fresh,
    read_to_change,
    read_written,
    write,
    write_and_keep,
)
from xtts_studio.dataset.store import locked
from xtts_studio.errors import Conflict
from xtts_studio.shapes import Change, Chunk, Dataset, PlacedChunk
from xtts_studio.workspace import Workspace


@contextmanager
def changed(workspace: Workspace, name: str, label: str) -> Iterator[Dataset]:
    """Gives the dataset to be changed, as `store.changing` does; what became of its chunks can be undone.

    `label` tells people what was done: "Split chunk_012.wav". Raises `NotFound`, `Conflict`.
    """
    folder = workspace.dataset(name)
    with locked(workspace, folder.name):
        dataset = read_fresh(folder)
        before = {chunk.file: (index, _without_words(chunk)) for index, chunk in enumerate(dataset.chunks)}
        yield dataset
        after = {chunk.file: (index, _without_words(chunk)) for index, chunk in enumerate(dataset.chunks)}
        with _recorded(folder, label, *_differences(before, after)):
            write(folder, dataset)


def replace_chunks(workspace: Workspace, name: str, label: str, new: dict[str, Chunk]) -> list[Chunk]:
    """Puts other chunks in the place of those of the same file; gives them. Quick however large the dataset is.

    The caller holds the dataset's lock since it read the chunks.
    """
    folder = workspace.dataset(name)
    written = read_to_change(folder)
    at = {written.position[file]: chunk for file, chunk in new.items()}
    at = {index: chunk for index, chunk in at.items() if chunk != written.dataset.chunks[index]}
    if at:
        before = [PlacedChunk(at=index, chunk=written.dataset.chunks[index]) for index in sorted(at)]
        after = [PlacedChunk(at=index, chunk=at[index]) for index in sorted(at)]
        with _recorded(folder, label, before, after):
            _rewrite(folder, written, at)
    return list(new.values())


def _rewrite(folder: Path, written: Written, at: dict[int, Chunk]) -> None:
    chunks, lines = list(written.dataset.chunks), list(written.lines)
    for index, chunk in at.items():
        chunks[index], lines[index] = chunk, line_of(chunk)
    write_and_keep(folder, Written(written.dataset.model_copy(update={"chunks": chunks}), tuple(lines)))


def undo(workspace: Workspace, name: str) -> Change:
    """Takes back the last change that was not undone yet. Raises `Conflict` where there is none, or chunks differ."""
    return _turn(workspace, name, back=True)


def redo(workspace: Workspace, name: str) -> Change:
    """Does the change again that was undone last. Raises what `undo` raises."""
    return _turn(workspace, name, back=False)


def changes(folder: Path) -> tuple[list[Change], list[Change]]:
    """What can be undone and what can be done again, of each the next one last, without their chunks.

    Raises `NotFound`, `DatasetError`.
    """
    done, undone, _ = _now_done(folder, read_written(folder))
    return [line.head for line in done], [line.head for line in undone]


def _now_done(folder: Path, written: Written) -> tuple[list[Line], list[Line], Change | None]:
    """What is done and what is undone; and the line that is missing for it, after a kill."""
    lines = list(read_changes(folder))
    done, undone = replayed(lines)
    late = _unfinished(folder, written, done, undone)
    return (*replayed([*lines, Line(late)]), late) if late else (done, undone, None)


def _unfinished(folder: Path, written: Written, done: list[Line], undone: list[Line]) -> Change | None:
    """A process that was killed told of a change, or of turning one, and didn't come to it: the line that says so.

    Only looked for where metadata.json is older than its last change, since a change may have very many chunks.
    """
    if not _told_after_written(folder):
        return None
    last = done[-1].change() if done else None
    if last and _other_than(written, last.before, last.after) is None:
        return _turned(last, back=True)
    next_one = undone[-1].change() if undone else None
    if next_one and _other_than(written, next_one.after, next_one.before) is None:
        return _turned(next_one, back=False)
    return None


def _told_after_written(folder: Path) -> bool:
    try:
        return (folder / CHANGES).stat().st_mtime_ns > (folder / METADATA).stat().st_mtime_ns
    except FileNotFoundError:
        return False


def _turn(workspace: Workspace, name: str, back: bool) -> Change:
    folder = workspace.dataset(name)
    with locked(workspace, folder.name):
        written = read_to_change(folder)
        done, undone, late = _now_done(folder, written)
        if late:
            append(folder, late)
        stack = done if back else undone
        if not stack:
            raise Conflict(f"There is nothing to {'undo' if back else 'do again'} in dataset {folder.name!r}.")
        change = stack[-1].change()
        away, come = (change.after, change.before) if back else (change.before, change.after)
        if (file := _other_than(written, away, come)) is not None:
            append(folder, change.model_copy(update={"at": _now(), "turned": "past", "before": [], "after": []}))
            raise _changed_since(change.label, file)
        with appended(folder, _turned(change, back)):
            write_and_keep(folder, _exchanged(written, away, come))
    return change


def _turned(change: Change, back: bool) -> Change:
    return Change(id=change.id, at=_now(), label=change.label, turned="back" if back else "again")


def _changed_since(label: str, file: str) -> Conflict:
    return Conflict(
        f"{label!r} can't be turned back: {Path(file).name} has changed since.",
        hint="Change the clip by hand. This change is passed over now: what came before it can still be turned back.",
    )


def _other_than(written: Written, there: list[PlacedChunk], gone: list[PlacedChunk]) -> str | None:
    """The file of a chunk that is not as in `there`, or is among the others of `gone` and in the list all the same."""
    for chunk in (one.chunk for one in there):
        at = written.position.get(chunk.file)
        if at is None or written.dataset.chunks[at] != chunk:
            return chunk.file
    known = {one.chunk.file for one in there}
    return next((one.chunk.file for one in gone if one.chunk.file in written.position.keys() - known), None)


def _exchanged(written: Written, away: list[PlacedChunk], come: list[PlacedChunk]) -> Written:
    """With the chunks `away` replaced by those to `come`: each in its place, or where it was."""
    gone = {placed.chunk.file for placed in away}
    back = {placed.chunk.file: (placed.chunk, line_of(placed.chunk)) for placed in come}
    away_only = gone - back.keys()
    pairs = zip(written.dataset.chunks, written.lines, strict=True)
    kept = [back.get(chunk.file, (chunk, line)) for chunk, line in pairs if chunk.file not in away_only]
    for placed in sorted(come, key=lambda placed: placed.at):
        if placed.chunk.file not in gone:
            kept.insert(min(placed.at, len(kept)), back[placed.chunk.file])
    chunks = [chunk for chunk, _ in kept]
    return Written(written.dataset.model_copy(update={"chunks": chunks}), tuple(line for _, line in kept))


def _without_words(chunk: Chunk) -> Chunk:
    """As it is read from metadata.json again: its words lie beside its sound."""
    return chunk.model_copy(update={"words": []})


def _differences(
    before: dict[str, tuple[int, Chunk]], after: dict[str, tuple[int, Chunk]]
) -> tuple[list[PlacedChunk], list[PlacedChunk]]:
    """The chunks that went or were other before, and those that came or are other now."""
    same = {file for file, (_, chunk) in before.items() if file in after and line_of(after[file][1]) == line_of(chunk)}
    gone = [PlacedChunk(at=index, chunk=chunk) for file, (index, chunk) in before.items() if file not in same]
    come = [PlacedChunk(at=index, chunk=chunk) for file, (index, chunk) in after.items() if file not in same]
    return gone, come


@contextmanager
def _recorded(folder: Path, label: str, before: list[PlacedChunk], after: list[PlacedChunk]) -> Iterator[None]:
    """Tells what is changed within; where nothing is, there is nothing to tell."""
    if not (before or after):
        yield
        return
    with appended(folder, Change(id=secrets.token_hex(8), at=_now(), label=label, before=before, after=after)):
        yield


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
