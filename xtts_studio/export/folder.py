"""The files of an export, written below a folder as they will be in the zip."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from xtts_studio.errors import DiskFull, InvalidInput, StudioError
from xtts_studio.export.config import coqui_config
from xtts_studio.export.layouts import Companion, Layout
from xtts_studio.export.reference import ReferenceClip
from xtts_studio.export.source import Source
from xtts_studio.training.records.card_text import card_markdown
from xtts_studio.workspace import write_json
from xtts_studio.xtts.checkpoint import load_dvae
from xtts_studio.xtts.storing import StoredPrecision, in_precision, unfold_weight_norm, write_tensors

_SPARE_BYTES = 16 << 20
_OURS = ("dvae.safetensors", "dvae.pth", "speakers_xtts.pth")


def bytes_needed(source: Source, layout: Layout, precision: StoredPrecision) -> int:
    """The most that the files of an export take."""
    bytes_each = 4 if precision == "float32" else 2
    weights = sum(tensor.numel() * bytes_each for tensor in source.network.state_dict().values())
    others = (source.find(name, _in_our_form(name)) for name in layout.companions)
    own = (source.folder / name for name in _OURS if layout.weights == "model.safetensors")
    along = sum(path.stat().st_size for path in (*others, *own) if path is not None and path.is_file())
    return int(weights + along + _SPARE_BYTES)


def write_folder(
    folder: Path,
    source: Source,
    layout: Layout,
    precision: StoredPrecision,
    reference: ReferenceClip,
    card: dict[str, Any],
) -> list[str]:
    """Writes all files; gives what there is to say of them. Raises `DiskFull`, or `OSError` for other troubles."""
    model = folder / layout.path("", source.name)
    model.mkdir(parents=True, exist_ok=True)
    write_weights(model / layout.weights, in_precision(source.network.state_dict(), precision))
    shutil.copyfile(source.whole / "vocab.json", model / "vocab.json")
    if layout.weights == "model.pth":
        write_json(model / "config.json", coqui_config(source.whole, source.base))
    else:
        write_json(model / "config.json", source.network.config.to_json())
        _copy_own(source, model)
    write_json(model / "card.json", card)
    (model / "MODEL_CARD.md").write_text(_readable(card), encoding="utf-8")
    (folder / "README.txt").write_text(layout.readme.format(model=source.name), encoding="utf-8")
    return [*_companions(model, source, layout), *_clip(folder, source, layout, reference)]


def write_weights(file: Path, tensors: Mapping[str, Tensor]) -> None:
    """The weights as safetensors under our names, or as a pickled checkpoint under the published ones."""
    if file.suffix == ".safetensors":
        write_tensors(file, tensors)
    else:
        _write_pickled(file, {"model": {name: _alone(one) for name, one in unfold_weight_norm(tensors).items()}})


def _alone(tensor: Tensor) -> Tensor:
    """Without the rest of the file that it is mapped from: torch would save all of it."""
    tensor = tensor.detach().cpu().contiguous()
    return tensor if tensor.untyped_storage().nbytes() == tensor.nbytes else tensor.clone()


def _write_pickled(file: Path, content: object) -> None:
    try:
        with file.open("wb") as opened:
            torch.save(content, opened)
    except RuntimeError as error:  # torch's own, of an OSError that it swallowed
        if shutil.disk_usage(file.parent).free < _SPARE_BYTES:
            raise DiskFull("The disk is full.", hint="Make room, then export again.") from error
        raise StudioError(f"{file.name} could not be written.", hint="See to the disk, then export again.") from error


def _readable(card: dict[str, Any]) -> str:
    """The card as a page; of one that another program wrote and that is laid out differently, its fields."""
    try:
        page = card_markdown(card)
    except (AttributeError, KeyError, TypeError, ValueError):
        page = f"# {card.get('name')}\n\n```json\n{json.dumps(card, ensure_ascii=False, indent=1)}\n```\n"
    return f"{page}\n## Export\n\n{_exported(card['export'])}\n"


def _exported(settings: dict[str, Any]) -> str:
    merged = " The adapter is merged into its base: these are whole weights." if settings["merged"] else ""
    return (
        f"For {settings['layout']}, at strength {settings['strength']:g} (0 is the base, 1 the model as trained), "
        f"weights in {settings['precision']}.{merged}"
    )


def _copy_own(source: Source, model: Path) -> None:
    """What else the model's own folder has; its base's is where the other studio has a base, too."""
    for name in _OURS:
        if (source.folder / name).is_file():
            shutil.copyfile(source.folder / name, model / name)


def _companions(model: Path, source: Source, layout: Layout) -> Iterator[str]:
    for name in layout.companions:
        if not _write_companion(model / name, source, name) and name in layout.needs:
            yield f"{name} is neither with the model nor with its base; the program does not take it without."


def _write_companion(target: Path, source: Source, name: Companion) -> bool:
    if name == "mel_stats.pth":
        _write_pickled(target, _alone(source.network.mel_stats))
        return True
    found = source.find(name, _in_our_form(name))
    if found is None:
        return False
    if found.suffix == ".pth":
        shutil.copyfile(found, target)
    else:
        _write_pickled(target, {key: _alone(tensor) for key, tensor in load_dvae(found.parent).state_dict().items()})
    return True


def _in_our_form(name: str) -> str:
    return name.replace("dvae.pth", "dvae.safetensors")


def _clip(folder: Path, source: Source, layout: Layout, reference: ReferenceClip) -> Iterator[str]:
    if layout.voice is None:
        return
    if reference.path is not None:
        target = folder / layout.voice.format(model=source.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(reference.path, target)
    if reference.notice and (layout.needs_voice or reference.path is not None):
        yield reference.notice
    if reference.path is None and layout.needs_voice:
        yield f"So {layout.voice.format(model=source.name)} is missing: put a clip of 6 to 12 s there."


def refuse_needless_voice(layout: Layout, speaker: str | None) -> None:
    """Raises `InvalidInput` where a voice was named that the layout has no place for."""
    if speaker is not None and layout.voice is None:
        raise InvalidInput(
            "A model for XTTS Studio takes no clip along.",
            hint="Leave the voice out; a voice is exported as a file of its own.",
        )
