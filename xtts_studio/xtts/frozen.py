"""Linear layers that training reads but never changes, so that they need not be kept as numbers that can be changed.

An adapter is trained beside a GPT that stays as it is. What passes through the frozen layers is all that matters: the
product forward, and the gradient of its inputs backward. So their weights may have 16 bits, or 8:

    bfloat16, float16   half the memory; products in the same type where the device multiplies it (autocast decides),
                        else in float32, a layer at a time
    int8                products of whole numbers (VNNI), three times as fast as float32 on such a processor; inputs
                        and gradients are rounded to 255 steps of each row's largest, weights to 255 of each output's
                        (forward) or input's (backward). Gradients of what is trained are not rounded

I inputs, O outputs.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn

from xtts_studio.xtts.gpt import Gpt
from xtts_studio.xtts.packed import Int8Linear
from xtts_studio.xtts.pages import let_go
from xtts_studio.xtts.transformer import Block, InOutLinear


class FrozenLinear(nn.Module):
    """(…, I) -> (…, O) with a weight (I, O) of 16 bits, or of any type."""

    weight: Tensor
    bias: Tensor

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.register_buffer("weight", weight, persistent=False)
        self.register_buffer("bias", bias, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        rows = x.reshape(-1, x.shape[-1])
        if torch.is_autocast_enabled(x.device.type) or self.weight.dtype == x.dtype:
            out = torch.addmm(self.bias.to(x.dtype), rows, self.weight)
        else:
            out = cast(Tensor, _WidenedProduct.apply(rows, self.weight, self.bias))  # type: ignore[no-untyped-call]
        return out.view(*x.shape[:-1], -1)


class _WidenedProduct(torch.autograd.Function):
    """x·W + b, the weight widened to the inputs' type for each product and not kept in between."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.weight = weight
        return torch.addmm(bias, rows, weight.to(rows.dtype))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        return gradient @ ctx.weight.to(gradient.dtype).t(), None, None


class FrozenInt8Linear(nn.Module):
    """(…, I) -> (…, O) by whole numbers, forward and backward."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        """weight (I, O), bias (O,)"""
        super().__init__()
        self._ahead = Int8Linear(weight.t().contiguous(), bias)
        self._back = Int8Linear(weight.contiguous(), weight.new_zeros(len(weight)))
        self.register_buffer("bias", bias, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, _WholeProduct.apply(x, self._ahead, self._back))  # type: ignore[no-untyped-call]


class _WholeProduct(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, ahead: Int8Linear, back: Int8Linear) -> Tensor:
        ctx.back = back
        return ahead(x)  # type: ignore[no-any-return]

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        return ctx.back(gradient), None, None


def freeze_blocks(gpt: Gpt, kept_as: torch.dtype) -> None:
    """Replaces the linear layers of the GPT's blocks by frozen ones of a type, `torch.int8` included. What was mapped
    from the model's file leaves the memory, a layer at a time."""
    for block in cast(list[Block], list(gpt.gpt.h)):
        for part in (block.attn, block.mlp):
            for name, layer in list(part.named_children()):
                setattr(part, name, _frozen(cast(InOutLinear, layer), kept_as))


def _frozen(layer: InOutLinear, kept_as: torch.dtype) -> nn.Module:
    weight, bias = layer.weight.detach(), layer.bias.detach().clone()
    if kept_as == torch.int8:
        frozen: nn.Module = FrozenInt8Linear(weight, bias)
    else:
        frozen = FrozenLinear(weight.to(kept_as), bias)
    let_go([weight])
    return frozen
