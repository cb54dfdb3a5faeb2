"""How much memory training may take, and how much it takes: the process's on a CPU, the card's on a GPU."""

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import torch

GPU_SHARE, CPU_SHARE = 0.9, 0.8
"""Of what is free: the rest is left to others, and to what no measurement sees."""

_PROC = Path("/proc")
_CGROUPS = Path("/sys/fs/cgroup")
_SAMPLED_EVERY_S = 0.01
_RESET_PEAK = "5"


@dataclass
class Peak:
    """The most that was in use while `measured` ran; 0 before its end."""

    used_bytes: int = 0


def limit_bytes(device: torch.device, explicit: int | None = None) -> int:
    """The most that this process may have in use on a device, what it has already included.

    `explicit`: a limit that somebody has set, which counts as it is.
    """
    if explicit is not None:
        return explicit
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        idle = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return used_bytes(device) + int(GPU_SHARE * (free + idle))
    return used_bytes(device) + int(CPU_SHARE * available_bytes())


def used_bytes(device: torch.device) -> int:
    """What this process has in use now."""
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device)
    return _status_bytes("VmRSS") or _highest_bytes()


@contextmanager
def measured(device: torch.device) -> Iterator[Peak]:
    """Gives what will hold the most that this process had in use, once the block has ended."""
    peak = Peak()
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        try:
            yield peak
        finally:
            peak.used_bytes = torch.cuda.max_memory_allocated(device)
    elif _forget_highest():
        try:
            yield peak
        finally:
            peak.used_bytes = _status_bytes("VmHWM")
    else:
        with _sampled(device, peak):
            yield peak


def available_bytes(proc: Path = _PROC, cgroups: Path = _CGROUPS) -> int:
    """What this machine, or the container that it is, can still give without swapping."""
    try:
        lines = (proc / "meminfo").read_text(encoding="ascii").splitlines()
        machine = next(1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, StopIteration):
        machine = sys.maxsize
    return max(0, min([machine, *_left_in_groups(proc, cgroups)]))


def _left_in_groups(proc: Path, cgroups: Path) -> Iterator[int]:
    """What each control group that this process is in has left, version 2 and version 1."""
    for folder in _groups(proc, cgroups):
        for limit, used, inactive in (
            ("memory.max", "memory.current", "inactive_file"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        ):
            try:
                most, now = (int((folder / name).read_text(encoding="ascii")) for name in (limit, used))
            except (OSError, ValueError):  # not there, or "max": nothing limits it
                continue
            yield most - now + _stat_bytes(folder / "memory.stat", inactive)


def _groups(proc: Path, cgroups: Path) -> Iterator[Path]:
    """The folders of this process's group and those above it; in a container its own is the top one."""
    yield from (cgroups, cgroups / "memory")
    try:
        lines = (proc / "self" / "cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        top = cgroups / "memory" if "memory" in controllers.split(",") else cgroups
        inside = Path(path.strip("/"))
        for folder in (inside, *inside.parents):
            if folder != Path():
                yield top / folder


def _stat_bytes(file: Path, name: str) -> int:
    """One number of a memory.stat: cached files, which go when others need the memory."""
    try:
        rows = dict(line.split() for line in file.read_text(encoding="ascii").splitlines())
        return int(rows.get(name, 0))
    except (OSError, ValueError):
        return 0


def _status_bytes(name: str) -> int:
    """One of the sizes in /proc/self/status; 0 where there is none."""
    try:
        lines = (_PROC / "self" / "status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)


def _highest_bytes() -> int:
    """The most that this process ever had in use, where the system tells nothing better."""
    highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return highest if sys.platform == "darwin" else 1024 * highest


def _forget_highest() -> bool:
    """Lets the system forget the most that this process had in use; False where it doesn't."""
    try:
        (_PROC / "self" / "clear_refs").write_text(_RESET_PEAK, encoding="ascii")
    except OSError:
        return False
    return _status_bytes("VmHWM") > 0


@contextmanager
def _sampled(device: torch.device, peak: Peak) -> Iterator[None]:
    """Looks again and again at what is in use."""
    ended = Event()

    def look() -> None:
        while not ended.wait(_SAMPLED_EVERY_S):
            peak.used_bytes = max(peak.used_bytes, used_bytes(device))

    watcher = Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
        peak.used_bytes = max(peak.used_bytes, used_bytes(device))
