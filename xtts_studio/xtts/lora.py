"""Low-rank adapters of the GPT: what a small training learns, beside weights that never move.

A layer y = x·W becomes y = x·W + scale · x·A·B, with A (inputs, rank) and B (rank, outputs). B begins as zeros, so an
adapter that has learned nothing changes nothing. An adapter is trained attached, spoken with as a branch beside the
base's own layers (`low_rank`), or merged into the weights:

    attach(gpt, LoraConfig(rank=16), seed=1)             # only lora_a and lora_b learn now
    save_adapter(file, Adapter(config, adapter_state(gpt), "xtts-v2", fingerprint))
    merge(plain_gpt, read_adapter(file), strength=0.8)   # W + 0.8 · scale · A·B

The idea is Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models", section 4.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from xtts_studio.errors import CheckpointError
from xtts_studio.shapes import LoraTarget
from xtts_studio.xtts.adapter_file import Adapter, LoraConfig, differences, read_adapter, save_adapter
from xtts_studio.xtts.config import XttsConfig
from xtts_studio.xtts.gpt import Gpt

__all__ = [
    "Adapter",
    "LoraConfig",
    "adapter_state",
    "attach",
    "base_fingerprint",
    "blend",
    "check_fits",
    "excerpt",
    "layer_sizes",
    "load_adapter_state",
    "merge",
    "read_adapter",
    "save_adapter",
]

_EXCERPT = 4096
_EMBEDDINGS = ("text_embedding", "mel_embedding")
_MAY_GROW = ("text_embedding.", "text_head.")
"""One row for each entry of the vocabulary: a model may have learned more of them than its base."""


class _Adapted(nn.Module):
    """A plain layer and its low-rank update; float32 parameters, whatever the base is kept in."""

    def __init__(self, base: nn.Module, sizes: tuple[int, int], config: LoraConfig, random: torch.Generator) -> None:
        super().__init__()
        self.base = base
        self.scale, self.dropout = config.scale, config.dropout
        device = next(chain(base.parameters(), base.buffers())).device
        first = torch.empty(sizes[0], config.rank).uniform_(-1, 1, generator=random)
        self.lora_a = nn.Parameter((first * self.bound(sizes[0], config.rank)).to(device))
        self.lora_b = nn.Parameter(torch.zeros(config.rank, sizes[1], device=device))

    @staticmethod
    def bound(inputs: int, rank: int) -> float:
        """The largest first value in A: what passes it keeps about its size."""
        return 1 / math.sqrt(inputs)

    @property
    def weight(self) -> Tensor:
        """The base's."""
        return cast(Tensor, self.base.weight)


class AdaptedLinear(_Adapted):
    """(…, I) -> (…, O)"""

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.base(x)
        rows = F.dropout(x, self.dropout, self.training)
        if not torch.is_autocast_enabled(x.device.type):
            rows = rows.to(self.lora_a.dtype)
        low = (rows @ self.lora_a) * self.scale
        return out + (low @ self.lora_b).to(out.dtype)


class AdaptedEmbedding(_Adapted):
    """Numbers (…) -> (…, C)"""

    @staticmethod
    def bound(inputs: int, rank: int) -> float:
        """A row of A stands in the input's place, so the rank is what is summed over."""
        return 1 / math.sqrt(rank)

    def forward(self, ids: Tensor) -> Tensor:
        out: Tensor = self.base(ids)
        rows = F.dropout(F.embedding(ids, self.lora_a), self.dropout, self.training) * self.scale
        return out + (rows @ self.lora_b).to(out.dtype)


def layer_sizes(config: XttsConfig, targets: tuple[LoraTarget, ...]) -> dict[str, tuple[int, int]]:
    """Inputs and outputs of every layer that `targets` name, by its name in a Gpt."""
    channels, sizes = config.channels, dict[str, tuple[int, int]]()
    for number in range(config.layers):
        block = f"gpt.h.{number}"
        if "attention" in targets:
            sizes[f"{block}.attn.c_attn"] = channels, 3 * channels
            sizes[f"{block}.attn.c_proj"] = channels, channels
        if "mlp" in targets:
            sizes[f"{block}.mlp.c_fc"] = channels, 4 * channels
            sizes[f"{block}.mlp.c_proj"] = 4 * channels, channels
    if "embeddings" in targets:
        sizes |= dict(zip(_EMBEDDINGS, ((config.text_tokens, channels), (config.audio_tokens, channels)), strict=True))
    return sizes


def attach(gpt: Gpt, config: LoraConfig, seed: int) -> None:
    """Freezes a GPT and puts an adapter of `config` beside its layers; it gives the same as before until trained.

    The same seed gives the same first values; torch's own random state is left alone.
    """
    gpt.requires_grad_(False)
    random = torch.Generator().manual_seed(seed)
    for name, sizes in layer_sizes(gpt.config, config.targets).items():
        layer = gpt.get_submodule(name)
        assert not isinstance(layer, _Adapted), f"{name} has an adapter already"
        adapted = (AdaptedEmbedding if name in _EMBEDDINGS else AdaptedLinear)(layer, sizes, config, random)
        parent, _, child = name.rpartition(".")
        setattr(gpt.get_submodule(parent), child, adapted.train(layer.training))


