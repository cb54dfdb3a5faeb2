"""The models of a workspace: find the folder of one, or of the one it was trained from; remove one."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from xtts_studio.errors import Conflict, ModelMissing, NotFound, StudioError
from xtts_studio.models.catalogue import (
    ADAPTER,
    ALIASES,
    BASE,
    WHISPER,
    WHISPER_NEEDS,
    XTTS_NEEDS,
    missing,
)
from xtts_studio.workspace import Workspace, check_name, read_json


def base_folder(workspace: Workspace) -> Path:
    return workspace.cache / BASE.name


def whisper_folder(workspace: Workspace, name: str) -> Path:
    """Where the Whisper model of this name lies, or would. Raises `InvalidInput` for a name no folder can have."""
    name = check_name(name, "model name")
    return workspace.cache / "whisper" / ALIASES.get(name, name)


def find_xtts(workspace: Workspace, name: str) -> Path:
    """The folder of an XTTS model: the base model's, or a fine-tuned one's by its name.

    Raises `ModelMissing` where the base model has to be fetched first, or an adapter's base is not here; `NotFound` for
    a name nobody gave a model.
    """
    if name != BASE.name:
        folder = _find_tuned(workspace, name)
        if is_adapter(folder):
            find_base(workspace, name)
        return folder
    folder = base_folder(workspace)
    absent = missing(files(folder), XTTS_NEEDS)
    if absent:
        raise ModelMissing(
            f"The base model {BASE.name} is not here yet: {', '.join(absent)} missing in {folder}.",
            hint=f"Fetch it: xtts-studio models pull {BASE.name} --accept-licence (2.1 GB), or from a folder: --from.",
            details={"model": BASE.name, "missing": absent},
        )
    return folder


def find_base(workspace: Workspace, name: str) -> Path | None:
    """The folder of the model that a fine-tuned one was trained from; None for the base model.

    Raises `ModelMissing` where it is not here, or is an adapter itself, which is nothing to stand on.
    """
    if name == BASE.name:
        return None
    folder = _find_tuned(workspace, name)
    base = base_of(folder)
    there = base_folder(workspace) if base == BASE.name else workspace.model(base)
    if missing(files(there), XTTS_NEEDS):
        raise _baseless(folder, base, there)
    return there


def _baseless(folder: Path, base: str, there: Path) -> ModelMissing:
    kind = "an adapter of" if is_adapter(folder) else "made from"
    absent = "is an adapter itself" if is_adapter(there) else "is not here"
    how = f"Fetch it: xtts-studio models pull {BASE.name}." if base == BASE.name else f"Bring {base} back."
    return ModelMissing(
        f"The model {folder.name} is {kind} {base}, which {absent}.",
        hint=how if is_adapter(folder) else f"{how} At strength 1 it speaks without.",
        details={"model": base, "needed_by": folder.name},
    )


def find_whole(workspace: Workspace, name: str) -> Path:
    """Where a model's vocabulary lies, and all that adapters leave as it is: its own folder, or an adapter's base's.

    Raises as `find_xtts`.
    """
    folder = find_xtts(workspace, name)
    return (find_base(workspace, name) or folder) if is_adapter(folder) else folder


def find_whisper(workspace: Workspace, name: str) -> Path:
    """The folder of a Whisper model. Raises `ModelMissing` with how to get it."""
    folder = whisper_folder(workspace, name)
    absent = missing(files(folder), WHISPER_NEEDS)
    if not absent:
        return folder
    published = WHISPER.get(folder.name)
    how = (
        f"Fetch it: xtts-studio models pull {folder.name} ({published.size_bytes / 1e6:,.0f} MB)."
        if published
        else f"Fetch one of {', '.join(WHISPER)}, or: xtts-studio models pull {folder.name} --from FOLDER."
    )
    raise ModelMissing(
        f"The Whisper model {folder.name!r} is not here yet: {', '.join(absent)} missing in {folder}.",
        hint=how,
        details={"model": folder.name, "missing": absent},
    )


def remove(workspace: Workspace, name: str, kind: Literal["xtts", "whisper"] | None = None) -> None:
    """Deletes a model's folder.

    Raises `NotFound`; `Conflict` where a fine-tuned and a Whisper model share the name, or adapters need the model.
    """
    xtts = base_folder(workspace) if name == BASE.name else workspace.model(name)
    places = {"xtts": xtts, "whisper": whisper_folder(workspace, name)}
    found = {which: folder for which, folder in places.items() if folder.is_dir() and kind in (None, which)}
    if not found:
        raise NotFound(f"There is no model {name!r} here.", hint="See: xtts-studio models list.")
    if len(found) > 1:
        raise Conflict(f"Both an XTTS and a Whisper model are called {name!r}.", hint="Say which kind is meant.")
    ((which, folder),) = found.items()
    if which == "xtts":
        _refuse_while_needed(workspace, name)
    going = folder.with_name(f".{folder.name}.removed")
    shutil.rmtree(going, ignore_errors=True)
    folder.rename(going)  # gone at once for everybody; the deleting may take its time
    shutil.rmtree(going)


def _refuse_while_needed(workspace: Workspace, name: str) -> None:
    adapters = [folder for folder in folders(workspace.models) if is_adapter(folder) and folder.name != name]
    needing = [folder.name for folder in adapters if base_of(folder) == name]
    if needing:
        raise Conflict(
            f"The adapters {', '.join(needing)} speak with the model {name}; without it they can't.",
            hint="Remove them first, or export them as whole models.",
            details={"needed_by": needing},
        )


def folder_size(folder: Path) -> int:
    """Bytes of the files in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _find_tuned(workspace: Workspace, name: str) -> Path:
    folder = workspace.model(name)
    if not folder.is_dir():
        known = ", ".join(path.name for path in folders(workspace.models)) or "none yet"
        raise NotFound(
            f"There is no model {name!r}.", hint=f"The base model is {BASE.name}; fine-tuned models: {known}."
        )
    return folder


def files(folder: Path) -> set[str]:
    """The names of the files in a folder; none where it is not there."""
    return {path.name for path in folder.iterdir() if path.is_file()} if folder.is_dir() else set()


def folders(parent: Path) -> Iterator[Path]:
    """The folders in a folder, by name, but for those in the making."""
    if parent.is_dir():
        yield from sorted(path for path in parent.iterdir() if path.is_dir() and not path.name.startswith("."))


def is_adapter(folder: Path) -> bool:
    """Whether a model's folder holds what was learned beside another model, and not a whole one."""
    return (folder / ADAPTER).is_file()


def base_of(folder: Path) -> str:
    """The model that a fine-tuned one was trained from, by its card; nearly all are made from the published one."""
    return str(card_of(folder).get("base") or BASE.name)


def card_of(folder: Path) -> dict[str, Any]:
    """`card.json` of a fine-tuned model; a damaged one must not hide the model."""
    try:
        card = read_json(folder / "card.json")
    except (OSError, ValueError, StudioError):
        return {}
    return card if isinstance(card, dict) else {}
