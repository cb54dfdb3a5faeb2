"""Memory of tensors that are mapped from a file."""

from __future__ import annotations

import ctypes
import mmap
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from torch import Tensor

_DONT_NEED = 4  # MADV_DONTNEED of Linux


def let_go(tensors: Iterable[Tensor]) -> None:
    """Gives back the memory of those tensors that are mapped from a file and were only read.

    They are read again when touched. Others are left alone. Linux only; elsewhere the system sees to it in its time.
    """
    if sys.platform != "linux":
        return
    mapped = list(_mapped_files())
    for tensor in tensors:
        begin, end = tensor.data_ptr(), tensor.data_ptr() + tensor.nbytes
        if any(first <= begin and end <= behind for first, behind in mapped):
            _advise(-(-begin // mmap.PAGESIZE) * mmap.PAGESIZE, end // mmap.PAGESIZE * mmap.PAGESIZE)


def _advise(begin: int, end: int) -> None:
    if end > begin:
        ctypes.CDLL(None).madvise(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), _DONT_NEED)


def _mapped_files() -> Iterator[tuple[int, int]]:
    """First address and the one behind the last of each mapped file; lines are "a-b rights offset device inode"."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        addresses, _, _, _, inode, *_ = line.split()
        if inode != "0":
            first, _, behind = addresses.partition("-")
            yield int(first, 16), int(behind, 16)
