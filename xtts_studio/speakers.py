"""The voices of a workspace: listing and deleting them. No torch; making one is the step `clone`.

speakers/<name>/
    speaker.json            name, clips, duration, notices
    clip_001.wav …          the references, mono
    voice-<model>.safetensors   what a model makes of the clips; one for each model that has spoken with the voice
"""

import shutil
from pathlib import Path

from pydantic import ValidationError

from xtts_studio.errors import NotFound
from xtts_studio.shapes import Speaker
from xtts_studio.workspace import Workspace, read_json

FILE = "speaker.json"


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


def clip_paths(workspace: Workspace, speaker: Speaker) -> list[Path]:
    """The reference clips."""
    return [workspace.speaker(speaker.name) / clip for clip in speaker.clips]


def delete_speaker(workspace: Workspace, name: str) -> None:
    """Raises `NotFound` where there is no voice of that name."""
    read_speaker(workspace, name)
    folder = workspace.speaker(name)
    leaving = folder.with_name(f".{folder.name}.deleted")
    shutil.rmtree(leaving, ignore_errors=True)
    folder.rename(leaving)  # at once, so that nobody sees half a voice
    shutil.rmtree(leaving)


def _read(path: Path) -> Speaker | None:
    try:
        return Speaker.model_validate(read_json(path))
    except (OSError, ValueError, ValidationError):
        return None
