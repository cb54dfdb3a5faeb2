"""How many threads numerical libraries take and how these wait: set before torch is imported, and only here."""

import os
from pathlib import Path

_SPINS = "20000"
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def prepare() -> None:
    """Sets what the libraries read when they are loaded. What the environment says already is left alone.

    Threads that wait spin for a moment and then sleep. A step of decoding has hundreds of parallel parts of some
    microseconds: threads that sleep at once (a "passive" policy) are woken too late for them, and decoding takes twice
    as long. Threads that spin for long, OpenMP's own way, take the cores from whoever else works on the machine.

    There is one thread for each core; in a container that is given less, for each core's worth of time.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", _SPINS)
    cores = cores_given(_QUOTA)
    if cores is not None:
        os.environ.setdefault("OMP_NUM_THREADS", str(cores))


def cores() -> int:
    """How many cores this process may use, at least 1."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, cores_given(_QUOTA) or usable)


def cores_given(quota: Path) -> int | None:
    """How many cores' time a container may use, at least 1; None where nothing limits it. The file is "max 100000" or
    "150000 100000": microseconds in each period."""
    try:
        time_us, period_us = quota.read_text(encoding="ascii").split()
        return None if time_us == "max" else max(1, int(time_us) // int(period_us))
    except (OSError, ValueError):
        return None
