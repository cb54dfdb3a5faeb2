"""An adapter as a file: its low-rank tensors, and as text beside them what they are worth and what they belong to."""

from __future__ import annotations

import errno
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from xtts_studio.errors import CheckpointError
from xtts_studio.shapes import LoraTarget

FILE = "adapter.safetensors"
_NAMED_AT_MOST = 5
_MOST_RANK = 1024
_TARGETS: tuple[LoraTarget, ...] = get_args(LoraTarget)


@dataclass(frozen=True)
class LoraConfig:
    """rank: of the updates. alpha / rank: their scale, so that a learning rate does for any rank. dropout: of what
    goes into them, while training. targets: which layers have one."""

    rank: int = 16
    alpha: float = 32.0
    dropout: float = 0.0
    targets: tuple[LoraTarget, ...] = ("attention", "mlp")

    @property
    def scale(self) -> float:
        return self.alpha / self.rank


@dataclass(frozen=True)
class Adapter:
    """A trained adapter, and the base it belongs to: its name here, and the fingerprint of its weights."""

    config: LoraConfig
    tensors: dict[str, Tensor]
    base: str
    base_fingerprint: str


def save_adapter(file: Path, adapter: Adapter) -> None:
    """Writes an adapter. Raises OSError, with its number, where the disk refuses."""
    config = adapter.config
    about = {
        "format": "pt",
        "rank": str(config.rank),
        "alpha": repr(config.alpha),
        "dropout": repr(config.dropout),
        "targets": ",".join(config.targets),
        "base": adapter.base,
        "base_fingerprint": adapter.base_fingerprint,
    }
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in adapter.tensors.items()}
    try:
        safetensors.torch.save_file(tensors, file, metadata=about)
    except SafetensorError as error:
        number = re.search(r"\(os error (\d+)\)", str(error))
        raise OSError(int(number[1]) if number else errno.EIO, str(error)) from error


def read_adapter(place: Path) -> Adapter:
    """The adapter in a file, or in the folder that holds it, its tensors float32 and free of the file.

    Raises CheckpointError for a file that is damaged, or of something else.
    """
    file = place / FILE if place.is_dir() else place
    if not file.is_file():
        raise CheckpointError(f"There is no adapter at {file}.", hint="It may have been deleted; choose another model.")
    about, tensors = _content(file)
    config = _config(file, about)
    _check(file, tensors, config.rank)
    return Adapter(config, tensors, about["base"], about["base_fingerprint"])


def differences(expected: Mapping[str, tuple[int, ...]], found: Mapping[str, Tensor]) -> str:
    """What is missing, surplus and misshapen, in words; nothing where all is well."""
    kinds = {
        "missing": [name for name in expected if name not in found],
        "surplus": [name for name in found if name not in expected],
        "misshapen": [
            f"{name} {tuple(found[name].shape)} instead of {shape}"
            for name, shape in expected.items()
            if name in found and tuple(found[name].shape) != shape
        ],
    }
    return "; ".join(f"{len(names)} {kind}: {_listed(names)}" for kind, names in kinds.items() if names)


def _content(file: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    try:
        with safe_open(file, framework="pt") as content:
            about: dict[str, str] = content.metadata() or {}
            # Copied: the file is mapped, and one cut off while it is in use would end the process.
            return about, {name: content.get_tensor(name).float().clone() for name in content.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{file} can't be read as safetensors: {error}.", hint="The file is damaged; copy or train it again."
        ) from None


def _config(file: Path, about: Mapping[str, str]) -> LoraConfig:
    try:
        rank, alpha, dropout = int(about["rank"]), float(about["alpha"]), float(about.get("dropout", "0"))
        named = about["targets"].split(",")
        targets = tuple(target for target in _TARGETS if target in named)
        fine = 1 <= rank <= _MOST_RANK and math.isfinite(alpha) and 0 <= dropout < 1 and len(targets) == len(named)
    except (KeyError, ValueError):
        fine = False
    if not fine or not {"base", "base_fingerprint"} <= about.keys():
        raise CheckpointError(
            f"{file} is no adapter of XTTS Studio: it doesn't say its rank, alpha, targets and base.",
            hint="Adapters of other programs can't be used.",
            details={"found": dict(about)},
        )
    return LoraConfig(rank, alpha, dropout, targets)


def _check(file: Path, tensors: Mapping[str, Tensor], rank: int) -> None:
    """That there are pairs of the rank the file says, of numbers; what they belong to is the model's to say."""
    layers = {name.rpartition(".")[0] for name in tensors}
    expected = {f"{layer}.lora_{part}" for layer in layers for part in "ab"}
    wrong = sorted(expected ^ tensors.keys()) or [
        name
        for name, tensor in tensors.items()
        if tensor.ndim != 2 or tensor.shape[1 if name.endswith("a") else 0] != rank or not torch.isfinite(tensor).all()
    ]
    if wrong or not tensors:
        raise CheckpointError(
            f"{file} is damaged: {_listed(wrong) or 'tensors'} should be pairs of matrices of rank {rank}.",
            hint="Copy or train it again.",
        )


def _listed(names: list[str]) -> str:
    more = len(names) - _NAMED_AT_MOST
    return ", ".join(names[:_NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")
