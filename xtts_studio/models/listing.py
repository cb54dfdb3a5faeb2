"""What models there are: those here, and those that can be fetched."""

from datetime import UTC, datetime
from pathlib import Path

from xtts_studio.errors import StudioError
from xtts_studio.models.catalogue import BASE, WHISPER, WHISPER_NEEDS, XTTS_NEEDS, PublishedModel, missing
from xtts_studio.models.shelf import base_folder, base_of, card_of, files, find_base, folder_size, folders, is_adapter
from xtts_studio.shapes import ModelInfo
from xtts_studio.workspace import Workspace


def list_models(workspace: Workspace) -> list[ModelInfo]:
    """The base model, the fine-tuned ones (newest first), the Whisper models; those to be fetched are not `present`."""
    tuned = [_tuned(workspace, folder) for folder in folders(workspace.models)]
    names = {*WHISPER, *(folder.name for folder in folders(workspace.cache / "whisper"))}
    known = list(WHISPER)
    whispers = sorted(names, key=lambda name: (known.index(name) if name in WHISPER else len(known), name))
    return [
        _published(BASE, base_folder(workspace)),
        *sorted(tuned, key=lambda model: model.created_at or "", reverse=True),
        *(_whisper(workspace, name) for name in whispers),
    ]


def _published(model: PublishedModel, folder: Path) -> ModelInfo:
    needs = XTTS_NEEDS if model.kind == "base" else WHISPER_NEEDS
    there = files(folder)
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
    absent = missing(files(folder), WHISPER_NEEDS)
    return ModelInfo(
        name=name,
        kind="whisper",
        present=not absent,
        size_bytes=folder_size(folder),
        created_at=_time(folder),
        missing_files=absent,
    )


def _tuned(workspace: Workspace, folder: Path) -> ModelInfo:
    card = card_of(folder)
    absent = _absent(workspace, folder)
    return ModelInfo(
        name=folder.name,
        kind="adapter" if is_adapter(folder) else "full",
        present=not absent,
        base=str(card["base"]) if "base" in card else None,
        size_bytes=folder_size(folder),
        created_at=str(card.get("created_at") or _time(folder)),
        licence=BASE.licence,
        missing_files=absent,
        card=card,
    )


def _absent(workspace: Workspace, folder: Path) -> list[str]:
    """The files that a fine-tuned model lacks; of an adapter, its base."""
    if not is_adapter(folder):
        return missing(files(folder), XTTS_NEEDS)
    try:
        find_base(workspace, folder.name)
    except StudioError:
        return [base_of(folder)]
    return []


def _time(folder: Path) -> str:
    return datetime.fromtimestamp(folder.stat().st_mtime, UTC).isoformat()
