"""Tensors as they are written, read back and compared: in 16 bits, and under the names that were published.

Loading (`checkpoint.load_network`) folds weight norm away and makes float32 of everything; this goes the other way.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from xtts_studio.xtts.pages import let_go

StoredPrecision = Literal["float32", "float16", "bfloat16"]

STORED_DTYPES: dict[StoredPrecision, torch.dtype] = {
    "float32": torch.float32,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
}
_ALWAYS_FLOAT32 = ("mel_stats",)  # 320 bytes by which every mel is divided
_NORMED = re.compile(r"hifigan_decoder\.waveform_decoder\.(ups\.\d+|resblocks\.\d+\.convs[12]\.\d+)\.weight")


def write_tensors(file: Path, tensors: Mapping[str, Tensor]) -> None:
    """Writes a safetensors file. Raises OSError, with its number, where the disk refuses: safetensors only tells it."""
    on_cpu = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    try:
        safetensors.torch.save_file(on_cpu, file, metadata={"format": "pt"})
    except SafetensorError as error:
        number = re.search(r"\(os error (\d+)\)", str(error))
        raise OSError(int(number[1]) if number else errno.EIO, str(error)) from error


def compare_written(file: Path, tensors: Mapping[str, Tensor]) -> None:
    """Reads a safetensors file back. Raises OSError where a tensor is not what was to be written."""
    with safe_open(file, "pt") as written:
        for name, tensor in tensors.items():
            found = written.get_tensor(name)
            if not torch.equal(found, tensor.detach().cpu()):
                raise OSError(f"{file.name} reads back differently in {name}")
            let_go([found])  # or the whole file would be in memory at the end


def in_precision(tensors: Mapping[str, Tensor], precision: StoredPrecision) -> dict[str, Tensor]:
    """The tensors as they are stored. Whole numbers stay, so does what 16 bits have no room for, and mel_stats."""
    return {name: _stored(name, tensor, STORED_DTYPES[precision]) for name, tensor in tensors.items()}


def _stored(name: str, tensor: Tensor, dtype: torch.dtype) -> Tensor:
    if not tensor.is_floating_point() or name in _ALWAYS_FLOAT32 or dtype == tensor.dtype or not tensor.numel():
        return tensor
    lowest, highest = torch.aminmax(tensor)
    most = torch.finfo(dtype).max
    return tensor if highest > most or lowest < -most else tensor.to(dtype)


def all_finite(tensor: Tensor) -> bool:
    """Whether it holds numbers only. In one pass and without a copy, which matters to gigabytes."""
    lowest, highest = torch.aminmax(tensor)
    return bool(lowest.isfinite() & highest.isfinite())


def unfold_weight_norm(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors under the published names: weights of normed convolutions as length and direction.

    The inverse of `vocoder.fold_weight_norm`, and exactly so: the length is that of the stored direction, in float32.
    """
    published: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if _NORMED.fullmatch(name):
            prefix = name.removesuffix("weight") + "parametrizations.weight.original"
            published[prefix + "0"], published[prefix + "1"] = _length_and_direction(tensor)
        else:
            published[name] = tensor
    return published


def _length_and_direction(weight: Tensor) -> tuple[Tensor, Tensor]:
    """g and v of weight = g · v / |v|. What is zero throughout has no direction: any will do, of length 0."""
    length = torch.linalg.vector_norm(weight.float(), dim=tuple(range(1, weight.dim())), keepdim=True)
    return length, torch.where(length == 0, torch.ones_like(weight), weight)
