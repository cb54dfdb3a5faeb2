"""The step `blend`: a voice in between others, which stands alone once it is made."""

import shutil
from pathlib import Path

from xtts_studio.errors import InvalidInput, ModelMissing, NotFound
from xtts_studio.events import Progress, Report
from xtts_studio.shapes import BASE_MODEL, BlendPart, BlendRequest, Speaker
from xtts_studio.speakers import FILE, folder_speaker, new_folder, now, part_folder, read_speaker, write_speaker
from xtts_studio.synthesis.process import model_named
from xtts_studio.synthesis.voices import voice_in
from xtts_studio.voice_file import DEEPEST
from xtts_studio.workspace import Workspace, check_name

MOST_VOICES = 32
"""In one blend, counted through blends of blends: each is copied."""


def blend(request: BlendRequest, workspace: Workspace, report: Report) -> Speaker:
    """Makes a voice of others, which are copied into its folder.

    Raises `Conflict` when the name is taken, `NotFound` for a part that is not there, `InvalidInput` for a voice
    that is named twice, for voices of models of different sizes, and for too many.
    """
    name = check_name(request.name, "voice name")
    parts = _checked(workspace, request.parts)
    report(Progress(0.1, "Copying the voices"))
    with new_folder(workspace, name) as folder:
        for number, part in enumerate(parts, start=1):
            _copy(workspace.speaker(part.speaker), part_folder(folder, number))
        report(Progress(0.5, "Blending"))
        speaker = Speaker(
            name=name, kind="blend", clips=[], duration_s=_duration_s(folder), created_at=now(), blend=parts
        )
        write_speaker(folder, speaker)
        check_size(folder)
        _make(folder, speaker, workspace)
    report(Progress(1.0, f"The voice {name} is ready"))
    return speaker


def _checked(workspace: Workspace, parts: list[BlendPart]) -> list[BlendPart]:
    """The parts under their names as stored."""
    names = [read_speaker(workspace, part.speaker).name for part in parts]
    for name in names:
        if names.count(name) > 1:
            raise InvalidInput(
                f"The voice {name!r} is named twice.", hint="Name each voice once, with its whole weight."
            )
    return [BlendPart(speaker=name, weight=part.weight) for name, part in zip(names, parts, strict=True)]


def _copy(source: Path, target: Path) -> None:
    try:
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(".*"))
    except (shutil.Error, FileNotFoundError):
        raise NotFound(f"The voice {source.name!r} went away while it was copied.", hint="Try again.") from None


def check_size(folder: Path) -> None:
    """Raises `InvalidInput` where a voice is a blend of blends of blends and so on, or of too many voices."""
    files = list(folder.rglob(FILE))
    count = sum(1 for file in files if folder_speaker(file.parent).kind != "blend")
    depth = max(len(file.relative_to(folder).parents) - 1 for file in files)
    if count > MOST_VOICES or depth > DEEPEST:
        raise InvalidInput(
            f"The blend would be made of {count} voices, at most {MOST_VOICES} are possible, "
            f"and of blends within blends {depth} deep, at most {DEEPEST}.",
            hint="Leave out a part that is a blend itself.",
        )


def _duration_s(folder: Path) -> float:
    return round(sum(folder_speaker(file.parent).duration_s for file in folder.glob("part_*/speaker.json")), 3)


def _make(folder: Path, speaker: Speaker, workspace: Workspace) -> None:
    """Tries the blend with the base model where that is here, so that what can't be blended is told now."""
    try:
        loaded = model_named(workspace, BASE_MODEL)
    except ModelMissing:
        return
    voice_in(loaded, folder, speaker).check(loaded.model.config)
