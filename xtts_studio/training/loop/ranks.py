"""Several processes that train one model, one for each GPU: torch's DistributedDataParallel.

Every process has the whole model, computes its share of each step's clips, and adds its gradients to the others'. The
first one evaluates, writes and tells; the others do as it does. `training.parallel` starts them.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

_LONGEST_WAIT = timedelta(days=7)  # for the first process, which may be waiting for room on the disk
T = TypeVar("T")


class Ranks:
    """The processes of a training; alone, everything here does nothing."""

    def __init__(self, rank: int = 0, size: int = 1) -> None:
        self.rank, self.size = rank, size

    @staticmethod
    def joined(environment: Mapping[str, str], device: torch.device) -> "Ranks":
        """Those that the environment names (RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT), once all are there."""
        rank, size = int(environment["RANK"]), int(environment["WORLD_SIZE"])
        if device.type == "cuda":
            torch.cuda.set_device(rank)
        address = f"tcp://{environment['MASTER_ADDR']}:{environment['MASTER_PORT']}"
        backend = "nccl" if device.type == "cuda" else "gloo"
        dist.init_process_group(backend, init_method=address, rank=rank, world_size=size, timeout=_LONGEST_WAIT)
        return Ranks(rank, size)

    @staticmethod
    def leave() -> None:
        if dist.is_initialized():
            dist.destroy_process_group()

    @property
    def leads(self) -> bool:
        return self.rank == 0

    def share(self, items: Sequence[T]) -> list[T]:
        """This process's part of a step's clips; of sorted ones everybody gets long and short."""
        return list(items[self.rank :: self.size])

    def parallel(self, module: nn.Module) -> nn.Module:
        """A module whose backward pass adds up the gradients of all processes, divided by their number."""
        return module if self.size == 1 else DistributedDataParallel(module, forward_sync_buffers=False)

    def agree(self, value: int, device: torch.device) -> int:
        """What the first process says."""
        if self.size == 1:
            return value
        told = torch.tensor(value, device=device)
        dist.broadcast(told, 0)
        return int(told)

    def add_up(self, sums: Tensor) -> Tensor:
        """The sum over all processes."""
        if self.size > 1:
            dist.all_reduce(sums)
        return sums
