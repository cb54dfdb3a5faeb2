"""What is heavy of a clip, beside its sound (`chunks/chunk_001.json`): metadata.json of a large dataset stays small."""

from pathlib import Path

from pydantic import ValidationError

from xtts_studio.shapes import Chunk, ClipDetails
from xtts_studio.workspace import read_json, write_json


def details_path(folder: Path, file: str) -> Path:
    """Where the details of the clip `file` lie in the dataset's `folder`."""
    return (folder / file).with_suffix(".json")


def read_details(folder: Path, file: str) -> ClipDetails:
    """The details of a clip; empty ones where there are none, or none that can be read."""
    try:
        return ClipDetails.model_validate(read_json(details_path(folder, file)))
    except (OSError, ValueError, ValidationError):
        return ClipDetails()


def write_details(folder: Path, file: str, details: ClipDetails) -> None:
    """Replaces the details of a clip, whole. Whoever changes words or proof holds the dataset's lock."""
    write_json(details_path(folder, file), details.model_dump(exclude_defaults=True))


def with_words(folder: Path, chunk: Chunk) -> Chunk:
    """The chunk with the words that were heard in it; a text that somebody typed has none."""
    if chunk.words or chunk.text_source == "typed":
        return chunk
    return chunk.model_copy(update={"words": read_details(folder, chunk.file).words})
