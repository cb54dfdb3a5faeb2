"""Adapter models of generated numbers, large enough to be heard."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from xtts_studio.shapes import LoraTarget
from xtts_studio.xtts.checkpoint import load_network
from xtts_studio.xtts.lora import Adapter, LoraConfig, base_fingerprint, layer_sizes, save_adapter

ALL: tuple[LoraTarget, ...] = ("attention", "mlp", "embeddings")


def made_adapter(base: Path, seed: int, base_name: str = "xtts-v2", targets: tuple[LoraTarget, ...] = ALL) -> Adapter:
    """An adapter of the model in a folder, as if it had been trained."""
    network = load_network(base)
    config, random = LoraConfig(3, 6.0, 0.0, targets), torch.Generator().manual_seed(seed)
    tensors = {}
    for name, (inputs, outputs) in layer_sizes(network.config, targets).items():
        tensors[f"{name}.lora_a"] = torch.randn(inputs, 3, generator=random) / inputs**0.5
        tensors[f"{name}.lora_b"] = torch.randn(3, outputs, generator=random) * 0.1
    return Adapter(config, tensors, base_name, base_fingerprint(network.gpt))


def write_adapter(folder: Path, adapter: Adapter) -> Path:
    """A model folder as training leaves it."""
    folder.mkdir(parents=True, exist_ok=True)
    save_adapter(folder / "adapter.safetensors", adapter)
    card = {"name": folder.name, "kind": "adapter", "base": adapter.base, "created_at": "2030-01-01T00:00:00+00:00"}
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    return folder