def adapter_state(gpt: Gpt) -> dict[str, Tensor]:
    """The tensors of the attached adapter, themselves: {"gpt.h.0.attn.c_attn.lora_a": (I, rank), …}."""
    return {name: parameter.detach() for name, parameter in gpt.named_parameters() if _is_low_rank(name)}


def load_adapter_state(gpt: Gpt, tensors: Mapping[str, Tensor]) -> None:
    """Gives the attached adapter these values. Raises CheckpointError naming what is missing, surplus, misshapen."""
    own = adapter_state(gpt)
    _refuse({name: tuple(tensor.shape) for name, tensor in own.items()}, tensors)
    for name, tensor in own.items():
        tensor.copy_(tensors[name])


def check_fits(config: XttsConfig, adapter: Adapter) -> None:
    """Raises CheckpointError where an adapter's tensors are not those that its targets have in such a model."""
    rank = adapter.config.rank
    expected: dict[str, tuple[int, ...]] = {}
    for name, (inputs, outputs) in layer_sizes(config, adapter.config.targets).items():
        expected |= {f"{name}.lora_a": (inputs, rank), f"{name}.lora_b": (rank, outputs)}
    _refuse(expected, adapter.tensors)


@torch.no_grad()
def merge(gpt: Gpt, adapter: Adapter, strength: float = 1.0) -> None:
    """Adds strength · scale · A·B to the weights of a plain GPT (neither packed nor attached), in place.

    Raises CheckpointError where the adapter is of a model of another size. Whether it is of this very model is for
    `base_fingerprint` to tell.
    """
    check_fits(gpt.config, adapter)
    if strength == 0:
        return
    factor = strength * adapter.config.scale
    for name in layer_sizes(gpt.config, adapter.config.targets):
        weight = cast(Tensor, gpt.get_submodule(name).weight)
        low, high = (adapter.tensors[f"{name}.lora_{part}"].to(weight.device, torch.float32) for part in "ab")
        weight += ((low * factor) @ high).to(weight.dtype)


@torch.no_grad()
def blend(tuned: Gpt, base: Mapping[str, Tensor], strength: float) -> None:
    """Makes a trained GPT base + strength · (trained - base), in place: exactly the base at 0, itself at 1.

    base: the tensors of the base's Gpt, by name. Words that only the trained vocabulary has stay as they are. Raises
    CheckpointError for a base of another size.
    """
    changed = dict(_floating(tuned.state_dict()))
    for name, own in changed.items():
        if name not in base:
            raise CheckpointError(f"The base model has no {name}, so the model can't be blended with it.")
        _check_rows(name, own, base[name])
    for name, own in changed.items():
        both = min(len(own), len(base[name])) if own.ndim else 0
        ours, theirs = (own[:both], base[name][:both]) if own.ndim else (own, base[name])
        # Exact at both ends, which base + s · difference is not.
        ours.copy_(torch.lerp(theirs.to(ours.device, ours.dtype), ours, strength))


def base_fingerprint(gpt: Gpt | Mapping[str, Tensor]) -> str:
    """16 hexadecimal digits that tell a GPT's weights from others, adapter attached or not, before `freeze_blocks`.

    Of a GPT or of its tensors by name, as they were read: rounded to 16 bits they are others.
    """
    tensors = gpt.state_dict() if isinstance(gpt, Gpt) else gpt
    plain = {name.replace(".base.", "."): tensor for name, tensor in tensors.items() if not _is_low_rank(name)}
    digest = hashlib.sha256()
    for name in sorted(plain):
        digest.update(name.encode() + excerpt(plain[name]))
    return digest.hexdigest()[:16]


def excerpt(tensor: Tensor) -> bytes:
    """Beginning, middle and end: training changes all of a tensor, and reading all of them takes half a second."""
    flat = tensor.detach().flatten()
    middle = len(flat) // 2
    parts = [flat[:_EXCERPT], flat[middle : middle + _EXCERPT], flat[-_EXCERPT:]]
    return repr(tuple(tensor.shape)).encode() + b"".join(_float32(part).numpy().tobytes() for part in parts)


def _float32(tensor: Tensor) -> Tensor:
    return (tensor.float() if tensor.is_floating_point() else tensor).cpu()


def _is_low_rank(name: str) -> bool:
    return name.endswith((".lora_a", ".lora_b"))


def _floating(tensors: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    return ((name, tensor) for name, tensor in tensors.items() if tensor.is_floating_point())


def _check_rows(name: str, own: Tensor, base: Tensor) -> None:
    if own.shape == base.shape or (name.startswith(_MAY_GROW) and own.shape[1:] == base.shape[1:]):
        return
    raise CheckpointError(
        f"{name} is {tuple(own.shape)} in the model and {tuple(base.shape)} in its base: they are of different sizes.",
        hint="Only strength 1 is possible, or train it on the base that is here.",
    )


def _refuse(expected: Mapping[str, tuple[int, ...]], found: Mapping[str, Tensor]) -> None:
    told = differences(expected, found)
    if told:
        raise CheckpointError(
            f"The adapter does not fit the model; {told}.",
            hint="It was trained on a model of another size, or its file is damaged.",
        )
