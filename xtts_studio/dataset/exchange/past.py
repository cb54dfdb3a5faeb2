"""The past of a dataset as files: undo, saved versions, and the sounds that only they name."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from pydantic import ValidationError

from xtts_studio.dataset.changes_file import CHANGES
from xtts_studio.dataset.exchange.reading import SAFE_FILE
from xtts_studio.dataset.store import CHUNKS
from xtts_studio.dataset.versions import VERSIONS
from xtts_studio.shapes import Change, Chunk, ClipDetails, DatasetVersion

_VERSION = re.compile(rf"{VERSIONS}/\d{{4,9}}\.json")


def past_of(folder: Path, listed: set[str]) -> list[str]:
    """The files of a dataset's folder that hold its past; `listed` are the sounds that it has now."""
    sounds = sorted(f"{CHUNKS}/{path.name}" for path in (folder / CHUNKS).glob("*.wav"))
    replaced = [name for name in sounds if name not in listed and SAFE_FILE.fullmatch(name)]
    beside = [PurePosixPath(name).with_suffix(".json").as_posix() for name in replaced]
    versions = sorted(f"{VERSIONS}/{path.name}" for path in (folder / VERSIONS).glob("*.json"))
    found = [*replaced, *beside, *(name for name in versions if _VERSION.fullmatch(name)), CHANGES]
    return [name for name in found if (folder / name).is_file() and not (folder / name).is_symlink()]


def is_past(name: str, listed: set[str]) -> bool:
    """Whether a file of a dataset's folder belongs to its past."""
    sound = PurePosixPath(name).with_suffix(".wav").as_posix() if name.endswith(".json") else name
    replaced = SAFE_FILE.fullmatch(sound) is not None and sound not in listed
    return replaced or name == CHANGES or _VERSION.fullmatch(name) is not None


def check_past(name: str, data: bytes) -> None:
    """Raises `ValidationError` or `ValueError` for what the studio could not read, or must not follow."""
    if name.startswith(f"{CHUNKS}/"):
        ClipDetails.model_validate_json(data)
        return
    lines = [line for line in data.splitlines() if line]
    chunks = _changed(lines) if name == CHANGES else _saved(lines)
    if not all(SAFE_FILE.fullmatch(chunk.file) for chunk in chunks):
        raise ValueError(f"{name} names files that are no clips")


def _changed(lines: list[bytes]) -> Iterator[Chunk]:
    for line in lines:
        try:
            change = Change.model_validate_json(line)
        except ValidationError:  # half a line, of a process that died: passed over wherever it is read
            continue
        yield from (placed.chunk for placed in [*change.before, *change.after])


def _saved(lines: list[bytes]) -> Iterator[Chunk]:
    DatasetVersion.model_validate_json(lines[0] if lines else b"")
    yield from (Chunk.model_validate_json(line) for line in lines[1:])
