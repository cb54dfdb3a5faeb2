"""The voices of a workspace: listing, reading and deleting them. No torch; `synthesis` makes them.

speakers/<name>/
    speaker.json                name, kind, clips, duration, what was measured
    clip_001.wav …              the references, mono
    latents.safetensors         in place of clips: a voice as it was published
    part_1/ …                   in place of clips: what a blend is made of, each a folder like this one
    voice-<model>-<content>.safetensors   what a model makes of it; one for each model that has spoken with the voice
"""

import hashlib
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from xtts_studio.errors import CheckpointError, Conflict, NotFound
from xtts_studio.shapes import BASE_MODEL, Speaker
from xtts_studio.workspace import Workspace, read_json, write_json

FILE = "speaker.json"
LATENTS = "latents.safetensors"
CLIP = re.compile(r"clip_\d{3}\.wav")
CACHE = re.compile(r"voice-[0-9a-f]{16}-[0-9a-f]{16}\.safetensors")
_STAGING = re.compile(r"\..+\.(?:[0-9a-f]{8}|deleted)")
_STALE_S = 3600


def list_speakers(workspace: Workspace) -> list[Speaker]:
    """All voices, by name. Folders that hold none are passed over."""
    files = [file for file in workspace.speakers.glob(f"*/{FILE}") if not file.parent.name.startswith(".")]
    return sorted(filter(None, map(_read, files)), key=lambda speaker: speaker.name.casefold())


def read_speaker(workspace: Workspace, name: str) -> Speaker:
    """Raises `NotFound` where there is no voice of that name, `InvalidInput` where it can't be a name."""
    found = _read(workspace.speaker(name) / FILE)
    if found is None:
        raise NotFound(f"There is no voice {name!r}.", hint="Make one of a reference clip, or choose another.")
    return found


def folder_speaker(folder: Path) -> Speaker:
    """What `folder` says of itself; raises `NotFound`."""
    found = _read(folder / FILE)
    if found is None:
        raise NotFound(f"There is no voice in {folder.name!r}.", hint="It was deleted or damaged; make it anew.")
    return found


def clip_paths(workspace: Workspace, speaker: Speaker) -> list[Path]:
    """The reference clips."""
    return [workspace.speaker(speaker.name) / clip for clip in speaker.clips]


def part_folder(folder: Path, number: int) -> Path:
    """Where a blend keeps its part of this number, from 1 on."""
    return folder / f"part_{number}"


def cache_name(voice_key: str, digest: str) -> str:
    """The file of what a model makes of a voice."""
    return f"voice-{voice_key}-{digest}.safetensors"


def digest_of(folder: Path, speaker: Speaker) -> str:
    """What the voice is made of, in 16 letters: the content of its clips, or of its parts and their weights.

    Raises `CheckpointError` where a file is gone.
    """
    digest = hashlib.sha256()
    if speaker.kind == "blend":
        total = sum(part.weight for part in speaker.blend)
        for number, part in enumerate(speaker.blend, start=1):
            inner = part_folder(folder, number)
            digest.update(f"{digest_of(inner, folder_speaker(inner))} {part.weight / total:.9f}\n".encode())
    else:
        for name in speaker.clips or [LATENTS]:
            digest.update(_file_digest(folder / name).encode())
    return digest.hexdigest()[:16]


def sample_path(workspace: Workspace, name: str) -> Path:
    """The first clip of a voice, to listen to. Raises `NotFound` where there is no such voice, or it has no clip."""
    speaker = read_speaker(workspace, name)
    paths = clip_paths(workspace, speaker)
    if not paths or not paths[0].is_file():
        raise NotFound(
            f"The voice {speaker.name!r} has no clip of its own.", hint="Let it speak a sentence to hear it."
        )
    return paths[0]


def studio_names(workspace: Workspace) -> list[str] | None:
    """The voices published with the base model, as a worker has listed them; None where it has to look (again)."""
    stamp = _studio_stamp(workspace)
    if stamp is None:
        return []
    try:
        kept = read_json(_studio_list(workspace))
        return [str(name) for name in kept["names"]] if kept["of"] == stamp else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep_studio_names(workspace: Workspace, names: list[str]) -> None:
    """Keeps the list for as long as their file stays as it is."""
    write_json(_studio_list(workspace), {"of": _studio_stamp(workspace), "names": names})


def _studio_list(workspace: Workspace) -> Path:
    return workspace.cache / "studio-voices.json"


def _studio_stamp(workspace: Workspace) -> list[int] | None:
    """Size and time of the file with their latents, which only torch can read; None where there is none."""
    try:
        about = (workspace.cache / BASE_MODEL / "speakers_xtts.pth").stat()
        return [about.st_size, about.st_mtime_ns]
    except OSError:
        return None


@contextmanager
def new_folder(workspace: Workspace, name: str) -> Iterator[Path]:
    """A folder for a voice in the making; it appears whole under the name, or not at all.

    Raises `Conflict` where the name is taken, before or meanwhile, and `InvalidInput` where it can't be one.
    """
    folder = workspace.speaker(name)
    _refuse_taken(folder)
    staging = folder.with_name(f".{folder.name[:40]}.{secrets.token_hex(4)}")
    try:
        staging.mkdir(parents=True)
        yield staging
        _put(staging, folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def now() -> str:
    """The time, as a voice keeps it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def write_speaker(folder: Path, speaker: Speaker) -> Speaker:
    """Writes what a folder says of itself."""
    write_json(folder / FILE, speaker.model_dump())
    return speaker


def delete_speaker(workspace: Workspace, name: str) -> None:
    """Raises `NotFound` where there is no voice of that name."""
    read_speaker(workspace, name)
    folder = workspace.speaker(name)
    leaving = folder.with_name(f".{folder.name}.deleted")
    shutil.rmtree(leaving, ignore_errors=True)
    folder.rename(leaving)  # at once, so that nobody sees half a voice
    shutil.rmtree(leaving, ignore_errors=True)


def clear_staging(workspace: Workspace) -> None:
    """Removes what killed processes left of voices in the making, or on their way out.

    Others may be at work here, the command line for one: what is younger than an hour stays.
    """
    for folder in workspace.speakers.glob(".*"):
        with suppress(OSError):
            if _STAGING.fullmatch(folder.name) and time.time() - folder.lstat().st_mtime > _STALE_S:
                shutil.rmtree(folder, ignore_errors=True)


def _put(staging: Path, folder: Path) -> None:
    _refuse_taken(folder)
    try:
        staging.rename(folder)
    except OSError:
        _refuse_taken(folder)  # by another who was quicker by a moment
        raise


def _refuse_taken(folder: Path) -> None:
    if folder.exists():
        raise Conflict(f"There is already a voice named {folder.name!r}.", hint="Choose another name, or delete it.")


def _read(path: Path) -> Speaker | None:
    try:
        return Speaker.model_validate(read_json(path))
    except (OSError, ValueError, ValidationError):
        return None


def _file_digest(path: Path) -> str:
    try:
        about = path.stat()
        return _digest_of_file(path, about.st_mtime_ns, about.st_size)
    except OSError:
        raise CheckpointError(
            f"{path.name} of the voice {path.parent.name!r} can't be read.", hint="Make the voice anew of its clips."
        ) from None


@lru_cache(1024)
def _digest_of_file(path: Path, mtime_ns: int, size: int) -> str:
    """Remembered for as long as the file stays as it is."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
