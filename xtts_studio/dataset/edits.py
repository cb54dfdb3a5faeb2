"""Small changes to chunks: text, language, state; of one or of many. Each can be undone."""

from collections.abc import Sequence
from pathlib import Path

from xtts_studio.dataset.history import replace_chunks
from xtts_studio.dataset.metadata import Written, read_to_change
from xtts_studio.dataset.store import CHUNKS, locked
from xtts_studio.errors import NotFound
from xtts_studio.shapes import Chunk, ChunkEdit
from xtts_studio.workspace import Workspace

DOUBTS_OF_WORDS = {
    "no_speech",
    "heard_differently",
    "starts_mid_sentence",
    "ends_mid_sentence",
    "text_guessed",
}
"""Flags about the words that were heard: they say nothing of a text that somebody typed."""


def edit_chunk(workspace: Workspace, name: str, file: str, edit: ChunkEdit) -> Chunk:
    """Changes a chunk's text, language or state. Raises `NotFound`."""
    return edit_chunks(workspace, name, [file], edit)[0]


def edit_chunks(workspace: Workspace, name: str, files: Sequence[str], edit: ChunkEdit) -> list[Chunk]:
    """The same change to many chunks, as one that can be undone. Raises `NotFound` before anything is changed."""
    folder = workspace.dataset(name)
    with locked(workspace, folder.name):
        written = read_to_change(folder)
        new = {chunk.file: _edited(chunk, edit) for chunk in (chunk_of(written, file) for file in files)}
        return replace_chunks(workspace, name, _label(edit, list(new)), new)


def drop_chunk(workspace: Workspace, name: str, file: str) -> Chunk:
    """Leaves a chunk out of training; its file stays."""
    return edit_chunk(workspace, name, file, ChunkEdit(state="dropped"))


def restore_chunk(workspace: Workspace, name: str, file: str) -> Chunk:
    """Takes a dropped chunk back."""
    return edit_chunk(workspace, name, file, ChunkEdit(state="active"))


def chunk_of(written: Written, file: str) -> Chunk:
    """The chunk of a file, named with or without its folder. Raises `NotFound`."""
    wanted = file if file.startswith(f"{CHUNKS}/") else f"{CHUNKS}/{file}"
    at = written.position.get(wanted)
    if at is None:
        raise NotFound(f"Dataset {written.dataset.name!r} has no chunk {file[:80]!r}.")
    return written.dataset.chunks[at]


def _edited(chunk: Chunk, edit: ChunkEdit) -> Chunk:
    """A text that was typed is nobody's guess any more: what was heard, and how surely, is no longer told."""
    update: dict[str, object] = {}
    if edit.text is not None and edit.text != chunk.text:
        flags = [flag for flag in chunk.flags if flag not in DOUBTS_OF_WORDS]
        update = {"text": edit.text, "text_source": "typed", "words": [], "confidence": None, "flags": flags}
    if edit.language is not None:
        update["language"] = edit.language
    if edit.state is not None:
        update["state"] = edit.state
    return chunk.model_copy(update=update)


def _label(edit: ChunkEdit, files: Sequence[str]) -> str:
    """What was done, for people."""
    which = Path(files[0]).name if len(files) == 1 else f"{len(files)} clips"
    if edit.text is not None:
        return f"Text of {which}"
    if edit.state is not None:
        return f"{'Drop' if edit.state == 'dropped' else 'Restore'} {which}"
    return f"Language of {which}"
