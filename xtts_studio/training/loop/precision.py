"""What training computes in: which numbers products are made of, and what keeps small gradients from vanishing."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal

import torch

from xtts_studio.errors import InvalidInput
from xtts_studio.shapes import Method, TrainingPrecision
from xtts_studio.xtts import packed
from xtts_studio.xtts.frozen import freeze_blocks
from xtts_studio.xtts.gpt import Gpt
from xtts_studio.xtts.precision import TORCH_DTYPES

Products = Literal["float32", "bfloat16", "float16", "int8"]
_BFLOAT16_FROM = (8, 0)  # CUDA compute capability


@dataclass(frozen=True)
class Numerics:
    """How products are computed on a device.

    `products`: as asked for, or chosen. `autocast`: whether torch makes activations 16 bits wide; a CPU that has no
    instructions for them would be slower by it, and computes in float32 with frozen weights kept in 16 bits.
    """

    device: torch.device
    products: Products
    autocast: bool

    def computing(self) -> AbstractContextManager[object]:
        """The context in which losses are computed."""
        if not self.autocast:
            return nullcontext()
        return torch.autocast(self.device.type, TORCH_DTYPES[self.products])

    def scaler(self) -> torch.amp.GradScaler:
        """Scales losses up so that gradients of 16 bits with few exponents don't vanish; else does nothing."""
        return torch.amp.GradScaler(self.device.type, enabled=self.products == "float16")

    def keep(self, gpt: Gpt) -> None:
        """Brings the blocks' frozen weights into the type that they are to be kept in."""
        if self.products != "float32":
            freeze_blocks(gpt, torch.int8 if self.products == "int8" else TORCH_DTYPES[self.products])


def numerics(asked: TrainingPrecision, method: Method, device: torch.device) -> Numerics:
    """What a training computes in. Raises `InvalidInput` for what the device can't do."""
    products = _chosen(method, device) if asked == "auto" else asked
    if products == "int8" and (method != "lora" or device.type != "cpu" or "int8" not in packed.available()):
        raise InvalidInput(
            "int8 is for adapters (method lora) on a CPU that multiplies whole numbers.", hint="Use precision auto."
        )
    if products == "float16" and device.type != "cuda":
        raise InvalidInput(f"float16 can't be trained in on {device.type}.", hint="Use precision auto.")
    fast = device.type == "cuda" or has_bfloat16()
    return Numerics(device, products, autocast=products in ("bfloat16", "float16") and fast)


def _chosen(method: Method, device: torch.device) -> Products:
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.get_device_capability(device) >= _BFLOAT16_FROM else "float16"
    if device.type != "cpu" or has_bfloat16():
        return "bfloat16" if device.type == "cpu" else "float32"
    if method == "full":
        return "float32"
    return "int8" if "int8" in packed.available() else "bfloat16"


def has_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 itself (AVX512-BF16 or AMX)."""
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
