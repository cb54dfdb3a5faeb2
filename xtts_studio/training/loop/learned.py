"""What a training changes, and the file that holds it: all of the GPT, or an adapter beside it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from safetensors.torch import load_file
from torch import Tensor

from xtts_studio.xtts.gpt import Gpt
from xtts_studio.xtts.lora import (
    Adapter,
    LoraConfig,
    adapter_state,
    load_adapter_state,
    read_adapter,
    save_adapter,
)
from xtts_studio.xtts.storing import write_tensors
from xtts_studio.xtts.strength import check_base

GPT_FILE, ADAPTER_FILE = "gpt.safetensors", "adapter.safetensors"


class Learned(Protocol):
    """The weights that a checkpoint holds."""

    file: str
    gpt: Gpt

    def tensors(self) -> dict[str, Tensor]:
        """The weights themselves, by name; no copies."""

    def write(self, folder: Path, tensors: Mapping[str, Tensor]) -> None:
        """Writes `tensors`, these weights or a copy of them, into a checkpoint's folder."""

    def load(self, folder: Path) -> None:
        """Puts the weights of a checkpoint in place. Raises what reading and fitting raise."""


class WholeGpt:
    """Full fine-tuning."""

    file = GPT_FILE

    def __init__(self, gpt: Gpt) -> None:
        self.gpt = gpt

    def tensors(self) -> dict[str, Tensor]:
        return self.gpt.state_dict()

    def write(self, folder: Path, tensors: Mapping[str, Tensor]) -> None:
        write_tensors(folder / self.file, tensors)

    def load(self, folder: Path) -> None:
        self.gpt.load_state_dict(load_file(folder / self.file))


class LowRank:
    """An adapter that is attached to the GPT; `base` and `fingerprint` tell which model it belongs to."""

    file = ADAPTER_FILE

    def __init__(self, gpt: Gpt, config: LoraConfig, base: str, fingerprint: str) -> None:
        self.gpt, self.config, self.base, self.fingerprint = gpt, config, base, fingerprint

    def tensors(self) -> dict[str, Tensor]:
        return adapter_state(self.gpt)

    def write(self, folder: Path, tensors: Mapping[str, Tensor]) -> None:
        save_adapter(folder / self.file, Adapter(self.config, dict(tensors), self.base, self.fingerprint))

    def load(self, folder: Path) -> None:
        adapter = read_adapter(folder / self.file)
        check_base(adapter, self.fingerprint)
        load_adapter_state(self.gpt, adapter.tensors)
