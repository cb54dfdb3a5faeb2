"""Waiting for what happens in other threads and processes."""

import os
import time
from collections.abc import Callable

from xtts_studio.jobs.job import Job
from xtts_studio.jobs.store import JobStore


def until(happened: Callable[[], bool], within_s: float = 30.0) -> None:
    """Returns as soon as it happened; fails after `within_s`."""
    end = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < end, f"did not happen within {within_s} s"
        time.sleep(0.02)


def finished(store: JobStore, job_id: str, within_s: float = 30.0) -> Job:
    """The job once it has ended."""
    until(lambda: store.get(job_id).finished, within_s)
    return store.get(job_id)


def is_alive(pid: int) -> bool:
    """Is there a process of this number?"""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
