"""What can be told of a base model's folder without loading it: the languages of its vocabulary, and its size.

Needs no torch: the server asks.
"""

import json
import struct
from math import prod
from pathlib import Path
from typing import Any

from xtts_studio.dataset.kept import Kept
from xtts_studio.errors import InvalidInput, ModelMissing, NotFound
from xtts_studio.models import find_xtts
from xtts_studio.shapes import BASE_MODEL
from xtts_studio.workspace import Workspace, read_json

PUBLISHED_BYTES = 1_867_929_118
"""The weights of XTTS v2 as published, 32 bits each."""

_WEIGHT_BYTES = 4
_MOST_HEADER_BYTES = 100_000_000
_MOST_STEPS_DOWN = 8


def base_folder(workspace: Workspace, name: str) -> Path | None:
    """The folder of the whole model that a training on `name` starts from; None where the base model is not here yet.

    An adapter has neither vocabulary nor whole weights: those of its base count. Raises `NotFound` for an unknown name.
    """
    for _ in range(_MOST_STEPS_DOWN):
        try:
            folder = find_xtts(workspace, name)
        except ModelMissing:
            return None
        if not (folder / "adapter.safetensors").exists():
            return folder
        try:
            name = str(read_json(folder / "card.json").get("base", BASE_MODEL))
        except (OSError, ValueError):
            name = BASE_MODEL
    raise NotFound(f"The model {name!r} is an adapter without a base model.", hint="Choose another base model.")


def refuse_adapter(workspace: Workspace, name: str) -> None:
    """Raises `InvalidInput` where a name is an adapter's: a training starts from a whole model."""
    if name != BASE_MODEL and (workspace.model(name) / "adapter.safetensors").exists():
        raise InvalidInput(
            f"{name!r} is an adapter; training starts from a whole model.",
            hint="Go on with the run that made it, or start from its base model.",
        )


def vocabulary_tags(folder: Path | None) -> frozenset[str] | None:
    """The tags of a vocabulary, such as "en"; None where it is not here or can't be read."""
    try:
        return None if folder is None else _tags.get(folder / "vocab.json")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def weight_bytes(folder: Path | None) -> int:
    """What the weights of a model take with 32 bits each, however they are stored."""
    if folder is None:
        return PUBLISHED_BYTES
    ours = folder / "model.safetensors"
    try:
        if ours.exists():
            return _WEIGHT_BYTES * _numbers(ours)
        return (folder / "model.pth").stat().st_size
    except (OSError, ValueError, KeyError, TypeError, struct.error):
        return PUBLISHED_BYTES


def _read_tags(path: Path) -> frozenset[str]:
    content = read_json(path)
    entries = [*content["model"]["vocab"], *(token["content"] for token in content.get("added_tokens", []))]
    return frozenset(entry[1:-1] for entry in entries if entry.startswith("[") and entry.endswith("]"))


_tags = Kept(_read_tags, most=4)


def _numbers(path: Path) -> int:
    """How many numbers a safetensors file holds, from its header: eight bytes with its length, then JSON."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        if length > _MOST_HEADER_BYTES:
            raise ValueError("no safetensors file")
        header: dict[str, Any] = json.loads(file.read(length))
    return sum(prod(tensor["shape"]) for name, tensor in header.items() if name != "__metadata__")
