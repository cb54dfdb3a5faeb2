"""Linear layers arranged for speaking: read fast, and giving a row the same result whatever other rows there are.

A decoded code passes every weight of the GPT once, so its speed is that of reading them. Two things make reading
slow: the plain layout (torch hands small batches to kernels that read it badly, on AMD processors above all) and four
bytes a weight. A packed layer has a layout chosen once, and may have one or two bytes a weight:

    float32    the same numbers, in the layout of whichever library reads it faster on this processor
    bfloat16   weights of 8 significant bits, sums in float32; for processors that multiply bfloat16 (AVX512-BF16, AMX)
    int8       weights rounded to 255 steps of each output's largest, inputs to 255 steps of each row's largest;
               sums are whole numbers, so they are exact; for processors with VNNI

Rows are independent to the last bit: the sum for an output runs in the same order whatever the number of rows. One
row alone takes another kernel in oneDNN's float libraries and is therefore run as two.
R rows, I inputs, O outputs. Packed layers can't be trained, saved or moved to another device.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Literal, TypeVar, cast

import torch
from torch import Tensor, nn

from xtts_studio.xtts.choice import chosen

PackedPrecision = Literal["float32", "bfloat16", "int8"]
K = TypeVar("K")
MakeLayer = Callable[[Tensor, Tensor], nn.Module]
_ROWS_HINT = 8  # how many rows MKL's layout is made for
_MIDDLE, _STEPS = 128, 127
_INPUTS_AT_A_TIME = 64
_NEARLY_0 = 1e-12
_MEASURE_S, _TURNS = 0.5, 20
_AS_FAST = 1.25
"""Fewer bits are taken where they are faster by more than this."""


class MklLinear(nn.Module):
    """Float32 in MKL's packed layout."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.packed = torch.ops.mkl._mkl_reorder_linear_weight(weight, _ROWS_HINT)
        self.shape_only = weight.new_empty(1).expand(weight.shape)  # the library asks the plain weight for its shape
        self.bias = bias

    def forward(self, x: Tensor) -> Tensor:
        rows = x.reshape(-1, x.shape[-1])
        out: Tensor = torch.ops.mkl._mkl_linear(rows, self.packed, self.shape_only, self.bias, len(rows))
        return out.view(*x.shape[:-1], -1)


class OneDnnLinear(nn.Module):
    """Float32 or bfloat16 in oneDNN's packed layout; inputs and outputs are float32."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.packed = torch.ops.mkldnn._reorder_linear_weight(weight, None)
        self.bias = bias.to(weight.dtype)

    def forward(self, x: Tensor) -> Tensor:
        rows = x.reshape(-1, x.shape[-1]).to(self.bias.dtype)
        alone = len(rows) == 1
        if alone:
            rows = rows.expand(2, -1).contiguous()
        out: Tensor = torch.ops.mkldnn._linear_pointwise(rows, self.packed, self.bias, "none", [], "")
        return (out[:1] if alone else out).view(*x.shape[:-1], -1).to(x.dtype)


class Int8Linear(nn.Module):
    """Weights int8 with a scale for each output, inputs uint8 with a scale for each row; (…, I) -> (…, O) float32."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        low, high = weight.aminmax(dim=1)
        units = (torch.maximum(-low, high) / _STEPS).clamp_(min=_NEARLY_0)
        self.packed = torch.ops.onednn.qlinear_prepack(_whole_numbers(weight, units), None)
        self.units = units / _STEPS  # of the sums: the inputs' own share is the largest of their row
        self.zeros = torch.zeros(len(weight), dtype=torch.long)
        self.bias = bias

    def forward(self, x: Tensor) -> Tensor:
        rows = x.reshape(-1, x.shape[-1])
        largest = rows.abs().amax(1, keepdim=True).add_(_NEARLY_0)  # (R, 1); several times faster than a norm
        # From 1 to 255 and a half; cutting off after adding a half is rounding, and the conversion cuts off.
        whole = torch.mul(rows, largest.reciprocal().mul_(_STEPS)).add_(_MIDDLE + 0.5).to(torch.uint8)
        sums = torch.ops.onednn.qlinear_pointwise(
            whole, 1.0, _MIDDLE, self.packed, self.units, self.zeros, None, 1.0, 0, torch.float32, "none", [], ""
        )
        return cast(Tensor, sums).mul_(largest).add_(self.bias).view(*x.shape[:-1], -1)


