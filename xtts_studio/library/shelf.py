"""The models of a workspace: list them, find the folder of one, remove one."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from xtts_studio.errors import Conflict, ModelMissing, NotFound, StudioError
from xtts_studio.library.catalogue import (
    ALIASES,
    BASE,
    WHISPER,
    WHISPER_NEEDS,
    XTTS_NEEDS,
    PublishedModel,
    missing,
)
from xtts_studio.shapes import ModelInfo
from xtts_studio.workspace import Workspace, check_name, read_json


def base_folder(workspace: Workspace) -> Path:
    return workspace.cache / BASE.name


def whisper_folder(workspace: Workspace, name: str) -> Path:
    """Where the Whisper model of this name lies, or would. Raises `InvalidInput` for a name no folder can have."""
    name = check_name(name, "model name")
    return workspace.cache / "whisper" / ALIASES.get(name, name)


def list_models(workspace: Workspace) -> list[ModelInfo]:
    """The base model, the fine-tuned ones (newest first), the Whisper models; those to be fetched are not `present`."""
    tuned = [_tuned(folder) for folder in _folders(workspace.models)]
    names = {*WHISPER, *(folder.name for folder in _folders(workspace.cache / "whisper"))}
    known = list(WHISPER)
    whispers = sorted(names, key=lambda name: (known.index(name) if name in WHISPER else len(known), name))
    return [
        _published(BASE, base_folder(workspace)),
        *sorted(tuned, key=lambda model: model.created_at or "", reverse=True),
        *(_whisper(workspace, name) for name in whispers),
    ]


def find_xtts(workspace: Workspace, name: str) -> Path:
    """The folder of an XTTS model: the base model's, or a fine-tuned one's by its name.

    Raises `ModelMissing` where the base model has to be fetched first, `NotFound` for a name nobody gave a model.
    """
    if name != BASE.name:
        return _find_tuned(workspace, name)
    folder = base_folder(workspace)
    absent = missing(_files(folder), XTTS_NEEDS)
    if absent:
        raise ModelMissing(
            f"The base model {BASE.name} is not here yet: {', '.join(absent)} missing in {folder}.",
            hint=f"Fetch it: xtts-studio models pull {BASE.name} --accept-licence (2.1 GB), or from a folder: --from.",
            details={"model": BASE.name, "missing": absent},
        )
    return folder


def find_whisper(workspace: Workspace, name: str) -> Path:
    """The folder of a Whisper model. Raises `ModelMissing` with how to get it."""
    folder = whisper_folder(workspace, name)
    absent = missing(_files(folder), WHISPER_NEEDS)
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
    """Deletes a model's folder. Raises `NotFound`; `Conflict` where a fine-tuned and a Whisper model share the name."""
    xtts = base_folder(workspace) if name == BASE.name else workspace.model(name)
    places = {"xtts": xtts, "whisper": whisper_folder(workspace, name)}
    found = {which: folder for which, folder in places.items() if folder.is_dir() and kind in (None, which)}
    if not found:
        raise NotFound(f"There is no model {name!r} here.", hint="See: xtts-studio models list.")
    if len(found) > 1:
        raise Conflict(f"Both an XTTS and a Whisper model are called {name!r}.", hint="Say which kind is meant.")
    (folder,) = found.values()
    going = folder.with_name(f".{folder.name}.removed")
    shutil.rmtree(going, ignore_errors=True)
    folder.rename(going)  # gone at once for everybody; the deleting may take its time
    shutil.rmtree(going)


def folder_size(folder: Path) -> int:
    """Bytes of the files in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _find_tuned(workspace: Workspace, name: str) -> Path:
    folder = workspace.model(name)
    if not folder.is_dir():
        known = ", ".join(path.name for path in _folders(workspace.models)) or "none yet"
        raise NotFound(
            f"There is no model {name!r}.", hint=f"The base model is {BASE.name}; fine-tuned models: {known}."
        )
    return folder


def _files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.is_file()} if folder.is_dir() else set()


def _folders(parent: Path) -> Iterator[Path]:
    if parent.is_dir():
        yield from sorted(path for path in parent.iterdir() if path.is_dir() and not path.name.startswith("."))


def _published(model: PublishedModel, folder: Path) -> ModelInfo:
    needs = XTTS_NEEDS if model.kind == "base" else WHISPER_NEEDS
    there = _files(folder)
    absent = missing(there, needs)
    wanted = [file.name for file in model.files if file.name not in there and not _replaced(file.name, there)]
    return ModelInfo(
        name=model.name,
        kind=model.kind,
        present=not absent,
        size_bytes=model.size_bytes if absent else folder_size(folder),
        created_at=None if absent else _time(folder),
        licence=model.licence,
        missing_files=wanted if there else [],
    )


def _replaced(name: str, there: set[str]) -> bool:
    """Is there a safetensors file in place of a published .pth, a .json vocabulary in place of a .txt one?

    Our own models carry mel_stats inside their weights.
    """
    stem = name.rpartition(".")[0]
    ours = "model.safetensors" in there
    return f"{stem}.safetensors" in there or f"{stem}.json" in there or (ours and name == "mel_stats.pth")


def _whisper(workspace: Workspace, name: str) -> ModelInfo:
    folder = workspace.cache / "whisper" / name
    if name in WHISPER:
        return _published(WHISPER[name], folder)
    absent = missing(_files(folder), WHISPER_NEEDS)
    return ModelInfo(
        name=name,
        kind="whisper",
        present=not absent,
        size_bytes=folder_size(folder),
        created_at=_time(folder),
        missing_files=absent,
    )


def _tuned(folder: Path) -> ModelInfo:
    there = _files(folder)
    is_adapter = "adapter.safetensors" in there
    absent = [] if is_adapter else missing(there, XTTS_NEEDS)
    card = _card(folder)
    return ModelInfo(
        name=folder.name,
        kind="adapter" if is_adapter else "full",
        present=not absent,
        base=str(card["base"]) if "base" in card else None,
        size_bytes=folder_size(folder),
        created_at=str(card.get("created_at") or _time(folder)),
        licence=BASE.licence,
        missing_files=absent,
        card=card,
    )


def _card(folder: Path) -> dict[str, Any]:
    """`card.json` of a fine-tuned model; a damaged one must not hide the model."""
    try:
        card = read_json(folder / "card.json")
    except (OSError, ValueError, StudioError):
        return {}
    return card if isinstance(card, dict) else {}


def _time(folder: Path) -> str:
    return datetime.fromtimestamp(folder.stat().st_mtime, UTC).isoformat()
