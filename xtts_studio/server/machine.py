"""What the machine offers, asked without importing torch."""

import csv
import functools
import io
import platform
import shutil
import subprocess
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from xtts_studio.server.bodies import Device, Disk

PACKAGES = ("torch", "faster-whisper", "onnxruntime", "silero-vad", "av", "soxr", "safetensors", "tokenizers", "modal")
QUERY = ("index", "name", "memory.total", "memory.used")
ANSWER_WITHIN_S = 5.0
KEPT_S = 5.0


def python_version() -> str:
    return platform.python_version()


def platform_name() -> str:
    return platform.platform()


@functools.cache
def packages() -> dict[str, str]:
    """Installed versions of the packages that workers need; what is missing is left out."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def disk(folder: Path) -> Disk:
    """Room on the disk that holds the workspace."""
    while not folder.exists():
        folder = folder.parent
    usage = shutil.disk_usage(folder)
    return Disk(total_bytes=usage.total, used_bytes=usage.used, free_bytes=usage.free)


def devices() -> list[Device]:
    """The processor, and NVIDIA GPUs as `nvidia-smi` tells; asked at most every few seconds."""
    return _cached_devices(int(time.monotonic() / KEPT_S))


@functools.lru_cache(maxsize=1)
def _cached_devices(_: int) -> list[Device]:
    return [Device(id="cpu", name=platform.processor() or platform.machine()), *_gpus(_ask_nvidia)]


def _ask_nvidia() -> str:
    command = ["nvidia-smi", f"--query-gpu={','.join(QUERY)}", "--format=csv,noheader,nounits"]
    return subprocess.run(command, capture_output=True, text=True, timeout=ANSWER_WITHIN_S, check=True).stdout


def _gpus(ask: Callable[[], str]) -> list[Device]:
    try:
        told = ask()
    except (OSError, subprocess.SubprocessError):
        return []
    rows = [row for row in csv.reader(io.StringIO(told), skipinitialspace=True) if len(row) == len(QUERY)]
    return [
        Device(id=f"cuda:{index}", name=name, memory_bytes=_mebibytes(total), memory_used_bytes=_mebibytes(used))
        for index, name, total, used in rows
    ]


def _mebibytes(number: str) -> int | None:
    return int(number) * 1024**2 if number.strip().isdecimal() else None
