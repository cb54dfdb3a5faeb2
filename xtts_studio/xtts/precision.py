"""Devices and precisions by name."""

from __future__ import annotations

import torch

from xtts_studio.errors import InvalidInput
from xtts_studio.shapes import Precision
from xtts_studio.xtts import packed

TORCH_DTYPES: dict[str, torch.dtype] = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}
_BFLOAT16_FROM = (8, 0)
"""CUDA compute capability; a T4 (7.5) has no bfloat16."""


def device_named(name: str) -> torch.device:
    """ "auto" is a GPU where there is one. Raises InvalidInput for what is no device, or not here."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise InvalidInput(f"{name!r} is not a device.", hint="Use auto, cpu or cuda.") from None
    if device.type == "cuda" and not torch.cuda.is_available():
        raise InvalidInput("There is no usable NVIDIA GPU here.", hint="Use the device cpu or auto.")
    return device


def precision_named(name: str, device: torch.device) -> Precision:
    """ "auto" is float32, "fastest" what this device does fastest. Raises InvalidInput for what it can't do."""
    if name == "auto":
        return "float32"
    if name == "fastest":
        return fastest(device)
    can = precisions(device)
    for precision in can:
        if precision == name:
            return precision
    raise InvalidInput(f"{name!r} is not a precision for {device}.", hint=f"Use fastest, {', '.join(can)}.")


def fastest(device: torch.device) -> Precision:
    """On a CPU by a measurement, see `packed.fastest`; on a GPU 16 bits, of which bfloat16 where it has it."""
    if device.type == "cpu":
        return packed.fastest()
    if device.type != "cuda":
        return "float32"
    return "bfloat16" if torch.cuda.get_device_capability(device) >= _BFLOAT16_FROM else "float16"


def precisions(device: torch.device) -> list[Precision]:
    """What a device can be asked for. A CPU without bfloat16 instructions is let do it all the same: slowly."""
    if device.type == "cpu":
        return ["float32", "bfloat16", *(["int8"] if "int8" in packed.available() else [])]  # type: ignore[list-item]
    return ["float32", "bfloat16", "float16"]


def vocoder_dtype(precision: Precision, device: torch.device) -> torch.dtype:
    """What the vocoder computes in beside a GPT of `precision`: 16 bits where the device multiplies them at speed."""
    if precision == "float32":
        return torch.float32
    if device.type == "cpu":
        return torch.bfloat16 if "bfloat16" in packed.available() else torch.float32
    return TORCH_DTYPES[precision]