def _whole_numbers(weight: Tensor, units: Tensor) -> Tensor:
    """weight (O, I) in units (O,), int8; a little at a time, so that no large memory is taken and left."""
    whole = torch.empty(weight.shape, dtype=torch.int8)  # row by row, as packing expects it and doesn't check
    for begin in range(0, weight.shape[1], _INPUTS_AT_A_TIME):
        inputs = slice(begin, begin + _INPUTS_AT_A_TIME)
        whole[:, inputs] = (weight[:, inputs] / units[:, None]).round_().to(torch.int8)
    return whole


def pack(weight: Tensor, bias: Tensor, precision: PackedPrecision) -> nn.Module:
    """A packed layer of weight (O, I) and bias (O,), float32 on the CPU; see `available`."""
    weight, bias = weight.detach(), bias.detach().clone()
    if precision == "int8":
        return Int8Linear(weight, bias)
    if precision == "bfloat16":
        return OneDnnLinear(weight.bfloat16(), bias)
    return _float32_layer()(weight.contiguous(), bias)


def available() -> list[PackedPrecision]:
    """What this processor can multiply at speed."""
    found: list[PackedPrecision] = ["float32"]
    if not _has_onednn():
        return found
    if torch.cpu._is_avx512_bf16_supported():
        found.append("bfloat16")
    if torch.cpu._is_vnni_supported():
        found.append("int8")
    return found


@cache
def fastest() -> PackedPrecision:
    """The precision that decodes fastest here, by a measurement of some tenths of a second, kept by `choice`.

    Of two that differ little the more precise is taken.
    """
    return cast(PackedPrecision, chosen("precision", available(), _measured_precision))


def _measured_precision() -> PackedPrecision:
    best, *others = available()
    times = _times({precision: partial(pack, precision=precision) for precision in (best, *others)})
    for precision in others:
        if times[precision] * _AS_FAST < times[best]:
            best = precision
    return best


@cache
def _float32_layer() -> MakeLayer:
    """The library that reads float32 weights faster here."""
    layers: dict[str, MakeLayer] = {}
    if hasattr(torch.ops.mkl, "_mkl_linear"):
        layers["MKL"] = MklLinear
    if _has_onednn():
        layers["oneDNN"] = OneDnnLinear
    if not layers:
        return _plain

    def measured() -> str:
        times = _times(layers)
        return min(times, key=times.__getitem__)

    return layers[chosen("float32 library", list(layers), measured)]


def _plain(weight: Tensor, bias: Tensor) -> nn.Module:
    layer = nn.Linear(weight.shape[1], weight.shape[0], device="meta")
    layer.weight, layer.bias = nn.Parameter(weight, False), nn.Parameter(bias, False)
    return layer


def _has_onednn() -> bool:
    return hasattr(torch.ops.mkldnn, "_linear_pointwise")


@torch.inference_mode()
def _times(candidates: Mapping[K, MakeLayer]) -> dict[K, float]:
    """Processor seconds of each kind of layer, for one row and for eight; the least of several turns.

    Processor time and turns, since others may be working on the machine: the choice should not depend on them.
    """
    # More of them than a core's own cache holds.
    layers = {
        key: [make(torch.full((2048, 1024), 0.01), torch.zeros(2048)) for _ in range(4)]
        for key, make in candidates.items()
    }
    batches = [torch.ones(rows, 1024) for rows in (1, 8)]
    times = dict.fromkeys(layers, math.inf)
    until = time.perf_counter() + _MEASURE_S
    turns = 0
    while turns < 2 or (turns < _TURNS and time.perf_counter() < until):
        turns += 1
        for key, made in layers.items():
            times[key] = min(times[key], _pass(made, batches))
    return times


def _pass(layers: Sequence[nn.Module], batches: Sequence[Tensor]) -> float:
    began = time.process_time()
    for batch in batches:
        for layer in layers:
            layer(batch)
    return time.process_time() - began


def weight_and_bias(layer: nn.Module) -> tuple[Tensor, Tensor]:
    """Of a plain linear layer, or of one stored the other way round as GPT-2's are: (O, I) and (O,)."""
    weight, bias = cast(Tensor, layer.weight), cast(Tensor, layer.bias)
    return (weight, bias) if isinstance(layer, nn.Linear) else (weight.t(), bias)
